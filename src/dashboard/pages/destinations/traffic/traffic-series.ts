import { isOutcomeName, type OutcomeView, type SeriesView } from '../../../../api/client.ts';
import type { SkipReason } from '../../../../event/skip-reasons.ts';

/** What becomes of events, as the chart groups it. */
export const trafficSeries = ['delivered', 'skipped', 'rejected', 'retrying', 'unsent'] as const;
export type TrafficKind = (typeof trafficSeries)[number];

type Outcome = OutcomeView['outcome'];
type Skip = Exclude<SkipReason, 'duplicate'>;

/** Under which an outcome is counted. A copy is no event of its own: it is joined with the first report, and is none of them. */
function getTrafficKind(outcome: Outcome): TrafficKind | 'joined' {
  if (isSkip(outcome)) return 'skipped';
  if (outcome === 'delivered') return 'delivered';
  if (outcome === 'dead') return 'rejected';
  if (outcome === 'waiting') return 'retrying';
  return outcome === 'undelivered' ? 'unsent' : 'joined';
}

function isSkip(outcome: Outcome): outcome is Skip {
  return !['delivered', 'dead', 'waiting', 'undelivered', 'duplicate'].includes(outcome);
}

/** One step of time: UNIX milliseconds at which it begins, what was received in it, and what became of that. */
export interface TrafficBucket extends Readonly<Record<TrafficKind, number>> {
  readonly at: number;
  readonly received: number;
  /** Why the skipped ones were, the most frequent first. */
  readonly reasons: readonly SkipCount[];
}

export interface SkipCount {
  readonly reason: Skip;
  readonly events: number;
}

/** The events of a time, and what became of them on one connection. */
export interface Traffic {
  readonly buckets: readonly TrafficBucket[];
  readonly total: Omit<TrafficBucket, 'at'>;
  /** Copies that were joined with the first report. */
  readonly merged: number;
  /** Events that the connection does not send because they came before it began. */
  readonly beforeStart: number;
}

export function toTraffic({ since, stepMs, received, connections }: SeriesView, connection: string): Traffic {
  const lists = Object.entries(connections.find((one) => one.connection === connection)?.outcomes ?? {}).flatMap(
    ([outcome, counts]) => (isOutcomeName(outcome) ? [{ outcome, counts }] : []),
  );
  const sumOf = (fate: TrafficKind | 'joined', at?: number) =>
    sum(lists.filter(({ outcome }) => getTrafficKind(outcome) === fate).map(({ counts }) => countInBucket(counts, at)));
  const stepOf = (events: number, at?: number) => ({
    received: events,
    delivered: sumOf('delivered', at),
    skipped: sumOf('skipped', at),
    rejected: sumOf('rejected', at),
    retrying: sumOf('retrying', at),
    unsent: sumOf('unsent', at),
    reasons: lists
      .flatMap(({ outcome, counts }) => (isSkip(outcome) ? [{ reason: outcome, events: countInBucket(counts, at) }] : []))
      .filter(({ events: some }) => some > 0)
      .sort((one, other) => other.events - one.events),
  });
  const all = stepOf(sum(received));
  return {
    buckets: received.map((events, at) => ({ at: since + at * stepMs, ...stepOf(events, at) })),
    total: all,
    merged: sumOf('joined'),
    beforeStart: Math.max(0, all.received - sum(trafficSeries.map((fate) => all[fate]))),
  };
}

/** Of one step, or of all. */
function countInBucket(counts: readonly number[], at: number | undefined): number {
  return at === undefined ? sum(counts) : (counts[at] ?? 0);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}
