import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConnectionState } from './connection-state.ts';
import type { ConsumerId } from './consumer-id.ts';
import type { EventOutcome } from './outcomes.ts';

/** The length of a bucket. Events are counted by the time when the event log received them; a bucket begins at a multiple of this. */
export const countBucketMs = 5 * minuteMs;

/** Buckets are kept for this long, a month and a few days, and at least as long as the events. Then they are summed up to hours. */
export const bucketsKeptMs = 35 * dayMs;

/** Returns the beginning of the bucket that contains `at`. */
export function countBucketStart(at: UnixMs): UnixMs {
  return at - (at % countBucketMs);
}

/** A number of events of one bucket to add to an outcome, or to subtract if it is below 0. */
export interface OutcomeCountChange {
  readonly bucket: UnixMs;
  /**
   * `earlier`, below 0: the event log received the event before the connection began, and the event is sent nevertheless. `ahead`, below 0:
   * the event is after the cursor and settled already; above 0 once the cursor passes it. `contested`: a browser's denial counted for a
   * purchase of the shop, besides its outcome.
   */
  readonly outcome: EventOutcome | 'earlier' | 'ahead' | 'contested';
  readonly events: number;
}

/** The stored names in the counts by outcome that change no event from waiting to settled. Duplicate reports are merged with their event. */
export const countsOfNoEvent = ['duplicate', 'ahead', 'contested'] as const satisfies readonly OutcomeCountChange['outcome'][];

/** The stored name of the count of the events that rules added for a connection. */
export const addedCount = 'added';
/** The stored name of the count of the shop's purchases that a browser's denial counted for. They have an outcome, too. */
export const contestedCount = 'contested' satisfies OutcomeCountChange['outcome'];

/**
 * The lower bounds of the classes by which delivery times are counted, in milliseconds. A delivery time is the time from the receipt
 * of an event to the platform's acceptance; a class ends before the next bound.
 */
export const deliveryTimeClasses: readonly number[] = [
  0,
  1_000,
  2_000,
  5_000,
  10_000,
  30_000,
  minuteMs,
  2 * minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  hourMs,
  6 * hourMs,
  dayMs,
];

/** Returns the lower bound of the class that contains a delivery time. A time below 0, after a clock correction, counts as 0. */
export function deliveryTimeClass(ms: number): number {
  return deliveryTimeClasses.findLast((fromMs) => ms >= fromMs) ?? 0;
}

/** A number of delivered events of one bucket and class of delivery time. */
export interface DeliveryTimeCount {
  readonly bucket: UnixMs;
  readonly fromMs: number;
  readonly events: number;
}

/** Event counts of a site, read at one moment. Zero counts are absent. */
export interface EventCounts {
  /** Events up to here are counted as received. */
  readonly identityCursor: Offset;
  /** Ordered by time. */
  readonly received: readonly { readonly bucket: UnixMs; readonly events: number; readonly duplicates: number }[];
  readonly connections: ReadonlyMap<
    ConsumerId,
    {
      /** Absent if the connection never ran. */
      readonly state?: Pick<ConnectionState, 'cursor' | 'begins'>;
      /** The events that rules added for the connection, which are not among the site's received ones. */
      readonly added: readonly { readonly bucket: UnixMs; readonly events: number }[];
      /** `interval` is the index of the requested interval, from 0. */
      readonly outcomes: readonly { readonly interval: number; readonly outcome: string; readonly events: number }[];
      /** Events by the class of their delivery time. Events that were sent again are counted at their first delivery. */
      readonly deliveryTimes: readonly { readonly interval: number; readonly fromMs: number; readonly events: number }[];
    }
  >;
}

/** Counts of events by time and outcome. Its contract: `event-counts.contract.ts`. */
export interface EventCountStore {
  /**
   * Returns the counts of a site's events that the event log received from `since`, the beginning of a bucket, to before `until`; outcomes
   * by intervals of `intervalMs`. Older than `bucketsKeptMs`, all three are whole hours. Events from before `getCountedSince` are not all included.
   */
  getEventCounts(
    site: string,
    consumers: readonly ConsumerId[],
    since: UnixMs,
    until: UnixMs,
    intervalMs: number,
  ): Promise<EventCounts>;
  /**
   * Returns the number of the shop's events that a browser's denial counted for, of the consumer with the most, by the buckets in which the
   * event log received them, from `since` to before `until`.
   */
  countContested(consumers: readonly ConsumerId[], since: UnixMs, until: UnixMs): Promise<number>;
  /** Returns the first bucket with counts. */
  getCountingStart(): Promise<UnixMs>;
}
