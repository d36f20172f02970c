import { styleText } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import type { ApiClient, EventFilters, EventRow, OutcomeView, RejectionView, TimelineView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { isSignalName } from '../event/event-names.ts';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { addFilterOptions, parseFilters } from './event-filters.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

const followEveryMs = 500;
/** How many of a site's newest events are looked at again: the most that the API lists. */
const followed = 1_000;

interface EventsOptions extends EventFilters {
  readonly config: string;
  readonly site?: string;
  readonly limit: number;
  readonly follow?: true;
  readonly json?: true;
}

export function events(): Command {
  const command = new Command('events')
    .description('The newest events with what became of each on every connection.')
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option('-n, --limit <count>', 'how many per site', readCount, 50)
    .option('-f, --follow', 'go on printing new ones, and again those whose outcomes change, until stopped')
    .option('--json', 'print one JSON object a line');
  return addFilterOptions(command).action(async (given: EventsOptions) => {
    const options = withConnection(given);
    const { limit } = options;
    const ask = connectToGateway(loadConfig(options.config));
    const sites = await sitesOf(ask, options);
    const filters = parseFilters(options);
    if (options.follow) return follow(ask, sites, limit, filters, options.json ? JSON.stringify : lineOf);
    const rows: EventRow[] = [];
    for (const site of sites)
      rows.push(...(filters ? await matching(ask, site, limit, filters) : await latest(ask, site, limit)));
    if (options.json) for (const row of rows) print(JSON.stringify(row));
    else if (rows.length > 0) print(table(columns, rows.map(cells)));
    else if (!filters) print(noEvents);
    else print(`No event is like that. Leave a filter out${filters.since === undefined ? '' : ', or look further back'}.`);
    if (!options.json && !filters)
      for (const site of sites) printRejections(site, (await ask('GET /api/sites/:site/rejections', { site })).rejections);
  });
}

const list = 'GET /api/sites/:site/events';

const noEvents = 'No events yet. Send one with `convey send-test`.';

/** @throws ConveyError where no site is what the options ask for. */
async function sitesOf(ask: ApiClient, { site, connection }: EventsOptions): Promise<readonly string[]> {
  const { sites } = await ask('GET /api/status');
  const named = sites.filter(({ id }) => site === undefined || id === site);
  if (named.length === 0)
    throw new ConveyError(`There is no site ${sanitizeForTerminal(site ?? '')}`, 'Use an id of the config file');
  const having = named.filter(({ connections }) => connection === undefined || connections.includes(connection));
  if (having.length > 0) return having.map(({ id }) => id);
  const known = [...new Set(named.flatMap(({ connections }) => connections))].map((id) => sanitizeForTerminal(id)).join(', ');
  throw new ConveyError(
    'No site has the connection that --connection names',
    `Use one of these: ${known || 'there is none yet'}`,
  );
}

/** The newest `limit`, and the erased ones among them besides. */
async function latest(ask: ApiClient, site: string, limit: number): Promise<readonly EventRow[]> {
  const { events } = await ask(list, { site, limit });
  if (!events.some((row) => 'gone' in row)) return events;
  const more = (await ask(list, { site, limit: followed })).events;
  const whole = more.filter((row) => !('gone' in row));
  const oldest = whole.at(-limit) ?? more[0];
  return more.filter(({ offset }) => oldest === undefined || offset >= oldest.offset);
}

/** The newest `limit` that the filters let through: an answer may hold fewer although there are more. */
async function matching(ask: ApiClient, site: string, limit: number, filters: EventFilters): Promise<readonly EventRow[]> {
  let found: readonly EventRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(list, { site, limit: limit - found.length, cursor, ...filters });
    found = [...page.events, ...found];
    cursor = page.next;
  } while (cursor !== undefined && found.length < limit);
  return found;
}

/** Prints the newest `limit` of each site, then without end what is new and, once more, what became of what it looked at before. */
async function follow(
  ask: ApiClient,
  sites: readonly string[],
  limit: number,
  filters: EventFilters | undefined,
  shown: (row: EventRow) => string,
): Promise<never> {
  const before = new Map<string, ReadonlyMap<string, string>>();
  for (;;) {
    for (const site of sites) {
      const among = filters && { ...filters, among: followed };
      const { events } = await ask(list, { site, limit: followed, ...among });
      const known = before.get(site);
      const news = events.filter((row) => known?.get(row.offset) !== stateOf(row));
      for (const row of known ? news : news.slice(-limit)) print(shown(row));
      before.set(site, new Map(events.map((row) => [row.offset, stateOf(row)])));
    }
    await new Promise((resolve) => setTimeout(resolve, followEveryMs));
  }
}

export function event(): Command {
  return new Command('event')
    .description('One event across every boundary: what came, what became of it, what was sent, what was answered.')
    .argument('<id>', 'the event id')
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { config: string; site?: string; json?: true }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const status = await ask('GET /api/status');
      const found: TimelineView[] = [];
      for (const { id: site } of status.sites) {
        if (options.site === undefined || options.site === site)
          found.push(...(await ask('GET /api/sites/:site/timelines', { site, id })));
      }
      if (found.length === 0)
        throw new ConveyError(
          `There is no event with the id ${sanitizeForTerminal(id)}`,
          'See `convey events` for the ids; a rejected event has none',
        );
      print(options.json ? JSON.stringify(found, null, 2) : found.map((one) => timeline(one, id)).join('\n\n'));
    });
}

const columns = ['received (UTC)', 'site', 'from', 'event', 'id', 'value', 'outcome'];

function cells(row: EventRow): string[] {
  if ('gone' in row) return [time(row.receivedAt), row.site, '', '(erased)', '', '', outcomesOf(row)];
  const { value, currency } = row.commerce;
  const worth = value === undefined ? '' : `${value} ${currency ?? ''}`;
  // A signal has no timeline to look up.
  const id = isSignalName(row.name) ? '' : sanitizeForTerminal(row.id, 60);
  return [time(row.receivedAt), row.site, row.reporter, sanitizeForTerminal(row.name, 40), id, worth, outcomesOf(row)];
}

function outcomesOf(row: EventRow): string {
  if (!('gone' in row) && isSignalName(row.name)) return styleText('dim', 'a signal, never sent');
  return row.outcomes.map(({ connection, outcome }) => `${connection}: ${styleText(colourOf(outcome), outcome)}`).join(', ');
}

/** What `--follow` tells again when it changes. */
function stateOf(row: EventRow): string {
  return `${'gone' in row ? 'erased ' : ''}${outcomesOf(row)}`;
}

function lineOf(row: EventRow): string {
  return cells(row).join('  ');
}

/** What never became an event: names and codes, because nothing else is kept of it. */
function printRejections(site: string, rejections: readonly RejectionView[]): void {
  if (rejections.length === 0) return;
  const rows = rejections.map(({ receivedAt, name, issues }) => [
    time(receivedAt),
    sanitizeForTerminal(name ?? '–', 40),
    issues.map(({ field, code }) => `${sanitizeForTerminal(field, 60)}: ${code}`).join(', '),
  ]);
  print(`\nRejected lately at ${site}; the sender was told why:`);
  print(table(['received (UTC)', 'event', 'why'], rows));
}

/** The story of the event that was asked for by its id, in the order in which it happened. */
export function timeline({ event, copies, recalled, connections }: TimelineView, id = event?.id ?? 'an event'): string {
  const head = event
    ? [
        `${styleText('bold', sanitizeForTerminal(event.name))}  ${sanitizeForTerminal(event.id)}`,
        `  happened   ${time(event.time)} UTC`,
        `  received   ${time(event.receivedAt)} UTC, from the ${event.reporter}`,
        `  consent    ${event.consent.stated}${event.consent.source ? ` (by ${event.consent.source})` : ''}, counts as ${event.consent.effective}`,
        `  known by   ${event.keys.join(', ') || 'nothing that a platform could match'}`,
        ...(event.page.url === undefined ? [] : [`  page       ${sanitizeForTerminal(event.page.url)}`]),
        ...(event.commerce.value === undefined ? [] : [`  value      ${event.commerce.value} ${event.commerce.currency ?? ''}`]),
        ...event.warnings.map(
          (issue) => `  ${styleText('yellow', 'warning')}    ${sanitizeForTerminal(`${issue.field}: ${issue.message}`, 400)}`,
        ),
      ]
    : [`${sanitizeForTerminal(id)}  ${styleText('dim', 'an event whose data was erased')}`];
  const reports = copies.map((copy) => `  copy       ${time(copy.receivedAt)} UTC, from the ${copy.reporter}`);
  const added = recalled.map(
    ({ key, from }) => `  added      ${sanitizeForTerminal(key)}, known by the ${sanitizeForTerminal(from)}`,
  );
  return [...head, ...reports, ...added, ...connections.flatMap(connectionLines)].join('\n');
}

function connectionLines({ connection, outcome, says, issues, attempts }: TimelineView['connections'][number]): string[] {
  return [
    `  ${styleText('bold', connection)}  ${styleText(colourOf(outcome), outcome)}  ${says}`,
    ...issues.map((issue) => `    ${sanitizeForTerminal(`${issue.field}: ${issue.message}`, 400)}`),
    ...attempts.flatMap(({ startedAt, events, result, status, payload, answer, issues: about }) => [
      `    ${time(startedAt)} UTC  request of ${formatCount(events, 'event')}  ${status ?? 'no answer'}  ${result}`,
      `      sent     ${sanitizeForTerminal(JSON.stringify(payload), 2_000)}`,
      ...(answer === undefined || answer === '' ? [] : [`      answer   ${sanitizeForTerminal(answer, 600)}`]),
      ...about.map((issue) => `      ${sanitizeForTerminal(issue.message, 400)}`),
    ]),
  ];
}

function colourOf(outcome: OutcomeView['outcome']): 'green' | 'red' | 'yellow' | 'dim' {
  if (outcome === 'delivered') return 'green';
  if (outcome === 'dead') return 'red';
  return outcome === 'waiting' || outcome === 'undelivered' ? 'yellow' : 'dim';
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000) throw new InvalidArgumentError('it must be 1 to 1000');
  return count;
}
