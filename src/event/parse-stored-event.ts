import type { Event } from './event.ts';
import { parseEvent } from './parse-event.ts';

/** Parses the event of a record or a dead letter; `undefined` if the bytes are damaged or removed. */
export function parseStoredEvent(bytes: Uint8Array): Event | undefined {
  try {
    const event = parseEvent(bytes);
    return typeof event.identity === 'object' ? event : undefined;
  } catch {
    return undefined;
  }
}
