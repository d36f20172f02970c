import { type EnrichedEvent, type Event, isTrusted, type ReportSource } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AbsentReason } from '../../storage/store/reports.ts';
import type { Store } from '../../storage/store/store.ts';
import { enrichFromProfile, type LoadedProfiles, noProfiles } from '../profiles/enrich-from-profile.ts';
import { explainMissingKeys } from '../profiles/explain-missing-keys.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import { eventsAtOnce, loadProfiles } from '../profiles/load-profiles.ts';
import { confirmReports } from './confirm-reports.ts';
import type { LoadedEvent, MergedEvent } from './decide.ts';
import { maskErasedRecords } from './mask-erased-records.ts';
import { findTotalMismatch, getLeadReport, mergeReports } from './merge-reports.ts';

/** The reads that loading an event takes. */
type EventReads = Pick<Store, 'findDuplicates' | 'findDuplicatesByPrimary' | 'getAbsentReasons' | 'getProfiles' | 'findLinks'>;

/**
 * Loads the stored data of each record: its duplicates, the visitor profiles, and the reason why its body is missing.
 * @param trustedOnly offsets of events whose browser reports are ignored
 */
export async function loadEvents(
  log: Pick<EventLog, 'get'>,
  store: EventReads,
  site: string,
  records: readonly LogRecord[],
  trustedOnly: ReadonlySet<Offset> = new Set(),
): Promise<readonly LoadedEvent[]> {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return [];
  return loadRecords(log, store, site, records, await store.findDuplicates(site, first.offset, last.offset), trustedOnly);
}

/** Loads events from records that are known to be primary reports. They may be far apart in the event log. */
export function loadPrimaryEvents(
  log: Pick<EventLog, 'get'>,
  store: EventReads,
  site: string,
  primaries: readonly LogRecord[],
): Promise<readonly LoadedEvent[]> {
  return loadRecords(log, store, site, primaries, new Map());
}

async function loadRecords(
  log: Pick<EventLog, 'get'>,
  store: EventReads,
  site: string,
  records: readonly LogRecord[],
  primaries: ReadonlyMap<Offset, Offset>,
  trustedOnly: ReadonlySet<Offset> = new Set(),
): Promise<readonly LoadedEvent[]> {
  const offsets = records.map(({ offset }) => offset);
  const duplicatesByPrimary = await store.findDuplicatesByPrimary(site, offsets);
  const duplicateOffsets = [...duplicatesByPrimary.values()].flat();
  const { records: readable, absentReasons } = await maskErasedRecords(records, store, site);
  const duplicatesRead =
    duplicateOffsets.length > 0 ? await maskErasedRecords(await log.get(site, duplicateOffsets), store, site) : undefined;
  const duplicateByOffset = new Map((duplicatesRead?.records ?? []).map((record) => [record.offset, record]));

  const loadRecord = (read: LogRecord): LoadedEvent => {
    const { offset, key } = read;
    const firstReport = primaries.get(offset);
    const isDuplicate = firstReport !== undefined;
    const duplicates = duplicatesByPrimary.get(offset) ?? [];
    const others = duplicates.flatMap((duplicate) => duplicateByOffset.get(duplicate) ?? []);
    const record = !isDuplicate && isOnlyReportGone(absentReasons.get(offset)) ? withRemainingBody(read, others) : read;
    const base = { record, isDuplicate, duplicates: duplicates.length, absentReason: absentReasons.get(offset), issues: [] };
    if (isDuplicate || isSignalName(key)) return { ...base, ...(isDuplicate && { primary: firstReport }) };
    const [one, ...more] = [read, ...others].flatMap(parseReports);
    if (!one) return base;
    const merged = mergeRecordReports(record, [one, ...more]);
    return { ...base, ...merged, ...(trustedOnly.has(offset) && mergeTrustedReports(record, merged.event, [one, ...more])) };
  };
  const found: LoadedEvent[] = [];
  // An event with a fallback uses two lookups.
  for await (const slice of iterateSlices(readable, eventsAtOnce / 2, getBodyBytes))
    found.push(...(await enrichAll(slice.map(loadRecord), store, site)));
  return found;
}

async function enrichAll(found: readonly LoadedEvent[], store: EventReads, site: string): Promise<readonly LoadedEvent[]> {
  const profiles = await loadProfiles(
    found.flatMap(({ event, fallback }) => (event ? [event, ...(fallback ? [fallback.event] : [])] : [])),
    store,
    site,
  );
  let next = 0;
  return found.map((one) => {
    if (!one.event) return one;
    const loadedProfiles = profiles[next++] ?? noProfiles;
    const recalled = { ...one, ...enrich(one.event, loadedProfiles) };
    if (!one.fallback) return recalled;
    return { ...recalled, fallback: { ...one.fallback, ...enrich(one.fallback.event, profiles[next++] ?? noProfiles) } };
  });
}

function enrich(event: EnrichedEvent, profiles: LoadedProfiles) {
  const recalled = enrichFromProfile(event, profiles);
  return { ...recalled, missingReasons: explainMissingKeys(recalled.event, profiles) };
}

interface Report {
  readonly event: Event;
  readonly reporter: ReportSource;
  /** When the event log received the report. */
  readonly at: UnixMs;
  readonly body: LogRecord['body'];
}

/** Merges the reports. An unconfirmed browser's report is also prepared alone, in case the shop's event never gets a consent. */
function mergeRecordReports(
  record: LogRecord,
  reports: readonly [Report, ...Report[]],
): Pick<LoadedEvent, 'issues' | 'loggedAt'> & { readonly event: EnrichedEvent; readonly fallback?: MergedEvent } {
  const [one, ...more] = reports;
  const events = [one.event, ...more.map(({ event }) => event)] as const;
  const { reports: mergeable, shop, browser } = confirmReports(events);
  const reporters = [...new Set(events.map(({ reporter }) => reporter))];
  const { identity, commerce } = mergeReports(shop ?? mergeable);
  const merged = {
    event: { ...mergeReports(mergeable), reporters, ...(shop && { confirmed: { identity, commerce } }) },
    loggedAt: getLeadReport(reports).at,
    issues: findTotalMismatch(events),
  };
  const browserReport = reports.find(({ event }) => event === browser);
  if (!browserReport || merged.event.consent.effective !== 'pending') return merged;
  const { event, at: loggedAt, body } = browserReport;
  return { ...merged, fallback: { record: { ...record, body }, event: mergeReports([event]), loggedAt, issues: [] } };
}

/**
 * Merges only the trusted reports. The consent stays that of all reports, so that a choice on the page still counts. A denied
 * event stays as it is, because it contains no personal data.
 */
function mergeTrustedReports(record: LogRecord, mergedEvent: EnrichedEvent, reports: readonly Report[]): Partial<LoadedEvent> {
  const [one, ...more] = reports.filter(isTrusted);
  if (!one || mergedEvent.consent.effective === 'denied') return {};
  const { identity, commerce, ...trusted } = mergeReports([one.event, ...more.map(({ event }) => event)]);
  const { body, at: loggedAt } = getLeadReport([one, ...more]);
  const event = { ...trusted, identity, commerce, consent: mergedEvent.consent, reporters: mergedEvent.reporters };
  return { record: { ...record, body }, event: { ...event, confirmed: { identity, commerce } }, loggedAt };
}

/** Returns whether the body of this report is gone, and the event remains. */
function isOnlyReportGone(reason: AbsentReason | undefined): boolean {
  return reason === 'consent-denied' || reason === 'erased-report';
}

/** Returns the record with the first body that is left of the event's reports. */
function withRemainingBody(record: LogRecord, duplicates: readonly LogRecord[]): LogRecord {
  const left = 'redacted' in record.body ? duplicates.find(({ body }) => 'bytes' in body) : undefined;
  return left ? { ...record, body: left.body } : record;
}

function parseReports({ body, at }: LogRecord): readonly Report[] {
  if (!('bytes' in body)) return [];
  const event = parseEvent(body.bytes);
  return [{ event, reporter: event.reporter, at, body }];
}

/** Returns the bytes that a record's body takes to parse. */
export function getBodyBytes({ body }: LogRecord): number {
  return 'bytes' in body ? body.bytes.byteLength : 0;
}

/** Reads the next records after the cursor, up to `upTo` at most. */
export async function readLogRange(
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
