import { dayMs, hourMs, type UnixMs } from '../../event/units.ts';

const marginMs = hourMs;

/** Returns the last time at which an event is sent: one hour before it exceeds the platform's age limit. */
export function getDeliveryDeadline(eventTime: UnixMs, maxAgeMs: number): UnixMs {
  return eventTime + maxAgeMs - marginMs;
}

/** Returns the time from which an unsent event is about to be lost: two days before its deadline, or a third of the platform's age limit. */
export function getLossWarningTime(eventTime: UnixMs, maxAgeMs: number): UnixMs {
  return getDeliveryDeadline(eventTime, maxAgeMs) - Math.min(2 * dayMs, maxAgeMs / 3);
}
