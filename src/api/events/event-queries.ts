import { z } from 'zod';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { type Event, parseEvent, reporters } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import { describeRejection } from '../../event/rejection-reasons.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { EventLog, LogPage, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AttemptRecord, Store } from '../../storage/store/store.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import { outcomeSentence } from '../http/outcome-names.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset, type ReadFilters } from '../http/parameters.ts';
import type { RouteParams, RouteResponse } from '../http/route.ts';
import { toEventView } from './event-view.ts';
import { hasFilters, toEventSearch } from './filters.ts';
import type { eventRoutes } from './routes.ts';
import type { AttemptView, EventRow, EventView, OutcomeView, RejectionView, TimelineView } from './schemas.ts';

interface Sources {
  readonly log: EventLog;
  readonly store: Store;
}

/** The newest `limit` events, or those after or before an offset, each with what became of it on every connection. */
export async function listEvents(
  site: Site,
  { log, store }: Sources,
  limit: number,
  { after, before }: { readonly after?: Offset | undefined; readonly before?: Offset | undefined } = {},
): Promise<Page<EventRow> & { readonly through: Offset }> {
  const {
    records,
    lastOffset: through,
    ...older
  } = after === undefined
    ? await newest(log, site.id, limit, before)
    : await log.read(site.id, after, { records: limit, bytes: 8 * 1024 * 1024 });
  return { rows: await toEventRows(site, store, records), through, ...older };
}

/** The newest `limit` events that the filters let through, in log order. */
async function searchEvents(
  site: Site,
  { log, store }: Sources,
  limit: number,
  filters: ReadFilters,
  before?: Offset,
): Promise<Page<EventRow>> {
  const found = await store.searchEvents(site.id, toEventSearch(site, filters, limit, before));
  const shown = site.connections.filter(({ id }) => filters.connection === undefined || id === filters.connection);
  const rows = await toEventRows({ ...site, connections: shown }, store, await log.get(site.id, found.offsets));
  return { rows, ...(found.before !== undefined && { older: found.before }) };
}

/** What stands before `older` is the next page; without it there is none. */
interface Page<Row> {
  readonly rows: readonly Row[];
  readonly older?: Offset;
}

/** One more is read, to know whether there are more. */
async function newest(log: EventLog, partition: string, limit: number, before?: Offset): Promise<LogPage & { older?: Offset }> {
  const { records: read, lastOffset: through } = await log.latest(partition, limit + 1, before);
  const records = read.slice(-limit);
  const [first] = records;
  return { records, lastOffset: through, ...(first && read.length > limit && { older: first.offset }) };
}

type EventsRoute = (typeof eventRoutes)['GET /api/sites/:site/events'];
type RejectionsRoute = (typeof eventRoutes)['GET /api/sites/:site/rejections'];

const placeSchema = z.tuple([offset('an offset')]);

/** A page of events, as the request asks for it. */
export async function getEventPage(
  site: Site,
  sources: Sources,
  asked: RouteParams<EventsRoute>,
): Promise<RouteResponse<EventsRoute> | ApiErrorResult<'parameter-invalid'>> {
  const { limit, after, before, cursor } = asked;
  const place = decodeCursor('events', placeSchema, cursor);
  if (place instanceof ApiErrorResult) return place;
  if (asked.connection !== undefined && !site.connections.some(({ id }) => id === asked.connection))
    return refused('connection', 'a connection of this site', 'See `convey connections list`, or leave it out.');
  const isSearch = hasFilters(asked) || before !== undefined;
  if (after !== undefined && (isSearch || cursor !== undefined))
    return refused('after', 'left out beside filters and `cursor`', 'Read on with `cursor`.');
  const [from = before] = place ?? [];
  if (isSearch) {
    const { rows, older } = await searchEvents(site, sources, limit, asked, from);
    return { events: rows, ...(older !== undefined && { next: encodeCursor('events', older), before: older }) };
  }
  const { rows, older, through } = await listEvents(site, sources, limit, { after, before: from });
  return {
    events: rows,
    ...(older !== undefined && { next: encodeCursor('events', older) }),
    ...(cursor === undefined && { through }),
  };
}

function refused(field: string, rule: string, remedy: string): ApiErrorResult<'parameter-invalid'> {
  return new ApiErrorResult('parameter-invalid', [createParameterIssue(field, rule, remedy)]);
}

/** A page of rejections, as the request asks for it. */
export async function getRejectionPage(
  site: Site,
  log: EventLog,
  { limit, cursor }: Pick<RouteParams<RejectionsRoute>, 'limit' | 'cursor'>,
): Promise<RouteResponse<RejectionsRoute> | ApiErrorResult<'parameter-invalid'>> {
  const place = decodeCursor('rejections', placeSchema, cursor);
  if (place instanceof ApiErrorResult) return place;
  const { rows, older } = await listRejections(site, log, limit, place?.[0]);
  return { rejections: rows, ...(older !== undefined && { next: encodeCursor('rejections', older) }) };
}

/** Records as they are listed, each with what became of it on every connection of the site. */
export async function toEventRows(site: Site, store: Store, records: readonly LogRecord[]): Promise<readonly EventRow[]> {
  const outcomes = await loadOutcomes(
    site,
    store,
    records.map(({ offset }) => offset),
  );
  return records.map((record): EventRow => {
    const { offset, at } = record;
    const event = eventOf(record);
    const known = outcomes.get(offset) ?? [];
    if (!event) {
      // It may have been a signal, which no connection ever comes to.
      const settled = known.filter(({ outcome }) => outcome !== 'undelivered');
      return { site: site.id, offset, gone: true, receivedAt: at, outcomes: settled };
    }
    return { ...toEventView(event, offset), outcomes: isSignalName(event.name) ? [] : known };
  });
}

export interface TimelineDeps extends Sources {
  readonly platformOf: (connection: Connection) => BoundDestination;
  /** Returns the match keys that the visitor profile added to an event, and those that the event lacks. */
  readonly shopperOf: (site: string, offset: Offset) => Promise<Pick<TimelineView, 'recalled' | 'missing'>>;
}

/** Returns the timelines of all events of the site with this id: usually one. */
export async function getTimelines(site: Site, id: string, sources: TimelineDeps): Promise<readonly TimelineView[]> {
  const { log, store, platformOf, shopperOf } = sources;
  const firsts = await store.findEvents(site.id, id);
  const outcomes = await loadOutcomes(site, store, firsts);
  const copiesOf = await store.findDuplicatesByPrimary(site.id, firsts);
  return Promise.all(
    firsts.map(async (first): Promise<TimelineView> => {
      const records = await log.get(site.id, [first, ...(copiesOf.get(first) ?? [])]);
      const views = records.flatMap((record) => viewOf(record) ?? []);
      const connections = site.connections.map(async (connection) => {
        const outcome = outcomes.get(first)?.find((one) => one.connection === connection.id) ?? undelivered(connection.id);
        const attempts = await store.listAttempts(`${site.id}/${connection.id}`, first);
        return { ...outcome, attempts: attempts.map((attempt) => attemptView(attempt, first, platformOf(connection))) };
      });
      const event = views.find(({ offset }) => offset === first) ?? null;
      return {
        event,
        copies: views.filter(({ offset }) => offset !== first),
        ...(await shopperOf(site.id, first)),
        connections: await Promise.all(connections),
      };
    }),
  );
}

const rejectionSchema = z.object({
  receivedAt: z.number(),
  name: z.string().exactOptional(),
  reporter: z.enum(reporters).exactOptional(),
  issues: z.array(z.object({ field: z.string(), code: z.string() })),
});

/** The newest rejections before an offset: names and codes alone are kept, and said here in words. */
async function listRejections(site: Site, log: EventLog, limit: number, before?: Offset): Promise<Page<RejectionView>> {
  const { records, ...page } = await newest(log, `${site.id}!rejected`, limit, before);
  const rows = records.flatMap(({ body }) => {
    if (!('bytes' in body)) return [];
    const { issues, ...rest } = rejectionSchema.parse(JSON.parse(Buffer.from(body.bytes).toString()));
    return [{ ...rest, issues: issues.map((issue) => ({ ...issue, message: describeRejection(issue.code) })) }];
  });
  return { rows, ...(page.older !== undefined && { older: page.older }) };
}

/** What became of each of these by now, one for each connection of the site. */
export async function loadOutcomes(
  site: Site,
  store: Store,
  offsets: readonly Offset[],
): Promise<ReadonlyMap<Offset, readonly OutcomeView[]>> {
  const found = new Map<Offset, OutcomeView[]>(offsets.map((offset) => [offset, []]));
  for (const { id: connection } of site.connections) {
    const entries = await store.getOutcomes(`${site.id}/${connection}`, offsets);
    for (const [offset, views] of found) {
      const entry = entries.get(offset);
      views.push(
        entry
          ? { connection, outcome: entry.outcome, says: outcomeSentence(entry.outcome), issues: entry.issues }
          : undelivered(connection),
      );
    }
  }
  return found;
}

function undelivered(connection: string): OutcomeView {
  return { connection, outcome: 'undelivered', says: outcomeSentence('undelivered'), issues: [] };
}

function attemptView(
  { id, startedAt, offsets, body, bodySha256, settled }: AttemptRecord,
  offset: Offset,
  platform: BoundDestination,
): AttemptView {
  const payload = platform.unpack(body)[offsets.indexOf(offset)] ?? null;
  const request = payload === null ? undefined : platform.show(payload);
  const { result, status, answer, issues } = settled ?? {
    result: 'unanswered' as const,
    issues: [],
    status: undefined,
    answer: undefined,
  };
  return {
    id,
    startedAt,
    events: offsets.length,
    bodySha256,
    ...(request && { request }),
    payload,
    result,
    ...(status !== undefined && { status }),
    ...(answer !== undefined && { answer }),
    issues,
  };
}

function eventOf({ body }: LogRecord): Event | undefined {
  return 'bytes' in body ? parseEvent(body.bytes) : undefined;
}

function viewOf(record: LogRecord): EventView | undefined {
  const event = eventOf(record);
  return event && toEventView(event, record.offset);
}
