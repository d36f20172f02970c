import { isOutcomeName, type OutcomeView, type SeriesView } from '../../../api/client.ts';

/** What becomes of events, as the chart groups it. */
export const fates = ['delivered', 'skipped', 'rejected', 'retrying', 'unsent'] as const;
export type Fate = (typeof fates)[number];

type Outcome = OutcomeView['outcome'];

/** Under which an outcome is counted. A copy is no event of its own: it is joined with the first report, and is none of them. */
function fateOf(outcome: Outcome): Fate | 'joined' {
  if (outcome === 'delivered') return 'delivered';
  if (outcome === 'dead') return 'rejected';
  if (outcome === 'waiting') return 'retrying';
  if (outcome === 'undelivered') return 'unsent';
  return outcome === 'duplicate' ? 'joined' : 'skipped';
}

/** One step of time: UNIX milliseconds at which it begins, what was received in it, and what became of that. */
export interface Step extends Readonly<Record<Fate, number>> {
  readonly at: number;
  readonly received: number;
  /** Why the skipped ones were, the most frequent first. */
  readonly reasons: readonly Reason[];
}

export interface Reason {
  readonly reason: Outcome;
  readonly events: number;
}

/** The events of a time, and what became of them on one connection. */
export interface Traffic {
  readonly steps: readonly Step[];
  readonly all: Omit<Step, 'at'>;
  /** Copies that were joined with the first report. */
  readonly joined: number;
}

export function trafficOf({ since, stepMs, received, connections }: SeriesView, connection: string): Traffic {
  const lists = Object.entries(connections.find((one) => one.connection === connection)?.outcomes ?? {}).flatMap(
    ([outcome, counts]) => (isOutcomeName(outcome) ? [{ outcome, counts }] : []),
  );
  const sumOf = (fate: Fate | 'joined', at?: number) =>
    sum(
      lists
        .filter(({ outcome }) => fateOf(outcome) === fate)
        .map(({ counts }) => (at === undefined ? sum(counts) : (counts[at] ?? 0))),
    );
  const stepOf = (events: number, at?: number) => ({
    received: events,
    delivered: sumOf('delivered', at),
    skipped: sumOf('skipped', at),
    rejected: sumOf('rejected', at),
    retrying: sumOf('retrying', at),
    unsent: sumOf('unsent', at),
    reasons: lists
      .filter(({ outcome }) => fateOf(outcome) === 'skipped')
      .map(({ outcome, counts }) => ({ reason: outcome, events: at === undefined ? sum(counts) : (counts[at] ?? 0) }))
      .filter(({ events: some }) => some > 0)
      .sort((one, other) => other.events - one.events),
  });
  return {
    steps: received.map((events, at) => ({ at: since + at * stepMs, ...stepOf(events, at) })),
    all: stepOf(sum(received)),
    joined: sumOf('joined'),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}
