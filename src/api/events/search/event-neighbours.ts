import { parseEventKey } from '../../../event/event-key.ts';
import { isSignalName } from '../../../event/event-names.ts';
import type { Site } from '../../../event/site.ts';
import type { EventLog, LogRecord, Offset } from '../../../storage/log/event-log.ts';
import type { RouteParams, RouteResponse } from '../../http/route.ts';
import { toEventRows } from '../event-list.ts';
import { parseRecord } from '../event-view.ts';
import type { EventSources } from '../outcomes.ts';
import type { eventRoutes } from '../routes.ts';
import { type SearchSources, toEventSearch } from './event-search.ts';

type NeighboursRoute = (typeof eventRoutes)['GET /api/sites/:site/events/neighbours'];
type ShopperRoute = (typeof eventRoutes)['GET /api/sites/:site/events/shopper'];

/** Returns the next newer and the next older event that matches the filters. */
export async function getNeighbours(
  site: Site,
  { log, store, accuracy }: Pick<SearchSources, 'log' | 'store' | 'accuracy'>,
  { offset, ...filters }: RouteParams<NeighboursRoute>,
): Promise<RouteResponse<NeighboursRoute>> {
  const search = toEventSearch(site, filters, { accuracy });
  const newer = await store.findNextEvent(site.id, offset, search);
  const { offsets } = await store.searchEvents(site.id, { ...search, before: offset, limit: 1 });
  const [older] = offsets;
  const records = await log.get(
    site.id,
    [newer, older].flatMap((one) => one ?? []),
  );
  const toNeighbour = (at: Offset | undefined) => {
    const record = records.find((one) => one.offset === at);
    return record && { offset: record.offset, id: parseEventKey(record.key).id };
  };
  const [next, previous] = [toNeighbour(newer), toNeighbour(older)];
  return { ...(next && { newer: next }), ...(previous && { older: previous }) };
}

/** The records on each side of an event that are searched for its shopper. */
const searchedRecords = 5_000;
const recordsAtOnce = 500;
const maxShown = 20;

/** Lists the events of an event's shopper among those that were received shortly before and after it, in log order. */
export async function getShopperEvents(
  site: Site,
  sources: EventSources,
  { offset }: RouteParams<ShopperRoute>,
): Promise<RouteResponse<ShopperRoute>> {
  const { log, store } = sources;
  const [record] = await log.get(site.id, [offset]);
  const visitor = record && parseRecord(record)?.identity.anonymousId;
  if (visitor === undefined) return { events: [], isNamed: false };
  const isTheirs = createVisitorTest(visitor);
  const nearby = [...(await readBefore(log, site.id, offset, isTheirs)), ...(await readAfter(log, site.id, offset, isTheirs))];
  const [first, last] = [nearby[0]?.offset ?? offset, nearby.at(-1)?.offset ?? offset];
  const duplicates = await store.findDuplicates(site.id, first, last);
  const primaries = nearby.filter((one) => !duplicates.has(one.offset));
  const before = primaries.filter((one) => one.offset < offset).slice(-maxShown / 2);
  const after = primaries.filter((one) => one.offset > offset).slice(0, maxShown - before.length);
  return { events: await toEventRows(site, sources, [...before, ...after]), isNamed: true };
}

/** Compares the bytes first, because to parse each record would take far longer. */
function createVisitorTest(visitor: string): (record: LogRecord) => boolean {
  const stored = JSON.stringify(visitor);
  return (record) => {
    if (!('bytes' in record.body) || isSignalName(parseEventKey(record.key).name)) return false;
    const { buffer, byteOffset, byteLength } = record.body.bytes;
    return Buffer.from(buffer, byteOffset, byteLength).includes(stored) && parseRecord(record)?.identity.anonymousId === visitor;
  };
}

async function readBefore(
  log: EventLog,
  site: string,
  offset: Offset,
  isFound: (record: LogRecord) => boolean,
): Promise<readonly LogRecord[]> {
  const found: LogRecord[] = [];
  let before: Offset | undefined = offset;
  for (let read = 0; before !== undefined && read < searchedRecords && found.length < maxShown; read += recordsAtOnce) {
    const { records } = await log.latest(site, recordsAtOnce, before);
    found.unshift(...records.filter(isFound));
    before = records[0]?.offset;
  }
  return found;
}

async function readAfter(
  log: EventLog,
  site: string,
  offset: Offset,
  isFound: (record: LogRecord) => boolean,
): Promise<readonly LogRecord[]> {
  const found: LogRecord[] = [];
  let after: Offset | undefined = offset;
  for (let read = 0; after !== undefined && read < searchedRecords && found.length < maxShown; read += recordsAtOnce) {
    const { records } = await log.read(site, after, { records: recordsAtOnce, bytes: 8 * 1024 * 1024 });
    found.push(...records.filter(isFound));
    after = records.at(-1)?.offset;
  }
  return found;
}
