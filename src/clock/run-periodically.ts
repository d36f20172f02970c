import type { UnixMs } from '../event/units.ts';

/** Time, as far as a watch needs it. */
export interface WatchClock {
  now(): UnixMs;
  after(ms: number, ring: () => void): () => void;
}

export interface PeriodicTask {
  readonly clock: WatchClock;
  readonly firstAfterMs: number;
  /** From the end of one round to the next. */
  readonly everyMs: number;
  /** `isOver` tells a long round that it need not go on. */
  readonly round: (isOver: () => boolean) => Promise<void>;
  /** A round that failed is followed by the next all the same. */
  readonly onFault: (error: unknown) => void;
}

/** Does the same again and again, one round after another. `stop` resolves once nothing is done any more. */
export function runPeriodically({ clock, firstAfterMs, everyMs, round, onFault }: PeriodicTask): { stop(): Promise<void> } {
  let isOver = false;
  let cancel = () => {};
  let underWay: Promise<void> = Promise.resolve();
  const next = (ms: number) => {
    cancel = clock.after(ms, () => {
      underWay = round(() => isOver)
        .catch(onFault)
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
