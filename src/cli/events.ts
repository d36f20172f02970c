import { styleText } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import type { ApiClient, EventFilters, EventRow, OutcomeView, RejectionView, TimelineView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { consentUses, type UseChoices } from '../event/consent.ts';
import { isSignalName } from '../event/event-names.ts';
import { formatCount } from '../event/format-numbers.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { addFilterOptions, parseFilters } from './event-filters.ts';
import { jsonOption, printJson } from './json-option.ts';
import { showCounts } from './show-progress.ts';
import { print } from './terminal.ts';
import { formatIssue, sanitizeForTerminal, table, time } from './terminal-output.ts';

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
    .description('List the newest events and their outcome on each connection.')
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
      for (const site of sites) printRejections(site, (await ask('GET /api/sites/:site/rejections', { site })).rejections);
  });
}

const list = 'GET /api/sites/:site/events';

const noEvents = 'No events yet. Send one with `convey send-test`.';

/** Returns the ids of the sites that the options select. @throws ConveyError if there is none. */
async function selectSites(ask: ApiClient, { site, connection }: EventsOptions): Promise<readonly string[]> {
  const { sites } = await ask('GET /api/status');
  const named = sites.filter(({ id }) => site === undefined || id === site);
  if (named.length === 0)
    throw new ConveyError(
      `There is no site ${sanitizeForTerminal(site ?? '')}`,
      'Use the id of a site in the config file or the dashboard',
    );
  const having = named.filter(({ connections }) => connection === undefined || connections.includes(connection));
  if (having.length > 0) return having.map(({ id }) => id);
  const known = [...new Set(named.flatMap(({ connections }) => connections))].map((id) => sanitizeForTerminal(id)).join(', ');
  throw new ConveyError(
    'No site has the connection of --connection',
    known === '' ? 'Add a connection first' : `Use one of these: ${known}`,
  );
}

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

export function event(): Command {
  return new Command('event')
    .description(
      'Show one event in detail. Lists its reports and outcomes, and the requests to the platforms with their responses.',
    )
    .argument('<id>', 'the event id')
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option(...jsonOption)
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
          'See `convey events` for the ids. Rejected events have no id',
        );
      if (options.json) printJson(found);
      else print(found.map((one) => timeline(one, id)).join('\n\n'));
    });
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
      ? [record.reporter ?? '', sanitizeForTerminal(record.name, 40), sanitizeForTerminal(record.id, 60), why]
      : ['', why, '', ''];
    return [time(row.receivedAt), row.site, ...known, formatOutcomes(row)];
  }
  const { value, currency } = row.commerce;
  const worth = value === undefined ? '' : `${value} ${currency ?? ''}`;
  // A signal has no timeline to look up.
  const id = isSignalName(row.name) ? '' : sanitizeForTerminal(row.id, 60);
  return [time(row.receivedAt), row.site, row.reporter, sanitizeForTerminal(row.name, 40), id, worth, formatOutcomes(row)];
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

function formatDeniedUses(consent: UseChoices): string {
  const denied = consentUses.filter((use) => consent[use] === 'denied');
  return denied.length > 0 ? `, without ${denied.join(' and ')}` : '';
}

/** The names of keys as `--has` and the match quality have them. The normal forms of an address are one key. */
const keyNames: readonly (readonly [RegExp, string])[] = [
  [/^email[A-Z]\w*$/, 'email'],
  [/^phone[A-Z]\w*$/, 'phone'],
  [/^anonymousId$/, 'visitor'],
  [/^externalId$/, 'external-id'],
  [/^ip$/, 'address'],
  [/^userAgent$/, 'agent'],
];

function formatKeys(keys: readonly string[]): string {
  const names = keys.map((key) => keyNames.find(([pattern]) => pattern.test(key))?.[1] ?? key);
  return [...new Set(names)].join(', ') || 'none';
}

/** Formats the timeline of an event. */
export function timeline(
  { event, says, record, copies, recalled, connections }: TimelineView,
  id = event?.id ?? 'an event',
): string {
  const head = event
    ? [
        `${styleText('bold', sanitizeForTerminal(event.name))}  ${sanitizeForTerminal(event.id)}`,
        `  happened   ${time(event.time)} UTC`,
        event.addedBy
          ? `  added      ${time(event.receivedAt)} UTC, by the rule ${event.addedBy.rule} for ${event.addedBy.connection}`
          : `  received   ${time(event.receivedAt)} UTC, from the ${event.reporter}`,
        `  consent    ${event.consent.stated}${event.consent.source ? ` (by ${event.consent.source})` : ''}, counts as ${event.consent.effective}${formatDeniedUses(event.consent)}`,
        `  match keys ${formatKeys(event.keys)}`,
        ...(event.page.url === undefined ? [] : [`  page       ${sanitizeForTerminal(event.page.url)}`]),
        ...(event.commerce.value === undefined ? [] : [`  value      ${event.commerce.value} ${event.commerce.currency ?? ''}`]),
        ...event.warnings.map(
          (issue) => `  ${styleText('yellow', 'warning')}    ${sanitizeForTerminal(formatIssue(issue), 400)}`,
        ),
      ]
    : [
        `${record ? `${styleText('bold', sanitizeForTerminal(record.name))}  ` : ''}${sanitizeForTerminal(id)}`,
        ...(record
          ? [`  received   ${time(record.receivedAt)} UTC${record.reporter ? `, from the ${record.reporter}` : ''}`]
          : []),
        `  removed    ${says ?? 'The data of the event was removed.'}`,
      ];
  const reports = copies.map((copy) => `  duplicate  ${time(copy.receivedAt)} UTC, from the ${copy.reporter}`);
  const added = recalled.map(
    ({ key, from }) => `  added      ${sanitizeForTerminal(key)}, found by the ${sanitizeForTerminal(from)}`,
  );
  return [...head, ...reports, ...added, ...connections.flatMap(connectionLines)].join('\n');
}

function connectionLines({
  connection,
  outcome,
  says,
  waitsUntil,
  issues,
  rules,
  attempts,
}: TimelineView['connections'][number]): string[] {
  const until = waitsUntil === undefined ? '' : ` Until ${time(waitsUntil)} UTC.`;
  return [
    `  ${styleText('bold', connection)}  ${styleText(outcomeColour(outcome), outcome)}  ${says}${until}`,
    ...issues.map((issue) => `    ${sanitizeForTerminal(formatIssue(issue), 400)}`),
    // The issues have the rule that skipped the event.
    ...(rules?.effects ?? [])
      .filter(({ did }) => did !== 'skip')
      .map(({ message }) => `    ${sanitizeForTerminal(message, 400)}`),
    ...attempts.flatMap(({ startedAt, events, result, status, payload, answer, receipt, issues: about }) => [
      `    ${time(startedAt)} UTC  request with ${formatCount(events, 'event')}  ${status ?? 'no response'}  ${result}`,
      ...formatPayload(payload),
      ...(answer === undefined || answer === '' ? [] : [`      response ${sanitizeForTerminal(answer, 600)}`]),
      ...(receipt === undefined
        ? []
        : [
            `      verdict  asked for ${formatCount(receipt.asks, 'time')}, next at ${time(receipt.askAt)} UTC; ticket ${sanitizeForTerminal(receipt.ticket || 'unknown', 200)}`,
          ]),
      ...about.map((issue) => `      ${sanitizeForTerminal(formatIssue(issue), 400)}`),
    ]),
  ];
}

const longestPayload = 100;

/** Formats a payload as JSON with one member a line. */
export function formatPayload(payload: TimelineView['connections'][number]['attempts'][number]['payload']): readonly string[] {
  const lines = JSON.stringify(payload, null, 2).split('\n');
  const shown = lines.slice(0, longestPayload).map((line) => sanitizeForTerminal(line, 400));
  const more = lines.length > longestPayload ? [`… ${formatCount(lines.length - longestPayload, 'more line')}`] : [];
  return [...shown, ...more].map((line, at) => (at === 0 ? `      request  ${line}` : `      ${line}`));
}

function outcomeColour(outcome: OutcomeView['outcome']): 'green' | 'red' | 'yellow' | 'dim' {
  if (outcome === 'delivered') return 'green';
  if (outcome === 'dead') return 'red';
  return ['waiting', 'undelivered', 'awaiting-verdict', 'unverified'].includes(outcome) ? 'yellow' : 'dim';
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000) throw new InvalidArgumentError('Use a number from 1 to 1000.');
  return count;
}
