import { createHmac, randomBytes } from 'node:crypto';

/** A real shop stores its secret, so that an order has the same id after a restart. */
const secret = randomBytes(32);

/** Returns an event id that cannot be guessed from the order's number. */
export function createPurchaseId(orderId: string): string {
  return `purchase-${orderId}-${createHmac('sha256', secret).update(orderId).digest('hex').slice(0, 16)}`;
}
