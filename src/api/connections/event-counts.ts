import { signalPrefix } from '../../event/event-names.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/store/connection-state.ts';
import { countBucketMs, countBucketStart, type EventCounts } from '../../storage/store/event-counts.ts';
import { isEventOutcome } from '../../storage/store/outcomes.ts';
import type { Store } from '../../storage/store/store.ts';
import type { OutcomeName } from '../http/outcome-names.ts';

/** What is counted is read from both. */
export interface CountSources {
  readonly log: Pick<EventLog, 'findOffsetAt' | 'count' | 'get' | 'read'>;
  readonly store: Pick<Store, 'getEventCounts' | 'getCountingStart' | 'countReceivedAfter'>;
}

/** A site's events that were received in a time, by stretches of it. */
export interface SiteCounts {
  readonly received: readonly number[];
  readonly copies: readonly number[];
  readonly connections: readonly ConnectionCounts[];
}

/** What became of them on one connection. None of the lists is told by subtracting others. */
export interface ConnectionCounts {
  readonly connection: string;
  readonly outcomes: { readonly [K in OutcomeName]?: readonly number[] };
  /** After the cursor, and not settled ahead of it. */
  readonly undelivered: readonly number[];
  /** Before the connection began, and not replayed. */
  readonly earlier: readonly number[];
}

/** `since` and `until` are beginnings of steps. */
export interface TimeBuckets {
  readonly since: UnixMs;
  readonly until: UnixMs;
  readonly stretchMs: number;
}

/**
 * What became of a site's events by the time at which they were received. Whatever stands before a connection's beginning or after
 * its cursor is counted by its place: whole steps as they were received, of the step in which such a place is the log's records.
 */
export async function countEvents(
  { id: site, connections }: Pick<Site, 'id' | 'connections'>,
  { log, store }: CountSources,
  { since, until, stretchMs }: TimeBuckets,
): Promise<SiteCounts> {
  const pumps = connections.map(({ id }) => `${site}/${id}`);
  const counted = await store.getEventCounts(site, pumps, since, until, stretchMs);
  const length = Math.ceil((until - since) / stretchMs);
  const stretchOf = (step: UnixMs) => Math.floor((step - since) / stretchMs);
  const inStretches = (ofStep: (received: Received) => number) => {
    const sums = zeros(length);
    for (const received of counted.received) add(sums, stretchOf(received.bucket), ofStep(received));
    return sums;
  };
  const reading = { site, log, counted };
  return {
    received: inStretches(({ events }) => events),
    copies: inStretches(({ duplicates: copies }) => copies),
    connections: await Promise.all(
      connections.map(async ({ id: connection }): Promise<ConnectionCounts> => {
        const { state, outcomes: told } = counted.connections.get(`${site}/${connection}`) ?? { outcomes: [] };
        const outcomes: { [K in OutcomeName]?: number[] } = {};
        const earlier = inStretches(await before(state, reading));
        const undelivered = inStretches(await after(state, reading));
        for (const { interval: stretch, outcome, events } of told) {
          if (isEventOutcome(outcome)) outcomes[outcome] = add(outcomes[outcome] ?? zeros(length), stretch, events);
          else add(outcome === 'ahead' ? undelivered : earlier, stretch, events);
        }
        return { connection, outcomes, undelivered, earlier };
      }),
    ),
  };
}

/**
 * How many events a connection has not come to, and when the log took the first of them. `roughly`: signals of the step in which the
 * connection stands are counted as well, because to tell them apart means to look at each record of it.
 */
export async function measureLag(
  site: string,
  cursor: Offset,
  identityCursor: Offset,
  { log, store }: CountSources,
  how: 'exactly' | 'roughly' = 'exactly',
): Promise<{ readonly events: number; readonly since?: UnixMs }> {
  const next = await nextAfter(site, cursor, log);
  if (!next) return { events: 0 };
  const step = countBucketStart(next.at);
  const countedSince = await store.getCountingStart();
  if (step < countedSince) {
    // What came before anything was counted: records, because to tell signals apart would mean to look at each of them.
    const uncounted = await log.count(site, cursor, await log.findOffsetAt(site, new Date(countedSince)));
    return { events: uncounted + (await store.countReceivedAfter(site, countedSince - 1)), since: next.at };
  }
  const ofStep = await countIn(step, cursor, identityCursor, { site, log }, how);
  return { events: ofStep + (await store.countReceivedAfter(site, step)), since: next.at };
}

type Received = EventCounts['received'][number];
type Reading = { readonly site: string; readonly log: CountSources['log']; readonly counted: EventCounts };
type Placed = Pick<ConnectionState, 'cursor' | 'begins'> | undefined;

async function before(state: Placed, { site, log, counted }: Reading): Promise<(received: Received) => number> {
  if (!state) return whole;
  const { begins } = state;
  if (!begins) return none;
  const step = countBucketStart(begins.at);
  const isPassed = counted.identityCursor >= begins.after;
  const ofStep = isPassed ? begins.events : await countIn(step, '', counted.identityCursor, { site, log });
  return (received) => (received.bucket < step ? whole(received) : received.bucket === step ? ofStep : 0);
}

async function after(state: Placed, { site, log, counted }: Reading): Promise<(received: Received) => number> {
  const next = state && (await nextAfter(site, state.cursor, log));
  if (!state || !next) return none;
  const step = countBucketStart(next.at);
  const isCounted = counted.received.some((received) => received.bucket === step);
  const ofStep = isCounted ? await countIn(step, state.cursor, counted.identityCursor, { site, log }) : 0;
  return (received) => (received.bucket > step ? whole(received) : received.bucket === step ? ofStep : 0);
}

const whole = ({ events, duplicates: copies }: Received) => events + copies;
const none = () => 0;

/** How many events of one step stand between two places. */
async function countIn(
  step: UnixMs,
  after: Offset,
  through: Offset,
  { site, log }: Pick<Reading, 'site' | 'log'>,
  how: 'exactly' | 'roughly' = 'exactly',
): Promise<number> {
  const [start, end] = [
    await log.findOffsetAt(site, new Date(step)),
    await log.findOffsetAt(site, new Date(step + countBucketMs)),
  ];
  const from = after > start ? after : start;
  const to = through < end ? through : end;
  return how === 'exactly' ? log.count(site, from, to, signalPrefix) : log.count(site, from, to);
}

async function nextAfter(site: string, cursor: Offset, log: CountSources['log']) {
  return (await log.read(site, cursor, { records: 1, bytes: 1 })).records[0];
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

function add(sums: number[], index: number, more: number): number[] {
  sums[index] = (sums[index] ?? 0) + more;
  return sums;
}

/** All of it together. */
export function sum(counts: readonly number[] = []): number {
  return counts.reduce((all, some) => all + some, 0);
}
