import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { pendingConsentMs } from '../../event/consent.ts';
import { denialCodes } from '../../event/denial-codes.ts';
import { type EnrichedEvent, type Event, isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import { trialName } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import type { MissingReasons } from '../../event/missing-match-keys.ts';
import { isAdjustment } from '../../event/order-adjustment.ts';
import { redactDeniedEvent } from '../../event/redact-denied-event.ts';
import type { AppliedRules, RuleEffect } from '../../event/rule.ts';
import type { PurchaseRule } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type CompiledRules, evaluateRules, isCountedApart } from '../../rules/evaluate.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcomeEntry, StoredOutcome } from '../../storage/ports/outcomes.ts';
import { type AbsentReason, isConsentReason } from '../../storage/ports/reports.ts';
import type { NewUpload } from '../../storage/ports/uploads.ts';
import type { RecalledKey } from '../profiles/enrich-from-profile.ts';
import { applyRefunds } from './apply-refunds.ts';
import { type BatchMember, getMatch, isMergedWithBrowser } from './batch-member.ts';
import { decideAdjustment, getTarget } from './decide-adjustment.ts';
import { decideLateRefund } from './decide-late-refund.ts';
import { toDeliveredOrder } from './delivered-order.ts';
import {
  type DeliveredReports,
  explainNoUpload,
  isRepeatedOrder,
  toLateDestination,
  toUpload,
  uploadedInstead,
  wasReceivedLate,
} from './late-purchase.ts';
import { getOrderId, type OrderFactsById } from './order-facts.ts';
import type { ReceivedTimes } from './outcome-counts.ts';
import type { PayloadCheck } from './payload-check.ts';
import { getWaitStart } from './wait-start.ts';

/** The result of one planning step: some records are sent, the others are settled without a request. */
export interface BatchPlan {
  /** The cursor after the plan; absent for deferred deliveries. */
  readonly through?: Offset;
  readonly members: readonly BatchMember[];
  readonly skips: readonly EventOutcomeEntry[];
  readonly holds: readonly DeferredDelivery[];
  /** Deferred deliveries that stay as they are, because their group is not the group of the request. Default: none. */
  readonly left?: ReadonlySet<Offset>;
  readonly deadLetters: readonly DeadLetter[];
  /** Earlier outcomes that trusted reports change. Default: none. */
  readonly revisions?: readonly Revision[];
  /** Times of all records of the plan. */
  readonly receivedAt: ReceivedTimes;
  /** Offsets of the events whose payload the platform's schema refuses. Default: none. */
  readonly misfits?: ReadonlySet<Offset>;
  /** Offsets of the events that a server or webhook reported. Default: none. */
  readonly trusted?: ReadonlySet<Offset>;
  /** Offsets of the purchases. Default: none. */
  readonly purchases?: ReadonlySet<Offset>;
  /** The rules that applied, by event. Default: none. */
  readonly rules?: ReadonlyMap<Offset, AppliedRules>;
  /** The events that rules add for this connection. They are appended to the event log before the plan is committed. Default: none. */
  readonly also?: readonly Event[];
  /** The rows to send with the access to the account. Default: none. */
  readonly uploads?: readonly NewUpload[];
  /** Events after the cursor that were settled ahead of it, so that the cursor only passes them. */
  readonly passed?: readonly Offset[];
  /** The end of the search for trusted reports, if the plan overtakes the backlog. */
  readonly aheadThrough?: Offset;
}

/** Changes an event's outcome on this connection, because a trusted report came after a browser's report was settled. */
export interface Revision {
  /** The primary report, which has the event's outcome. */
  readonly primary: LogRecord;
  readonly stored: StoredOutcome;
  /** `requeue`: the event is decided again. `note`: the outcome stays and gets these issues. */
  readonly change: 'requeue' | { readonly note: readonly Issue[] };
}

/** One record with its stored data. */
export interface LoadedEvent {
  readonly record: LogRecord;
  /** Whether the record is a duplicate of an event that another report stated first. */
  readonly isDuplicate: boolean;
  /** The primary report's offset, if the record is a duplicate. */
  readonly primary?: Offset;
  /** The number of duplicates of the record. */
  readonly duplicates: number;
  /** All reports merged, enriched from the profile. Absent if no report is left. */
  readonly event?: EnrichedEvent;
  /** When the event log received the report that dates the event. Default: when the event log received the record. */
  readonly loggedAt?: UnixMs;
  /** The keys that the event got from profiles, with their source. */
  readonly recalled?: readonly RecalledKey[];
  /** Why the event lacks match keys. The profiles themselves are not kept, because those of a page may have many megabytes. */
  readonly missingReasons?: MissingReasons;
  /** Contradictions between the reports that count. */
  readonly issues: readonly Issue[];
  /** Set if a browser's report is the primary one, and its totals are not the shop's, which the event log received at `shopAt`. */
  readonly claim?: { readonly mismatch: Issue; readonly shopAt: UnixMs };
  readonly absentReason: AbsentReason | undefined;
  /** The unconfirmed browser's report, which is sent if the shop's pending report never gets a consent. */
  readonly fallback?: MergedEvent;
}

/** An event merged from some of its reports. */
export interface MergedEvent extends Pick<LoadedEvent, 'record' | 'loggedAt' | 'recalled' | 'missingReasons' | 'issues'> {
  readonly event: EnrichedEvent;
}

export interface DecisionContext {
  readonly destination: BoundDestination;
  /** Checks some of the mapped payloads, for a decision that is carried out. Default: none is checked. */
  readonly payloadCheck?: PayloadCheck;
  readonly bots: 'drop' | 'send';
  readonly purchaseHoldMs: number;
  readonly purchases: PurchaseRule;
  /** The time zone of the site's days. */
  readonly timeZone: string;
  readonly now: UnixMs;
  /** A later clock may be days ahead. Events are then not expired by the clock alone. Default: no clock is suspect. */
  readonly clockTrustedUntil?: UnixMs;
  /** Whether gateways have spools. A record's time may then be that of its forwarding, long after its event. Default: false. */
  readonly isFedBySpools?: boolean;
  /** When the event log received the oldest report that was not read yet. Default: all are read. */
  readonly oldestUnreadAt?: UnixMs;
  /** Returns whether a purchase exceeds the site's daily budget for browsers. Default: never. */
  readonly isOverBudget?: (purchase: LogRecord) => boolean;
  /** The rules of the site and the connection. */
  readonly rules?: CompiledRules;
  /** Events to send with their trusted reports alone, because the platform refused the browser's fields. */
  readonly trustedOnly?: ReadonlySet<Offset>;
  /** The facts of refunded orders. Default: no order was refunded. */
  readonly orders?: OrderFactsById;
  /** The reports that the connection delivered of late purchases' orders. Default: none. */
  readonly deliveredBefore?: DeliveredReports;
  /** The events of a request that is settled together with the plan. Default: none. */
  readonly sending?: ReadonlySet<Offset>;
}

/** Time after which a seemingly expired event is decided again while the clock is suspect. */
const suspectClockDelayMs = hourMs;
/** Time that a browser's purchase waits for a trusted report, if the site requires one. */
const confirmationMs = dayMs;
/** Time after which a refund is decided again while the platform owes a verdict on another refund of the order. */
const verdictDelayMs = 5 * minuteMs;
/** Time after which a hold that waits for unread reports is decided again. A report that ends the hold is not waited for. */
const unreadDelayMs = secondMs;
/** Tolerance of holds: after a larger clock rollback a hold ends at once. */
const rollbackToleranceMs = 5 * minuteMs;

/**
 * Whether an event could be sent again. `eligible`: yes. `skipped`: it would be skipped. `too-old`: the platform's age limit is exceeded. `gone`:
 * its body is no longer in the event log. `damaged`: its record is corrupt.
 */
export interface Eligibility {
  readonly record: LogRecord;
  readonly verdict: 'eligible' | 'skipped' | 'too-old' | 'gone' | 'damaged';
}

/** The decision about one record. */
export type Decision = (
  | { readonly member: BatchMember }
  | { readonly skip: EventOutcomeEntry }
  | {
      readonly hold: DeferredDelivery;
      readonly isMisfit?: true;
      /** Set if the event is too old by a clock that is suspect: it must not be sent now. */
      readonly isSeeminglyExpired?: true;
    }
  | { readonly deadLetter: DeadLetter; readonly isMisfit?: true }
) & {
  /** Absent if the connection has no rules, or the decision came before them. */
  readonly rules?: AppliedRules;
  /** The events that rules add for this connection. */
  readonly also?: readonly Event[];
  /** The rows to send with the access to the account. */
  readonly uploads?: readonly NewUpload[];
};

/** Decides about one record. The checks are ordered: an earlier reason wins over a later one. */
export function decide(loaded: LoadedEvent, context: DecisionContext): Decision {
  const { record, isDuplicate, duplicates, event: enriched, absentReason } = loaded;
  const { offset, body } = record;
  const denialIssues = listDenialIssues(loaded);
  const skip = (outcome: EventOutcomeEntry['outcome'], issues: readonly Issue[] = []): Decision => ({
    skip: { offset, outcome, issues: [...denialIssues, ...issues] },
  });

  // A duplicate without a body counts as a duplicate too, so that the reports of one event have one outcome besides it.
  if ('redacted' in body && isDuplicate) return skip('duplicate');
  if ('redacted' in body) return skip(isConsentReason(absentReason) ? 'consent-denied' : 'erased');
  if ('corrupt' in body) return { deadLetter: createCorruptLetter(record, body.raw, context.now) };
  if (isDuplicate || !enriched) return skip('duplicate');
  const loggedAt = loaded.loggedAt ?? record.at;
  const event = correctTime(enriched, loggedAt, context);
  const { notSent } = event;
  if (isAdjustment(event)) return planAdjustment(loaded, event, body.bytes, context);
  const evaluation = notSent !== undefined && context.rules ? evaluateRules(context.rules, event) : undefined;
  if (notSent !== undefined && !(evaluation && isCountedApart(evaluation, event))) return skip(notSent);

  const toDeadLetter = (cause: DeadLetter['cause'], issues: readonly Issue[]) => ({
    deadLetter: {
      ...{ offset, cause, issues: [...denialIssues, ...issues] },
      ...{ eventName: event.name, eventId: event.id, bytes: body.bytes, at: context.now },
    },
  });
  // A shop may report an order again weeks later, when its event is no longer known.
  if (isRepeatedOrder(loaded, context.deliveredBefore)) return skip('duplicate');
  if (isTooOld(event.time, context)) {
    if (isClockSuspect(context)) return holdSeeminglyExpired(offset, context.now);
    const isLate = wasReceivedLate(enriched, context.destination);
    const settled = isLate ? skip('too-old-on-arrival') : toDeadLetter('expired', [expiredIssue]);
    return decideUpload(loaded, event, settled, context);
  }
  if (event.bot && context.bots === 'drop') return skip('bot');

  const holdEnd = getHoldEnd(event, loggedAt, context);
  const reason = isUnconfirmed(event, context) ? 'confirm' : 'hold';
  const hold = (dueAt: UnixMs): Decision => ({ hold: { offset, reason, dueAt, tries: 0, knownDuplicates: duplicates } });
  if (holdEnd > context.now) return hold(holdEnd);
  // A report that was received within the hold counts, however late it is read.
  if (context.oldestUnreadAt !== undefined && holdEnd > context.oldestUnreadAt) return hold(context.now + unreadDelayMs);
  if (event.consent.effective === 'pending') {
    const { fallback, ...primaryEvent } = loaded;
    if (!fallback) return skip('consent-denied', [consentUnknown]);
    return decide({ ...primaryEvent, ...fallback, issues: [...denialIssues, ...fallback.issues, reportNotConfirmed] }, context);
  }
  if (isBrowserPurchase(event) && context.isOverBudget?.(record)) return skip('over-budget');

  if (!context.rules || event.addedBy) return decideByMapping(loaded, event, context);
  const { event: changed, isSkipped, also, applied } = evaluation ?? evaluateRules(context.rules, event);
  const isSent = notSent === undefined || (!isSkipped && changed.name !== event.name);
  const decision = !isSent
    ? skip(notSent)
    : isSkipped
      ? skip('rule', applied.effects.filter(({ did }) => did === 'skip').map(toRuleIssue))
      : decideByMapping(loaded, changed, context, isUnconfirmed(event, context));
  const isFinal = !('hold' in decision) && !isUnconfirmed(event, context);
  const facts = context.orders?.get(getOrderId(loaded) ?? '');
  const deduct = (added: Event) => applyRefunds(offset, added, enriched, facts, context.destination.id)?.event ?? [];
  const left = isFinal ? also.flatMap(deduct) : [];
  return { ...decision, rules: applied, ...(left.length > 0 && { also: left.map(withoutPersonIfDenied) }) };
}

function holdSeeminglyExpired(offset: Offset, now: UnixMs): Decision {
  return { hold: { offset, reason: 'retry', dueAt: now + suspectClockDelayMs, tries: 0 }, isSeeminglyExpired: true };
}

/** Decides whether a purchase that is too old for the platform is uploaded, beside its outcome. */
function decideUpload(loaded: LoadedEvent, event: EnrichedEvent, settled: Decision, context: DecisionContext): Decision {
  const { payloadCheck: _, now, ...rest } = context;
  const destination = toLateDestination(event, context.destination, now);
  if (!destination) return settled;
  const decision = decide(loaded, { ...rest, now, destination });
  if ('hold' in decision) return decision;
  if ('member' in decision) return { ...addIssue(settled, uploadedInstead), uploads: [toUpload(decision.member, event, now)] };
  return 'skip' in decision ? addIssue(settled, explainNoUpload(decision.skip.outcome, destination)) : settled;
}

function addIssue(settled: Decision, issue: Issue): Decision {
  if ('skip' in settled) return { skip: { ...settled.skip, issues: [...settled.skip.issues, issue] } };
  if (!('deadLetter' in settled)) return settled;
  return { deadLetter: { ...settled.deadLetter, issues: [...settled.deadLetter.issues, issue] } };
}

/** Decides about a refund or cancellation. `bytes` are its record's. */
function planAdjustment(loaded: LoadedEvent, event: EnrichedEvent, bytes: Uint8Array, context: DecisionContext): Decision {
  const { offset } = loaded.record;
  const { name: eventName, id: eventId, site, time } = event;
  const { destination, orders, now } = context;
  const facts = orders?.get(getOrderId(loaded) ?? '');
  const refund = { offset, site, now, eventId };
  const decided = decideLateRefund(facts, destination, refund) ?? decideAdjustment(facts, destination, refund);
  if ('awaits' in decided) return { hold: { offset, reason: 'retry', dueAt: now + verdictDelayMs, tries: 0 } };
  if ('outcome' in decided) {
    const { uploads = [], ...settled } = decided;
    return { skip: { offset, ...settled }, ...(uploads.length > 0 && { uploads }) };
  }
  if (isTooOld(time, context)) {
    if (isClockSuspect(context)) return holdSeeminglyExpired(offset, now);
    if (wasReceivedLate(event, destination)) return { skip: { offset, outcome: 'too-old-on-arrival', issues: [] } };
    return { deadLetter: { offset, cause: 'expired', issues: [expiredIssue], eventName, eventId, bytes, at: now } };
  }
  const { text, group, issues } = decided.mapped;
  const sent = { text, size: Buffer.byteLength(text) + 1, ...(group !== undefined && { group }) };
  return { member: { offset, eventName, eventId, bytes, ...sent, issues, isAdjustment: true, restated: decided.restated } };
}

/** Redacts an added event if a profile denied the first one, which was accepted with personal data. */
function withoutPersonIfDenied(added: Event): Event {
  if (added.consent.effective !== 'denied') return added;
  const { deniedId: _id, ...redacted } = redactDeniedEvent(added, '');
  return { ...redacted, ...(added.deniedId !== undefined && { deniedId: added.deniedId }) };
}

/** Decides by the destination's mapping. `event` is the loaded event, corrected and changed by rules. */
function decideByMapping(
  { record, issues: mergeIssues, ...loaded }: LoadedEvent,
  ordered: EnrichedEvent,
  context: DecisionContext,
  isRefused: boolean = isUnconfirmed(ordered, context),
): Decision {
  const { offset, body } = record;
  const bytes = 'bytes' in body ? body.bytes : new Uint8Array();
  const reported = loaded.event ?? ordered;
  const facts = context.orders?.get(getOrderId(loaded) ?? '');
  const purchase = applyRefunds(offset, ordered, reported, facts, context.destination.id);
  const { event, left, told, issues: refundIssues } = purchase ?? { event: ordered, issues: [] };
  const { name: eventName, id: eventId } = event;
  const denialIssues = listDenialIssues({ issues: mergeIssues });
  const skip = (outcome: EventOutcomeEntry['outcome'], issues: readonly Issue[] = []): Decision => ({
    skip: { offset, outcome, issues },
  });
  const mapped = context.destination.map(event);
  if ('skip' in mapped) return skip(mapped.skip, [...mergeIssues, ...mapped.issues]);
  if (isRefused) return skip('unconfirmed', denialIssues);
  if (!purchase) return skip('refunded', denialIssues);
  const misfits = 'payload' in mapped ? (context.payloadCheck?.findMisfits(mapped.payload) ?? []) : [];
  const isMerged = isMergedWithBrowser(event) && !context.trustedOnly?.has(offset);
  if ('reject' in mapped || misfits.length > 0) {
    const misfit = misfits.length > 0 ? { isMisfit: true as const } : {};
    if (isMerged) return { hold: { offset, reason: 'retry', dueAt: context.now, tries: 0, shopOnly: true }, ...misfit };
    const reasons = [...denialIssues, ...('reject' in mapped ? mapped.reject : misfits)];
    return { deadLetter: { offset, cause: 'rejected', issues: reasons, eventName, eventId, bytes, at: context.now }, ...misfit };
  }
  const { payload, text, group } = mapped;
  const issues = [
    ...(context.trustedOnly?.has(offset) ? [browserReportLeftOut] : []),
    ...mergeIssues,
    ...refundIssues,
    ...mapped.issues,
  ];
  const merged = isMerged ? { isMerged: true as const } : {};
  const grouped = group === undefined ? {} : { group };
  const sent = { left, told, target: () => getTarget(context.destination, payload), sentAt: context.now };
  const order = toDeliveredOrder(offset, context.destination.id, reported, ordered, sent);
  return {
    member: {
      offset,
      eventName,
      eventId,
      bytes,
      text,
      size: Buffer.byteLength(text) + 1,
      issues,
      ...grouped,
      ...merged,
      ...(order && { order }),
      ...getMatch({ ...loaded, event }, payload, {
        keys: context.destination.matching.keys,
        timeZone: context.timeZone,
      }),
    },
  };
}

/** Returns the issues that stay with the event, however it ends. */
function listDenialIssues({ issues }: Pick<LoadedEvent, 'issues'>): readonly Issue[] {
  return issues.filter(({ code }) => denialCodes.has(code));
}

/** Returns whether only browsers reported the purchase. */
export function isBrowserPurchase({ name, reporters }: Pick<EnrichedEvent, 'name' | 'reporters'>): boolean {
  return name === 'Purchase' && reporters.every((reporter) => reporter === 'browser');
}

function isTooOld(time: UnixMs, { now, destination }: DecisionContext): boolean {
  return now > getDeliveryDeadline(time, destination.limits.maxAgeMs);
}

function isClockSuspect({ now, clockTrustedUntil = Number.POSITIVE_INFINITY }: DecisionContext): boolean {
  return now > clockTrustedUntil;
}

/**
 * Corrects the event's time if the clock was wrong when the event was received. A time in the future becomes `now`. After a
 * clock rollback, an event that seems expired is dated by the event log, whose times never decrease. An event that a rule added, or that was in
 * a spool, is in the log later than it was received, whatever the clock, so the log does not date it.
 */
function correctTime(event: EnrichedEvent, at: UnixMs, context: DecisionContext): EnrichedEvent {
  const { now, isFedBySpools } = context;
  const behindMs = at <= now && !event.addedBy && !isFedBySpools ? at - event.receivedAt : 0;
  const time = behindMs > hourMs && isTooOld(event.time, context) ? event.time + behindMs : event.time;
  return time === event.time && time <= now ? event : { ...event, time: Math.min(time, now) };
}

/** Returns whether the event's reports, merged, deny consent. */
export function isDenied({ record: { body }, event }: LoadedEvent): boolean {
  return 'bytes' in body && event?.consent.effective === 'denied';
}

function isUnconfirmed({ name, reporters }: EnrichedEvent, { purchases }: DecisionContext): boolean {
  return purchases === 'confirmed' && name === 'Purchase' && !reporters.some((reporter) => isTrusted({ reporter }));
}

/**
 * Returns when a hold ends, or 0. A purchase waits for a duplicate report, a pending event for consent. The wait ends early when
 * either comes.
 */
export function getHoldEnd(event: EnrichedEvent, loggedAt: UnixMs, context: DecisionContext): UnixMs {
  const { now, isFedBySpools } = context;
  const duplicateMs = isUnconfirmed(event, context) ? confirmationMs : context.purchaseHoldMs;
  // A payment system reports the start of a trial by up to three events, of which only one names the visitor.
  const mayBeDuplicated = event.name === 'Purchase' || (event.name === trialName && event.payment !== undefined);
  const forDuplicate = mayBeDuplicated && event.reporters.length === 1 ? duplicateMs : 0;
  const forConsent = event.consent.effective === 'pending' ? pendingConsentMs : 0;
  const waitMs = Math.max(forDuplicate, forConsent);
  const isRolledBack = event.receivedAt > now + rollbackToleranceMs;
  return waitMs > 0 && !isRolledBack ? getWaitStart(event.receivedAt, loggedAt, now, isFedBySpools) + waitMs : 0;
}

function createCorruptLetter({ offset, key, at: loggedAt }: LogRecord, raw: Uint8Array, now: UnixMs): DeadLetter {
  const { name: eventName, id: eventId } = parseEventKey(key);
  const message = `The record of ${new Date(loggedAt).toISOString()} is corrupt: its checksum does not match. Check the disk. If the shop still has the event, send it again with a new id.`;
  return {
    offset,
    cause: 'corrupt',
    issues: [{ field: 'record', code: 'corrupt', message }],
    eventName,
    eventId,
    bytes: raw,
    at: now,
  };
}

function toRuleIssue({ rule, message }: RuleEffect): Issue {
  return { field: `rules.${rule}`, code: 'skipped-by-rule', message };
}

const expiredIssue: Issue = {
  field: 'time',
  code: 'expired',
  message:
    "The event exceeded the platform's age limit before it was delivered and cannot be sent any more. Check why the connection did not send.",
};

const browserReportLeftOut: Issue = {
  field: 'event',
  code: 'browser-report-left-out',
  message:
    "The platform refused the event, so Convey tried again with the data of the shop's server alone. If no page of the shop reported the event, use random event ids.",
};

const consentUnknown: Issue = {
  field: 'consent',
  code: 'consent-unknown',
  message:
    "No consent was reported, and the site's policy treats that as denied. Send `consent`, or the visitor id in `user.anonymousId`, or `user.country` if another rule applies there.",
};

const reportNotConfirmed: Issue = {
  field: 'consent',
  code: 'report-not-confirmed',
  message:
    "The server's report has no consent and does not confirm the browser's report, so only the browser's report was used. Send `consent` or the visitor id in `user.anonymousId` from the server, or use unguessable event ids.",
};
