import { type Event, parseEvent } from '../event/event.ts';
import { isSignalName } from '../event/names.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { Store } from '../store/store.ts';
import { asRead } from './as-read.ts';
import { differencesOf, enrich } from './enrich.ts';
import { eventsAtOnce, knownOf } from './known.ts';
import { matchableOf } from './missing-keys.ts';
import type { Found } from './plan.ts';
import { recall, unknown } from './recall.ts';
import { slices } from './slices.ts';

/** Puts to each record what the log and the store know of it: its copies, the shopper, why its body is gone. */
export async function gather(
  log: EventLog,
  store: Store,
  site: string,
  records: readonly LogRecord[],
): Promise<readonly Found[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return [];
  const offsets = records.map(({ offset }) => offset);
  const firstOf = await store.copies(site, first.offset, last.offset);
  const copiesOf = await store.copiesOf(site, offsets);
  const copyOffsets = [...copiesOf.values()].flat();
  const { records: own, whyAbsent } = await asRead(records, store, site);
  const copyRecords = copyOffsets.length > 0 ? (await asRead(await log.get(site, copyOffsets), store, site)).records : [];
  const copyAt = new Map(copyRecords.map((record) => [record.offset, record]));

  const found: Found[] = [];
  for await (const slice of slices(own, eventsAtOnce)) {
    const alone = slice.map((record): Found => {
      const { offset, key } = record;
      const isCopy = firstOf.has(offset);
      const copies = copiesOf.get(offset) ?? [];
      const one = { record, isCopy, copies: copies.length, whyAbsent: whyAbsent.get(offset), issues: [] };
      if (isCopy || isSignalName(key)) return one;
      const [report, ...others] = [record, ...copies.map((copy) => copyAt.get(copy))].flatMap(parsed);
      return report ? { ...one, event: enrich([report, ...others]), issues: differencesOf([report, ...others]) } : one;
    });
    found.push(...(await withKnown(alone, store, site)));
  }
  return found;
}

async function withKnown(found: readonly Found[], store: Store, site: string): Promise<readonly Found[]> {
  const events = found.flatMap(({ event }) => event ?? []);
  const known = await knownOf(events, store, site);
  let next = 0;
  return found.map((one) => {
    if (!one.event) return one;
    const about = known[next++] ?? unknown;
    const recalled = recall(one.event, about);
    return { ...one, ...recalled, matchable: matchableOf(recalled.event, about) };
  });
}

function parsed(record: LogRecord | undefined): readonly Event[] {
  return record && 'bytes' in record.body ? [parseEvent(record.body.bytes)] : [];
}

/** The next records after the cursor, never past the identity pump. */
export async function readBounded(
  log: EventLog,
  site: string,
  after: Offset,
  upTo: Offset,
  records: number,
): Promise<readonly LogRecord[]> {
  if (after >= upTo) return [];
  const page = await log.read(site, after, { records, bytes: pageBytes });
  return page.through <= upTo ? page.records : page.records.filter(({ offset }) => offset <= upTo);
}

const pageBytes = 4 * 1024 * 1024;
