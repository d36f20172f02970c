import { type Event, isTrusted } from '../event/event.ts';
import { parseEventKey } from '../event/event-key.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { LogRecord, Offset } from '../storage/log/event-log.ts';
import { isConfirmed, isSameShopper } from '../visitors/report-confirmation.ts';
import { isUnguessable } from '../visitors/unguessable-id.ts';

/**
 * The reason why a report is the person's: it names them (`name`), one of their visitors sent it (`visitor`), it has an order or checkout
 * that the shop reported for them (`order`), its event was sent to a platform with their data (`sent`), or another report of its event is
 * theirs (`event`).
 */
export type MatchReason = 'name' | 'visitor' | 'order' | 'sent' | 'event';

export type ReportEvidence = 'name' | 'visitor' | 'order';
type SentEvidence = 'name' | 'visitor';

/** The evidence that reports and events are the person's. Keeps the strongest of each. */
export class Evidence {
  /** Evidence by the report's offset. */
  readonly reports = new Map<Offset, ReportEvidence>();
  /** Evidence for events that were sent with the person's data, by the offset of the primary report. */
  readonly #sent = new Map<Offset, SentEvidence>();
  /** The ids of the person's browsers with which events were sent. */
  readonly #sentIds = new Map<Offset, Set<string>>();
  /** Offsets of the primary reports of all these events. */
  readonly events = new Set<Offset>();
  /** Those of `events` that may name the person. */
  readonly named = new Set<Offset>();

  addReport(offset: Offset, primary: Offset, evidence: ReportEvidence): void {
    const before = this.reports.get(offset);
    if (before !== 'name') this.reports.set(offset, evidence === 'order' ? (before ?? evidence) : evidence);
    this.#addEvent(primary, evidence);
  }

  addSent(primary: Offset): void {
    this.#sent.set(primary, 'name');
    this.#addEvent(primary, 'name');
  }

  /** @param ids of the person's browsers */
  addSentIds(primary: Offset, ids: readonly string[]): void {
    if (!this.#sent.has(primary)) this.#sent.set(primary, 'visitor');
    this.#sentIds.set(primary, new Set([...(this.#sentIds.get(primary) ?? []), ...ids]));
    this.#addEvent(primary, 'visitor');
  }

  /**
   * Returns the evidence that the event was sent with the person's data. A stranger may choose a visitor id that others' events contain, such
   * as the id of a product, so an id that a report states as another value is none.
   */
  findSent(primary: Offset, records: readonly LogRecord[]): SentEvidence | undefined {
    const sent = this.#sent.get(primary);
    if (sent !== 'visitor') return sent;
    const stated = new Set(parseReports(records).flatMap(({ event: { identity: _, ...rest } }) => collectStrings(rest)));
    return [...(this.#sentIds.get(primary) ?? [])].some((id) => !stated.has(id)) ? sent : undefined;
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
  /** Whether the sent payloads are the person's. */
  readonly hasPayloads: boolean;
  /** Whether the event has reports that are not the person's. */
  readonly isShared: boolean;
  /** Whether the reports are browsers' and the event's id can be guessed: a stranger may have reported another person's event. */
  readonly isUnconfirmed: boolean;
}

/**
 * Returns which of an event's reports are the person's. If one is, all are, with one exception: a browser's report may come from a stranger
 * who guessed the event's id, unless the shop's reports confirm it. It is evidence for itself, and without a report of the shop for other
 * reports of the same shopper.
 */
export function selectOwnedReports(
  primary: Offset,
  offsets: readonly Offset[],
  records: readonly LogRecord[],
  evidence: Evidence,
): OwnedReport | undefined {
  const sent = evidence.findSent(primary, records);
  if (areUnconfirmed(records)) return selectBrowsersReports(offsets, records, evidence, sent);
  const found = offsets.filter((offset) => evidence.reports.has(offset));
  const unconfirmed = findUnconfirmedReports(records);
  const alone = found.filter((offset) => unconfirmed.has(offset));
  if (found.length > alone.length || (sent !== undefined && alone.length === 0 && !hasErasedClaim(records)))
    return own(offsets, evidence, sent, { hasPayloads: true, isShared: false, isUnconfirmed: false });
  if (alone.length === 0) return undefined;
  return own(alone, evidence, undefined, { hasPayloads: false, isShared: true, isUnconfirmed: true });
}

/** Returns which reports are the person's if only browsers reported the event, under an id that can be guessed. */
function selectBrowsersReports(
  offsets: readonly Offset[],
  records: readonly LogRecord[],
  evidence: Evidence,
  sent: SentEvidence | undefined,
): OwnedReport | undefined {
  const reports = parseReports(records);
  const source = findSentReport(offsets, reports);
  const known = (offset: Offset) => evidence.reports.has(offset) || (sent !== undefined && offset === source);
  const named = reports.filter(({ offset }) => known(offset));
  const isTheirs = ({ event }: { readonly event: Event }) => named.some((one) => isSameShopper(event, one.event));
  const same = new Set(reports.filter(isTheirs).map(({ offset }) => offset));
  const theirs = offsets.filter((offset) => known(offset) || same.has(offset));
  if (theirs.length === 0 && sent === undefined) return undefined;
  const areAllTheirs = theirs.length === offsets.length;
  // A denial may have replaced the report before it was sent.
  const isReplaced = reports.some(({ offset, event }) => event.consent.effective === 'denied' && !theirs.includes(offset));
  const isSource = source !== undefined && theirs.includes(source) && !isReplaced;
  const isShared = records.some(({ offset, body }) => !('redacted' in body) && !theirs.includes(offset));
  return own(theirs, evidence, sent, {
    hasPayloads: sent !== undefined || areAllTheirs || isSource,
    isShared,
    isUnconfirmed: true,
  });
}

function own(
  offsets: readonly Offset[],
  { reports }: Evidence,
  sent: SentEvidence | undefined,
  more: Pick<OwnedReport, 'hasPayloads' | 'isShared' | 'isUnconfirmed'>,
): OwnedReport {
  const otherwise = sent === undefined ? 'event' : 'sent';
  return {
    foundBy: new Map(offsets.map((offset) => [offset, reports.get(offset) ?? otherwise])),
    isNamed: sent === 'name' || offsets.some((offset) => reports.get(offset) === 'name'),
    ...more,
  };
}

/**
 * Returns the report that an event of browsers alone is sent with: the first one that does not deny. `undefined` if the body of an earlier
 * one is gone, which may have been sent.
 */
function findSentReport(offsets: readonly Offset[], reports: readonly ParsedReport[]): Offset | undefined {
  const byOffset = new Map(reports.map(({ offset, event }) => [offset, event]));
  const source = offsets.find((offset) => byOffset.get(offset)?.consent.effective !== 'denied');
  return source !== undefined && byOffset.has(source) ? source : undefined;
}

function areUnconfirmed(records: readonly LogRecord[]): boolean {
  const remaining = records.filter(({ body }) => !('redacted' in body));
  return remaining.length > 0 && remaining.every(mayBeClaim);
}

/** Returns whether a browser's report was erased that may have been sent before the shop's report came. */
function hasErasedClaim(records: readonly LogRecord[]): boolean {
  return records.some((record) => 'redacted' in record.body && mayBeClaim(record));
}

/** Returns whether a stranger may have sent the report. */
function mayBeClaim({ key }: LogRecord): boolean {
  const { id, reporter = 'browser' } = parseEventKey(key);
  return reporter === 'browser' && !isUnguessable(id);
}

/** Returns the offsets of the browsers' reports that the shop's reports of the same event do not confirm. */
function findUnconfirmedReports(records: readonly LogRecord[]): ReadonlySet<Offset> {
  const reports = parseReports(records);
  const shop = reports.flatMap(({ event }) => (isTrusted(event) ? [event] : []));
  if (shop.length === 0) return new Set();
  return new Set(reports.flatMap(({ offset, event }) => (isTrusted(event) || isConfirmed(event, shop) ? [] : [offset])));
}

interface ParsedReport {
  readonly offset: Offset;
  readonly event: Event;
}

function parseReports(records: readonly LogRecord[]): readonly ParsedReport[] {
  return records.flatMap((record) => parseRecordEvents(record).map((event) => ({ offset: record.offset, event })));
}

/** Collects every string in a value, at any depth. */
export function collectStrings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(collectStrings) : [];
}

export function parseRecordEvents({ body }: LogRecord): readonly Event[] {
  const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
  return event ? [event] : [];
}
