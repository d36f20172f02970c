import type { Commerce, Event } from './event.ts';

function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '';
}

function withoutReferences(commerce: Commerce): Commerce {
  const { orderId: _orderId, hotel, ...rest } = commerce;
  if (!hotel) return rest;
  const { bookingHref: _bookingHref, ...stay } = hotel;
  return { ...rest, hotel: stay };
}

/** What may be kept of an event whose shopper denied: that it happened, where, what it was worth, and whether the tag told it. */
export function redactDeniedEvent(event: Event, deniedId: string): Event {
  const { url, referrer, browserTag } = event.page;
  return {
    ...event,
    identity: { forms: {}, clickIds: {} },
    client: {},
    page: {
      ...(url !== undefined && { url: withoutQuery(url) }),
      ...(referrer !== undefined && { referrer: withoutQuery(referrer) }),
      ...(browserTag !== undefined && { browserTag }),
    },
    commerce: withoutReferences(event.commerce),
    goal: {},
    properties: {},
    deniedId,
  };
}
