import { isAdjustedOutcome, isOutcomeName, type OutcomeView } from '../../../../api/client.ts';
import type { SkipReason } from '../../../../event/skip-reasons.ts';
import type { FoldedSeries } from '../../../data/fold-series.ts';
import { isSkip } from '../../../data/outcomes.ts';

/** The outcomes as the chart groups them. */
export const trafficSeries = ['delivered', 'awaiting', 'unverified', 'skipped', 'rejected', 'retrying', 'unsent'] as const;
export type TrafficKind = (typeof trafficSeries)[number];

/** Series of platforms that give their verdicts later. */
const laterSeries: ReadonlySet<TrafficKind> = new Set(['awaiting', 'unverified']);

/** Returns the series to show: all, except those of platforms that give their verdicts later if they are empty. */
export function getShownSeries(steps: readonly Readonly<Record<TrafficKind, number>>[]): readonly TrafficKind[] {
  return trafficSeries.filter((name) => !laterSeries.has(name) || steps.some((step) => step[name] > 0));
}

type Outcome = OutcomeView['outcome'];

/** Returns the series that counts an outcome. A duplicate report is merged with its primary report, so no series counts it. */
function getTrafficKind(outcome: Outcome): TrafficKind | 'merged' {
  if (isSkip(outcome)) return 'skipped';
  if (outcome === 'delivered' || isAdjustedOutcome(outcome)) return 'delivered';
  if (outcome === 'awaiting-verdict') return 'awaiting';
  if (outcome === 'unverified') return 'unverified';
  if (outcome === 'dead') return 'rejected';
  if (outcome === 'waiting') return 'retrying';
  return outcome === 'undelivered' ? 'unsent' : 'merged';
}

/** The events received in one interval, by outcome. */
export interface TrafficBucket extends Readonly<Record<TrafficKind, number>> {
  /** Start of the interval in UNIX milliseconds. */
  readonly at: number;
  readonly received: number;
  /** Skip reasons, most frequent first. */
  readonly reasons: readonly SkipCount[];
}

export interface SkipCount {
  readonly reason: Exclude<SkipReason, 'duplicate'>;
  readonly events: number;
}

/** The events of a period and their outcomes on one connection. */
export interface Traffic {
  readonly buckets: readonly TrafficBucket[];
  readonly total: Omit<TrafficBucket, 'at'>;
  /** Duplicate reports that were merged with their primary report. */
  readonly merged: number;
  /** Events that were received before the connection was added, so it does not send them. */
  readonly beforeStart: number;
}

/** The part of a series that counts outcomes. */
export interface OutcomeSeries extends Pick<FoldedSeries, 'starts' | 'received'> {
  readonly connections: readonly Pick<FoldedSeries['connections'][number], 'connection' | 'outcomes'>[];
}

export function toTraffic({ starts, received, connections }: OutcomeSeries, connection: string): Traffic {
  const lists = Object.entries(connections.find((one) => one.connection === connection)?.outcomes ?? {}).flatMap(
    ([outcome, counts]) => (isOutcomeName(outcome) ? [{ outcome, counts }] : []),
  );
  const sumKind = (kind: TrafficKind | 'merged', at?: number) =>
    sum(lists.filter(({ outcome }) => getTrafficKind(outcome) === kind).map(({ counts }) => countInBucket(counts, at)));
  const toBucket = (events: number, at?: number) => ({
    received: events,
    delivered: sumKind('delivered', at),
    awaiting: sumKind('awaiting', at),
    unverified: sumKind('unverified', at),
    skipped: sumKind('skipped', at),
    rejected: sumKind('rejected', at),
    retrying: sumKind('retrying', at),
    unsent: sumKind('unsent', at),
    reasons: lists
      .flatMap(({ outcome, counts }) => (isSkip(outcome) ? [{ reason: outcome, events: countInBucket(counts, at) }] : []))
      .filter(({ events: some }) => some > 0)
      .sort((one, other) => other.events - one.events),
  });
  const total = toBucket(sum(received));
  return {
    buckets: received.map((events, nth) => ({ at: starts[nth] ?? 0, ...toBucket(events, nth) })),
    total,
    merged: sumKind('merged'),
    beforeStart: Math.max(0, total.received - sum(trafficSeries.map((kind) => total[kind]))),
  };
}

/** Returns the count of one bucket, or of all buckets if `at` is undefined. */
function countInBucket(counts: readonly number[], at: number | undefined): number {
  return at === undefined ? sum(counts) : (counts[at] ?? 0);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}
