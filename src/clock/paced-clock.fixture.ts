import type { UnixMs } from '../event/units.ts';
import type { Clock } from './clock.ts';

/** A clock whose speed the test sets, so that an outage of hours takes seconds. Time limits of requests and of the disk are real. */
export interface PacedClock extends Clock {
  /** Sets how many of the clock's seconds pass in one second. */
  pace(factor: number): void;
  speed(): number;
  /** Simulates a sleep of the machine: timers that became due meanwhile run when it wakes. */
  jump(ms: number): void;
  /** Resolves after this much of the clock's time. */
  pass(ms: number): Promise<void>;
}

export function createPacedClock(factor = 1, from: UnixMs = Date.now()): PacedClock {
  let [start, origin, pace] = [from, performance.now(), factor];
  const waiting = new Set<{ arm(): void }>();
  const now = (): UnixMs => Math.round(start + (performance.now() - origin) * pace);
  const restart = (at: UnixMs, nextPace: number) => {
    [start, origin, pace] = [at, performance.now(), nextPace];
    for (const one of waiting) one.arm();
  };
  const after = (ms: number, onTimer: () => void) => {
    const dueAt = now() + ms;
    let timer: NodeJS.Timeout | undefined;
    const one = {
      arm() {
        clearTimeout(timer);
        timer = setTimeout(
          () => {
            // Node counts from the start of its turn, so that a timer may ring some milliseconds early: seconds of a fast clock.
            if (now() < dueAt) return one.arm();
            waiting.delete(one);
            onTimer();
          },
          Math.min(Math.max(0, (dueAt - now()) / pace), 2 ** 31 - 1),
        );
      },
    };
    waiting.add(one);
    one.arm();
    return () => {
      clearTimeout(timer);
      waiting.delete(one);
    };
  };
  return {
    now,
    monotonic: () => performance.now(),
    after,
    pace: (next) => restart(now(), next),
    speed: () => pace,
    jump: (ms) => restart(now() + ms, pace),
    pass: (ms) => new Promise((resolve) => void after(ms, resolve)),
  };
}
