import { setImmediate } from 'node:timers/promises';

/** Time after which other tasks of the process run. */
const longestTurnMs = 10;

/** The turns of a task that evaluates many events. */
interface Turns {
  /** Returns whether other tasks of the process have waited long enough. */
  readonly isOver: () => boolean;
  /** Lets them run, and begins the next turn. */
  readonly next: () => Promise<void>;
}

export function createTurns(getTime: () => number = () => performance.now()): Turns {
  let end = getTime() + longestTurnMs;
  return {
    isOver: () => getTime() >= end,
    async next() {
      await setImmediate();
      end = getTime() + longestTurnMs;
    },
  };
}
