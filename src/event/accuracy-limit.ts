import type { OrderTotals } from './order-accuracy.ts';

/** If the week had fewer orders, one order would change the share too much. */
export const minOrders = 20;

/** `off`: the alert is disabled. `few`: too few orders. `fine`, `under`: the share is not below, or below, the limit. */
export type AccuracyState = 'off' | 'few' | 'fine' | 'under';

/** Compares a week's share of orders that are accounted for with a limit. */
export function judgeAccuracy(
  { orders, share }: Pick<OrderTotals, 'orders' | 'share'>,
  alertUnder: number | null,
): AccuracyState {
  if (alertUnder === null || alertUnder === 0) return 'off';
  if (orders < minOrders || share === undefined) return 'few';
  return share < alertUnder ? 'under' : 'fine';
}
