import { systemClock } from '../clock/clock.ts';
import type { FollowedClock } from '../clock/followed-clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import { secondMs, type UnixMs } from '../event/units.ts';
import type { Logger } from '../logger.ts';

const everyMs = 3 * secondMs;
const reportedMs = 2 * secondMs;

/**
 * Follows the clock of the database: due times, lifetimes and sweeps of all machines are by one clock, which dates the records too. Resolves
 * after the first read. A database that is away is followed again later.
 */
export async function followDatabaseClock(
  clock: FollowedClock,
  readTime: () => Promise<UnixMs>,
  logger: Pick<Logger, 'warn'>,
): Promise<{ stop(): Promise<void> }> {
  let isReported = false;
  const follow = async () => {
    const aheadMs = Math.round(await clock.follow(readTime));
    const isWrong = Math.abs(aheadMs) > reportedMs;
    if (isWrong && !isReported) logger.warn({ aheadMs }, 'clock differs from database');
    isReported = isWrong;
  };
  await follow().catch(() => {});
  return runPeriodically({ clock: systemClock, firstAfterMs: everyMs, everyMs, round: follow, onFault: () => {} });
}
