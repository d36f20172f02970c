import { type Event, parseEvent } from './event.ts';

/** The event in a record or a dead letter; `undefined` where the disk damaged it, or nothing is left. */
export function parseStoredEvent(bytes: Uint8Array): Event | undefined {
  try {
    const event = parseEvent(bytes);
    return typeof event.identity === 'object' ? event : undefined;
  } catch {
    return undefined;
  }
}
