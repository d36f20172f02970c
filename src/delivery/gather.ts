import { type Event, parseEvent, type Reporter } from '../event/event.ts';
import { isSignalName } from '../event/names.ts';
import type { UnixMs } from '../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { Store } from '../store/store.ts';
import { asRead } from './as-read.ts';
import { differencesOf, enrich, leadReport } from './enrich.ts';
import { knownOf } from './known.ts';
import type { Found } from './plan.ts';
import { recall, unknown } from './recall.ts';

/** Puts to each record what the log and the store know of it: its copies, the shopper, why its body is gone. */
export async function gather(
  log: EventLog,
  store: Store,
  site: string,
  records: readonly LogRecord[],
): Promise<readonly Found[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return [];
  return join(log, store, site, records, await store.copies(site, first.offset, last.offset));
}

/** The same for records that are known to be first reports, however far apart they are in the log. */
export function gatherFirsts(log: EventLog, store: Store, site: string, firsts: readonly LogRecord[]): Promise<readonly Found[]> {
  return join(log, store, site, firsts, new Map());
}

async function join(
  log: EventLog,
  store: Store,
  site: string,
  records: readonly LogRecord[],
  firstOf: ReadonlyMap<Offset, Offset>,
): Promise<readonly Found[]> {
  const offsets = records.map(({ offset }) => offset);
  const copiesOf = await store.copiesOf(site, offsets);
  const copyOffsets = [...copiesOf.values()].flat();
  const { records: own, whyAbsent } = await asRead(records, store, site);
  const copyRecords = copyOffsets.length > 0 ? (await asRead(await log.get(site, copyOffsets), store, site)).records : [];
  const copyAt = new Map(copyRecords.map((record) => [record.offset, record]));

  const found = own.map((record): Found & { readonly event?: ReturnType<typeof enrich> } => {
    const { offset, key } = record;
    const firstReport = firstOf.get(offset);
    const isCopy = firstReport !== undefined;
    const copies = copiesOf.get(offset) ?? [];
    const alone = { record, isCopy, copies: copies.length, whyAbsent: whyAbsent.get(offset), issues: [] };
    if (isCopy || isSignalName(key)) return { ...alone, ...(isCopy && { first: firstReport }) };
    const [one, ...others] = [record, ...copies.map((copy) => copyAt.get(copy))].flatMap(parsed);
    if (!one) return alone;
    const reports = [one.event, ...others.map(({ event }) => event)] as const;
    const { at: datedAt } = leadReport([one, ...others]);
    return { ...alone, event: enrich(reports), datedAt, issues: differencesOf(reports) };
  });
  const known = await knownOf(
    found.flatMap(({ event }) => event ?? []),
    store,
    site,
  );
  let next = 0;
  return found.map((one) => {
    if (!one.event) return one;
    const about = known[next++] ?? unknown;
    return { ...one, ...recall(one.event, about), known: about };
  });
}

interface Report {
  readonly event: Event;
  readonly reporter: Reporter;
  /** When the log took it. */
  readonly at: UnixMs;
}

function parsed(record: LogRecord | undefined): readonly Report[] {
  if (!record || !('bytes' in record.body)) return [];
  const event = parseEvent(record.body.bytes);
  return [{ event, reporter: event.reporter, at: record.at }];
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
