import { type Event, isTrusted } from '../event/event.ts';
import { listLinkKeys } from '../visitors/identity-links.ts';

export const checkoutKeyPrefix = 'checkout:';
export const orderKeyPrefix = 'order:';

/** Returns the link keys of an event's order and checkout. */
export function getPurchaseKeys({ orderId, checkoutId }: Event['commerce']): readonly string[] {
  return [
    ...(orderId === undefined ? [] : [`${orderKeyPrefix}${orderId}`]),
    ...(checkoutId === undefined ? [] : [`${checkoutKeyPrefix}${checkoutId}`]),
  ];
}

/** Returns the link keys by which an event's person can be found. An order or checkout counts only in a trusted report. */
export function getPersonKeys(event: Event): readonly string[] {
  const { anonymousId } = event.identity;
  const untrusted = isTrusted(event) ? [] : getPurchaseKeys(event.commerce);
  const keys = listLinkKeys(event).filter((key) => !untrusted.includes(key));
  return [...keys, ...(anonymousId === undefined ? [] : [toVisitorKey(anonymousId)])];
}

export function toVisitorKey(visitor: string): string {
  return `visitor:${visitor}`;
}
