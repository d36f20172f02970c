import type { Event } from './event.ts';
import { isAdjustmentName } from './event-names.ts';

/** Returns whether the event is a refund or cancellation. An event that a rule added under such a name is a custom event. */
export function isAdjustment({ name, addedBy }: Pick<Event, 'name' | 'addedBy'>): boolean {
  return isAdjustmentName(name) && addedBy === undefined;
}

/** What a platform was told about an order. Amounts are thousandths of the currency. */
export interface ToldOrder {
  /** The order's value. Absent if it has none. */
  readonly total?: number;
  /** The value that the platform was told, which rules may have changed. Absent if it is not known. */
  readonly told?: number;
  /** The value that refunds left, as the platform has it. Absent: it has `told`. */
  readonly left?: number;
  readonly currency?: string;
}

/** A refund of a part, or of the whole order if it has no amount. */
export interface RefundedAmount {
  readonly thousandths?: number;
  readonly currency: string;
}

/**
 * The change of an order at a platform. `unchanged`: nothing was paid back. `restated`: this value remains. `retracted`: nothing remains.
 * `unknown`: what remains cannot be computed. `told-differs`: the platform was told another currency, nothing, or a value that is not known.
 */
export type OrderAdjustment =
  | { readonly state: 'unchanged' | 'retracted' }
  | { readonly state: 'restated'; readonly thousandths: number; readonly currency: string }
  | { readonly state: 'unknown'; readonly reason: 'currency-differs' | 'value-unknown' | 'told-differs' };

/**
 * Returns what remains of an order after all its refunds. They count up to the order's value, so a cancellation and a refund count once. If
 * rules changed the value, the platform's value shrinks by the same share as the order's.
 */
export function adjustOrder(
  { total, told, left: known, currency }: ToldOrder,
  refunds: readonly RefundedAmount[],
): OrderAdjustment {
  const parts = refunds.filter(({ thousandths }) => thousandths !== 0);
  if (parts.length === 0) {
    // A refund that the platform has was undone.
    const isReduced = known !== undefined && told !== undefined && told > 0;
    return isReduced && currency !== undefined ? { state: 'restated', thousandths: told, currency } : { state: 'unchanged' };
  }
  if (parts.some(({ thousandths }) => thousandths === undefined)) return { state: 'retracted' };
  if (total === undefined || total <= 0 || currency === undefined) return { state: 'unknown', reason: 'value-unknown' };
  if (parts.some((part) => part.currency !== currency)) return { state: 'unknown', reason: 'currency-differs' };
  const left = total - parts.reduce((sum, { thousandths = 0 }) => sum + thousandths, 0);
  if (left <= 0) return { state: 'retracted' };
  if (told === undefined || told <= 0) return { state: 'unknown', reason: 'told-differs' };
  const thousandths = told === total ? left : Math.round(told * (left / total));
  return thousandths > 0 ? { state: 'restated', thousandths, currency } : { state: 'retracted' };
}

/** Returns the part of an order's value that was paid back, in thousandths. A refund in another currency counts nothing. */
export function getRefunded(total: number, currency: string, refunds: readonly RefundedAmount[]): number {
  const adjusted = adjustOrder({ total, told: total, currency }, refunds);
  if (adjusted.state === 'retracted') return Math.max(0, total);
  return adjusted.state === 'restated' ? total - adjusted.thousandths : 0;
}
