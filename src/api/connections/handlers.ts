import type { Site } from '../../event/site.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { rejectedPartition } from '../../storage/log/event-log.ts';
import { countBucketMs, countBucketStart } from '../../storage/store/event-counts.ts';
import { createEventStreams, type StreamParts } from '../events/event-stream.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { withSite } from '../http/with-site.ts';
import type { Handlers } from '../router.ts';
import type { ParamsOf } from '../routes.ts';
import { type CountSources, countEvents, type SiteCounts, sum } from './event-counts.ts';
import { type ReplayControls, replayHandlers } from './replay-handlers.ts';
import type { deliveryRoutes } from './routes.ts';
import type { SeriesView, TotalsView } from './schemas.ts';

/** What the gateway gives to tell how delivery goes, and to do something about it. */
export interface DeliveryParts extends StreamParts {
  /** What an operator can do to a running connection. */
  readonly control: (
    site: string,
    connection: string,
  ) =>
    | { pause(): Promise<void>; resume(): Promise<void>; probe(): Promise<string>; readonly replays: ReplayControls }
    | undefined;
}

/** How delivery goes, and what can be done about it. */
export function deliveryHandlers(parts: DeliveryParts): Pick<Handlers, keyof typeof deliveryRoutes> {
  const { sites, now } = parts;
  const ofSite = withSite(sites);
  const stream = createEventStreams(parts);
  return {
    'GET /api/totals': async ({ since, until }) => {
      const span = { since: countBucketStart(since), until: Math.max(stepEnd(until), countBucketStart(since) + countBucketMs) };
      return Promise.all(sites().map((site) => totalsOf(site, parts, span)));
    },

    'GET /api/sites/:site/series': ofSite(async (site, { range, connection: only }) => {
      const connections = site.connections.filter(({ id }) => only === undefined || id === only);
      if (only !== undefined && connections.length === 0) return new ApiErrorResult('no-such-connection');
      return seriesOf({ ...site, connections }, parts, ranges[range], now());
    }),

    ...replayHandlers(parts),

    'GET /api/sites/:site/stream': ofSite(async (site, { after }, _body, caller) => stream(site, after, caller)),
  };
}

type Range = ParamsOf<'GET /api/sites/:site/series'>['range'];

/** How far a series goes back, and in how long steps. */
const ranges: Readonly<Record<Range, { readonly stepMs: number; readonly steps: number }>> = {
  '1h': { stepMs: 5 * minuteMs, steps: 12 },
  '24h': { stepMs: 30 * minuteMs, steps: 48 },
  '7d': { stepMs: 2 * hourMs, steps: 84 },
  '30d': { stepMs: 8 * hourMs, steps: 90 },
};

function stepEnd(at: UnixMs): UnixMs {
  return countBucketStart(at + countBucketMs - 1);
}

async function totalsOf(
  site: Site,
  { log, store }: CountSources,
  { since, until }: { readonly since: UnixMs; readonly until: UnixMs },
): Promise<TotalsView> {
  const counts = await countEvents(site, { log, store }, { since, until, stretchMs: until - since });
  const rejected = rejectedPartition(site.id);
  const [from, through] = [await log.findOffsetAt(rejected, new Date(since)), await log.findOffsetAt(rejected, new Date(until))];
  return {
    site: site.id,
    received: sum(counts.received),
    copies: sum(counts.copies),
    refused: await log.count(rejected, from, through),
    connections: counts.connections.map((one) => accountOf(counts, one)),
  };
}

/** Each event under one heading; what is left over was lost. */
function accountOf(
  { received, copies }: SiteCounts,
  { connection, outcomes: lists, undelivered: after, earlier: before }: SiteCounts['connections'][number],
): TotalsView['connections'][number] {
  const outcomes = Object.fromEntries(Object.entries(lists).map(([outcome, counts]) => [outcome, sum(counts)]));
  const [undelivered, earlier] = [sum(after), sum(before)];
  const lost = sum(received) + sum(copies) - sum(Object.values(outcomes)) - undelivered - earlier;
  return { connection, outcomes, undelivered, earlier, lost };
}

async function seriesOf(
  site: Site,
  sources: CountSources,
  { stepMs, steps }: (typeof ranges)[Range],
  now: UnixMs,
): Promise<SeriesView> {
  const until = now - (now % stepMs) + stepMs;
  const since = until - steps * stepMs;
  const { received, connections } = await countEvents(site, sources, { since, until, stretchMs: stepMs });
  return {
    since,
    stepMs,
    received,
    connections: connections.map(({ connection, outcomes, undelivered }) => ({
      connection,
      outcomes: { ...outcomes, ...(undelivered.some((events) => events > 0) && { undelivered }) },
    })),
  };
}
