import { createHmac } from 'node:crypto';

/**
 * Returns the event id of a purchase, which cannot be guessed without the secret. Send it with the order from the server, and write it
 * into the thank-you page for the pixel.
 * @param {string | number} orderId
 * @param {string} secret Known only to the shop's server. Keep it as long as orders may be reported.
 */
export function purchaseId(orderId, secret) {
  const tag = createHmac('sha256', secret).update(String(orderId)).digest('hex').slice(0, 16);
  return `purchase-${orderId}-${tag}`;
}
