import { type EnrichedEvent, type Event, isReporter, parseEvent, type Reporter } from '../event/event.ts';
import { isSignalName } from '../event/names.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { Store } from '../store/store.ts';
import { asRead } from './as-read.ts';
import { confirmReports } from './confirm.ts';
import { differencesOf, enrich } from './enrich.ts';
import { knownOf } from './known.ts';
import type { Found, Joined } from './plan.ts';
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
  const offsets = records.map(({ offset }) => offset);
  const firstOf = await store.copies(site, first.offset, last.offset);
  const copiesOf = await store.copiesOf(site, offsets);
  const copyOffsets = [...copiesOf.values()].flat();
  const { records: own, whyAbsent } = await asRead(records, store, site);
  const copyRead = copyOffsets.length > 0 ? await asRead(await log.get(site, copyOffsets), store, site) : undefined;
  const copyAt = new Map((copyRead?.records ?? []).map((record) => [record.offset, record]));
  const isUnanswered = ({ offset }: LogRecord) => (whyAbsent.get(offset) ?? copyRead?.whyAbsent.get(offset)) === 'consent-denied';

  const found = own.map((read): Found & { readonly event?: EnrichedEvent; readonly fallback?: Joined } => {
    const { offset, key } = read;
    const isCopy = firstOf.has(offset);
    const copies = copiesOf.get(offset) ?? [];
    const others = copies.flatMap((copy) => copyAt.get(copy) ?? []);
    const record = isCopy ? read : inPlaceOf(read, others);
    const alone = { record, isCopy, copies: copies.length, whyAbsent: whyAbsent.get(offset), issues: [] };
    if (isCopy || isSignalName(key)) return alone;
    const [one, ...more] = [record, ...others.filter(({ body }) => body !== record.body)].flatMap(parsed);
    if (!one) return alone;
    const unanswered = [read, ...others].filter(isUnanswered).flatMap(reporterOf);
    return { ...alone, ...join(record, others, [one, ...more], unanswered) };
  });
  const known = await knownOf(
    found.flatMap(({ event }) => event ?? []),
    store,
    site,
  );
  const knownAlone = await knownOf(
    found.flatMap(({ fallback }) => fallback?.event ?? []),
    store,
    site,
  );
  let next = 0;
  let nextAlone = 0;
  return found.map((one) => {
    if (!one.event) return one;
    const about = known[next++] ?? unknown;
    const recalled = { ...one, ...recall(one.event, about), known: about };
    if (!one.fallback) return recalled;
    const aboutAlone = knownAlone[nextAlone++] ?? unknown;
    return { ...recalled, fallback: { ...one.fallback, ...recall(one.fallback.event, aboutAlone), known: aboutAlone } };
  });
}

/**
 * Joins the reports; a browser's that the shop's do not confirm is also prepared alone, in case nobody answers for the shop's event.
 * @param unanswered reporters of reports that waited for consent in vain, and whose bodies are gone.
 */
function join(
  record: LogRecord,
  others: readonly LogRecord[],
  reports: readonly [Event, ...Event[]],
  unanswered: readonly Reporter[],
): Pick<Found, 'issues'> & { readonly event: EnrichedEvent; readonly fallback?: Joined } {
  const { reports: joinable, shop, browser } = confirmReports(reports);
  const reporters = [...new Set([...reports.map(({ reporter }) => reporter), ...unanswered])];
  const { identity, commerce } = enrich(shop ?? joinable);
  const event = { ...enrich(joinable), reporters, ...(shop && { confirmed: { identity, commerce } }) };
  const issues = differencesOf(reports);
  if (!browser || event.consent.effective !== 'pending') return { event, issues };
  const body = [record, ...others].find((one) => parsed(one).some(({ reporter }) => reporter === 'browser'))?.body ?? record.body;
  return { event, issues, fallback: { record: { ...record, body }, event: { ...enrich([browser]), reporters }, issues: [] } };
}

/** From the key, which outlives the body. */
function reporterOf({ key }: LogRecord): readonly Reporter[] {
  const [, , reporter = ''] = key.split('\u001f');
  return isReporter(reporter) ? [reporter] : [];
}

/** Returns the record with the first body that is left of the event's reports. */
function inPlaceOf(record: LogRecord, copies: readonly LogRecord[]): LogRecord {
  const left = 'redacted' in record.body ? copies.find(({ body }) => 'bytes' in body) : undefined;
  return left ? { ...record, body: left.body } : record;
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
