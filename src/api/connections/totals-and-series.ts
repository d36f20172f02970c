import type { Site } from '../../event/site.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { rejectedPartition, startOffset } from '../../storage/log/event-log.ts';
import { countBucketMs, countBucketStart } from '../../storage/ports/event-counts.ts';
import type { RouteParams } from '../http/route.ts';
import { type CountSources, countEvents, type SiteCounts, sum } from './event-counts.ts';
import type { connectionRoutes } from './routes.ts';
import type { SeriesView, TotalsView } from './schemas.ts';

type ConnectionRoutes = typeof connectionRoutes;

type Range = RouteParams<ConnectionRoutes['GET /api/sites/:site/series']>['range'];

/** The number and length of the buckets of each range. */
const ranges: Readonly<Record<Range, { readonly stepMs: number; readonly steps: number }>> = {
  '1h': { stepMs: 5 * minuteMs, steps: 12 },
  '24h': { stepMs: 30 * minuteMs, steps: 48 },
  '7d': { stepMs: 2 * hourMs, steps: 84 },
  // Half hours, so that the days of every time zone can be summed from them.
  '14d': { stepMs: 30 * minuteMs, steps: 672 },
  '30d': { stepMs: 8 * hourMs, steps: 90 },
};

function bucketEnd(at: UnixMs): UnixMs {
  return countBucketStart(at + countBucketMs - 1);
}

/** Returns the totals of whole buckets: of those that contain `since` and `until`, and of all between them. */
export async function getTotals(site: Site, { log, store }: CountSources, from: UnixMs, to: UnixMs): Promise<TotalsView> {
  const since = countBucketStart(from);
  const until = Math.max(bucketEnd(to), since + countBucketMs);
  const counts = await countEvents(site, { log, store }, { since, until, stretchMs: until - since });
  const rejected = rejectedPartition(site.id);
  const after = await log.findOffsetAt(rejected, new Date(since));
  const through = await log.findOffsetAt(rejected, new Date(until));
  return {
    site: site.id,
    received: sum(counts.received),
    copies: sum(counts.duplicates),
    refused: await log.count(rejected, after, through),
    connections: counts.connections.map((one) => toConnectionTotals(counts, one)),
  };
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
): TotalsView['connections'][number] {
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
  since,
  stepMs,
  received,
  earlier,
  oldestAt = Number.POSITIVE_INFINITY,
}: {
  readonly since: UnixMs;
  readonly stepMs: number;
  readonly received: readonly number[];
  readonly earlier: readonly (readonly number[])[];
  readonly oldestAt?: UnixMs | undefined;
}): UnixMs | undefined {
  const first = received.findIndex((events) => events > 0);
  const begun = Math.min(oldestAt, first < 0 ? Number.POSITIVE_INFINITY : since + first * stepMs);
  if (!Number.isFinite(begun)) return undefined;
  const lasts = earlier.map((events) => events.findLastIndex((count) => count > 0));
  return Math.max(begun, ...lasts.filter((last) => last >= 0).map((last) => since + (last + 1) * stepMs));
}

export async function getSeries(site: Site, sources: CountSources, range: Range, now: UnixMs): Promise<SeriesView> {
  const { stepMs, steps } = ranges[range];
  const until = now - (now % stepMs) + stepMs;
  const since = until - steps * stepMs;
  const { received, connections } = await countEvents(site, sources, { since, until, stretchMs: stepMs });
  const [oldest] = (await sources.log.read(site.id, startOffset, { records: 1, bytes: 1 })).records;
  const earlier = connections.map((one) => one.earlier);
  const completeSince = getCompleteSince({ since, stepMs, received, earlier, oldestAt: oldest?.at });
  return {
    since,
    stepMs,
    ...(completeSince !== undefined && { completeSince }),
    received,
    connections: connections.map(({ connection, outcomes, undelivered, deliveryTimes }) => ({
      connection,
      outcomes: { ...outcomes, ...(undelivered.some((events) => events > 0) && { undelivered }) },
      deliveryTimes,
    })),
  };
}
