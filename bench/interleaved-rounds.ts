/** One line of the result. What is measured stands beside a reference that ran on the same machine in the same minute. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  /** Median of the rounds. */
  readonly convey: number;
  readonly reference?: { readonly what: string; readonly value: number; readonly ratio: Spread };
  readonly aim?: Aim;
  /** Facts that stand beside it, units in their names. */
  readonly notes: Readonly<Record<string, number>>;
}

/** What was set out to be reached: by Convey's own figure, or by its ratio to the reference. */
export interface Aim {
  readonly of: 'figure' | 'ratio';
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** Whether the medians reach the aim; `undefined` where there is none. */
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
  /** Of the measurements that take long, where this is fewer. */
  readonly longRounds: number;
  readonly captureMs: number;
  readonly batchesPerRound: number;
  readonly deliveredEvents: number;
  readonly steadyMs: number;
  /** How many events wait behind those of a round; rising. */
  readonly backlogs: readonly number[];
  readonly backlogDelivered: number;
  readonly indexedEvents: number;
}

/** The process in which a gateway is measured. */
export interface GatewayProcess {
  readonly module: URL;
  /** Options for Node, such as a profiler's. */
  readonly options: readonly string[];
}

/** What one measurement is told. */
export interface Bench {
  readonly size: Size;
  readonly gatewayProcess: GatewayProcess;
  /** Says how far the run has come. */
  readonly progress: (line: string) => void;
}

/** One round's result of each of the two. */
export interface Pair<T, U> {
  readonly subject: T;
  readonly reference: U;
}

/**
 * Runs subject and reference in turn, round after round, and swaps who comes first: a machine that speeds up or slows down
 * meanwhile does so for both.
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

/** The reference's half of a row: medians of both, and the spread of the ratios within the rounds. */
export function compared(what: string, pairs: readonly Pair<number, number>[]): Required<Pick<Row, 'convey' | 'reference'>> {
  return {
    convey: median(pairs.map(({ subject }) => subject)),
    reference: {
      what,
      value: median(pairs.map(({ reference }) => reference)),
      ratio: spread(pairs.map(({ subject, reference }) => subject / reference)),
    },
  };
}
