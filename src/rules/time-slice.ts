import { setImmediate } from 'node:timers/promises';

/** Time after which other tasks of the process run. */
const longestSliceMs = 10;

/** The share of time of a task that evaluates many events. */
interface TimeSlice {
  /** Returns whether other tasks of the process have waited long enough. */
  readonly isSpent: () => boolean;
  /** Lets them run, and begins the next slice. */
  readonly yieldToOthers: () => Promise<void>;
}

export function createTimeSlice(getTime: () => number = () => performance.now()): TimeSlice {
  let end = getTime() + longestSliceMs;
  return {
    isSpent: () => getTime() >= end,
    async yieldToOthers() {
      await setImmediate();
      end = getTime() + longestSliceMs;
    },
  };
}
