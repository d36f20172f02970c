import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A real shop stores its secret, so that an order has the same key after a restart. */
const secret = randomBytes(32);

/** Returns the key of an order, which only the shop and its shopper know. */
export function createOrderKey(orderId: string): string {
  return `wc_order_${createHmac('sha256', secret).update(orderId).digest('hex').slice(0, 13)}`;
}

/** Returns the event id that page and webhook give to a purchase. It cannot be guessed from the order's number. */
export function createPurchaseId(orderId: string, key: string = createOrderKey(orderId)): string {
  return `purchase-${orderId}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}
