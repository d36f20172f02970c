import { type OutcomeSeries, type TrafficKind, toTraffic, trafficSeries } from '../../destinations/traffic/traffic-series.ts';

/** The deliveries of one day, by outcome. An event counts once for each connection. */
export interface WeekDay extends Readonly<Record<TrafficKind, number>> {
  /** The day's midnight in the user's time zone, in UNIX milliseconds. */
  readonly at: number;
  readonly received: number;
}

export interface ConnectionWeek {
  readonly connection: string;
  readonly delivered: number;
  readonly failed: number;
  /** Delivered events by quarter of a day, the oldest first. */
  readonly quarters: readonly number[];
}

/** Today and the six days before it, compared with the same time a week earlier. */
export interface WeekSummary {
  readonly days: readonly WeekDay[];
  readonly received: number;
  readonly delivered: number;
  readonly deliveredBefore: number;
  /** From when on the counts are complete, in UNIX milliseconds. Absent without events. */
  readonly completeSince?: number;
  /** Whether the week before has all of its events, so that it can be compared. */
  readonly isBeforeComplete: boolean;
  readonly connections: readonly ConnectionWeek[];
}

const dayCount = 7;
const quartersPerDay = 4;
const weekMs = dayCount * 86_400_000;

/** Summarizes a series of the last 14 days by the days of the user's time zone. */
export function summarizeWeek(series: OutcomeSeries & { readonly completeSince?: number }, now: number): WeekSummary {
  const { completeSince } = series;
  const starts = Array.from({ length: dayCount }, (_, index) => getMidnight(now, dayCount - 1 - index));
  const first = starts[0] ?? now;
  const firstBefore = getMidnight(now, 2 * dayCount - 1);
  const traffic = series.connections.map(({ connection }) => ({ connection, ...toTraffic(series, connection) }));
  const days = starts.map((at, index): WeekDay => {
    const isInDay = (time: number) => time >= at && time < (starts[index + 1] ?? Number.POSITIVE_INFINITY);
    const received = series.received.reduce(
      (sum, events, nth) => sum + (isInDay(series.since + nth * series.stepMs) ? events : 0),
      0,
    );
    const buckets = traffic.flatMap((one) => one.buckets.filter((bucket) => isInDay(bucket.at)));
    return { at, received, ...sumKinds(buckets) };
  });
  const before = traffic.flatMap(({ buckets }) => buckets.filter(({ at }) => at >= firstBefore && at < now - weekMs));
  return {
    days,
    received: days.reduce((sum, day) => sum + day.received, 0),
    delivered: days.reduce((sum, day) => sum + day.delivered, 0),
    deliveredBefore: sumKinds(before).delivered,
    ...(completeSince !== undefined && { completeSince }),
    isBeforeComplete: completeSince !== undefined && completeSince <= firstBefore,
    connections: traffic.map(({ connection, buckets }) => {
      const ofWeek = buckets.filter(({ at }) => at >= first);
      const { delivered, rejected: failed } = sumKinds(ofWeek);
      const quarters = Array.from({ length: dayCount * quartersPerDay }, () => 0);
      for (const bucket of ofWeek) {
        const quarter = Math.min(quarters.length - 1, Math.floor((quarters.length * (bucket.at - first)) / weekMs));
        quarters[quarter] = (quarters[quarter] ?? 0) + bucket.delivered;
      }
      return { connection, delivered, failed, quarters };
    }),
  };
}

function getMidnight(now: number, daysAgo: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysAgo).getTime();
}

function sumKinds(buckets: readonly Readonly<Record<TrafficKind, number>>[]): Record<TrafficKind, number> {
  const sums = { delivered: 0, awaiting: 0, unverified: 0, skipped: 0, rejected: 0, retrying: 0, unsent: 0 };
  for (const bucket of buckets) for (const kind of trafficSeries) sums[kind] += bucket[kind];
  return sums;
}
