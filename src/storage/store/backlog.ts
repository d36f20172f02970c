import { createKeyFilter } from '../../event/event-key.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, Offset } from '../log/event-log.ts';
import type { ConnectionState } from './connection-state.ts';
import { formatConsumerId } from './consumer-id.ts';
import { countBucketStart } from './event-counts.ts';
import type { Store } from './store.ts';

export interface BacklogSources {
  readonly log: Pick<EventLog, 'read' | 'latest' | 'count' | 'findOffsetAt'>;
  readonly store: Pick<Store, 'getUnsent' | 'getIdentityCursor' | 'getCountingStart'>;
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

/**
 * Counts the events that wait for a connection. Each figure that an operator sees comes from here. It reads counters and at most three
 * records, so that it can run for every connection each minute. `place`: undefined for a connection that never ran, which begins with the next
 * event.
 */
export async function readBacklog(
  site: string,
  connection: string,
  place: Place | undefined,
  sources: BacklogSources,
): Promise<Backlog> {
  const { log, store } = sources;
  const consumer = formatConsumerId(site, connection);
  const next = place && (await readNext(site, place.cursor, log));
  if (!next) return toBacklog(await store.getUnsent(site, consumer));
  const identityCursor = await store.getIdentityCursor(site);
  const bucket = countBucketStart(next.at);
  const countedSince = await store.getCountingStart();
  const earlier = await findEarlier(site, place, bucket, log);
  const unread = await readUnidentified(site, connection, latest(place.cursor, identityCursor), log);
  const unsent = await store.getUnsent(site, consumer, { since: Math.max(bucket, countedSince), ...(earlier && { earlier }) });
  return toBacklog(unsent, unread.events + (await countUncounted(site, place, bucket, countedSince, log)), unread.since);
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

/** Finds the records of the bucket that the event log received before the connection began. They do not wait for it. */
async function findEarlier(site: string, { begins }: Place, bucket: UnixMs, log: BacklogSources['log']) {
  if (!begins || countBucketStart(begins.at) !== bucket) return undefined;
  return { after: await log.findOffsetAt(site, new Date(bucket)), through: begins.after };
}

/** Counts the events that the identity consumer has not read yet. Duplicate reports among them are not known, so each report counts. */
async function readUnidentified(site: string, connection: string, after: Offset, log: BacklogSources['log']) {
  const next = await readNext(site, after, log);
  const head = next && (await log.latest(site, 1)).records.at(-1);
  if (!head) return { events: 0 };
  return { events: await log.count(site, after, head.offset, createKeyFilter(connection)), since: next.at };
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
