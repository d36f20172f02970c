import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { rejectedPartition, startOffset } from '../../storage/log/event-log.ts';
import { countBucketMs } from '../../storage/ports/event-counts.ts';
import type { Store } from '../../storage/ports/store.ts';
import { describeWhole, getCountEnd, getCountStart, getRefundsSince, type Intervals, listStarts } from './count-period.ts';
import { type CountSources, countEvents, joinCounts, type SiteCounts, sum } from './event-counts.ts';
import { readOrders } from './money.ts';
import type { SeriesView, TotalsView } from './schemas.ts';

interface TotalSources {
  readonly log: CountSources['log'];
  readonly store: CountSources['store'] & Pick<Store, 'getMoneyCounts' | 'getCountedSince'>;
}

/** The counts of a period, with the orders among them. */
type PeriodTotals = Omit<TotalsView, 'before'>;

/**
 * Returns the totals of whole buckets, or hours if buckets were summed up: of those that contain `since` and `until`, and of all between them.
 */
export async function getTotals(
  site: Site,
  { log, store }: TotalSources,
  from: UnixMs,
  to: UnixMs,
  now: UnixMs,
): Promise<PeriodTotals> {
  const { since, until, counts, ...totals } = await countTotals(site, { log, store }, from, to, now);
  const { ofConnection, ...orders } = await readOrders(site, store, since, until);
  const counted = await store.getCountedSince(site.id);
  return {
    site: site.id,
    ...totals,
    connections: counts.connections.map((one) => ({
      ...toConnectionTotals(counts, one),
      money: ofConnection(one.connection),
    })),
    ...orders,
    refundsSince: getRefundsSince(counted, now),
    ...describeWhole(counted, since),
  };
}

async function countTotals(site: Site, { log, store }: CountSources, from: UnixMs, to: UnixMs, now: UnixMs) {
  const since = getCountStart(from, now);
  const until = Math.max(getCountEnd(to, now), since + countBucketMs);
  const counts = await countEvents(site, { log, store }, { since, until, stretchMs: until - since });
  const rejected = rejectedPartition(site.id);
  const after = await log.findOffsetAt(rejected, new Date(since));
  const through = await log.findOffsetAt(rejected, new Date(until));
  const refused = await log.count(rejected, after, through);
  return { since, until, counts, received: sum(counts.received), copies: sum(counts.duplicates), refused };
}

/** Returns the events of a period that were received and rejected, and the most that a connection cannot account for. Reads no orders. */
export async function countUnexplained(
  site: Site,
  sources: CountSources,
  from: UnixMs,
  to: UnixMs,
  now: UnixMs,
): Promise<{ readonly received: number; readonly rejected: number; readonly unexplained: number }> {
  const { counts, received, refused } = await countTotals(site, sources, from, to, now);
  const lost = counts.connections.map((one) => Math.abs(toConnectionTotals(counts, one).lost));
  return { received, rejected: refused, unexplained: Math.max(0, ...lost) };
}

/** Returns the totals of a period and of the one before, of the same length. Each bucket is in one of them: that of `from` in the period. */
export async function compareTotals(
  site: Site,
  sources: TotalSources,
  from: UnixMs,
  to: UnixMs,
  now: UnixMs,
): Promise<TotalsView> {
  const since = Math.max(0, from - (to - from));
  const { site: _, ...before } = await getTotals(site, sources, since, getCountStart(from, now), now);
  return { ...(await getTotals(site, sources, from, to, now)), before: { since, until: from, ...before } };
}

/** Counts each event once. The remainder was lost. */
function toConnectionTotals(
  { received, duplicates }: SiteCounts,
  {
    connection,
    added,
    outcomes: lists,
    undelivered: after,
    unmerged: unmergedCounts,
    earlier: before,
  }: SiteCounts['connections'][number],
): Omit<TotalsView['connections'][number], 'money'> {
  const outcomes = Object.fromEntries(Object.entries(lists).map(([outcome, counts]) => [outcome, sum(counts)]));
  const [undelivered, unmerged, earlier] = [sum(after), sum(unmergedCounts), sum(before)];
  const lost = sum(received) + sum(duplicates) + sum(added) - sum(Object.values(outcomes)) - undelivered - unmerged - earlier;
  return { connection, ...(sum(added) > 0 && { added: sum(added) }), outcomes, undelivered, unmerged, earlier, lost };
}

/**
 * Returns from when on the buckets are complete. Counts outlive the events, so the first event is the older one of both. `earlier` has the
 * events from before each connection existed.
 */
export function getCompleteSince({
  starts,
  stepMs,
  received,
  earlier,
  oldestAt = Number.POSITIVE_INFINITY,
}: {
  readonly starts: readonly UnixMs[];
  /** The length of the last interval. */
  readonly stepMs: number;
  readonly received: readonly number[];
  readonly earlier: readonly (readonly number[])[];
  readonly oldestAt?: UnixMs | undefined;
}): UnixMs | undefined {
  const first = received.findIndex((events) => events > 0);
  const begun = Math.min(oldestAt, starts[first] ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(begun)) return undefined;
  const lasts = earlier.map((events) => events.findLastIndex((count) => count > 0));
  const end = (starts.at(-1) ?? 0) + stepMs;
  return Math.max(begun, ...lasts.filter((last) => last >= 0).map((last) => starts[last + 1] ?? end));
}

/** Returns the counts of intervals. @param hasStarts whether the response lists the start of each interval */
export async function getSeries(
  site: Site,
  sources: TotalSources,
  intervals: readonly Intervals[],
  hasStarts: boolean,
): Promise<SeriesView> {
  const parts: SiteCounts[] = [];
  for (const { since, until, stepMs } of intervals)
    parts.push(await countEvents(site, sources, { since, until, stretchMs: stepMs }));
  const { received, connections } = joinCounts(parts);
  const starts = listStarts(intervals);
  const [since = 0, stepMs = countBucketMs] = [starts[0], intervals[0]?.stepMs];
  const [oldest] = (await sources.log.read(site.id, startOffset, { records: 1, bytes: 1 })).records;
  const earlier = connections.map((one) => one.earlier);
  const completeSince = getCompleteSince({ starts, stepMs, received, earlier, oldestAt: oldest?.at });
  return {
    since,
    stepMs,
    ...(hasStarts && { starts }),
    ...describeWhole(await sources.store.getCountedSince(site.id), since),
    ...(completeSince !== undefined && { completeSince }),
    received,
    connections: connections.map(({ connection, outcomes, undelivered, deliveryTimes }) => ({
      connection,
      outcomes: { ...outcomes, ...(undelivered.some((events) => events > 0) && { undelivered }) },
      deliveryTimes,
    })),
  };
}
