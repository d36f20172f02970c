import { secondMs, type UnixMs } from '../../event/units.ts';

/** The clock of a gateway follows that of the database, and may be behind it. */
const clockToleranceMs = 10 * secondMs;

/**
 * Returns when an event's wait for another report or a consent begins. If gateways have spools, that is when the event log received it: it may
 * have been in a spool before, as the other report may still be. A time of the log in the future is that of a wrong clock, and does not count.
 */
export function getWaitStart(receivedAt: UnixMs, loggedAt: UnixMs, now: UnixMs, isFedBySpools = false): UnixMs {
  return isFedBySpools && loggedAt <= now + clockToleranceMs ? Math.max(receivedAt, loggedAt) : receivedAt;
}
