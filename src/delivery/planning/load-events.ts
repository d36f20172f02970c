import { type EnrichedEvent, type Event, isTrusted, parseEvent, type Reporter } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AbsentReason, Store } from '../../storage/store/store.ts';
import { enrichFromProfile, type LoadedProfiles, noProfiles } from '../profiles/enrich-from-profile.ts';
import { explainMatchKeys } from '../profiles/explain-missing-keys.ts';
import { eventsAtOnce, loadProfiles } from '../profiles/load-profiles.ts';
import { iterateSlices } from '../profiles/slices.ts';
import { confirmReports } from './confirm-reports.ts';
import type { LoadedEvent, MergedEvent } from './decide.ts';
import { maskErasedRecords } from './mask-erased.ts';
import { findTotalMismatch, leadReport, mergeReports } from './merge-reports.ts';

/**
 * Loads the stored data of each record: its duplicates, the shopper's profile, the reason why its body is missing.
 * @param trustedOnly offsets of events whose browser reports are ignored
 */
export async function loadEvents(
  log: EventLog,
  store: Store,
  site: string,
  records: readonly LogRecord[],
  trustedOnly: ReadonlySet<Offset> = new Set(),
): Promise<readonly LoadedEvent[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return [];
  return gatherRecords(log, store, site, records, await store.findDuplicates(site, first.offset, last.offset), trustedOnly);
}

/** Loads events from records that are known to be primary reports. They may be far apart in the log. */
export function loadPrimaryEvents(
  log: EventLog,
  store: Store,
  site: string,
  primaries: readonly LogRecord[],
): Promise<readonly LoadedEvent[]> {
  return gatherRecords(log, store, site, primaries, new Map());
}

async function gatherRecords(
  log: EventLog,
  store: Store,
  site: string,
  records: readonly LogRecord[],
  primaryOf: ReadonlyMap<Offset, Offset>,
  trustedOnly: ReadonlySet<Offset> = new Set(),
): Promise<readonly LoadedEvent[]> {
  const offsets = records.map(({ offset }) => offset);
  const copiesOf = await store.findDuplicatesByPrimary(site, offsets);
  const copyOffsets = [...copiesOf.values()].flat();
  const { records: own, absentReasons } = await maskErasedRecords(records, store, site);
  const copyRead = copyOffsets.length > 0 ? await maskErasedRecords(await log.get(site, copyOffsets), store, site) : undefined;
  const copyAt = new Map((copyRead?.records ?? []).map((record) => [record.offset, record]));

  const gatherAlone = (read: LogRecord): LoadedEvent => {
    const { offset, key } = read;
    const firstReport = primaryOf.get(offset);
    const isDuplicate = firstReport !== undefined;
    const copies = copiesOf.get(offset) ?? [];
    const others = copies.flatMap((copy) => copyAt.get(copy) ?? []);
    const record = !isDuplicate && isReportAlone(absentReasons.get(offset)) ? inPlaceOf(read, others) : read;
    const alone = { record, isDuplicate, duplicates: copies.length, absentReason: absentReasons.get(offset), issues: [] };
    if (isDuplicate || isSignalName(key)) return { ...alone, ...(isDuplicate && { primary: firstReport }) };
    const [one, ...more] = [read, ...others].flatMap(parsed);
    if (!one) return alone;
    const joined = joinReports(record, [one, ...more]);
    return { ...alone, ...joined, ...(trustedOnly.has(offset) && leaveBrowserOut(record, joined.event, [one, ...more])) };
  };
  const found: LoadedEvent[] = [];
  // An event with a fallback uses two lookups.
  for await (const slice of iterateSlices(own, eventsAtOnce / 2))
    found.push(...(await withKnown(slice.map(gatherAlone), store, site)));
  return found;
}

async function withKnown(found: readonly LoadedEvent[], store: Store, site: string): Promise<readonly LoadedEvent[]> {
  const known = await loadProfiles(
    found.flatMap(({ event, fallback }) => (event ? [event, ...(fallback ? [fallback.event] : [])] : [])),
    store,
    site,
  );
  let next = 0;
  return found.map((one) => {
    if (!one.event) return one;
    const about = known[next++] ?? noProfiles;
    const recalled = { ...one, ...recallWith(one.event, about) };
    if (!one.fallback) return recalled;
    return { ...recalled, fallback: { ...one.fallback, ...recallWith(one.fallback.event, known[next++] ?? noProfiles) } };
  });
}

function recallWith(event: EnrichedEvent, known: LoadedProfiles) {
  const recalled = enrichFromProfile(event, known);
  return { ...recalled, matchKeys: explainMatchKeys(recalled.event, known) };
}

interface Report {
  readonly event: Event;
  readonly reporter: Reporter;
  /** When the log received the report. */
  readonly at: UnixMs;
  readonly body: LogRecord['body'];
}

/** Merges the reports. An unconfirmed browser's report is also prepared alone, in case the shop's event never gets a consent. */
function joinReports(
  record: LogRecord,
  reports: readonly [Report, ...Report[]],
): Pick<LoadedEvent, 'issues' | 'loggedAt'> & { readonly event: EnrichedEvent; readonly fallback?: MergedEvent } {
  const [one, ...more] = reports;
  const events = [one.event, ...more.map(({ event }) => event)] as const;
  const { reports: joinable, shop, browser } = confirmReports(events);
  const reporters = [...new Set(events.map(({ reporter }) => reporter))];
  const { identity, commerce } = mergeReports(shop ?? joinable);
  const joined = {
    event: { ...mergeReports(joinable), reporters, ...(shop && { confirmed: { identity, commerce } }) },
    loggedAt: leadReport(reports).at,
    issues: findTotalMismatch(events),
  };
  const browsers = reports.find(({ event }) => event === browser);
  if (!browsers || joined.event.consent.effective !== 'pending') return joined;
  const { event, at: loggedAt, body } = browsers;
  return { ...joined, fallback: { record: { ...record, body }, event: mergeReports([event]), loggedAt, issues: [] } };
}

/**
 * Merges only the trusted reports. The consent stays that of all reports, so that a choice on the page still counts. A denied
 * event stays as it is, because it contains no personal data.
 */
function leaveBrowserOut(record: LogRecord, whole: EnrichedEvent, reports: readonly Report[]): Partial<LoadedEvent> {
  const [one, ...more] = reports.filter(isTrusted);
  if (!one || whole.consent.effective === 'denied') return {};
  const { identity, commerce, ...shops } = mergeReports([one.event, ...more.map(({ event }) => event)]);
  const { body, at: loggedAt } = leadReport([one, ...more]);
  const event = { ...shops, identity, commerce, consent: whole.consent, reporters: whole.reporters };
  return { record: { ...record, body }, event: { ...event, confirmed: { identity, commerce } }, loggedAt };
}

/** Returns whether the body of this report is gone, and the event remains. */
function isReportAlone(reason: AbsentReason | undefined): boolean {
  return reason === 'consent-denied' || reason === 'erased-report';
}

/** Returns the record with the first body that is left of the event's reports. */
function inPlaceOf(record: LogRecord, copies: readonly LogRecord[]): LogRecord {
  const left = 'redacted' in record.body ? copies.find(({ body }) => 'bytes' in body) : undefined;
  return left ? { ...record, body: left.body } : record;
}

function parsed({ body, at }: LogRecord): readonly Report[] {
  if (!('bytes' in body)) return [];
  const event = parseEvent(body.bytes);
  return [{ event, reporter: event.reporter, at, body }];
}

/** Reads the next records after the cursor, up to `upTo` at most. */
export async function readLogUpTo(
  log: EventLog,
  site: string,
  after: Offset,
  upTo: Offset,
  records: number,
): Promise<readonly LogRecord[]> {
  if (after >= upTo) return [];
  const page = await log.read(site, after, { records, bytes: pageBytes });
  return page.lastOffset <= upTo ? page.records : page.records.filter(({ offset }) => offset <= upTo);
}

const pageBytes = 4 * 1024 * 1024;
