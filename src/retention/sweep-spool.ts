import { runPeriodically, type WatchClock } from '../clock/run-periodically.ts';
import { hourMs, type UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { clientMaxAgeMs } from '../visitors/profile-lifetimes.ts';
import { decideSweep } from './decide-sweep.ts';

export interface SpoolSweepDeps {
  /** The events that wait for the database. */
  readonly spool: { removeBefore(at: UnixMs): Promise<number> };
  readonly clock: WatchClock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Removes expired events from the spool every hour, for a database that stays away for days. Removes nothing while the clock is suspect. */
export function startSpoolSweeps({ spool, clock, logger }: SpoolSweepDeps): { stop(): Promise<void> } {
  let last: ReturnType<typeof decideSweep> = { at: clock.now() };
  return runPeriodically({
    clock,
    firstAfterMs: hourMs,
    everyMs: hourMs,
    async round() {
      last = decideSweep(clock.now(), last);
      if (last.suspectedAt !== undefined) return;
      const expired = await spool.removeBefore(clock.now() - clientMaxAgeMs);
      if (expired > 0) logger.error({ expired }, 'spooled records lost');
    },
    onFault: (error) => logger.error({ error: describeError(error) }, 'removal of old data failed'),
  });
}
