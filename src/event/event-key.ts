import { type Event, isReportSource, type ReportSource } from './event.ts';

const separator = '\u001f';

/** The parts of an event's key in the event log. */
export interface EventKey {
  readonly name: string;
  readonly id: string;
  /** The source. `undefined` if the key does not name a known one. */
  readonly reporter: ReportSource | undefined;
}

/** Returns an event's key in the event log. A repeat has the same key; a report of another source has its own. */
export function formatEventKey({ name, id, reporter }: Pick<Event, 'name' | 'id' | 'reporter'>): string {
  return [name, id, reporter].join(separator);
}

/** Parses the key of a record. The key outlives the record's body. */
export function parseEventKey(key: string): EventKey {
  const [name = '', id = '', reporter = ''] = key.split(separator);
  return { name, id, reporter: isReportSource(reporter) ? reporter : undefined };
}
