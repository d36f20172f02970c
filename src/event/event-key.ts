import { type Event, isReportSource, type ReportSource } from './event.ts';
import { isSignalName, signalPrefix } from './event-names.ts';

const separator = '\u001f';

/** The parts of an event's key in the event log. */
export interface EventKey {
  readonly name: string;
  readonly id: string;
  /** The source. `undefined` if the key does not name a known one. */
  readonly reporter: ReportSource | undefined;
  /** The only connection that considers the event, if a rule added it. */
  readonly connection?: string;
}

/** Returns an event's key in the event log. A repeat has the same key; a report of another source has its own. */
export function formatEventKey({ name, id, reporter, addedBy }: Pick<Event, 'name' | 'id' | 'reporter' | 'addedBy'>): string {
  const key = name + separator + id + separator + reporter;
  return addedBy ? key + separator + addedBy.connection : key;
}

/** Parses the key of a record. The key outlives the record's body. */
export function parseEventKey(key: string): EventKey {
  const [name = '', id = '', reporter = '', connection] = key.split(separator);
  return { name, id, reporter: isReportSource(reporter) ? reporter : undefined, ...(connection !== undefined && { connection }) };
}

/** Returns whether a connection considers the record: a record of an event that it receives, not a signal. */
export function isForConnection(key: string, connection: string): boolean {
  if (isSignalName(key)) return false;
  const { connection: only = connection } = parseEventKey(key);
  return only === connection;
}

/** Returns a filter for `EventLog.count` with the rule of `isForConnection`. Without a connection it excludes all events that rules added. */
export function createKeyFilter(connection = '') {
  return { excludedPrefix: signalPrefix, separator, maxSeparators: 2, suffix: `${separator}${connection}` };
}
