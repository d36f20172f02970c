import { parseEvent } from '../event/event.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { Store } from '../store/store.ts';
import type { Found } from './plan.ts';

/** Puts to each record what the store knows of it: whether it is a copy, which copies it has, why its body is gone. */
export async function gather(
  log: EventLog,
  store: Store,
  site: string,
  records: readonly LogRecord[],
): Promise<readonly Found[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return [];
  const offsets = records.map(({ offset }) => offset);
  const copiesOf = await store.copiesOf(site, offsets);
  const copyOffsets = [...copiesOf.values()].flat();
  const copyRecords = new Map(
    (copyOffsets.length > 0 ? await log.get(site, copyOffsets) : []).map((record) => [record.offset, record]),
  );
  const firstOf = await store.copies(site, first.offset, last.offset);
  const redacted = records.filter(({ body }) => 'redacted' in body).map(({ offset }) => offset);
  const whyAbsent = redacted.length > 0 ? await store.whyAbsent(site, redacted) : undefined;
  return records.map((record) => ({
    record,
    isCopy: firstOf.has(record.offset),
    copies: (copiesOf.get(record.offset) ?? []).flatMap((offset) => parsed(copyRecords.get(offset))),
    whyAbsent: whyAbsent?.get(record.offset),
  }));
}

function parsed(record: LogRecord | undefined) {
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
