import { createHmac, randomBytes } from 'node:crypto';

/** A real shop keeps its secret, so that an order has the same id after a restart. */
const secret = randomBytes(32);

/** Makes an event id that nobody can guess who knows the order's number. */
export function purchaseId(orderId: string): string {
  return `purchase-${orderId}-${createHmac('sha256', secret).update(orderId).digest('hex').slice(0, 16)}`;
}
