import type { UnixMs } from '../event/units.ts';

/** The part of a clock that periodic tasks use. */
export interface WatchClock {
  now(): UnixMs;
  after(ms: number, ring: () => void): () => void;
}

export interface PeriodicTask {
  readonly clock: WatchClock;
  readonly firstAfterMs: number;
  /** Time from the end of one round to the start of the next. */
  readonly everyMs: number;
  /** Runs one round. A long round should end early once `isOver` returns true. */
  readonly round: (isOver: () => boolean) => Promise<void>;
  /** Called with the error of a round. The next round runs as usual. `isRepeated`: the round before failed too. */
  readonly onFault: (error: unknown, isRepeated: boolean) => void;
}

/** Runs rounds one after another. `stop` resolves when the current round has ended. */
export function runPeriodically({ clock, firstAfterMs, everyMs, round, onFault }: PeriodicTask): { stop(): Promise<void> } {
  let isOver = false;
  let cancel = () => {};
  let hasFailed = false;
  let underWay: Promise<void> = Promise.resolve();
  const next = (ms: number) => {
    cancel = clock.after(ms, () => {
      underWay = round(() => isOver)
        .then(
          () => {
            hasFailed = false;
          },
          (error: unknown) => {
            onFault(error, hasFailed);
            hasFailed = true;
          },
        )
        .finally(() => {
          if (!isOver) next(everyMs);
        });
    });
  };
  next(firstAfterMs);
  return {
    async stop() {
      isOver = true;
      cancel();
      await underWay;
    },
  };
}
