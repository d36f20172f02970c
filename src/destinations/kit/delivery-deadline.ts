import { hourMs, type UnixMs } from '../../event/units.ts';

const marginMs = hourMs;

/** Returns the last time at which an event is sent: one hour before it exceeds the platform's age limit. */
export function getDeliveryDeadline(eventTime: UnixMs, maxAgeMs: number): UnixMs {
  return eventTime + maxAgeMs - marginMs;
}
