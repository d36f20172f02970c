import { styleText } from 'node:util';
import { Command } from 'commander';
import type { ConnectionView, Health } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { fail, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

const colours = {
  healthy: 'green',
  degraded: 'yellow',
  unhealthy: 'red',
  paused: 'yellow',
  disabled: 'dim',
} as const satisfies Record<Health, string>;

export function connections(): Command {
  const list = new Command('list')
    .description('How each connection is doing, and what to do about it.')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: { config: string; json?: true }) => {
      const connections = await connectToGateway(loadConfig(options.config))('GET /api/connections');
      print(options.json ? JSON.stringify(connections, null, 2) : connections.map(describe).join('\n\n') || 'No connections.');
    });
  const act = (action: 'pause' | 'resume' | 'probe', description: string) =>
    new Command(action)
      .description(description)
      .argument('<site/connection>', 'which one, such as shop/bing')
      .option(...configOption)
      .action(async (name: string, options: { config: string }) => {
        const { site, connection } = namedConnection(name);
        const ask = connectToGateway(loadConfig(options.config));
        const act = 'POST /api/sites/:site/connections/:connection/:action';
        const { says, ok } = await ask(act, { site, connection, action });
        print(sanitizeForTerminal(says, 600));
        if (!ok) fail();
      });
  return new Command('connections')
    .description('List, pause, resume or probe the connections of a running gateway.')
    .addCommand(list)
    .addCommand(act('pause', 'Send nothing until `resume`; events keep being accepted and wait.'))
    .addCommand(act('resume', 'End a pause; counts and breaker start anew.'))
    .addCommand(act('probe', 'Try the credential now, without sending an event.'));
}

/** A connection as `connections list` prints it: SITE/CONNECTION. @throws ConveyError where it is something else. */
export function namedConnection(name: string): { readonly site: string; readonly connection: string } {
  const { site, connection } = connectionOf(name);
  if (site === undefined) throw notNamed();
  return { site, connection };
}

/** The same, or the connection alone. */
function connectionOf(name: string): { readonly site?: string; readonly connection: string } {
  const [first = '', second, ...rest] = name.split('/');
  if (first === '' || second === '' || rest.length > 0) throw notNamed();
  return second === undefined ? { connection: first } : { site: first, connection: second };
}

function notNamed(): ConveyError {
  return new ConveyError('That names no connection', 'Name it as SITE/CONNECTION, such as shop/bing');
}

/**
 * A command's options with `--connection` as the connection's own id; what it says of the site counts as `--site`.
 * @throws ConveyError where the two name different sites.
 */
export function withConnection<T extends { readonly site?: string | undefined; readonly connection?: string | undefined }>(
  options: T,
): T {
  if (options.connection === undefined) return options;
  const { site, connection } = connectionOf(options.connection);
  if (site !== undefined && options.site !== undefined && site !== options.site)
    throw new ConveyError('--site and --connection are of different sites', 'Leave one of them out');
  return { ...options, connection, ...(site !== undefined && { site }) };
}

function describe(view: ConnectionView): string {
  const { site, id, destination, health, says, counts, inDoubt, lag, undeliveredSince, replay } = view;
  const head = `${styleText('bold', `${site}/${id}`)} (${destination})  ${styleText(colours[health], health)}  ${sanitizeForTerminal(says, 600)}`;
  const numbers = Object.entries(counts).filter(([, count]) => count > 0);
  const behind = undeliveredSince === undefined ? [] : [['oldest not yet sent', `${time(undeliveredSince)} UTC`]];
  const lagging = lag.events === 0 ? [] : [['not come to yet', String(lag.events)]];
  const doubt = inDoubt === 0 ? [] : [['sent again, in doubt', String(inDoubt)]];
  const rows = [...numbers.map(([outcome, count]) => [outcome, String(count)]), ...doubt, ...lagging, ...behind];
  const running = replay && replay.endedAt === undefined ? `\n${replayLine(replay)}` : '';
  return rows.length === 0 ? `${head}${running}` : `${head}\n${table(['outcome', 'events'], rows)}${running}`;
}

/** How far a replay is, or was when it ended. */
export function replayLine({ since, until, passed, sent, endedAt }: NonNullable<ConnectionView['replay']>): string {
  const state = endedAt === undefined ? 'runs' : `ended at ${time(endedAt)} UTC`;
  return `Replay of ${time(since)} to ${time(until)} UTC ${state}: it came to ${passed} events and put ${sent} of them up to be sent.`;
}
