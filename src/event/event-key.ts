import type { Event } from './event.ts';

/** Returns the event log's key of an event. It deduplicates one source's repeats, and keeps the reports of other sources. */
export function formatEventKey(event: Pick<Event, 'name' | 'id' | 'reporter'>): string {
  return `${event.name}\u001f${event.id}\u001f${event.reporter}`;
}
