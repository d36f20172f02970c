import { secondMs } from './units.ts';

/**
 * The upper bounds of the classes of every histogram, in seconds. The objectives need 0.25 and 300. From 1 s on, they are those of the
 * delivery times in the dashboard.
 */
export const durationBounds: readonly number[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600, 21_600, 86_400],
];

/** The place of the durations above the last bound, and then that of the sum in seconds. */
const beyond = durationBounds.length;
const sumPlace = beyond + 1;

/** Counts durations by class. Counting one costs a short search and two additions in an array. */
export class DurationCounts {
  /** The number in each class, and the sum in seconds. */
  #counts = new Float64Array(sumPlace + 1);

  /** Counts the time since `startedAt`, a value of `performance.now()`. */
  countSince(startedAt: number): void {
    this.count((performance.now() - startedAt) / secondMs);
  }

  /** Counts a duration. One below 0, after a correction of the clock, counts as 0. */
  count(seconds: number): void {
    const duration = Math.max(0, seconds);
    let place = 0;
    while (place < beyond && duration > (durationBounds[place] ?? 0)) place += 1;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#counts[sumPlace] = (this.#counts[sumPlace] ?? 0) + duration;
  }

  /** Returns what was counted since the last call, and begins anew. For a thread, whose counts another one adds up. */
  take(): Float64Array {
    const taken = this.#counts;
    this.#counts = new Float64Array(taken.length);
    return taken;
  }

  /** Adds what another thread has taken. */
  add(taken: Float64Array): void {
    for (const [place, count] of taken.entries()) this.#counts[place] = (this.#counts[place] ?? 0) + count;
  }

  /** Returns the number of durations up to each bound, and of all, as Prometheus counts them. */
  read(): { readonly upTo: readonly number[]; readonly all: number; readonly seconds: number } {
    let all = 0;
    const upTo = Array.from(this.#counts.subarray(0, sumPlace), (count) => {
      all += count;
      return all;
    });
    return { upTo: upTo.slice(0, beyond), all, seconds: this.#counts[sumPlace] ?? 0 };
  }
}

/** The connection that a duration belongs to, and its platform. */
export interface DurationPlace {
  readonly site: string;
  readonly connection: string;
  readonly destination: string;
}

/** The durations of the collector. */
export interface IngestDurations {
  /** From the whole body of a request to the acknowledgement of its events. */
  readonly acknowledge: DurationCounts;
  /** Of an append to the event log or the spool. */
  readonly append: DurationCounts;
}

export function createIngestDurations(): IngestDurations {
  return { acknowledge: new DurationCounts(), append: new DurationCounts() };
}
