import { styleText } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import type { ApiClient, EventFilters, EventRow, RejectionView, TimelineView } from '../api/client.ts';
import { isSignalName } from '../event/event-names.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { describeWays, type ReportedWays } from './describe-ways.ts';
import { addFilterOptions, parseFilters } from './event-filters.ts';
import { jsonOption, printJson } from './json-option.ts';
import { showCounts } from './show-progress.ts';
import { selectSites } from './site-option.ts';
import { print } from './terminal.ts';
import { money, outcomeColour, sanitizeForTerminal, table, time } from './terminal-output.ts';

const followEveryMs = 500;
/** The number of newest events that `--follow` checks again: the maximum of the API. */
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
    .description(
      'List the newest events, the last received at the end, and their outcome on each connection. Rows such as $consent are messages about a visitor: they are logged and never sent.',
    )
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option('-n, --limit <count>', 'number of events per site', readCount, 50)
    .option('-f, --follow', 'keep running, and print new events and changed outcomes')
    .option(...jsonOption);
  return addFilterOptions(command).action(async (input: EventsOptions) => {
    const options = withConnection(input);
    const { limit } = options;
    const ask = connectToGateway(loadConfig(options.config));
    const sites = await selectSites(ask, options);
    const filters = parseFilters(options);
    if (options.follow) return follow(ask, sites, limit, filters, options.json ? JSON.stringify : (row) => cells(row).join('  '));
    const rows: EventRow[] = [];
    for (const site of sites)
      rows.push(...(filters ? await fetchMatching(ask, site, limit, filters) : await fetchLatest(ask, site, limit)));
    if (options.json) printJson(rows);
    else if (rows.length > 0) print(table(columns, rows.map(cells)));
    else if (!filters) print(noEvents);
    else print(`No event matches. Remove a filter${filters.since === undefined ? '' : ', or start earlier'}.`);
    if (!options.json && !filters)
      for (const site of sites) printWaysIn(site, (await ask('GET /api/sites/:site/checklist', { site })).ways);
    if (!options.json && !filters)
      for (const site of sites) printRejections(site, (await ask('GET /api/sites/:site/rejections', { site })).rejections);
  });
}

const list = 'GET /api/sites/:site/events';

const noEvents = 'No events yet. Send one with `convey send-test`.';

/** Fetches the newest `limit` events. Erased events among them do not count towards the limit. */
async function fetchLatest(ask: ApiClient, site: string, limit: number): Promise<readonly EventRow[]> {
  const { events } = await ask(list, { site, limit });
  if (!events.some((row) => 'gone' in row)) return events;
  const more = (await ask(list, { site, limit: followed })).events;
  const whole = more.filter((row) => !('gone' in row));
  const oldest = whole.at(-limit) ?? more[0];
  return more.filter(({ offset }) => oldest === undefined || offset >= oldest.offset);
}

/** Fetches the newest `limit` events that match the filters. Reads further pages, because a page may hold fewer matches. */
async function fetchMatching(ask: ApiClient, site: string, limit: number, filters: EventFilters): Promise<readonly EventRow[]> {
  let found: readonly EventRow[] = [];
  let cursor: string | undefined;
  const show = showCounts();
  do {
    const page = await ask(list, { site, limit: limit - found.length, cursor, ...filters });
    found = [...page.events, ...found];
    cursor = page.next;
    show(`Searching the events of ${sanitizeForTerminal(site)}, found`, found.length);
  } while (cursor !== undefined && found.length < limit);
  return found;
}

/** Prints the newest `limit` events of each site, then new events and changed outcomes until the process ends. */
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
      const news = events.filter((row) => known?.get(row.offset) !== formatState(row));
      for (const row of known ? news : news.slice(-limit)) print(shown(row));
      before.set(site, new Map(events.map((row) => [row.offset, formatState(row)])));
    }
    await new Promise((resolve) => setTimeout(resolve, followEveryMs));
  }
}

const goneLabels = {
  erased: 'erased',
  'consent-denied': 'no consent',
  expired: 'expired',
  damaged: 'damaged',
} as const satisfies Record<NonNullable<TimelineView['reason']>, string>;

const columns = ['received (UTC)', 'site', 'from', 'event', 'id', 'value', 'outcome'];

function cells(row: EventRow): string[] {
  if ('gone' in row) {
    const { record, reason } = row;
    const why = `(${goneLabels[reason]})`;
    const known = record
      ? [formatSource(record), sanitizeForTerminal(record.name, 40), sanitizeForTerminal(record.id, 60), why]
      : ['', why, '', ''];
    return [time(row.receivedAt), row.site, ...known, formatOutcomes(row)];
  }
  const { value, currency } = row.commerce;
  const worth = value === undefined ? '' : money(value, currency);
  // A signal has no timeline to look up.
  const id = isSignalName(row.name) ? '' : sanitizeForTerminal(row.id, 60);
  return [time(row.receivedAt), row.site, formatSource(row), sanitizeForTerminal(row.name, 40), id, worth, formatOutcomes(row)];
}

/** Returns the source with the way in: `browser/segment`. */
function formatSource({ reporter = '', via }: { readonly reporter?: string; readonly via?: string }): string {
  return via === undefined ? reporter : `${reporter}/${via}`;
}

function formatOutcomes(row: EventRow): string {
  if (!('gone' in row) && isSignalName(row.name)) return styleText('dim', 'message about a visitor, never sent');
  return Object.entries(Object.groupBy(row.outcomes, ({ outcome }) => outcome))
    .flatMap(([, same]) => {
      const [first] = same;
      return first === undefined ? [] : [[first.outcome, same.map(({ connection }) => connection).join(', ')] as const];
    })
    .map(([outcome, connections]) => `${connections}: ${styleText(outcomeColour(outcome), outcome)}`)
    .join('; ');
}

/** Returns the state of an event; `--follow` prints the event again when it changes. */
function formatState(row: EventRow): string {
  return `${'gone' in row ? 'erased ' : ''}${formatOutcomes(row)}`;
}

/** Prints which ways in of a site report. */
function printWaysIn(site: string, ways: ReportedWays): void {
  if (ways.length === 0) return;
  print(styleText('dim', `\n${site}: ${describeWays(ways, Date.now()).join('; ')}.`));
}

/** Prints rejections by name and code, because nothing else of them is stored. */
function printRejections(site: string, rejections: readonly RejectionView[]): void {
  if (rejections.length === 0) return;
  const rows = rejections.map(({ receivedAt, name, issues }) => [
    time(receivedAt),
    sanitizeForTerminal(name ?? '–', 40),
    issues.map(({ field, code }) => `${sanitizeForTerminal(field, 60)}: ${code}`).join(', '),
  ]);
  print(`\nRecent rejections at ${site} (the sender received the reasons):`);
  print(table(['received (UTC)', 'event', 'why'], rows));
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000) throw new InvalidArgumentError('Use a number from 1 to 1000.');
  return count;
}
