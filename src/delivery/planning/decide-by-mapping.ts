import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import { applyRefunds } from './apply-refunds.ts';
import { getMatch, isMergedWithBrowser } from './batch-member.ts';
import { getTarget } from './decide-adjustment.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { toDeliveredOrder } from './delivered-order.ts';
import { isUnconfirmed } from './hold-end.ts';
import { type LoadedEvent, listDenialIssues } from './loaded-event.ts';
import { getOrderId } from './order-facts.ts';

/** Decides by the destination's mapping. `event` is the loaded event, corrected and changed by rules. */
export function decideByMapping(
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

const browserReportLeftOut: Issue = {
  field: 'event',
  code: 'browser-report-left-out',
  message:
    "The platform refused the event, so Convey tried again with the data of the shop's server alone. If no page of the shop reported the event, use random event ids.",
};
