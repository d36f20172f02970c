import type { UnixMs } from '../event/units.ts';

/** The source of time. It is injected, so that the fault tests run days in minutes. */
export interface Clock {
  now(): UnixMs;
  /** Returns milliseconds since a fixed time. A change of the clock does not move them. */
  monotonic(): number;
  /** Calls `ring` after `ms`. Returns a function that cancels the call. */
  after(ms: number, ring: () => void): () => void;
}

const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, ring) {
    const timer = setTimeout(ring, Math.min(Math.max(0, ms), longestTimerMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` of the clock's time. */
export function sleep(clock: Pick<Clock, 'after'>, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Wakes a waiting loop: a wait ends after its time or at the next notification. */
export class WakeSignal {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;
  #rung = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the current wait, or the next one immediately. */
  notify(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits until `done` settles, and wakes at least every `ms`. */
  async until(done: Promise<unknown>, ms: number): Promise<void> {
    let ended = false;
    const end = () => {
      ended = true;
      this.notify();
    };
    done.then(end, end);
    while (!ended) await this.wait(ms);
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung && ms > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
