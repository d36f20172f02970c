import type { EnrichedEvent } from '../../../event/event.ts';
import { omitEmpty } from './omit-empty.ts';
import { withoutQuery } from './web-url.ts';

/**
 * Removes personal data from a denied event. Its one-time id replaces the visitor id. Ingest already redacts an event that is denied
 * when it is received, but not one that is denied later.
 */
export function withoutPerson(event: EnrichedEvent): EnrichedEvent {
  const { orderId, coupon, tags, customerType, orderCount, hotel, ...commerce } = event.commerce;
  const { bookingHref, ...stay } = hotel ?? {};
  const { url, referrer } = event.page;
  return {
    ...event,
    identity: { forms: {}, clickIds: {}, ...omitEmpty({ anonymousId: event.deniedId }) },
    client: {},
    page: omitEmpty({ url: url && withoutQuery(url), referrer: referrer && withoutQuery(referrer) }),
    commerce: { ...commerce, ...omitEmpty({ hotel: stay }) },
    goal: {},
  };
}
