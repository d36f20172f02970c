import { hourMs, type UnixMs } from '../event/units.ts';
import { type LastSweep, maxClockJumpMs } from '../storage/ports/retention.ts';

/** A little less than a day, because the next sweep may start earlier. */
const confirmationMs = 23 * hourMs;

/**
 * Returns the state to store for a sweep that starts now. If it has `suspectedAt`, the sweep must remove nothing: a clock that jumped ahead would
 * make fresh data look expired. A clock over two days ahead of the last sweep is trusted only if a sweep about a day later finds it about a
 * day later. By then an operator had time to correct it, or Convey was not running before.
 */
export function decideSweep(now: UnixMs, { at, suspectedAt }: LastSweep): LastSweep {
  if (now <= at + maxClockJumpMs) return { at: now };
  if (suspectedAt === undefined || now < suspectedAt || now > suspectedAt + maxClockJumpMs) return { at, suspectedAt: now };
  return now >= suspectedAt + confirmationMs ? { at: now } : { at, suspectedAt };
}
