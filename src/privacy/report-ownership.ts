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
 * Returns which of an event's reports are the person's. If one is, all are, with one exception: a browser's report that the shop's reports
 * do not confirm may come from a stranger who guessed the event's id, so it is evidence for itself only.
 */
export function selectOwnedReports(
  primary: Offset,
  offsets: readonly Offset[],
  records: readonly LogRecord[],
  evidence: Evidence,
): OwnedReport | undefined {
  const found = offsets.flatMap((offset) => evidence.reports.get(offset) ?? []);
  const sent = evidence.sent.get(primary);
  const browser = findUnconfirmedReport(records);
  const browserEvidence = browser === undefined ? undefined : evidence.reports.get(browser);
  const hasOtherEvidence =
    found.length > (browserEvidence === undefined ? 0 : 1) || (sent !== undefined && browserEvidence === undefined);
  if (browser !== undefined && browserEvidence !== undefined && !hasOtherEvidence)
    return {
      foundBy: new Map([[browser, browserEvidence]]),
      isNamed: browserEvidence === 'name',
      isWhole: false,
      isUnconfirmed: true,
    };
  if (!hasOtherEvidence && found.length === 0) return undefined;
  const otherwise = sent === undefined ? 'event' : 'sent';
  return {
    foundBy: new Map(offsets.map((offset) => [offset, evidence.reports.get(offset) ?? otherwise])),
    isNamed: found.includes('name') || sent === 'name',
    isWhole: true,
    isUnconfirmed: areUnconfirmed(records),
  };
}

function areUnconfirmed(records: readonly LogRecord[]): boolean {
  const remaining = records.filter(({ body }) => !('redacted' in body)).map(({ key }) => parseEventKey(key));
  return remaining.length > 0 && remaining.every(({ id, reporter }) => reporter === 'browser' && !isUnguessable(id));
}

/** Returns the offset of the browser's report if the shop's reports of the same event do not confirm it. */
function findUnconfirmedReport(records: readonly LogRecord[]): Offset | undefined {
  const reports = records.flatMap((record) => parseRecordEvents(record).map((event) => ({ offset: record.offset, event })));
  const shop = reports.flatMap(({ event }) => (isTrusted(event) ? [event] : []));
  const browser = reports.find(({ event }) => !isTrusted(event));
  return browser && shop.length > 0 && !isConfirmed(browser.event, shop) ? browser.offset : undefined;
}

export function parseRecordEvents({ body }: LogRecord): readonly Event[] {
  const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
  return event ? [event] : [];
}
