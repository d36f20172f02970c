import { styleText } from 'node:util';
import { Command } from 'commander';
import type { ApiClient, ApiResponse, ConnectionView, Health } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { parseTimeOption } from './event-filters.ts';
import { jsonOption, printJson } from './json-option.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

type ErrorsRoute = 'GET /api/sites/:site/connections/:connection/errors';

const colours = {
  healthy: 'green',
  unconfirmed: 'dim',
  degraded: 'yellow',
  unhealthy: 'red',
  paused: 'yellow',
  disabled: 'dim',
} as const satisfies Record<Health, string>;

export function connections(): Command {
  const list = new Command('list')
    .description('List the connections with their health. Shows what to do about each problem.')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: { config: string; json?: true }) => {
      const connections = await connectToGateway(loadConfig(options.config))('GET /api/connections');
      if (options.json) return printJson(connections);
      print(connections.map(describe).join('\n\n') || 'No connections yet. Add one in the dashboard, or to the config file.');
    });
  const errors = new Command('errors')
    .description('Count the failed requests and refused events of a connection by code and by event name.')
    .argument('<site/connection>', connectionHelp)
    .option(
      '--since <time>',
      'from this time on: 2026-11-24T10:00:00Z, or an age such as 2h, 7d; the last 24 hours if not set',
      parseTimeOption,
    )
    .option(...configOption)
    .option(...jsonOption)
    .action(async (name: string, { config, since, json }: { config: string; since?: number; json?: true }) => {
      const ask = connectToGateway(loadConfig(config));
      const connection = await selectConnection(ask, name);
      const found = await ask('GET /api/sites/:site/connections/:connection/errors', { ...connection, since });
      if (json) return printJson(found);
      print(formatErrors(found));
    });
  const act = (action: 'pause' | 'resume' | 'probe', description: string) =>
    new Command(action)
      .description(description)
      .argument('<site/connection>', connectionHelp)
      .option(...configOption)
      .action(async (name: string, options: { config: string }) => {
        const ask = connectToGateway(loadConfig(options.config));
        const { site, connection } = await selectConnection(ask, name);
        const act = 'POST /api/sites/:site/connections/:connection/:action';
        const { says, ok } = await ask(act, { site, connection, action });
        print(sanitizeForTerminal(says, 600));
        if (!ok) fail();
      });
  return new Command('connections')
    .description('List, pause, resume or probe the connections, or count their errors. The gateway must run.')
    .addCommand(list)
    .addCommand(errors)
    .addCommand(act('pause', 'Stop sending. Events are still accepted, and wait until `resume`.'))
    .addCommand(act('resume', 'Send again after a pause, at once. Resets the circuit breaker.'))
    .addCommand(act('probe', 'Test the credential now. Sends no event.'));
}

/** The help of an argument or option that names a connection. */
export const connectionHelp = 'the connection, such as shop/bing; bing is enough if there is only one site';

/** Parses SITE/CONNECTION, the form that `connections list` prints, or CONNECTION of the only site. @throws ConveyError */
export async function selectConnection(
  ask: ApiClient,
  name: string,
): Promise<{ readonly site: string; readonly connection: string }> {
  const { site, connection } = parseConnection(name);
  if (site !== undefined) return { site, connection };
  const [only, ...others] = (await ask('GET /api/status')).sites;
  if (!only || others.length > 0) throw invalidName();
  return { site: only.id, connection };
}

/** Parses SITE/CONNECTION or CONNECTION. */
function parseConnection(name: string): { readonly site?: string; readonly connection: string } {
  const [first = '', second, ...rest] = name.split('/');
  if (first === '' || second === '' || rest.length > 0) throw invalidName();
  return second === undefined ? { connection: first } : { site: first, connection: second };
}

function invalidName(): ConveyError {
  return new ConveyError('This is not the name of a connection', 'Use SITE/CONNECTION, such as shop/bing');
}

/**
 * Splits SITE/CONNECTION of `--connection` into the options `site` and `connection`.
 * @throws ConveyError if `--site` names another site.
 */
export function withConnection<T extends { readonly site?: string | undefined; readonly connection?: string | undefined }>(
  options: T,
): T {
  if (options.connection === undefined) return options;
  const { site, connection } = parseConnection(options.connection);
  if (site !== undefined && options.site !== undefined && site !== options.site)
    throw new ConveyError('--site and --connection name different sites', 'Omit one of them');
  return { ...options, connection, ...(site !== undefined && { site }) };
}

function describe(view: ConnectionView): string {
  const { site, id, destination, isLive, health, says, counts, inDoubt, waiting, undeliveredSince, nextTryAt, replay } = view;
  const next = nextTryAt === undefined ? '' : ` Next attempt: ${time(nextTryAt)} UTC.`;
  const head = `${styleText('bold', `${site}/${id}`)} (${destination}${isLive ? '' : ', simulator'})  ${styleText(colours[health], health)}  ${sanitizeForTerminal(says, 600)}${next}`;
  // The waiting events of a connection are more than those that have this outcome.
  const numbers = Object.entries({ ...counts, waiting }).filter(([, count]) => count > 0);
  const oldest = undeliveredSince === undefined ? [] : [['oldest waiting event', `${time(undeliveredSince)} UTC`]];
  const doubt = inDoubt === 0 ? [] : [['possibly sent twice', String(inDoubt)]];
  const rows = [...numbers.map(([outcome, count]) => [outcome, String(count)]), ...doubt, ...oldest];
  const running = replay && replay.endedAt === undefined ? `\n${describeReplay(replay)}` : '';
  return rows.length === 0 ? `${head}${running}` : `${head}\n${table(['outcome', 'events'], rows)}${running}`;
}

/** Formats the errors of a connection as two tables. */
export function formatErrors({ since, countedSince = since, codes, names }: ApiResponse<ErrorsRoute>): string {
  const from = `${time(Math.max(since, countedSince))} UTC`;
  if (codes.length === 0) return `No failed request and no refused event was counted since ${from}.`;
  const change = (before: number | undefined) => (before === undefined ? '–' : String(before));
  const toRow = (text: string, { events, before, says = '' }: ApiResponse<ErrorsRoute>['names' | 'codes'][number]) => [
    text,
    String(events),
    change(before),
    sanitizeForTerminal(says, 200),
  ];
  const ofCodes = codes.map((row) => toRow(row.code, row));
  const ofNames = names.map((row) => toRow(sanitizeForTerminal(row.name, 100), row));
  return [
    `Since ${from}:`,
    table(['code', 'events', 'before', 'why'], ofCodes),
    '',
    table(['event', 'events', 'before', 'why'], ofNames),
  ].join('\n');
}

/** Describes the progress of a replay. */
export function describeReplay({ since, until, passed, sent, endedAt }: NonNullable<ConnectionView['replay']>): string {
  const state = endedAt === undefined ? 'is running' : `ended at ${time(endedAt)} UTC`;
  return `Replay of ${time(since)} to ${time(until)} UTC ${state}: ${formatCount(passed, 'event')} read, ${sent} queued for delivery.`;
}
