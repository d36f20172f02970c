import { z } from 'zod';
import { isForConnection, parseEventKey } from '../../event/event-key.ts';
import { isSignalName } from '../../event/event-names.ts';
import type { Site } from '../../event/site.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset, type ReadFilters } from '../http/parameters.ts';
import type { RouteParams, RouteResponse } from '../http/route.ts';
import { nameReporter, parseRecord, toEventView } from './event-view.ts';
import { explainGone, explainGoneOutcome } from './explain-gone.ts';
import { explainSkip } from './explain-outcome.ts';
import { type Page, readNewest } from './newest-records.ts';
import { type EventSources, loadOutcomes, type OutcomeSources } from './outcomes.ts';
import type { eventRoutes } from './routes.ts';
import type { EventRow } from './schemas.ts';
import { hasFilters, type SearchSources, toEventSearch } from './search/event-search.ts';

interface ListPosition {
  readonly after?: Offset | undefined;
  readonly before?: Offset | undefined;
  readonly withSignals?: boolean;
}

/** Lists the newest `limit` events, or those after or before an offset, with their outcomes on every connection. */
export async function listEvents(
  site: Site,
  sources: EventSources,
  limit: number,
  { after, before, withSignals = true }: ListPosition = {},
): Promise<Page<EventRow> & { readonly through: Offset }> {
  const { log } = sources;
  const isListed = ({ key }: LogRecord) => withSignals || !isSignalName(parseEventKey(key).name);
  const {
    records,
    lastOffset: through,
    ...older
  } = after === undefined
    ? await readNewest(log, site.id, limit, before, isListed)
    : await log.read(site.id, after, { records: limit, bytes: 8 * 1024 * 1024 });
  return { rows: await toEventRows(site, sources, records.filter(isListed)), through, ...older };
}

/** Lists the newest `limit` events that match the filters, in log order. */
async function searchEvents(
  site: Site,
  sources: SearchSources,
  limit: number,
  filters: ReadFilters,
  before?: Offset,
): Promise<Page<EventRow>> {
  const { log, store } = sources;
  const place = { limit, ...(before !== undefined && { before }) };
  const found = await store.searchEvents(site.id, { ...toEventSearch(site, filters, sources), ...place });
  const shown = site.connections.filter(({ id }) => filters.connection === undefined || id === filters.connection);
  const rows = await toEventRows({ ...site, connections: shown }, sources, await log.get(site.id, found.offsets));
  return { rows, ...(found.before !== undefined && { older: found.before }) };
}

type EventsRoute = (typeof eventRoutes)['GET /api/sites/:site/events'];

const positionSchema = z.tuple([offset('an offset')]);

/** Returns a page of events for a request. */
export async function getEventPage(
  site: Site,
  sources: SearchSources,
  params: RouteParams<EventsRoute>,
): Promise<RouteResponse<EventsRoute> | ApiErrorResult<'parameter-invalid'>> {
  const { limit, after, before, cursor, signals } = params;
  const position = decodeCursor('events', positionSchema, cursor);
  if (position instanceof ApiErrorResult) return position;
  if (params.connection !== undefined && !site.connections.some(({ id }) => id === params.connection))
    return invalid('connection', 'a connection of this site', 'See `convey connections list`, or omit it.');
  const isSearch = hasFilters(params) || before !== undefined;
  if (after !== undefined && (isSearch || cursor !== undefined))
    return invalid('after', 'absent with filters or `cursor`', 'Continue with `cursor`.');
  const [from = before] = position ?? [];
  if (isSearch) {
    const { rows, older } = await searchEvents(site, sources, limit, params, from);
    return { events: rows, ...(older !== undefined && { next: encodeCursor('events', older), before: older }) };
  }
  const { rows, older, through } = await listEvents(site, sources, limit, {
    after,
    before: from,
    withSignals: signals !== 'omit',
  });
  return {
    events: rows,
    ...(older !== undefined && { next: encodeCursor('events', older) }),
    ...(cursor === undefined && { through }),
  };
}

function invalid(field: string, rule: string, remedy: string): ApiErrorResult<'parameter-invalid'> {
  return new ApiErrorResult('parameter-invalid', [createParameterIssue(field, rule, remedy)]);
}

/** Converts records to list rows, with their outcomes on every connection of the site. */
export async function toEventRows(
  site: Site,
  sources: OutcomeSources & { readonly store: Pick<Store, 'getAbsentReasons' | 'findDuplicatesByPrimary'> },
  records: readonly LogRecord[],
): Promise<readonly EventRow[]> {
  const outcomes = await loadOutcomes(
    site,
    sources,
    records.map(({ offset }) => offset),
  );
  const texts = new Map(site.connections.map((one) => [one.id, sources.getPlatform(one).skipTexts]));
  const events = records.map((record) => ({ record, event: parseRecord(record) }));
  const gone = events.flatMap(({ record, event }) => (event ? [] : [record.offset]));
  const reasons = gone.length > 0 ? await sources.store.getAbsentReasons(site.id, gone) : undefined;
  const duplicates = gone.length > 0 ? await sources.store.findDuplicatesByPrimary(site.id, gone) : undefined;
  return events.map(({ record, event }): EventRow => {
    const { offset, at, key } = record;
    const known = outcomes.get(offset) ?? [];
    if (!event) {
      const isSignal = isSignalName(parseEventKey(key).name);
      const why = explainGone(record, reasons?.get(offset));
      const kept = why.reason === 'erased' || isSignal ? {} : { record: identify(key, site) };
      const outcomes = isSignal ? [] : known.filter(({ connection }) => isForConnection(key, connection));
      // A duplicate report may still have the data, and is then sent.
      const explained = duplicates?.has(offset) ? outcomes : outcomes.map((one) => explainGoneOutcome(one, why));
      return { site: site.id, offset, gone: true, ...why, ...kept, receivedAt: at, outcomes: explained };
    }
    const explained = known
      .filter(({ connection }) => isForConnection(key, connection))
      .map((one) => explainSkip(one, [event], texts.get(one.connection)));
    return { ...toEventView(event, offset, site), outcomes: explained };
  });
}

type GoneRow = Extract<EventRow, { readonly gone: true }>;

/** Returns the parts of an event that the key of its record has. */
function identify(key: string, site: Site): NonNullable<GoneRow['record']> {
  const { name, id, reporter, via } = parseEventKey(key);
  const source = reporter && { reporter, ...(via && { via }), reportedBy: nameReporter({ reporter, via }, site) };
  return { name, id, ...source };
}
