import type { HookEvent, HookReading } from '../hook-event.ts';
import { getAmount, getObject, getText, type Json, omitUndefined } from '../json-fields.ts';
import { amountUnreadable, type Money, readMoney, toMoney } from './read-money.ts';
import { readId, type StripeEvent } from './stripe-event.ts';

/**
 * Reads a refund. A pending one of a card counts, because it nearly always succeeds; of other ways to pay, it may take days.
 * @source https://docs.stripe.com/api/refunds/object, npm stripe 23.1.0 (2026-12-03): `status`, `destination_details`
 */
export function readRefund({ type, createdAt, object: refund, settings }: StripeEvent): HookReading {
  if (settings.refundsFrom === 'charge') return { ignored: 'The hook takes refunds from `charge.refunded`.' };
  const id = readId(refund, 'id');
  const orderId = readId(refund, 'payment_intent') ?? readId(refund, 'charge');
  if (id === undefined || orderId === undefined) return { ignored: 'The refund has no id, or names no payment.' };
  const status = getText(refund, 'status');
  const refundId = `refund-${id}`;
  if (type === 'refund.failed' || status === 'failed' || status === 'canceled')
    return { reports: [createUndo(refundId, orderId, refund, createdAt)] };
  const isCard = getText(getObject(refund, 'destination_details'), 'type') === 'card';
  if (status !== 'succeeded' && !(status === 'pending' && isCard)) return { ignored: 'The refund is not paid yet.' };
  const money = readMoney(refund, 'amount');
  if (!money) return { ignored: amountUnreadable };
  // The refund's own time is that of the request, which may be weeks before a bank pays, and too old to be accepted.
  return { reports: [createRefund(refundId, orderId, money, createdAt)] };
}

/**
 * Reads a refunded charge, for endpoints of old versions. Its amount is the sum of all refunds, so the sum before is subtracted.
 * @source https://docs.stripe.com/api/charges/object (2026-12-03): `amount_refunded`
 */
export function readRefundedCharge({ createdAt, object: charge, before, settings }: StripeEvent): HookReading {
  if (settings.refundsFrom !== 'charge')
    return { ignored: 'Refunds are taken from `refund.created`. Select it, or set `stripe.refundsFrom` to `charge`.' };
  const id = readId(charge, 'id');
  const sum = getAmount(charge, 'amount_refunded');
  if (id === undefined || sum === undefined) return { ignored: 'The charge has no id, or no amount.' };
  const money = toMoney(sum - (getAmount(before, 'amount_refunded') ?? 0), charge);
  if (!money || money.value <= 0) return { ignored: amountUnreadable };
  return { reports: [createRefund(`refund-${id}-${sum}`, readId(charge, 'payment_intent') ?? id, money, createdAt)] };
}

function createRefund(id: string, orderId: string, money: Money, time: string | undefined): HookEvent {
  return { submission: { id, name: 'Refund', time, commerce: { ...money, orderId } }, notSent: 'record-only' };
}

/** Creates the report that a refund did not happen after all. It pays nothing back itself. */
function createUndo(undoes: string, orderId: string, refund: Json, time: string | undefined): HookEvent {
  const commerce = omitUndefined({ value: 0, currency: readMoney(refund, 'amount')?.currency, orderId });
  return { submission: { id: `${undoes}-failed`, name: 'Refund', time, commerce }, notSent: 'record-only', payment: { undoes } };
}
