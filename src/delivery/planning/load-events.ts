import { type EnrichedEvent, type Event, isTrusted, type ReportSource, type ShopEvent } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import { parseEvent } from '../../event/parse-event.ts';
import { redactDeniedEvent } from '../../event/redact-denied-event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import { type AbsentReason, isConsentReason } from '../../storage/ports/reports.ts';
import type { Store } from '../../storage/ports/store.ts';
import { hasBrowserChoice } from '../profiles/browser-choices.ts';
import { enrichFromProfile, type LoadedProfiles, noProfiles } from '../profiles/enrich-from-profile.ts';
import { explainMissingKeys } from '../profiles/explain-missing-keys.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import { eventsAtOnce, loadProfiles } from '../profiles/load-profiles.ts';
import { findUnconfirmed, hasDenial, judgeReports } from './confirm-reports.ts';
import { findDenialIssues } from './find-denial-issues.ts';
import type { LoadedEvent, MergedEvent } from './loaded-event.ts';
import { maskErasedRecords } from './mask-erased-records.ts';
import { findTotalMismatch, getLeadReport, mergeReports } from './merge-reports.ts';
import { applyPaymentFacts, loadPaymentFacts } from './payment-facts.ts';

/** The reads that loading an event takes. */
type EventReads = Pick<
  Store,
  'findDuplicates' | 'findDuplicatesByPrimary' | 'getAbsentReasons' | 'getProfiles' | 'findLinks' | 'listPaymentFacts'
>;

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

  const prepare = (read: LogRecord): PreparedRecord => {
    const { offset, key } = read;
    const firstReport = primaries.get(offset);
    const isDuplicate = firstReport !== undefined;
    const duplicates = duplicatesByPrimary.get(offset) ?? [];
    const others = duplicates.flatMap((duplicate) => duplicateByOffset.get(duplicate) ?? []);
    const record = !isDuplicate && isOnlyReportGone(absentReasons.get(offset)) ? withRemainingBody(read, others) : read;
    const base = { record, isDuplicate, duplicates: duplicates.length, absentReason: absentReasons.get(offset), issues: [] };
    if (isDuplicate || isSignalName(key)) return { base: { ...base, ...(isDuplicate && { primary: firstReport }) }, reports: [] };
    return { base, reports: [read, ...others].flatMap(parseReports) };
  };
  const found: LoadedEvent[] = [];
  // An event with a fallback uses two lookups.
  for await (const slice of iterateSlices(readable, eventsAtOnce / 2, getBodyBytes)) {
    found.push(...(await enrichAll(await showPayments(slice.map(prepare), store, site), trustedOnly, store, site)));
  }
  return found;
}

/** A record with its reports, before they are merged. */
interface PreparedRecord {
  readonly base: LoadedEvent;
  /** Empty if the record is a duplicate or a signal, or has no body. */
  readonly reports: readonly Report[];
}

/** Applies what is known about payments and subscriptions, of which only some events need any. */
async function showPayments(
  prepared: readonly PreparedRecord[],
  store: EventReads,
  site: string,
): Promise<readonly PreparedRecord[]> {
  const events = prepared.flatMap(({ reports }) => reports.map(({ event }) => event));
  const facts = await loadPaymentFacts(events, store, site);
  if (facts.size === 0) return prepared;
  const show = (report: Report) => ({ ...report, event: applyPaymentFacts(report.event, facts) });
  return prepared.map((one) => ({ ...one, reports: one.reports.map(show) }));
}

/**
 * Merges and enriches the reports. An unconfirmed denial does not count if the profiles that enrich the event have a browser's choice. Both
 * readings of the event have the same profiles, because such a denial adds neither a visitor nor a checkout.
 */
async function enrichAll(
  prepared: readonly PreparedRecord[],
  trustedOnly: ReadonlySet<Offset>,
  store: EventReads,
  site: string,
): Promise<readonly LoadedEvent[]> {
  const chosen = prepared.map((one) => merge(one, trustedOnly, true));
  const profiles = await loadProfiles(
    chosen.flatMap(({ event, fallback }) => (event ? [event, ...(fallback ? [fallback.event] : [])] : [])),
    store,
    site,
  );
  let next = 0;
  return chosen.map((asChosen, index) => {
    if (!asChosen.event) return asChosen;
    const own = profiles[next++] ?? noProfiles;
    const ofFallback = asChosen.fallback ? (profiles[next++] ?? noProfiles) : noProfiles;
    const contested = hasBrowserChoice(asChosen.event, own) ? undefined : prepared[index];
    const one = contested && isContested(contested) ? merge(contested, trustedOnly, false) : asChosen;
    if (!one.event) return one;
    const { own: _claimant, ...others } = own;
    // A report that does not fill in brings no profile of its visitor.
    const known = one.event.claimant === asChosen.event.claimant ? own : others;
    const recalled = { ...one, ...enrich(one.event, known, one.issues) };
    if (!one.fallback) return recalled;
    const { fallback } = one;
    return { ...recalled, fallback: { ...fallback, ...enrich(fallback.event, ofFallback, fallback.issues) } };
  });
}

/** Returns whether a report that the shop does not confirm denies the event or a single use. */
function isContested({ reports }: PreparedRecord): boolean {
  return findUnconfirmed(reports.map(({ event }) => event))?.browsers.some(hasDenial) ?? false;
}

/** Merges the reports of a record. @param isChosen whether a browser's choice decides in place of an unconfirmed denial */
function merge(
  { base, reports: [one, ...more] }: PreparedRecord,
  trustedOnly: ReadonlySet<Offset>,
  isChosen: boolean,
): LoadedEvent {
  if (!one) return base;
  const { record } = base;
  const joined = mergeRecordReports(record, [one, ...more], isChosen);
  const isTrustedOnly = trustedOnly.has(record.offset);
  return { ...base, ...joined, ...(isTrustedOnly && mergeTrustedReports(record, joined.event, [one, ...more])) };
}

function enrich(given: EnrichedEvent, profiles: LoadedProfiles, mergeIssues: readonly Issue[]) {
  const { event, recalled, issues } = enrichFromProfile(given, profiles);
  return { event, recalled, issues: [...mergeIssues, ...issues], missingReasons: explainMissingKeys(event, profiles) };
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
  isChosen: boolean,
): Pick<LoadedEvent, 'issues' | 'loggedAt' | 'claim'> & { readonly event: EnrichedEvent; readonly fallback?: MergedEvent } {
  const [one, ...more] = reports;
  const events = [one.event, ...more.map(({ event }) => event)] as const;
  const judged = judgeReports(events, isChosen);
  const confirmed = judged.shop && mergeReports(judged.shop);
  const joined = mergeReports(judged.reports);
  const reporters = [...new Set(events.map(({ reporter }) => reporter))];
  const claimant = confirmed?.identity.anonymousId === undefined ? judged.filler?.identity.anonymousId : undefined;
  const merged = {
    event: {
      ...joined,
      reporters,
      ...(confirmed && { confirmed: withConsent(confirmed, joined) }),
      ...(claimant !== undefined && { claimant }),
    },
    loggedAt: getLeadReport(reports).at,
    issues: [...findTotalMismatch(judged.reports), ...findDenialIssues(judged.reports, judged.isUnconfirmed)],
    ...findClaim(reports),
  };
  const { fallback } = judged;
  const source = reports.find(({ event }) => event === fallback?.report);
  if (!fallback || !source || merged.event.consent.effective !== 'pending') return merged;
  const { at: loggedAt, body } = source;
  return {
    ...merged,
    fallback: { record: { ...record, body }, event: mergeReports([fallback.event]), loggedAt, issues: [] },
  };
}

/** Returns the contradiction between the shop's totals and the primary report's, which is the one that is sent without a report of the shop. */
function findClaim([primary, ...more]: readonly [Report, ...Report[]]): Pick<LoadedEvent, 'claim'> {
  const shop = more.filter(isTrusted);
  if (isTrusted(primary) || shop.length === 0) return {};
  const [mismatch] = findTotalMismatch([primary.event, ...shop.map(({ event }) => event)]);
  return mismatch ? { claim: { mismatch, shopAt: Math.min(...shop.map(({ at }) => at)) } } : {};
}

/** Returns the shop's event without personal data if the merged event is denied. */
function withConsent(shop: ShopEvent, { consent, deniedId = '' }: EnrichedEvent): ShopEvent {
  if (consent.effective !== 'denied') return shop;
  return { ...redactDeniedEvent(shop, deniedId), consent, reporters: shop.reporters };
}

/**
 * Merges only the trusted reports. The consent stays that of all reports, so that a choice on the page still counts. A denied
 * event stays as it is, because it contains no personal data.
 */
function mergeTrustedReports(record: LogRecord, mergedEvent: EnrichedEvent, reports: readonly Report[]): Partial<LoadedEvent> {
  const [one, ...more] = reports.filter(isTrusted);
  if (!one || mergedEvent.consent.effective === 'denied') return {};
  const confirmed = mergeReports([one.event, ...more.map(({ event }) => event)]);
  const { body, at: loggedAt } = getLeadReport([one, ...more]);
  const { consent, reporters } = mergedEvent;
  return { record: { ...record, body }, event: { ...confirmed, consent, reporters, confirmed }, loggedAt };
}

/** Returns whether the body of this report is gone, and the event remains. */
function isOnlyReportGone(reason: AbsentReason | undefined): boolean {
  return isConsentReason(reason) || reason === 'erased-report';
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
