import type { UnixMs } from '../../event/units.ts';

/**
 * Returns when an event's wait for another report or a consent begins. If gateways have spools, that is when the event log received it: it may
 * have been in a spool before, as the other report may still be. A time of the log in the future is that of a wrong clock, and does not count.
 */
export function getWaitStart(receivedAt: UnixMs, loggedAt: UnixMs, now: UnixMs, isFedBySpools = false): UnixMs {
  return isFedBySpools && loggedAt <= now ? Math.max(receivedAt, loggedAt) : receivedAt;
}
