import { type Event, isTrusted } from '../event/event.ts';
import { parseEventKey } from '../event/event-key.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import { isConfirmed } from '../identity/confirm-report.ts';
import { isUnguessable } from '../identity/unguessable-id.ts';
import type { LogRecord, Offset } from '../storage/log/event-log.ts';

/**
 * How a report was found to be the person's: it names them (`name`), one of their visitors sent it (`visitor`), it belongs to an order or a
 * checkout that the shop reported of them (`order`), the event was sent to a platform with their data (`sent`), or another report of the
 * same event is theirs (`event`).
 */
export type FoundBy = 'name' | 'visitor' | 'order' | 'sent' | 'event';

type ReportEvidence = 'name' | 'visitor' | 'order';
type SentEvidence = 'name' | 'visitor';

/** What says that reports are the person's. The strongest evidence of each stays. */
export class Evidence {
  /** Of records, by their own offset. */
  readonly reports = new Map<Offset, ReportEvidence>();
  /** Of events that were sent with the person's data, by the offset of their first report. */
  readonly sent = new Map<Offset, SentEvidence>();
  /** First offsets of all of these events. */
  readonly events = new Set<Offset>();
  /** Those among them that may name the person. */
  readonly named = new Set<Offset>();

  addReport(offset: Offset, first: Offset, how: ReportEvidence): void {
    const before = this.reports.get(offset);
    if (before !== 'name') this.reports.set(offset, how === 'order' ? (before ?? how) : how);
    this.#addEvent(first, how);
  }

  addSent(first: Offset, how: SentEvidence): void {
    if (this.sent.get(first) !== 'name') this.sent.set(first, how);
    this.#addEvent(first, how);
  }

  #addEvent(first: Offset, how: ReportEvidence): void {
    this.events.add(first);
    if (how === 'name') this.named.add(first);
  }
}

/** The reports of one event that are the person's. */
export interface OwnedReport {
  readonly foundBy: ReadonlyMap<Offset, FoundBy>;
  /** Whether one of them names the person, or the event was sent with their name. */
  readonly isNamed: boolean;
  /** Whether all reports of the event are theirs, and so what was sent of it. */
  readonly isWhole: boolean;
  /** Whether none of them is the shop's and the event's id can be guessed, so that a stranger may have claimed the shop's event. */
  readonly isClaim: boolean;
}

/**
 * Returns which of an event's reports are the person's. If one is, all are, with one exception: a browser's report that the shop's do not
 * confirm may be anybody's who guessed the event's id, so it makes nothing the person's but itself.
 */
export function selectOwnedReports(
  first: Offset,
  offsets: readonly Offset[],
  records: readonly LogRecord[],
  evidence: Evidence,
): OwnedReport | undefined {
  const found = offsets.flatMap((offset) => evidence.reports.get(offset) ?? []);
  const sent = evidence.sent.get(first);
  const browser = unconfirmedOf(records);
  const ofBrowser = browser === undefined ? undefined : evidence.reports.get(browser);
  const isOthers = found.length > (ofBrowser === undefined ? 0 : 1) || (sent !== undefined && ofBrowser === undefined);
  if (browser !== undefined && ofBrowser !== undefined && !isOthers)
    return { foundBy: new Map([[browser, ofBrowser]]), isNamed: ofBrowser === 'name', isWhole: false, isClaim: true };
  if (!isOthers && found.length === 0) return undefined;
  const otherwise = sent === undefined ? 'event' : 'sent';
  return {
    foundBy: new Map(offsets.map((offset) => [offset, evidence.reports.get(offset) ?? otherwise])),
    isNamed: found.includes('name') || sent === 'name',
    isWhole: true,
    isClaim: mayBeClaim(records),
  };
}

function mayBeClaim(records: readonly LogRecord[]): boolean {
  const left = records.filter(({ body }) => !('redacted' in body)).map(({ key }) => parseEventKey(key));
  return left.length > 0 && left.every(({ id, reporter }) => reporter === 'browser' && !isUnguessable(id));
}

/** Returns the offset of the browser's report if shop's reports of the same event do not confirm it. */
function unconfirmedOf(records: readonly LogRecord[]): Offset | undefined {
  const reports = records.flatMap((record) => parseRecordEvents(record).map((event) => ({ offset: record.offset, event })));
  const shop = reports.flatMap(({ event }) => (isTrusted(event) ? [event] : []));
  const browser = reports.find(({ event }) => !isTrusted(event));
  return browser && shop.length > 0 && !isConfirmed(browser.event, shop) ? browser.offset : undefined;
}

export function parseRecordEvents({ body }: LogRecord): readonly Event[] {
  const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
  return event ? [event] : [];
}
