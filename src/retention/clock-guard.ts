import { hourMs, type UnixMs } from '../event/units.ts';
import { maxClockJumpMs as aheadMs, type LastSweep } from '../storage/store/store.ts';

const shortOfADayMs = 23 * hourMs;

/**
 * What a sweep that begins now leaves for the next one; where it has `doubtedAt`, nothing is to be removed. What is old is removed by the
 * clock, and a clock that went days ahead would take what is fresh. One that went over two days ahead of the last sweep is believed
 * only when a sweep a day later finds it where it should be by then: there was time to put it right, or Convey did not run.
 */
export function decideSweep(now: UnixMs, { at, doubtedAt }: LastSweep): LastSweep {
  if (now <= at + aheadMs) return { at: now };
  if (doubtedAt === undefined || now < doubtedAt || now > doubtedAt + aheadMs) return { at, doubtedAt: now };
  return now >= doubtedAt + shortOfADayMs ? { at: now } : { at, doubtedAt };
}
