import { hourMs, type UnixMs } from '../../event/units.ts';

const marginMs = hourMs;

/** The last moment at which an event is worth sending: an hour before the platform would find it too old. */
export function deadline(eventTime: UnixMs, maxAgeMs: number): UnixMs {
  return eventTime + maxAgeMs - marginMs;
}
