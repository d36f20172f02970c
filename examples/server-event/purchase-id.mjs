import { createHmac } from 'node:crypto';

/**
 * Makes the event id of a purchase, which nobody can guess who does not know the secret. Send it with the order from the server, and write
 * it into the thank-you page for the pixel.
 * @param {string | number} orderId
 * @param {string} secret Known to the shop's server alone. Keep it for as long as orders may be reported.
 */
export function purchaseId(orderId, secret) {
  const tag = createHmac('sha256', secret).update(String(orderId)).digest('hex').slice(0, 16);
  return `purchase-${orderId}-${tag}`;
}
