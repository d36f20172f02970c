import type { EnrichedEvent, Event } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { Issue } from '../../event/issue.ts';
import { isAdjustment } from '../../event/order-adjustment.ts';
import { redactDeniedEvent } from '../../event/redact-denied-event.ts';
import type { RuleEffect } from '../../event/rule.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { evaluateRules, isCountedApart } from '../../rules/evaluate.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import { isConsentReason } from '../../storage/ports/reports.ts';
import { applyRefunds } from './apply-refunds.ts';
import { decideAdjustment } from './decide-adjustment.ts';
import { decideByMapping } from './decide-by-mapping.ts';
import { decideLateRefund } from './decide-late-refund.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { correctTime, holdSeeminglyExpired, isClockSuspect, isTooOld } from './event-age.ts';
import { getHoldEnd, isUnconfirmed } from './hold-end.ts';
import {
  explainNoUpload,
  isRepeatedOrder,
  toLateDestination,
  toUpload,
  uploadedInstead,
  wasReceivedLate,
} from './late-purchase.ts';
import { isBrowserPurchase, type LoadedEvent, listDenialIssues } from './loaded-event.ts';
import { getOrderId } from './order-facts.ts';

/** Time after which a refund is decided again while the platform owes a verdict on another refund of the order. */
const verdictDelayMs = 5 * minuteMs;
/** Time after which a hold that waits for unread reports is decided again. A report that ends the hold is not waited for. */
const unreadDelayMs = secondMs;

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
