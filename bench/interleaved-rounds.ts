import type { DataKind } from './population.ts';

/** One row of the result: a figure and a reference that ran on the same machine in the same minute. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  /** Median of the rounds. */
  readonly convey: number;
  readonly reference?: { readonly what: string; readonly value: number; readonly ratio: Spread };
  readonly aim?: Aim;
  /** Further figures, with units in their names. */
  readonly notes: Readonly<Record<string, number>>;
}

/** The aim for Convey's figure or for its ratio to the reference. */
export interface Aim {
  readonly of: 'figure' | 'ratio';
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** Returns whether the medians reach the aim; undefined without an aim. */
export function isMet({ aim, convey, reference }: Row): boolean | undefined {
  if (!aim) return undefined;
  const reached = aim.of === 'figure' ? convey : (reference?.ratio.median ?? Number.NaN);
  return aim.bound === 'at least' ? reached >= aim.value : reached <= aim.value;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Size {
  readonly rounds: number;
  /** Rounds of long measurements, if fewer. */
  readonly longRounds: number;
  readonly data: readonly DataKind[];
  /** The number of visitors that a data folder knows before. */
  readonly visitors: number;
  /** The number of sites of a large gateway. */
  readonly sites: number;
  readonly connections: readonly number[];
  readonly captureMs: number;
  readonly idleMs: number;
  /** The time after a start in which the gateway has background work. */
  readonly settleMs: number;
  readonly mappedEvents: number;
  readonly batchesPerRound: number;
  readonly deliveredEvents: number;
  readonly steadyMs: number;
  /** The rows of a file that is imported beside live purchases. */
  readonly importedRows: number;
  /** Numbers of events that wait behind those of a round, in rising order. */
  readonly backlogs: readonly number[];
  readonly backlogDelivered: number;
  readonly indexedEvents: number;
  /** The events of the gateway whose dashboard is shown. */
  readonly shownEvents: number;
  readonly drainedEvents: number;
  readonly ruledEvents: number;
  /** Numbers of gateways on one PostgreSQL. */
  readonly nodes: readonly number[];
  /** The duration of each load on them. */
  readonly nodesMs: number;
}

/** A build of the gateway, which is measured in processes of its own. */
export interface GatewayBuild {
  /** `Convey`, or the earlier commit. */
  readonly name: string;
  /** The module of its process. */
  readonly module: URL;
  /** Options for Node, such as a profiler's. */
  readonly options: readonly string[];
}

/** The input of a measurement. */
export interface Bench {
  readonly size: Size;
  readonly build: GatewayBuild;
  /** An earlier build, which runs in turn with this one. */
  readonly base?: GatewayBuild;
  /** Reports progress. */
  readonly progress: (line: string) => void;
}

/** The results of one round. */
export interface Pair<T, U> {
  readonly subject: T;
  readonly reference: U;
}

/**
 * Runs subject and reference alternately and swaps their order each round, so that a change of the machine's speed affects both.
 */
export async function interleave<T, U>(
  rounds: number,
  subject: (round: number) => Promise<T>,
  reference: (round: number) => Promise<U>,
): Promise<readonly Pair<T, U>[]> {
  const pairs: Pair<T, U>[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await subject(round);
      pairs.push({ subject: first, reference: await reference(round) });
    } else {
      const first = await reference(round);
      pairs.push({ subject: await subject(round), reference: first });
    }
  }
  return pairs;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

export function median(values: readonly number[]): number {
  return spread(values).median;
}

/** Returns the figures of a row: the medians, and the spread of the ratios per round. */
export function compareRounds(what: string, pairs: readonly Pair<number, number>[]): Required<Pick<Row, 'convey' | 'reference'>> {
  return {
    convey: median(pairs.map(({ subject }) => subject)),
    reference: {
      what,
      value: median(pairs.map(({ reference }) => reference)),
      ratio: spread(pairs.map(({ subject, reference }) => subject / reference)),
    },
  };
}
