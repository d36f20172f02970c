import type { Site } from '../../../event/site.ts';
import type { Offset } from '../../../storage/log/event-log.ts';
import type { ApiCaller } from '../../http/handler.ts';
import type { ReadFilters } from '../../http/parameters.ts';
import { hasSiteRole } from '../../http/site-roles.ts';
import { toEventRows } from '../event-list.ts';
import type { EventRow } from '../schemas.ts';
import { type SearchSources, selectConnections, toEventSearch } from './event-search.ts';

const maxRows = 100_000;
const rowsAtOnce = 500;

const columns = [
  'time',
  'received',
  'event',
  'id',
  'value',
  'currency',
  'order',
  'shopper',
  'country',
  'consent',
  'source',
  'removed',
];

/** Streams the events that match the filters as CSV, the newest first. */
export function streamEventsCsv(
  site: Site,
  sources: SearchSources,
  filters: ReadFilters,
  caller: ApiCaller,
): ReadableStream<Uint8Array> {
  const pages = writeCsv(site, sources, filters, caller);
  const text = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await pages.next();
        if (done) controller.close();
        else controller.enqueue(text.encode(value));
      },
      async cancel() {
        await pages.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* writeCsv(
  site: Site,
  sources: SearchSources,
  filters: ReadFilters,
  { readAccess }: ApiCaller,
): AsyncGenerator<string, void, void> {
  const connections = selectConnections(site, filters);
  const search = toEventSearch(site, filters, sources);
  // A spreadsheet takes a file without this mark for another encoding.
  const ids = connections.map(({ id }) => id);
  yield `\uFEFF${formatCsvRow([...columns, ...ids])}`;
  let before: Offset | undefined;
  let written = 0;
  do {
    const access = readAccess && (await readAccess());
    if (readAccess && !(access && hasSiteRole(access, site.id, 'viewer')))
      throw new Error('the account may no longer read the site');
    const place = { limit: Math.min(rowsAtOnce, maxRows - written), ...(before !== undefined && { before }) };
    const found = await sources.store.searchEvents(site.id, { ...search, ...place });
    const rows = await toEventRows({ ...site, connections }, sources, await sources.log.get(site.id, found.offsets));
    if (rows.length > 0)
      yield rows
        .toReversed()
        .map((row) => formatCsvRow(toCells(row, ids)))
        .join('');
    written += rows.length;
    before = found.before;
  } while (before !== undefined && written < maxRows);
  if (before !== undefined) yield formatCsvRow([`These are the newest ${maxRows} events. Export a shorter time for older ones.`]);
}

/** Returns the cells of an event, the last ones its outcomes on these connections. An event may be for one of them only. */
export function toCells(row: EventRow, connections: readonly string[]): readonly (string | number)[] {
  const known = new Map(row.outcomes.map(({ connection, outcome }) => [connection, outcome]));
  const outcomes = connections.map((id) => known.get(id) ?? '');
  const receivedAt = new Date(row.receivedAt).toISOString();
  if ('gone' in row) {
    const { name = '', id = '', reporter = '' } = row.record ?? {};
    return ['', receivedAt, name, id, '', '', '', '', '', '', reporter, row.reason, ...outcomes];
  }
  const { time, name, id, commerce, shopper = '', country = '', consent, reporter } = row;
  const { value = '', currency = '', orderId = '' } = commerce;
  const at = new Date(time).toISOString();
  return [at, receivedAt, name, id, value, currency, orderId, shopper, country, consent.effective, reporter, '', ...outcomes];
}

/** Formats a row. A text that a spreadsheet would run as a formula gets an apostrophe in front. */
export function formatCsvRow(cells: readonly (string | number)[]): string {
  const formatted = cells.map((cell) => {
    if (typeof cell === 'number') return String(cell);
    const text = /^[\s\0]*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${formatted.join(',')}\r\n`;
}
