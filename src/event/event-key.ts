import type { Event } from './event.ts';

/** The log's key of an event: it deduplicates one reporter's repeats, and lets the copies of other reporters through. */
export function formatEventKey(event: Pick<Event, 'name' | 'id' | 'reporter'>): string {
  return `${event.name}\u001f${event.id}\u001f${event.reporter}`;
}
