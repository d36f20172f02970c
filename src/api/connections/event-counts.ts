import { createKeyFilter } from '../../event/event-key.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { countBucketMs, countBucketStart, deliveryTimeClasses, type EventCounts } from '../../storage/ports/event-counts.ts';
import { isEventOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import { type OutcomeName, outcomeNames } from '../http/outcome-names.ts';

export interface CountSources {
  readonly log: Pick<EventLog, 'findOffsetAt' | 'count' | 'get' | 'read'>;
  readonly store: Pick<Store, 'getEventCounts' | 'countDuplicates'>;
}

/** A site's events by the bucket in which they were received. */
export interface SiteCounts {
  readonly received: readonly number[];
  readonly duplicates: readonly number[];
  readonly connections: readonly ConnectionCounts[];
}

/** The outcomes of these events on one connection. Each list is counted, not calculated from the others. */
export interface ConnectionCounts {
  readonly connection: string;
  readonly outcomes: { readonly [K in OutcomeName]?: readonly number[] };
  /** The events that rules added for this connection. The other lists include them; the site's received events do not. */
  readonly added: readonly number[];
  /** Events after the cursor, without an outcome. */
  readonly undelivered: readonly number[];
  /** Duplicate reports after the cursor, which are not merged with their event yet. */
  readonly unmerged: readonly number[];
  /** Before the connection started, and not replayed. */
  readonly earlier: readonly number[];
  /** Delivered events by class of delivery time, the shortest first. Classes without events are absent. */
  readonly deliveryTimes: readonly { readonly fromMs: number; readonly untilMs?: number; readonly events: readonly number[] }[];
}

/** `since` and `until` are starts of the store's buckets. */
export interface TimeBuckets {
  readonly since: UnixMs;
  readonly until: UnixMs;
  readonly stretchMs: number;
}

/**
 * Counts the outcomes of a site's events by the time at which they were received. Events before a connection's start or after its
 * cursor are counted by position: whole buckets from the store's counts, and the bucket that contains the position from the event log.
 */
export async function countEvents(
  { id: site, connections }: Pick<Site, 'id' | 'connections'>,
  { log, store }: CountSources,
  { since, until, stretchMs }: TimeBuckets,
): Promise<SiteCounts> {
  const consumers = connections.map(({ id }) => formatConsumerId(site, id));
  const counted = await store.getEventCounts(site, consumers, since, until, stretchMs);
  const length = Math.ceil((until - since) / stretchMs);
  const getStretch = (step: UnixMs) => Math.floor((step - since) / stretchMs);
  const inStretches = (ofStep: (received: ReceivedStep) => number, ofBuckets = counted.received) => {
    const sums = zeros(length);
    for (const received of ofBuckets) add(sums, getStretch(received.bucket), ofStep(received));
    return sums;
  };
  return {
    received: inStretches(({ events }) => events),
    duplicates: inStretches(({ duplicates }) => duplicates),
    connections: await Promise.all(
      connections.map(async ({ id: connection }): Promise<ConnectionCounts> => {
        const {
          state,
          added,
          outcomes: stored,
          deliveryTimes: times,
        } = counted.connections.get(formatConsumerId(site, connection)) ?? { added: [], outcomes: [], deliveryTimes: [] };
        const all = addToBuckets(counted.received, added);
        const reading = { site, connection, log, received: all, identityCursor: counted.identityCursor };
        const outcomes: { [K in OutcomeName]?: number[] } = {};
        const earlier = inStretches(await before(state, reading), all);
        const countLate = await lateDuplicates(state, reading, store);
        const ofUnread = await after(state, reading);
        const unread = inStretches(ofUnread, all);
        const duplicates = inStretches((bucket) => countLate(bucket));
        const unreadDuplicates = inStretches((bucket) => Math.min(countLate(bucket), ofUnread(bucket)));
        for (const { interval: stretch, outcome, events } of stored) {
          if (isEventOutcome(outcome)) outcomes[outcome] = add(outcomes[outcome] ?? zeros(length), stretch, events);
          else add(outcome === 'ahead' ? unread : earlier, stretch, events);
        }
        const merged = outcomes.duplicate ?? [];
        const unmerged = unread.map((reports, index) =>
          Math.max(0, Math.min(reports, unreadDuplicates[index] ?? 0, (duplicates[index] ?? 0) - (merged[index] ?? 0))),
        );
        const undelivered = unread.map((reports, index) => reports - (unmerged[index] ?? 0));
        const classes = new Map<number, number[]>();
        for (const { interval, fromMs, events } of times)
          classes.set(fromMs, add(classes.get(fromMs) ?? zeros(length), interval, events));
        const deliveryTimes = [...classes].toSorted(([a], [b]) => a - b).map(([fromMs, events]) => toClass(fromMs, events));
        return {
          connection,
          outcomes,
          added: inStretches(whole, addToBuckets([], added)),
          undelivered,
          unmerged,
          earlier,
          deliveryTimes,
        };
      }),
    ),
  };
}

/** Joins the counts of intervals that follow one another. */
export function joinCounts(parts: readonly SiteCounts[]): SiteCounts {
  const [first, ...others] = parts;
  if (!first) return { received: [], duplicates: [], connections: [] };
  return others.reduce((one, next) => joinTwo(one, next), first);
}

function joinTwo(one: SiteCounts, next: SiteCounts): SiteCounts {
  const lengths = [one.received.length, next.received.length] as const;
  const join = (before: readonly number[] = zeros(lengths[0]), after: readonly number[] = zeros(lengths[1])) => [
    ...before,
    ...after,
  ];
  return {
    received: join(one.received, next.received),
    duplicates: join(one.duplicates, next.duplicates),
    connections: one.connections.map((before, index): ConnectionCounts => {
      const after = next.connections[index];
      const outcomes: { [K in OutcomeName]?: readonly number[] } = {};
      for (const name of outcomeNames)
        if (before.outcomes[name] ?? after?.outcomes[name]) outcomes[name] = join(before.outcomes[name], after?.outcomes[name]);
      const classes = [...new Set([...before.deliveryTimes, ...(after?.deliveryTimes ?? [])].map(({ fromMs }) => fromMs))];
      const getClass = ({ deliveryTimes }: Pick<ConnectionCounts, 'deliveryTimes'>, fromMs: number) =>
        deliveryTimes.find((one) => one.fromMs === fromMs)?.events;
      return {
        connection: before.connection,
        outcomes,
        added: join(before.added, after?.added),
        undelivered: join(before.undelivered, after?.undelivered),
        unmerged: join(before.unmerged, after?.unmerged),
        earlier: join(before.earlier, after?.earlier),
        deliveryTimes: classes
          .toSorted((a, b) => a - b)
          .map((fromMs) => toClass(fromMs, join(getClass(before, fromMs), after && getClass(after, fromMs)))),
      };
    }),
  };
}

function toClass(fromMs: number, events: readonly number[]): ConnectionCounts['deliveryTimes'][number] {
  const untilMs = deliveryTimeClasses.find((next) => next > fromMs);
  return { fromMs, ...(untilMs !== undefined && { untilMs }), events };
}

type ReceivedStep = EventCounts['received'][number];
type Reading = Pick<EventCounts, 'received' | 'identityCursor'> & {
  readonly site: string;
  /** Absent if no event that a rule added counts. */
  readonly connection?: string;
  readonly log: CountSources['log'];
};
type ConnectionPosition = Pick<ConnectionState, 'cursor' | 'begins'> | undefined;

async function before(state: ConnectionPosition, reading: Reading): Promise<(received: ReceivedStep) => number> {
  if (!state) return whole;
  const { begins } = state;
  if (!begins) return none;
  const step = countBucketStart(begins.at);
  const isPassed = reading.identityCursor >= begins.after;
  const ofStep = isPassed ? begins.events : await countRange(step, '', reading.identityCursor, reading);
  return (received) => (received.bucket < step ? whole(received) : received.bucket === step ? ofStep : 0);
}

async function after(state: ConnectionPosition, reading: Reading): Promise<(received: ReceivedStep) => number> {
  const { site, log, received: all, identityCursor } = reading;
  const next = state && (await getNextOffset(site, state.cursor, log));
  if (!state || !next) return none;
  const step = countBucketStart(next.at);
  const isCounted = all.some((received) => received.bucket === step);
  const ofStep = isCounted ? await countRange(step, state.cursor, identityCursor, reading) : 0;
  return (received) => (received.bucket > step ? whole(received) : received.bucket === step ? ofStep : 0);
}

/** Returns the duplicate reports of a bucket that were received after the connection began. */
async function lateDuplicates(
  state: ConnectionPosition,
  { site, log, received: all, identityCursor }: Reading,
  store: CountSources['store'],
): Promise<(received: ReceivedStep) => number> {
  const begins = state?.begins;
  if (!begins) return ({ duplicates }) => duplicates;
  const step = countBucketStart(begins.at);
  const isCounted = all.some(({ bucket, duplicates }) => bucket === step && duplicates > 0);
  const through = identityCursor < begins.after ? identityCursor : begins.after;
  const early = isCounted ? await store.countDuplicates(site, await log.findOffsetAt(site, new Date(step)), through) : 0;
  return ({ bucket, duplicates }) => (bucket > step ? duplicates : bucket === step ? Math.max(0, duplicates - early) : 0);
}

const whole = ({ events, duplicates }: ReceivedStep) => events + duplicates;
const none = () => 0;

/** Adds the events that rules added to those that the site received, by bucket. */
function addToBuckets(
  received: EventCounts['received'],
  added: readonly { readonly bucket: UnixMs; readonly events: number }[],
): EventCounts['received'] {
  const buckets = new Map(received.map((one) => [one.bucket, one]));
  for (const { bucket, events } of added) {
    const { events: known = 0, duplicates = 0 } = buckets.get(bucket) ?? {};
    buckets.set(bucket, { bucket, events: known + events, duplicates });
  }
  return [...buckets.values()];
}

/** Counts the events of one bucket between two offsets. */
async function countRange(
  step: UnixMs,
  after: Offset,
  through: Offset,
  { site, connection, log }: Pick<Reading, 'site' | 'connection' | 'log'>,
): Promise<number> {
  const [start, end] = [
    await log.findOffsetAt(site, new Date(step)),
    await log.findOffsetAt(site, new Date(step + countBucketMs)),
  ];
  const from = after > start ? after : start;
  const to = through < end ? through : end;
  return log.count(site, from, to, createKeyFilter(connection));
}

async function getNextOffset(site: string, cursor: Offset, log: CountSources['log']) {
  return (await log.read(site, cursor, { records: 1, bytes: 1 })).records[0];
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

function add(sums: number[], index: number, more: number): number[] {
  sums[index] = (sums[index] ?? 0) + more;
  return sums;
}

export function sum(counts: readonly number[] = []): number {
  return counts.reduce((all, some) => all + some, 0);
}
