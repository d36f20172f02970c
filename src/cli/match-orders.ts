import type { OrderView } from '../api/client.ts';
import { minuteMs } from '../event/units.ts';
import { type FileOrder, normalizeOrderId } from './order-file.ts';

/** An order of the file, with its purchase if Convey has one. */
export interface MatchedOrder {
  readonly order: FileOrder;
  readonly purchase?: OrderView;
}

export interface MatchedOrders {
  readonly orders: readonly MatchedOrder[];
  /** Purchases without a matching order in the file. */
  readonly others: readonly OrderView[];
}

/** The end of a WooCommerce order's event id, made from the order key. */
const keyDigits = /-[0-9a-f]{16}$/;

/** The longest time between an order and a purchase without an order id that still match. */
const nearMs = 5 * minuteMs;

/**
 * Matches each order with at most one purchase: by order id, by the event id made from it, or by time. Purchases lose both ids when the
 * shopper denies consent.
 */
export function matchOrdersToPurchases(file: readonly FileOrder[], purchases: readonly OrderView[]): MatchedOrders {
  const byOrder = new Map(
    purchases.flatMap((one) => (one.orderId === undefined ? [] : [[normalizeOrderId(one.orderId), one] as const])),
  );
  const byEvent = new Map(purchases.map((one) => [one.eventId.replace(keyDigits, ''), one]));
  const matched = new Set<OrderView>();
  const found = new Map<FileOrder, OrderView>();
  const match = (order: FileOrder, purchase: OrderView | undefined) => {
    if (!purchase || matched.has(purchase)) return false;
    matched.add(purchase);
    found.set(order, purchase);
    return true;
  };
  for (const order of file) if (!match(order, byOrder.get(order.orderId))) match(order, byEvent.get(`purchase-${order.orderId}`));

  const left = file.filter((order) => !found.has(order)).toSorted((a, b) => a.at - b.at);
  const withoutId = purchases
    .filter((one) => one.orderId === undefined && !matched.has(one))
    .toSorted((a, b) => a.time - b.time)
    .values();
  let candidate = withoutId.next();
  for (const order of left) {
    while (!candidate.done && candidate.value.time < order.at - nearMs) candidate = withoutId.next();
    if (candidate.done) break;
    if (candidate.value.time <= order.at + nearMs) {
      match(order, candidate.value);
      candidate = withoutId.next();
    }
  }
  return {
    orders: file.map((order) => {
      const purchase = found.get(order);
      return purchase ? { order, purchase } : { order };
    }),
    others: purchases.filter((one) => !matched.has(one)),
  };
}
