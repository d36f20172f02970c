import type { Event } from '../event/event.ts';
import { hasSecretCheckout } from './identity-links.ts';
import { isUnguessable } from './unguessable-id.ts';

type Report = Pick<Event, 'reporter' | 'identity' | 'commerce' | 'id'>;

/**
 * Returns whether a browser's report belongs to the shopper whose event the shop reported: the shop's report has the same visitor or the
 * same secret checkout, or the event's id cannot be guessed. Otherwise the browser's report may come from a stranger who guessed the id.
 */
export function isConfirmed(browser: Report, shop: readonly Report[]): boolean {
  return shop.some((report) => hasSecretId(report) || isSameShopper(browser, report));
}

/** Returns whether a report has the same visitor as the known one, or the same checkout, if only the shop and the shopper know its id. */
export function isSameShopper(report: Report, known: Report): boolean {
  const { anonymousId: visitor } = known.identity;
  if (visitor !== undefined && visitor === report.identity.anonymousId) return true;
  return hasSecretCheckout(known) && known.commerce.checkoutId === report.commerce.checkoutId;
}

/**
 * Returns whether a stranger cannot guess the event's id. A webhook's id that is made of the checkout's token, or of a digest of the
 * order's key, is secret in any form.
 */
function hasSecretId({ id, reporter, commerce: { orderId, checkoutId } }: Report): boolean {
  if (isUnguessable(id)) return true;
  if (reporter !== 'webhook') return false;
  const ofOrder = `purchase-${orderId}-`;
  const isOfKey = id.startsWith(ofOrder) && /^[0-9a-f]{16}$/.test(id.slice(ofOrder.length));
  return isOfKey || (checkoutId !== undefined && checkoutId !== orderId && id === `purchase-${checkoutId}`);
}
