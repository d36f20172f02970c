import { isForConnection, parseEventKey } from '../../event/event-key.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import type { LoadedEvent } from './decide.ts';
import { loadEvents } from './load-events.ts';

const pageRecords = 500;

/** An event with all its reports and its visitor's profile, as a connection would consider it now. */
export type NewestEvent = Required<Pick<LoadedEvent, 'event'>> & { readonly offset: Offset };

/** Loads the newest events of a site, the newest first. Signals, duplicates, erased events, and events that rules added are left out. */
export async function loadNewestEvents(
  log: EventLog,
  store: Store,
  site: string,
  count: number,
): Promise<readonly NewestEvent[]> {
  const found: NewestEvent[] = [];
  let before: Offset | undefined;
  while (found.length < count) {
    const { records } = await log.latest(site, pageRecords, before);
    before = records[0]?.offset;
    if (before === undefined) break;
    const reported = records.filter(({ key }) => isForConnection(key, '') && parseEventKey(key).connection === undefined);
    const loaded = await loadEvents(log, store, site, reported);
    found.push(...loaded.flatMap(({ record: { offset }, event }) => (event ? [{ offset, event }] : [])).toReversed());
  }
  return found.slice(0, count);
}
