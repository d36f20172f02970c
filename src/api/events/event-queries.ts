import { z } from 'zod';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { findMatchKeys } from '../../destinations/kit/find-match-keys.ts';
import { mapTexts } from '../../destinations/kit/mask-payload.ts';
import type { DeliveryHistory } from '../../destinations/kit/why-not.ts';
import { type Event, reportSources } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import type { Json } from '../../event/issue.ts';
import type { MatchTopic } from '../../event/missing-match-keys.ts';
import { parseEvent } from '../../event/parse-event.ts';
import { describeRejection } from '../../event/rejection-reasons.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { maskClickIds } from '../../identity/mask-click-ids.ts';
import { type EventLog, type LogPage, type LogRecord, type Offset, rejectedPartition } from '../../storage/log/event-log.ts';
import type { AttemptRecord } from '../../storage/store/attempts.ts';
import { formatConsumerId } from '../../storage/store/consumer-id.ts';
import type { Receipt } from '../../storage/store/receipts.ts';
import type { Store } from '../../storage/store/store.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import { outcomeSentence } from '../http/outcome-names.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset, type ReadFilters } from '../http/parameters.ts';
import type { RouteParams, RouteResponse } from '../http/route.ts';
import { toEventView } from './event-view.ts';
import { hasFilters, toEventSearch } from './filters.ts';
import type { eventRoutes } from './routes.ts';
import type { AttemptView, EventRow, EventView, OutcomeView, RejectionView, TimelineView } from './schemas.ts';

export interface EventSources {
  readonly log: EventLog;
  readonly store: Store;
  readonly platformOf: (connection: Connection) => Pick<BoundDestination, 'skipTexts'>;
}

/** Lists the newest `limit` events, or those after or before an offset, with their outcomes on every connection. */
export async function listEvents(
  site: Site,
  sources: EventSources,
  limit: number,
  { after, before }: { readonly after?: Offset | undefined; readonly before?: Offset | undefined } = {},
): Promise<Page<EventRow> & { readonly through: Offset }> {
  const { log } = sources;
  const {
    records,
    lastOffset: through,
    ...older
  } = after === undefined
    ? await readNewest(log, site.id, limit, before)
    : await log.read(site.id, after, { records: limit, bytes: 8 * 1024 * 1024 });
  return { rows: await toEventRows(site, sources, records), through, ...older };
}

/** Lists the newest `limit` events that match the filters, in log order. */
async function searchEvents(
  site: Site,
  sources: EventSources,
  limit: number,
  filters: ReadFilters,
  before?: Offset,
): Promise<Page<EventRow>> {
  const { log, store } = sources;
  const found = await store.searchEvents(site.id, toEventSearch(site, filters, limit, before));
  const shown = site.connections.filter(({ id }) => filters.connection === undefined || id === filters.connection);
  const rows = await toEventRows({ ...site, connections: shown }, sources, await log.get(site.id, found.offsets));
  return { rows, ...(found.before !== undefined && { older: found.before }) };
}

/** The next page is before `older`. If `older` is absent, this is the last page. */
interface Page<Row> {
  readonly rows: readonly Row[];
  readonly older?: Offset;
}

/** Reads one more record than `limit`, to know whether there is a next page. */
async function readNewest(
  log: EventLog,
  partition: string,
  limit: number,
  before?: Offset,
): Promise<LogPage & { older?: Offset }> {
  const { records: read, lastOffset: through } = await log.latest(partition, limit + 1, before);
  const records = read.slice(-limit);
  const [first] = records;
  return { records, lastOffset: through, ...(first && read.length > limit && { older: first.offset }) };
}

type EventsRoute = (typeof eventRoutes)['GET /api/sites/:site/events'];
type RejectionsRoute = (typeof eventRoutes)['GET /api/sites/:site/rejections'];

const positionSchema = z.tuple([offset('an offset')]);

/** Returns a page of events for a request. */
export async function getEventPage(
  site: Site,
  sources: EventSources,
  params: RouteParams<EventsRoute>,
): Promise<RouteResponse<EventsRoute> | ApiErrorResult<'parameter-invalid'>> {
  const { limit, after, before, cursor } = params;
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
  const { rows, older, through } = await listEvents(site, sources, limit, { after, before: from });
  return {
    events: rows,
    ...(older !== undefined && { next: encodeCursor('events', older) }),
    ...(cursor === undefined && { through }),
  };
}

function invalid(field: string, rule: string, remedy: string): ApiErrorResult<'parameter-invalid'> {
  return new ApiErrorResult('parameter-invalid', [createParameterIssue(field, rule, remedy)]);
}

/** Returns a page of rejections for a request. */
export async function getRejectionPage(
  site: Site,
  log: EventLog,
  { limit, cursor }: Pick<RouteParams<RejectionsRoute>, 'limit' | 'cursor'>,
): Promise<RouteResponse<RejectionsRoute> | ApiErrorResult<'parameter-invalid'>> {
  const position = decodeCursor('rejections', positionSchema, cursor);
  if (position instanceof ApiErrorResult) return position;
  const { rows, older } = await listRejections(site, log, limit, position?.[0]);
  return { rejections: rows, ...(older !== undefined && { next: encodeCursor('rejections', older) }) };
}

/** Converts records to list rows, with their outcomes on every connection of the site. */
export async function toEventRows(
  site: Site,
  sources: Omit<EventSources, 'log'>,
  records: readonly LogRecord[],
): Promise<readonly EventRow[]> {
  const outcomes = await loadOutcomes(
    site,
    sources,
    records.map(({ offset }) => offset),
  );
  return records.map((record): EventRow => {
    const { offset, at } = record;
    const event = parseRecord(record);
    const known = outcomes.get(offset) ?? [];
    if (!event) {
      // The record may have been a signal, which has no outcomes.
      const settled = known.filter(({ outcome }) => outcome !== 'undelivered');
      return { site: site.id, offset, gone: true, receivedAt: at, outcomes: settled };
    }
    return { ...toEventView(event, offset), outcomes: isSignalName(event.name) ? [] : known };
  });
}

interface MissingText {
  readonly says: string;
  readonly remedy: string;
}

export interface TimelineDeps extends EventSources {
  readonly platformOf: (connection: Connection) => BoundDestination;
  /** Returns the match keys that the visitor profile added to an event, and those that the event lacks. */
  readonly shopperOf: (
    site: string,
    offset: Offset,
  ) => Promise<Pick<TimelineView, 'recalled' | 'missing'> & { explain(topic: MatchTopic): MissingText | undefined }>;
  readonly now: () => UnixMs;
}

/** Returns the current state of a connection. */
export type ReadHealth = (site: Site, connection: Connection) => Promise<DeliveryHistory['connection']>;

/** Returns the timelines of all events of the site with this id: usually one. */
export async function getTimelines(
  site: Site,
  id: string,
  deps: TimelineDeps,
  readHealth: ReadHealth,
): Promise<readonly TimelineView[]> {
  const { log, store, platformOf, shopperOf, now } = deps;
  const primaries = await store.findEvents(site.id, id);
  const outcomes = await loadOutcomes(site, deps, primaries);
  const duplicates = await store.findDuplicatesByPrimary(site.id, primaries);
  return Promise.all(
    primaries.map(async (primary): Promise<TimelineView> => {
      const records = await log.get(site.id, [primary, ...(duplicates.get(primary) ?? [])]);
      const views = records.flatMap((record) => toView(record) ?? []);
      const event = views.find(({ offset }) => offset === primary) ?? null;
      const copies = views.filter(({ offset }) => offset !== primary);
      const { recalled, missing, explain } = await shopperOf(site.id, primary);
      const connections = site.connections.map(async (connection) => {
        const outcome =
          outcomes.get(primary)?.find((one) => one.connection === connection.id) ?? createUndeliveredOutcome(connection.id);
        const platform = platformOf(connection);
        const attempts = (await store.listAttempts(formatConsumerId(site.id, connection.id), primary)).map((attempt) => ({
          ...attempt,
          payload: platform.unpack(attempt.body)[attempt.offsets.indexOf(primary)] ?? null,
          result: attempt.settled?.result ?? ('unanswered' as const),
        }));
        const missingKeys = explainPayload(attempts.findLast(({ payload }) => payload !== null)?.payload, platform, explain);
        const checks = platform.whyNot({
          reporters: [event, ...copies].flatMap((report) => report?.reporter ?? []),
          ...outcome,
          attempts,
          missing: missingKeys,
          connection: await readHealth(site, connection),
          now: now(),
        });
        return {
          ...outcome,
          platform: platform.name,
          attempts: await Promise.all(
            attempts.map(async (attempt) =>
              toAttemptView(attempt, platform, await findReceipt(store, site, connection, attempt)),
            ),
          ),
          missing: missingKeys,
          checks: [...checks],
        };
      });
      return { event, copies, recalled, missing, connections: await Promise.all(connections) };
    }),
  );
}

/** Returns the receipt of a request that awaits a verdict. */
async function findReceipt(
  store: Store,
  site: Site,
  connection: Connection,
  { id, result }: ListedAttempt,
): Promise<Receipt | undefined> {
  return result === 'awaiting-verdict' ? store.getReceipt(formatConsumerId(site.id, connection.id), id) : undefined;
}

/** Returns the platform's match keys that a payload lacks, with the reasons. */
function explainPayload(
  payload: Json | undefined,
  { matching: { keys } }: BoundDestination,
  explain: (topic: MatchTopic) => MissingText | undefined,
): TimelineView['connections'][number]['missing'] {
  if (payload === undefined) return [];
  const found = new Set(findMatchKeys(payload, keys));
  return keys.flatMap((kind) => {
    const { key, label, paths } = kind;
    const [path = ''] = paths;
    return found.has(kind) ? [] : [{ key, label, path, ...(explain(kind) ?? unknownReason) }];
  });
}

const unknownReason: MissingText = { says: 'It was not known when the event was sent.', remedy: '' };

const rejectionSchema = z.object({
  receivedAt: z.number(),
  name: z.string().exactOptional(),
  reporter: z.enum(reportSources).exactOptional(),
  issues: z.array(z.object({ field: z.string(), code: z.string() })),
});

/** Lists the newest rejections before an offset. The event log stores only names and codes; this adds the messages. */
async function listRejections(site: Site, log: EventLog, limit: number, before?: Offset): Promise<Page<RejectionView>> {
  const { records, ...page } = await readNewest(log, rejectedPartition(site.id), limit, before);
  const rows = records.flatMap(({ body }) => {
    if (!('bytes' in body)) return [];
    const { issues, ...rest } = rejectionSchema.parse(JSON.parse(Buffer.from(body.bytes).toString()));
    return [{ ...rest, issues: issues.map((issue) => ({ ...issue, message: describeRejection(issue.code) })) }];
  });
  return { rows, ...(page.older !== undefined && { older: page.older }) };
}

/** Returns the current outcomes of these events, one per connection of the site. */
export async function loadOutcomes(
  site: Site,
  { store, platformOf }: Omit<EventSources, 'log'>,
  offsets: readonly Offset[],
): Promise<ReadonlyMap<Offset, readonly OutcomeView[]>> {
  const found = new Map<Offset, OutcomeView[]>(offsets.map((offset) => [offset, []]));
  for (const one of site.connections) {
    const { id: connection } = one;
    const { skipTexts } = platformOf(one);
    const entries = await store.getOutcomes(formatConsumerId(site.id, connection), offsets);
    for (const [offset, views] of found) {
      const entry = entries.get(offset);
      views.push(
        entry
          ? { connection, outcome: entry.outcome, says: outcomeSentence(entry.outcome, skipTexts), issues: entry.issues }
          : createUndeliveredOutcome(connection),
      );
    }
  }
  return found;
}

function createUndeliveredOutcome(connection: string): OutcomeView {
  return { connection, outcome: 'undelivered', says: outcomeSentence('undelivered'), issues: [] };
}

type ListedAttempt = AttemptRecord & { readonly payload: Json; readonly result: AttemptView['result'] };

function toAttemptView(
  { id, startedAt, offsets, bodySha256, payload, result, settled }: ListedAttempt,
  platform: BoundDestination,
  receipt: Receipt | undefined,
): AttemptView {
  const request = payload === null ? undefined : platform.show(payload);
  const { status, answer, issues = [] } = settled ?? {};
  return {
    id,
    startedAt,
    events: offsets.length,
    bodySha256,
    ...(request && { request: { ...request, body: maskClickIds(request.body) } }),
    payload: payload === null ? null : mapTexts(platform.mask(payload), maskClickIds),
    result,
    ...(receipt && {
      receipt: { ticket: receipt.ticket, receivedAt: receipt.receivedAt, asks: receipt.asks, askAt: receipt.askAt },
    }),
    ...(status !== undefined && { status }),
    ...(answer !== undefined && { answer }),
    issues,
  };
}

function parseRecord({ body }: LogRecord): Event | undefined {
  return 'bytes' in body ? parseEvent(body.bytes) : undefined;
}

function toView(record: LogRecord): EventView | undefined {
  const event = parseRecord(record);
  return event && toEventView(event, record.offset);
}
