import { z } from 'zod';
import type { Platform } from '../destinations/kit/destination.ts';
import { type Event, parseEvent } from '../event/event.ts';
import { isSignalName } from '../event/names.ts';
import type { Connection, Site } from '../event/site.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { AttemptRecord, Store } from '../store/store.ts';
import { type EventFilters, toSearch } from './filters.ts';
import {
  type AttemptView,
  type EventRow,
  type EventView,
  eventView,
  type OutcomeView,
  outcomeSentence,
  type RejectionView,
  type TimelineView,
} from './views.ts';

interface Sources {
  readonly log: EventLog;
  readonly store: Store;
}

/** The newest `limit` events, or those after an offset, each with what became of it on every connection. */
export async function listEvents(
  site: Site,
  { log, store }: Sources,
  limit: number,
  after?: Offset,
): Promise<{ events: readonly EventRow[]; through: Offset }> {
  const page =
    after === undefined
      ? await log.latest(site.id, limit)
      : await log.read(site.id, after, { records: limit, bytes: 8 * 1024 * 1024 });
  return { events: await rowsOf(site, store, page.records), through: page.through };
}

/** The newest `limit` events that the filters let through, in log order. Go on with `before`; without it there are no more. */
export async function searchEvents(
  site: Site,
  { log, store }: Sources,
  limit: number,
  filters: EventFilters,
  before?: Offset,
): Promise<{ events: readonly EventRow[]; before?: Offset }> {
  const found = await store.search(site.id, toSearch(site, filters, limit, before));
  const shown = site.connections.filter(({ id }) => filters.connection === undefined || id === filters.connection);
  const events = await rowsOf({ ...site, connections: shown }, store, await log.get(site.id, found.offsets));
  return { events, ...(found.before !== undefined && { before: found.before }) };
}

async function rowsOf(site: Site, store: Store, records: readonly LogRecord[]): Promise<readonly EventRow[]> {
  const outcomes = await outcomesOf(
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
    return { ...eventView(event, offset), outcomes: isSignalName(event.name) ? [] : known };
  });
}

/** Every event of the site with this id: usually one. */
export async function timelines(
  site: Site,
  id: string,
  sources: Sources & {
    readonly platformOf: (connection: Connection) => Platform;
    readonly recalledOf: (site: string, offset: Offset) => Promise<TimelineView['recalled']>;
  },
): Promise<readonly TimelineView[]> {
  const { log, store, platformOf, recalledOf } = sources;
  const firsts = await store.find(site.id, id);
  const outcomes = await outcomesOf(site, store, firsts);
  const copiesOf = await store.copiesOf(site.id, firsts);
  return Promise.all(
    firsts.map(async (first): Promise<TimelineView> => {
      const records = await log.get(site.id, [first, ...(copiesOf.get(first) ?? [])]);
      const views = records.flatMap((record) => viewOf(record) ?? []);
      const connections = site.connections.map(async (connection) => {
        const outcome = outcomes.get(first)?.find((one) => one.connection === connection.id) ?? undelivered(connection.id);
        const attempts = await store.attempts(`${site.id}/${connection.id}`, first);
        return { ...outcome, attempts: attempts.map((attempt) => attemptView(attempt, first, platformOf(connection))) };
      });
      const event = views.find(({ offset }) => offset === first) ?? null;
      return {
        event,
        copies: views.filter(({ offset }) => offset !== first),
        recalled: await recalledOf(site.id, first),
        connections: await Promise.all(connections),
      };
    }),
  );
}

const rejectionSchema = z.object({
  receivedAt: z.number(),
  name: z.string().optional(),
  issues: z.array(z.object({ field: z.string(), code: z.string() })),
});

/** The newest rejections: names and codes alone. */
export async function listRejections(site: Site, log: EventLog, limit: number): Promise<readonly RejectionView[]> {
  const { records } = await log.latest(`${site.id}!rejected`, limit);
  return records.flatMap(({ body }) => {
    if (!('bytes' in body)) return [];
    const { name, ...rest } = rejectionSchema.parse(JSON.parse(Buffer.from(body.bytes).toString()));
    return [{ ...rest, ...(name !== undefined && { name }) }];
  });
}

async function outcomesOf(
  site: Site,
  store: Store,
  offsets: readonly Offset[],
): Promise<ReadonlyMap<Offset, readonly OutcomeView[]>> {
  const found = new Map<Offset, OutcomeView[]>(offsets.map((offset) => [offset, []]));
  for (const { id: connection } of site.connections) {
    const entries = await store.outcomes(`${site.id}/${connection}`, offsets);
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
  platform: Platform,
): AttemptView {
  const payload = platform.unpack(body)[offsets.indexOf(offset)] ?? null;
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
  return event && eventView(event, record.offset);
}
