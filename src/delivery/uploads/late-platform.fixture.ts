import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import { createSha256 } from '../delivery.fixture.ts';
import type { TestSite } from '../test-site.fixture.ts';
import { tinyPlatform } from '../tiny-platform.fixture.ts';

export const lateEmail = createSha256('a');

/** A platform with an age limit of 7 days, which uploads older purchases. */
export const latePlatform: BoundDestination = {
  ...tinyPlatform,
  late: {
    maxAgeMs: 90 * dayMs,
    adjustAfterMs: dayMs,
    map({ time, identity, consent, properties, commerce: { value, currency } }) {
      if (properties?.poison === true) throw new Error('poison');
      if (consent.effective !== 'granted') return { skip: 'consent-denied', issues: [] };
      const payload = {
        time,
        ...(identity.clickIds.msclkid && { clickId: identity.clickIds.msclkid.value }),
        ...(identity.forms.emailMicrosoft && { email: identity.forms.emailMicrosoft }),
        ...(value !== undefined && { value }),
        ...(currency !== undefined && { currency }),
      };
      return { payload, text: JSON.stringify(payload), issues: [] };
    },
  },
};

/** Returns a purchase of 20 days ago. */
export function createLateSale(testSite: TestSite, id: string, more: Partial<Event> = {}): Event {
  return testSite.event(`purchase-${id}`, {
    ...{ name: 'Purchase', reporter: 'webhook', commerce: { orderId: id, value: 125.4, currency: 'EUR' } },
    time: testSite.clock.now() - 20 * dayMs,
    identity: { forms: { emailMicrosoft: lateEmail }, clickIds: { msclkid: { value: 'click', at: 1 } } },
    ...more,
  });
}
