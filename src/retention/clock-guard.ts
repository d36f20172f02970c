import { hourMs, type UnixMs } from '../event/units.ts';
import { maxClockJumpMs as aheadMs, type LastSweep } from '../storage/store/retention.ts';

const shortOfADayMs = 23 * hourMs;

/**
 * What a sweep that begins now leaves for the next one; where it has `suspectedAt`, nothing is to be removed. What is old is removed by the
 * clock, and a clock that went days ahead would take what is fresh. One that went over two days ahead of the last sweep is believed
 * only when a sweep a day later finds it where it should be by then: there was time to put it right, or Convey did not run.
 */
export function decideSweep(now: UnixMs, { at, suspectedAt }: LastSweep): LastSweep {
  if (now <= at + aheadMs) return { at: now };
  if (suspectedAt === undefined || now < suspectedAt || now > suspectedAt + aheadMs) return { at, suspectedAt: now };
  return now >= suspectedAt + shortOfADayMs ? { at: now } : { at, suspectedAt };
}
