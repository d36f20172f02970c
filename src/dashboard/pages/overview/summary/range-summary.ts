import { type CountSeries, foldSeries } from '../../../data/fold-series.ts';
import { listStarts, type ResolvedRange } from '../../../data/range.ts';
import { type TrafficKind, toTraffic, trafficSeries } from '../../destinations/traffic/traffic-series.ts';

/** The deliveries of one interval, by outcome. An event counts once for each connection. */
export interface RangeBucket extends Readonly<Record<TrafficKind, number>> {
  /** Start of the interval in UNIX milliseconds. */
  readonly at: number;
  readonly received: number;
}

export interface ConnectionSummary {
  readonly connection: string;
  readonly delivered: number;
  readonly failed: number;
  /** Delivered events by interval. */
  readonly course: readonly number[];
}

/** The events of a range, compared with the period before. */
export interface RangeSummary {
  readonly buckets: readonly RangeBucket[];
  readonly received: number;
  readonly delivered: number;
  /** Absent if the range is not compared, or until loaded. */
  readonly deliveredBefore?: number;
  /** From when on the counts are complete, in UNIX milliseconds. Absent without events. */
  readonly countedSince?: number;
  readonly connections: readonly ConnectionSummary[];
}

type Series = CountSeries & { readonly completeSince?: number };

/** Summarizes the series of a range. `before` is that of the period before, undefined until loaded. */
export function summarizeRange(series: Series, before: Series | undefined, range: ResolvedRange): RangeSummary {
  const folded = foldSeries(series, listStarts(range), range.until);
  const traffic = folded.connections.map(({ connection }) => ({ connection, ...toTraffic(folded, connection) }));
  const buckets = folded.starts.map((at, nth) => ({
    at,
    received: folded.received[nth] ?? 0,
    ...sumKinds(traffic.flatMap((one) => one.buckets[nth] ?? [])),
  }));
  // Complete counts of the range say nothing about those of the period before.
  const isComplete = series.completeSince !== undefined && series.completeSince <= range.since;
  const countedSince = (isComplete ? before?.completeSince : undefined) ?? series.completeSince;
  return {
    buckets,
    received: buckets.reduce((sum, bucket) => sum + bucket.received, 0),
    delivered: buckets.reduce((sum, bucket) => sum + bucket.delivered, 0),
    ...(range.before && before && { deliveredBefore: countDelivered(before, range.before) }),
    ...(countedSince !== undefined && { countedSince }),
    connections: traffic.map(({ connection, buckets: own, total }) => ({
      connection,
      delivered: total.delivered,
      failed: total.rejected,
      course: own.map(({ delivered }) => delivered),
    })),
  };
}

function countDelivered(series: CountSeries, { since, until }: { readonly since: number; readonly until: number }): number {
  const folded = foldSeries(series, [since], until);
  return folded.connections.reduce((sum, { connection }) => sum + toTraffic(folded, connection).total.delivered, 0);
}

function sumKinds(buckets: readonly Readonly<Record<TrafficKind, number>>[]): Record<TrafficKind, number> {
  const sums = { delivered: 0, awaiting: 0, unverified: 0, skipped: 0, rejected: 0, retrying: 0, unsent: 0 };
  for (const bucket of buckets) for (const kind of trafficSeries) sums[kind] += bucket[kind];
  return sums;
}
