import { createKeyFilter } from '../../event/event-key.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, KeyFilter, Offset } from '../log/event-log.ts';
import type { ConnectionState } from './connection-state.ts';
import { formatConsumerId } from './consumer-id.ts';
import { countBucketStart } from './event-counts.ts';
import type { Store } from './store.ts';

export interface BacklogSources {
  readonly log: Pick<EventLog, 'read' | 'latest' | 'count' | 'findOffsetAt'>;
  readonly store: Pick<Store, 'getUnsent' | 'countDuplicates' | 'getCountingStart'>;
}

/**
 * The events that wait for a connection: those after its cursor without an outcome, those that the identity consumer has not read yet, and its
 * deferred deliveries. Merged reports count once.
 */
export interface Backlog {
  readonly waiting: number;
  /** The deferred deliveries among them. */
  readonly deferred: number;
  /** When the oldest waiting event was received. Purchases that wait for confirmation are excluded. */
  readonly since?: UnixMs;
  /** The earliest time of a waiting event itself, by which its platform judges its age. The same are excluded. */
  readonly oldest?: UnixMs;
  readonly deadLetters: number;
  readonly deadPurchases: number;
}

type Place = Pick<ConnectionState, 'cursor' | 'begins'>;

/** Reads the backlog of a connection. `place`: undefined for a connection that never ran, which begins with the next event. */
export type BacklogReader = (site: string, connection: string, place: Place | undefined) => Promise<Backlog>;

/**
 * Creates a reader of the events that wait for connections. Each figure that an operator sees comes from here. It reads counters and at most
 * three records a connection, so that it can run for every connection each minute. Create one for each reading of several connections: those
 * of a site share the count of the events that the identity consumer has not read yet.
 */
export function createBacklogReader({ log, store }: BacklogSources): BacklogReader {
  const unidentified = new Map<string, Promise<Unidentified>>();
  const countShared = (site: string, after: Offset) => {
    const counted = unidentified.get(site) ?? countToHead(site, after, log);
    unidentified.set(site, counted);
    return counted;
  };
  /** Counts the events that the identity consumer has not read yet. Those of a connection that began after its cursor are counted alone. */
  const readUnidentified = async (site: string, cursor: Offset, identityCursor: Offset) => {
    const next = await readNext(site, latest(cursor, identityCursor), log);
    if (!next) return { events: 0 };
    if (cursor > identityCursor) return { events: (await countToHead(site, cursor, log)).events, since: next.at };
    const { after, through, events, filter } = await countShared(site, identityCursor);
    if (identityCursor <= after) return { events, since: next.at };
    const readMeanwhile = await log.count(site, after, earliest(identityCursor, through), filter);
    return { events: Math.max(0, events - readMeanwhile), since: next.at };
  };
  return async (site, connection, place) => {
    const consumer = formatConsumerId(site, connection);
    const next = place && (await readNext(site, place.cursor, log));
    if (!next) return toBacklog(await store.getUnsent(site, consumer));
    const bucket = countBucketStart(next.at);
    const countedSince = await store.getCountingStart();
    const unsent = await store.getUnsent(site, consumer, Math.max(bucket, countedSince));
    const { identityCursor } = unsent;
    const earlier = bucket < countedSince ? 0 : await countEarlier(site, place, bucket, identityCursor, { log, store });
    const unread = await readUnidentified(site, place.cursor, identityCursor);
    const more = unread.events + (await countUncounted(site, place, bucket, countedSince, log));
    return toBacklog({ ...unsent, unread: Math.max(0, unsent.unread - earlier) }, more, unread.since);
  };
}

type Unsent = Awaited<ReturnType<Store['getUnsent']>>;

function toBacklog(
  { unread, deferred, since, oldest, deadLetters, deadPurchases }: Unsent,
  more = 0,
  moreSince?: UnixMs,
): Backlog {
  const waiting = unread + deferred + more;
  const counts = { waiting, deferred, deadLetters, deadPurchases };
  const first = since ?? moreSince;
  // The store's rows also have events that overtook the backlog, which do not wait.
  return waiting === 0
    ? counts
    : { ...counts, ...(first !== undefined && { since: first }), ...(oldest !== undefined && { oldest }) };
}

/** Counts the events of the bucket that the event log received before the connection began. They do not wait for it. */
async function countEarlier(
  site: string,
  { begins }: Place,
  bucket: UnixMs,
  identityCursor: Offset,
  { log, store }: BacklogSources,
): Promise<number> {
  if (!begins || countBucketStart(begins.at) !== bucket) return 0;
  // The store has counted earlier events alone.
  if (identityCursor < begins.after) return Number.POSITIVE_INFINITY;
  return begins.events - (await store.countDuplicates(site, await log.findOffsetAt(site, new Date(bucket)), begins.after));
}

interface Unidentified {
  readonly after: Offset;
  readonly through: Offset;
  readonly events: number;
  readonly filter: KeyFilter | undefined;
}

/** The number of records up to which their keys are read. */
const maxKeys = 10_000;

/**
 * Counts the events after an offset. Duplicate reports among them are not known, so each report counts; an event that a rule added counts once
 * the identity consumer has read it. Among more than 10,000 records, signals and added events count, too: excluding them requires reading each
 * key.
 */
async function countToHead(site: string, after: Offset, log: BacklogSources['log']): Promise<Unidentified> {
  const through = (await log.latest(site, 1)).records.at(-1)?.offset ?? after;
  const records = await log.count(site, after, through);
  const filter = records > maxKeys ? undefined : createKeyFilter();
  return { after, through, events: filter ? await log.count(site, after, through, filter) : records, filter };
}

/** Counts the records from before this store counted events, with signals: excluding them requires reading each record. */
async function countUncounted(
  site: string,
  { cursor }: Place,
  bucket: UnixMs,
  countedSince: UnixMs,
  log: BacklogSources['log'],
): Promise<number> {
  return bucket < countedSince ? log.count(site, cursor, await log.findOffsetAt(site, new Date(countedSince))) : 0;
}

async function readNext(site: string, after: Offset, log: BacklogSources['log']) {
  return (await log.read(site, after, { records: 1, bytes: 1 })).records[0];
}

function latest(one: Offset, other: Offset): Offset {
  return one > other ? one : other;
}

function earliest(one: Offset, other: Offset): Offset {
  return one < other ? one : other;
}
