import type { Commerce, Event } from './event.ts';

function removeQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '';
}

/** Removes what refers to the order or describes its customer. */
function removeReferences(commerce: Commerce): Commerce {
  const { orderId: _orderId, coupon: _coupon, tags: _tags, customerType: _type, orderCount: _count, hotel, ...rest } = commerce;
  if (!hotel) return rest;
  const { bookingHref: _bookingHref, ...hotelFields } = hotel;
  return { ...rest, hotel: hotelFields };
}

/**
 * Returns an event with only the data that may be kept after a denial: that it happened, its page, its value, and the states of the
 * browser tags.
 */
export function redactDeniedEvent(event: Event, deniedId: string): Event {
  const { payment: _, ...rest } = event;
  const { url, referrer, browserTags } = event.page;
  return {
    ...rest,
    identity: { forms: {}, clickIds: {} },
    client: {},
    page: {
      ...(url !== undefined && { url: removeQuery(url) }),
      ...(referrer !== undefined && { referrer: removeQuery(referrer) }),
      ...(browserTags && { browserTags }),
    },
    commerce: removeReferences(event.commerce),
    goal: {},
    properties: {},
    deniedId,
  };
}
