import type { BoundDestination, MappedEvent } from '../../destinations/kit/destination.ts';
import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue, Json } from '../../event/issue.ts';
import { adjustOrder, type OrderAdjustment } from '../../event/order-adjustment.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { DeliveredOrder, RestatedOrder } from '../../storage/ports/order-ledger.ts';
import type { EventOutcome } from '../../storage/ports/outcomes.ts';
import { formatUploadKey, type NewUpload, type Upload } from '../../storage/ports/uploads.ts';
import type { OrderFacts, OrderPurchase } from './order-facts.ts';

/** Outcomes of a purchase that may still be delivered. A failed event may be retried. */
const openOutcomes: ReadonlySet<OrderPurchase['outcome']> = new Set([undefined, 'waiting', 'awaiting-verdict', 'dead']);

/** The outcomes of a refund or cancellation that sends nothing. */
export type AdjustmentOutcome =
  | 'restated'
  | 'retracted'
  | 'awaiting-purchase'
  | 'awaiting-upload'
  | 'no-purchase'
  | 'unsupported';

/** The outcome of a refund or cancellation that sends nothing, with its reasons. */
export interface SettledAdjustment {
  readonly outcome: AdjustmentOutcome | 'consent-denied';
  readonly issues: readonly Issue[];
}

/** Returns the value that is left of an order; undefined if it is not known, or nothing was paid back. */
export function getRemaining(adjusted: OrderAdjustment): number | undefined {
  if (adjusted.state === 'retracted') return 0;
  return adjusted.state === 'restated' ? adjusted.thousandths : undefined;
}

/** Returns what the platform counts or finds a purchase by, if it takes changes of it. */
export function getTarget(
  { restatement, adjustments }: Pick<BoundDestination, 'restatement' | 'adjustments'>,
  payload: Json,
): string | undefined {
  return (restatement ?? adjustments)?.target(payload);
}

/** Returns the outcome of a refund or cancellation at a platform that takes none. */
export function settleAdjustment(facts: OrderFacts | undefined): SettledAdjustment {
  const settle = (outcome: AdjustmentOutcome, ...issues: readonly Issue[]) => ({ outcome, issues });
  if (!facts) return settle('no-purchase');
  const { delivered, purchases, refunds } = facts;
  if (delivered) {
    const remaining = getRemaining(adjustOrder(delivered.purchase, refunds));
    const { left, tagRan } = delivered.purchase;
    if (remaining === undefined || remaining !== left) return settle('unsupported');
    if (left === 0) return settle('retracted');
    // The platform may count the report of its tag, which no refund had reduced.
    return tagRan ? settle('unsupported', sentByTag) : settle('restated');
  }
  const has = (...outcomes: readonly OrderPurchase['outcome'][]) => purchases.some(({ outcome }) => outcomes.includes(outcome));
  if (has('delivered')) return settle('unsupported', purchaseUnknown);
  if (has('browser-tag-sent-it')) return settle('unsupported', sentByTag);
  if (has('unverified')) return settle('unsupported', purchaseUnverified);
  if (has('refunded')) return settle('retracted');
  // The refund is kept for as long as its purchase may still come.
  const isAwaited = purchases.length === 0 || purchases.some(({ outcome }) => openOutcomes.has(outcome));
  return settle(isAwaited ? 'awaiting-purchase' : 'no-purchase');
}

/** Returns whether a later delivery of the purchase changes the outcome of its refund. */
export function isOpenAdjustment(outcome: EventOutcome): boolean {
  return outcome === 'awaiting-purchase' || outcome === 'no-purchase';
}

/** A change of a delivered purchase that is sent. */
export interface Restatement {
  readonly mapped: Extract<MappedEvent, { readonly payload: unknown }>;
  /** The change that is kept once the platform has accepted it. */
  readonly restated: RestatedOrder;
}

/** The decision about a refund or cancellation: the change that is sent, its outcome, or the wait for the verdict on another change. */
export type AdjustmentDecision =
  | Restatement
  | (SettledAdjustment & { readonly uploads?: readonly NewUpload[] })
  | { readonly awaits: 'verdict' };

/** The refund or cancellation that is decided. */
export interface DecidedAdjustment {
  readonly offset: Offset;
  readonly site: string;
  readonly now: UnixMs;
  readonly eventId: string;
}

/**
 * Decides about a refund or cancellation. What is left of a delivered purchase is sent if the platform takes it, unless the platform has that
 * value, or would count the purchase anew because the connection's settings changed.
 */
export function decideAdjustment(
  facts: OrderFacts | undefined,
  { restatement, adjustments }: Pick<BoundDestination, 'restatement' | 'adjustments'>,
  { offset, site, now, eventId }: DecidedAdjustment,
): AdjustmentDecision {
  const settled = settleAdjustment(facts);
  if (facts?.delivered && adjustments) return decideUploads(facts, adjustments, { offset, now, eventId }) ?? settled;
  if (!facts?.delivered || !restatement) return settled;
  const { delivered, refunds, isWithdrawn, reports } = facts;
  const { purchase, orderId } = delivered;
  const adjusted = adjustOrder(purchase, refunds);
  if (adjusted.state !== 'restated') return settled;
  const left = adjusted.thousandths;
  // A change replaces the value of the tag's report, too.
  if (left === purchase.left) return { outcome: 'restated', issues: [] };
  if (isWithdrawn) return { outcome: 'consent-denied', issues: [] };
  const unsupported = (...issues: readonly Issue[]) => ({ outcome: 'unsupported', issues }) as const;
  const { uses, target, time } = purchase;
  if (!uses) return unsupported(choicesUnknown);
  if (now - time > restatement.maxAgeMs) return unsupported(purchaseTooOld);
  if (reports.some(({ record, stored }) => record.offset !== offset && stored?.outcome === 'awaiting-verdict'))
    return { awaits: 'verdict' };
  const mapped = restatement.map(toPurchase(delivered, left, site));
  if ('skip' in mapped && mapped.skip === 'consent-denied') return { outcome: mapped.skip, issues: mapped.issues };
  if (!('payload' in mapped)) return unsupported(...('issues' in mapped ? mapped.issues : mapped.reject));
  if (target === undefined || restatement.target(mapped.payload) !== target) return unsupported(targetChanged);
  return { mapped, restated: { orderId, offset: delivered.offset, left } };
}

/** Returns the delivered purchase as an event, with the value that is left. It was sent only if the shopper consented. */
function toPurchase({ orderId, purchase }: DeliveredOrder, left: number, site: string): EnrichedEvent {
  const { eventName, eventId, time, currency, uses, forms, externalId, anonymousId, clickIds } = purchase;
  return {
    ...{ v: 1, site, reporter: 'server', reporters: ['server'], name: eventName, id: eventId, time, receivedAt: time },
    consent: { ...uses, stated: 'unknown', effective: 'granted' },
    identity: {
      ...{ forms, clickIds },
      ...(externalId !== undefined && { externalId }),
      ...(anonymousId !== undefined && { anonymousId }),
    },
    commerce: { orderId, value: left / 1_000, ...(currency !== undefined && { currency }) },
    ...{ client: {}, page: {}, goal: {}, properties: {}, bot: false, warnings: [] },
  };
}

/** Returns why a delivered purchase cannot be changed; undefined if it can. */
export function findObstacle(
  { delivered, isWithdrawn }: OrderFacts,
  maxAgeMs: number,
  now: UnixMs,
): SettledAdjustment | undefined {
  const unsupported = (...issues: readonly Issue[]) => ({ outcome: 'unsupported', issues }) as const;
  if (!delivered) return unsupported();
  const { uses, target, time } = delivered.purchase;
  if (isWithdrawn || uses?.adUserData === 'denied') return { outcome: 'consent-denied', issues: [] };
  if (!uses) return unsupported(choicesUnknown);
  if (now - time > maxAgeMs) return unsupported(purchaseTooOld);
  return target === undefined ? unsupported(idUnknown) : undefined;
}

/**
 * Decides about a refund or cancellation of a delivered purchase whose change is sent with the access to an account: one row for each goal,
 * or the outcome by the rows that it has. Undefined: nothing is to be sent.
 */
function decideUploads(
  facts: OrderFacts,
  { goals, afterMs, maxAgeMs }: NonNullable<BoundDestination['adjustments']>,
  { offset, now, eventId }: Omit<DecidedAdjustment, 'site'>,
): (SettledAdjustment & { readonly uploads?: readonly NewUpload[] }) | undefined {
  const { delivered, refunds, uploads } = facts;
  // A browser's report is none of the refunds.
  if (!delivered || !refunds.some(({ refundId }) => refundId === eventId)) return undefined;
  const { orderId, purchase } = delivered;
  const remaining = getRemaining(adjustOrder(purchase, refunds));
  if (remaining === undefined) return undefined;
  if (remaining === purchase.left) return { outcome: remaining === 0 ? 'retracted' : 'restated', issues: [] };
  const own = uploads.filter((one) => one.offset === offset);
  if (own.length > 0) return settleByUploads(own, remaining);
  if (goals.length === 0) return undefined;
  const obstacle = findObstacle(facts, maxAgeMs, now);
  if (obstacle) return obstacle;
  const { time, sentAt = now, target = '' } = purchase;
  const row = { kind: 'online-adjustment', orderId, offset, at: time, dueAt: Math.max(now, sentAt + afterMs) } as const;
  return {
    outcome: 'awaiting-upload',
    issues: [],
    uploads: goals.map((goal) => {
      const content = JSON.stringify({ goal, transactionId: target });
      return { ...row, key: formatUploadKey(orderId, eventId, goal), content };
    }),
  };
}

/** Returns the outcome of a refund by its rows. @param left the value that is left of the order, in thousandths */
export function settleByUploads(rows: readonly Pick<Upload, 'state' | 'answer'>[], left: number): SettledAdjustment {
  const failed = rows.filter(({ state }) => state === 'refused' || state === 'dead').flatMap(({ answer }) => answer ?? []);
  if (rows.some(({ state }) => state === 'waiting')) return { outcome: 'awaiting-upload', issues: [] };
  if (failed.some(({ code }) => code === 'consent-denied')) return { outcome: 'consent-denied', issues: [] };
  const issues = failed.map(({ code, message }) => ({ field: 'refund', code, message }));
  if (issues.length > 0) return { outcome: 'unsupported', issues: [...new Map(issues.map((one) => [one.code, one])).values()] };
  return { outcome: left === 0 ? 'retracted' : 'restated', issues: [] };
}

const idUnknown: Issue = {
  field: 'commerce.orderId',
  code: 'target-unknown',
  message:
    'The platform has no id of the purchase by which it could be changed, or an earlier version sent it. Correct it at the platform.',
};

const purchaseUnknown: Issue = {
  field: 'commerce.orderId',
  code: 'purchase-unknown',
  message:
    'The connection delivered the purchase, but Convey does not know any more what the platform was told, so its value was not changed. Correct it at the platform.',
};

const purchaseUnverified: Issue = {
  field: 'commerce.orderId',
  code: 'purchase-unverified',
  message:
    'The platform received the purchase and gave no verdict on it, so it may count the whole value. If it does, correct it at the platform.',
};

const sentByTag: Issue = {
  field: 'commerce.orderId',
  code: 'sent-by-tag',
  message:
    "The platform's tag sent the purchase with its whole value, so the platform may count that. Correct it at the platform.",
};

const choicesUnknown: Issue = {
  field: 'consent',
  code: 'choices-unknown',
  message:
    "The purchase was delivered before Convey kept the shopper's choices about its data, so its value was not changed. Correct it at the platform.",
};

export const purchaseTooOld: Issue = {
  field: 'time',
  code: 'purchase-too-old',
  message: 'The purchase is older than the platform changes, so its value was not changed. No action is possible.',
};

const targetChanged: Issue = {
  field: 'settings',
  code: 'target-changed',
  message:
    "The purchase was counted by another conversion action than the connection's settings name now, or by an unknown one, so its value was not changed. Correct it at the platform.",
};
