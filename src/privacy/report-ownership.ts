import { type Event, isTrusted } from '../event/event.ts';
import { parseEventKey } from '../event/event-key.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import { isConfirmed } from '../identity/report-confirmation.ts';
import { isUnguessable } from '../identity/unguessable-id.ts';
import type { LogRecord, Offset } from '../storage/log/event-log.ts';

/**
 * The reason why a report is the person's: it names them (`name`), one of their visitors sent it (`visitor`), it has an order or checkout
 * that the shop reported for them (`order`), its event was sent to a platform with their data (`sent`), or another report of its event is
 * theirs (`event`).
 */
export type MatchReason = 'name' | 'visitor' | 'order' | 'sent' | 'event';

type ReportEvidence = 'name' | 'visitor' | 'order';
type SentEvidence = 'name' | 'visitor';

/** The evidence that reports and events are the person's. Keeps the strongest of each. */
export class Evidence {
  /** Evidence by the report's offset. */
  readonly reports = new Map<Offset, ReportEvidence>();
  /** Evidence for events that were sent with the person's data, by the offset of the primary report. */
  readonly sent = new Map<Offset, SentEvidence>();
  /** Offsets of the primary reports of all these events. */
  readonly events = new Set<Offset>();
  /** Those of `events` that may name the person. */
  readonly named = new Set<Offset>();

  addReport(offset: Offset, primary: Offset, evidence: ReportEvidence): void {
    const before = this.reports.get(offset);
    if (before !== 'name') this.reports.set(offset, evidence === 'order' ? (before ?? evidence) : evidence);
    this.#addEvent(primary, evidence);
  }

  addSent(primary: Offset, evidence: SentEvidence): void {
    if (this.sent.get(primary) !== 'name') this.sent.set(primary, evidence);
    this.#addEvent(primary, evidence);
  }

  #addEvent(primary: Offset, evidence: ReportEvidence): void {
    this.events.add(primary);
    if (evidence === 'name') this.named.add(primary);
  }
}

/** The reports of one event that are the person's. */
export interface OwnedReport {
  readonly foundBy: ReadonlyMap<Offset, MatchReason>;
  /** Whether a report names the person, or the event was sent with identifiers of the person. */
  readonly isNamed: boolean;
  /** Whether all reports of the event are the person's, and so are the sent payloads. */
  readonly isWhole: boolean;
  /** Whether no report is the shop's and the event's id can be guessed: a stranger may have reported the shop's event. */
  readonly isUnconfirmed: boolean;
}

/**
 * Returns which of an event's reports are the person's. If one is, all are, with two exceptions. A browser's report that the shop's reports
 * do not confirm may come from a stranger who guessed the event's id, so it is evidence for itself only. A denied report beside other
 * browsers' reports under an id that can be guessed may be the decline of another shopper, and has no personal data.
 */
export function selectOwnedReports(
  primary: Offset,
  offsets: readonly Offset[],
  records: readonly LogRecord[],
  evidence: Evidence,
): OwnedReport | undefined {
  const found = offsets.flatMap((offset) => evidence.reports.get(offset) ?? []);
  const sent = evidence.sent.get(primary);
  const unconfirmed = findUnconfirmedReports(records);
  const alone = offsets.flatMap((offset) => {
    const reason = unconfirmed.has(offset) ? evidence.reports.get(offset) : undefined;
    return reason === undefined ? [] : [[offset, reason] as const];
  });
  const hasOtherEvidence = found.length > alone.length || (sent !== undefined && alone.length === 0);
  if (alone.length > 0 && !hasOtherEvidence)
    return {
      foundBy: new Map(alone),
      isNamed: alone.some(([, reason]) => reason === 'name'),
      isWhole: false,
      isUnconfirmed: true,
    };
  if (!hasOtherEvidence && found.length === 0) return undefined;
  const otherwise = sent === undefined ? 'event' : 'sent';
  const isUnconfirmed = areUnconfirmed(records);
  const strange = isUnconfirmed && sent === undefined ? findDenials(records) : new Set<Offset>();
  const theirs = offsets.filter((offset) => evidence.reports.has(offset) || !strange.has(offset));
  return {
    foundBy: new Map(theirs.map((offset) => [offset, evidence.reports.get(offset) ?? otherwise])),
    isNamed: found.includes('name') || sent === 'name',
    isWhole: true,
    isUnconfirmed,
  };
}

function areUnconfirmed(records: readonly LogRecord[]): boolean {
  const remaining = records.filter(({ body }) => !('redacted' in body)).map(({ key }) => parseEventKey(key));
  return remaining.length > 0 && remaining.every(({ id, reporter = 'browser' }) => reporter === 'browser' && !isUnguessable(id));
}

/** Returns the offsets of the browsers' reports that the shop's reports of the same event do not confirm. */
function findUnconfirmedReports(records: readonly LogRecord[]): ReadonlySet<Offset> {
  const reports = parseReports(records);
  const shop = reports.flatMap(({ event }) => (isTrusted(event) ? [event] : []));
  if (shop.length === 0) return new Set();
  return new Set(reports.flatMap(({ offset, event }) => (isTrusted(event) || isConfirmed(event, shop) ? [] : [offset])));
}

/** Returns the offsets of the denied reports, which have no personal data. */
function findDenials(records: readonly LogRecord[]): ReadonlySet<Offset> {
  return new Set(parseReports(records).flatMap(({ offset, event }) => (event.consent.effective === 'denied' ? [offset] : [])));
}

function parseReports(records: readonly LogRecord[]): readonly { readonly offset: Offset; readonly event: Event }[] {
  return records.flatMap((record) => parseRecordEvents(record).map((event) => ({ offset: record.offset, event })));
}

export function parseRecordEvents({ body }: LogRecord): readonly Event[] {
  const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
  return event ? [event] : [];
}
