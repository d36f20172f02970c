import { isAdjustment } from '../../event/order-adjustment.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Batch } from './batch.ts';
import type { BatchMember } from './batch-member.ts';
import type { Revision } from './batch-plan.ts';
import { isOpenAdjustment } from './decide-adjustment.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { isTrustedEvent, type LoadedEvent } from './loaded-event.ts';
import { getOrderId, isPurchase, type OrderFacts, type OrderFactsById } from './order-facts.ts';

/** Keeps the refunds of an order and its purchase together in a plan, whichever of them is read first. */

/**
 * Adds a decision. A purchase has the outcome of its order's refunds decided anew, once it is settled. A refund waits for a purchase in the same
 * batch; if the purchase was decided before the refund was read, both are decided again.
 */
export function addDecision(
  batch: Batch,
  loaded: LoadedEvent,
  decision: Decision,
  { orders, sending, now }: Pick<DecisionContext, 'orders' | 'sending' | 'now'>,
): void {
  const { record, duplicates } = loaded;
  const facts = orders?.get(getOrderId(loaded) ?? '');
  const refunds = facts?.refunds.length ?? 0;
  const traits = { duplicates, refunds, isTrusted: isTrustedEvent(loaded), isPurchase: isPurchase(loaded) };
  const purchases = isPurchase(loaded) ? [] : (facts?.purchases ?? []).map(({ offset }) => offset);
  const here = purchases.filter((offset) => batch.isSettling(offset));
  for (const offset of here) if (batch.lacksRefunds(offset, refunds)) batch.postpone(offset, now);
  const isBeside = here.length > 0 || purchases.some((offset) => sending?.has(offset));
  const isOpen = isBeside && 'skip' in decision && isOpenAdjustment(decision.skip.outcome);
  const restated = 'member' in decision ? decision.member.restated : undefined;
  // The first change has what all refunds leave of the order.
  const isWaiting = isOpen || (restated !== undefined && batch.isRestating(restated.orderId));
  const hold = { hold: { offset: record.offset, reason: 'retry', dueAt: now, tries: 0 } } as const;
  batch.add(record, isWaiting ? hold : decision, now, traits);
  if (!isPurchase(loaded) || 'hold' in decision) return;
  for (const { record: refund } of facts?.reports ?? []) if (batch.isSettling(refund.offset)) batch.postpone(refund.offset, now);
  for (const revision of listRefundRevisions(facts)) if (!batch.isRevised(revision.primary.offset)) batch.revise(revision);
}

/** Returns the refunds that the connection settled while the purchase was not delivered, to be decided again. */
function listRefundRevisions(facts: OrderFacts | undefined): readonly Revision[] {
  return (facts?.reports ?? []).flatMap(({ record, stored }) =>
    stored && isOpenAdjustment(stored.outcome) ? [{ primary: record, stored, change: 'requeue' } as const] : [],
  );
}

/** Returns whether the event is a refund whose purchase must not be sent: the shopper withdrew, or the purchase is no longer kept. */
export function lacksPurchase(loaded: LoadedEvent, orders: OrderFactsById = new Map()): boolean {
  if (!loaded.event || !isAdjustment(loaded.event)) return false;
  const facts = orders.get(getOrderId(loaded) ?? '');
  return !facts?.delivered || facts.isWithdrawn === true;
}

/** Returns the refunds of purchases whose outcome depends on how these are settled. */
export function listAllRefundRevisions(loaded: readonly LoadedEvent[], orders: OrderFactsById): readonly Revision[] {
  return loaded.filter(isPurchase).flatMap((one) => listRefundRevisions(orders.get(getOrderId(one) ?? '')));
}

/** Returns one revision of each event, and none of the events that the plan settles or defers itself. */
export function selectRevisions(
  revisions: readonly Revision[],
  settled: readonly { readonly offset: Offset }[],
): readonly Revision[] {
  const own = new Set(settled.map(({ offset }) => offset));
  const byEvent = new Map(revisions.map((one) => [one.primary.offset, one]));
  return [...byEvent.values()].filter(({ primary: first }) => !own.has(first.offset));
}

/** Returns the member of a refund with the change of the order that the request has. */
export function withRestatedOrder(member: BatchMember, facts: OrderFacts | undefined, left: number | undefined): BatchMember {
  if (!member.isAdjustment || !facts?.delivered || left === undefined) return member;
  const { orderId, offset } = facts.delivered;
  return { ...member, restated: { orderId, offset, left } };
}
