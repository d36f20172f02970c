import { isForConnection, parseEventKey } from '../../event/event-key.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { getBodyBytes, loadEvents } from './load-events.ts';
import type { LoadedEvent } from './loaded-event.ts';

const pageRecords = 125;
/** Records that are read at most. A site may have many signals, which are left out. */
const maxRecords = 5_000;
const maxBytes = 16 * 1024 * 1024;

/** An event with all its reports and its visitor's profile, as a connection would consider it now. */
export type NewestEvent = Required<Pick<LoadedEvent, 'event'>> & { readonly offset: Offset };

/**
 * Loads the newest events of a site, the newest first, page by page. Signals, duplicates, erased events, and events that rules added are left
 * out. There are fewer than `count` if the site has fewer, or if they are too large or too far apart.
 */
export async function* loadNewestEvents(
  log: EventLog,
  store: Store,
  site: string,
  count: number,
): AsyncGenerator<readonly NewestEvent[]> {
  let before: Offset | undefined;
  let bytes = 0;
  for (let left = count, read = 0; left > 0 && read < maxRecords && bytes < maxBytes; ) {
    const { records } = await log.latest(site, pageRecords, before);
    before = records[0]?.offset;
    if (before === undefined) break;
    read += records.length;
    for (const record of records) bytes += getBodyBytes(record);
    const reported = records.filter(({ key }) => isForConnection(key, '') && parseEventKey(key).connection === undefined);
    const loaded = await loadEvents(log, store, site, reported);
    const page = loaded.flatMap(({ record: { offset }, event }) => (event ? [{ offset, event }] : [])).toReversed();
    yield page.slice(0, left);
    left -= page.length;
  }
}
