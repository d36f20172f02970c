import type { OrderView } from '../api/client.ts';
import { minuteMs } from '../event/units.ts';
import { asOrderId, type FileOrder } from './order-file.ts';

/** An order of the file, with the purchase that Convey knows of it. */
export interface MatchedOrder {
  readonly order: FileOrder;
  readonly purchase?: OrderView;
}

export interface Matched {
  readonly orders: readonly MatchedOrder[];
  /** Purchases that no order of the file is. */
  readonly others: readonly OrderView[];
}

/** What a WooCommerce order's event id ends in, made of the order's key. */
const keyDigits = /-[0-9a-f]{16}$/;

/** A purchase that has no order id is an order's that was made at about that time. */
const nearMs = 5 * minuteMs;

/**
 * Finds the purchase of each order, each at most once: by the order's id, by the event's id that is made of it, and where neither is
 * known any more, because the shopper denied, by the time. Pure.
 */
export function matchOrdersToPurchases(file: readonly FileOrder[], purchases: readonly OrderView[]): Matched {
  const byOrder = new Map(
    purchases.flatMap((one) => (one.orderId === undefined ? [] : [[asOrderId(one.orderId), one] as const])),
  );
  const byEvent = new Map(purchases.map((one) => [one.eventId.replace(keyDigits, ''), one]));
  const taken = new Set<OrderView>();
  const found = new Map<FileOrder, OrderView>();
  const take = (order: FileOrder, purchase: OrderView | undefined) => {
    if (!purchase || taken.has(purchase)) return false;
    taken.add(purchase);
    found.set(order, purchase);
    return true;
  };
  for (const order of file) if (!take(order, byOrder.get(order.orderId))) take(order, byEvent.get(`purchase-${order.orderId}`));

  const left = file.filter((order) => !found.has(order)).toSorted((a, b) => a.at - b.at);
  const nameless = purchases
    .filter((one) => one.orderId === undefined && !taken.has(one))
    .toSorted((a, b) => a.time - b.time)
    .values();
  let candidate = nameless.next();
  for (const order of left) {
    while (!candidate.done && candidate.value.time < order.at - nearMs) candidate = nameless.next();
    if (candidate.done) break;
    if (candidate.value.time <= order.at + nearMs) {
      take(order, candidate.value);
      candidate = nameless.next();
    }
  }
  return {
    orders: file.map((order) => {
      const purchase = found.get(order);
      return purchase ? { order, purchase } : { order };
    }),
    others: purchases.filter((one) => !taken.has(one)),
  };
}
