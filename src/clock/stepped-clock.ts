import type { UnixMs } from '../event/units.ts';
import { type Clock, systemClock } from './clock.ts';

/** A clock that stays where it is until it is moved. After its release it is the machine's clock. */
export interface SteppedClock extends Clock {
  /** Moves the clock forward. The timers that are due run in their order, each at its own time. */
  moveTo(at: UnixMs): void;
  /** Returns the number of running timers. */
  countTimers(): number;
  /** Moves the clock to the machine's time, and lets it run. */
  release(): void;
}

interface Timer {
  readonly dueAt: UnixMs;
  readonly ring: () => void;
  cancel: () => void;
}

/** Creates a clock that begins at `from`, a time before now. The demo plays a day of traffic with it in seconds. */
export function createSteppedClock(from: UnixMs): SteppedClock {
  let current = from;
  let isReleased = false;
  const timers = new Set<Timer>();
  const now = () => (isReleased ? systemClock.now() : current);
  const start = (timer: Timer) => {
    timer.cancel = systemClock.after(timer.dueAt - now(), timer.ring);
  };
  const moveTo = (at: UnixMs) => {
    // A timer that rings may start others. They are later than it, so they ring in a later round.
    const due = [...timers].filter(({ dueAt }) => dueAt <= at).toSorted((one, other) => one.dueAt - other.dueAt);
    for (const timer of due) {
      current = Math.max(current, timer.dueAt);
      if (timers.has(timer)) timer.ring();
    }
    current = Math.max(current, at);
  };
  return {
    now,
    monotonic: now,
    after(ms, ring) {
      const timer: Timer = {
        dueAt: now() + Math.max(0, ms),
        ring() {
          timers.delete(timer);
          ring();
        },
        cancel() {},
      };
      timers.add(timer);
      if (isReleased) start(timer);
      return () => {
        timers.delete(timer);
        timer.cancel();
      };
    },
    moveTo,
    countTimers: () => timers.size,
    release() {
      moveTo(systemClock.now());
      isReleased = true;
      for (const timer of timers) start(timer);
    },
  };
}
