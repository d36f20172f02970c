import type { UnixMs } from '../event/units.ts';

/** Time, handed in: the fault suite runs whole days in minutes. */
export interface Clock {
  now(): UnixMs;
  /** Calls `ring` after `ms`; the answer cancels it. */
  after(ms: number, ring: () => void): () => void;
}

const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock, or one that runs `factor` times as fast from `start` on. */
export function systemClock(factor = 1, start: UnixMs = Date.now()): Clock {
  const origin = Date.now();
  return {
    now: () => (factor === 1 ? Date.now() : start + (Date.now() - origin) * factor),
    after(ms, ring) {
      const timer = setTimeout(ring, Math.min(Math.max(0, ms) / factor, longestTimerMs));
      return () => clearTimeout(timer);
    },
  };
}

/** What a pump sleeps on: a wait ends when its time is over or somebody rings, whichever comes first. */
export class WakeSignal {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;
  #rung = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the present wait, or the next one at once. */
  notify(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits until `done` has ended, however it ended, and looks every `ms` at the latest. */
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
