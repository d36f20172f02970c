import { beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { minuteMs, secondMs } from '../../event/units.ts';
import { latestConsentChoice } from '../../visitors/visitor-profile.ts';
import { createSha256, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { loadProfiles } from './load-profiles.ts';

describe('loadProfiles', () => {
  const storage = useTestStorage();
  let testSite: TestSite;
  beforeEach(() => {
    testSite = storage.createSite(1);
    testSite.identity();
  });

  const email = { emailPlain: createSha256('a') };
  const phone = { phoneDigits: createSha256('b') };
  const externalId = createSha256('c');
  const commerce = { orderId: '50017' };
  const token = '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697';
  let ids = 0;
  /** Returns a visitor's report, read `ms` before now. */
  const by = (anonymousId: string, ms: number, more: Partial<Event> = {}): Event => {
    ids += 1;
    const time = testSite.clock.now() - ms;
    return testSite.event(`e-${ids}`, {
      name: 'Purchase',
      time,
      receivedAt: time,
      ...more,
      identity: { forms: {}, clickIds: {}, ...more.identity, anonymousId },
    });
  };
  const read = async (...events: readonly Event[]) => {
    const offsets = await testSite.append(...events);
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets.at(-1));
  };
  /** Returns the visitors that a shop's event finds now. */
  const found = async (more: Partial<Event> = { commerce }) => {
    const event = testSite.event('order', { name: 'Purchase', reporter: 'webhook', ...more });
    const [known] = await loadProfiles([{ ...event, reporters: [event.reporter] }], testSite.store, testSite.site);
    return (known?.linked ?? []).map(({ by: kind, visitor, isUnconfirmed }) => [kind, visitor, isUnconfirmed ?? false]);
  };

  it.each(['ViewContent', 'InitiateCheckout', 'Lead', '$identify'])(
    'ignores visitors with a %s that a browser reported',
    async (name) => {
      const identity = { forms: { ...email, ...phone }, externalId, clickIds: {} };
      await read(by('thief', minuteMs, { name, commerce, identity }));
      expect(await found({ commerce, identity })).toEqual([]);
    },
  );

  it.each(['server', 'webhook'] as const)(
    'finds visitors that a %s named with the same order or person, at any time',
    async (reporter) => {
      await read(
        by('by-order', 60 * minuteMs, { reporter, commerce }),
        by('by-customer', 60 * minuteMs, { reporter, identity: { forms: {}, externalId, clickIds: {} } }),
        by('by-email', 60 * minuteMs, { reporter, identity: { forms: email, clickIds: {} } }),
        by('by-phone', 60 * minuteMs, { reporter, identity: { forms: phone, clickIds: {} } }),
      );
      // The two strongest links of an event count.
      expect(await found({ commerce, identity: { forms: { ...email, ...phone }, externalId, clickIds: {} } })).toEqual([
        ['order', 'by-order', false],
        ['external-id', 'by-customer', false],
      ]);
      expect(await found({ commerce: {}, identity: { forms: { ...email, ...phone }, clickIds: {} } })).toEqual([
        ['email', 'by-email', false],
        ['phone', 'by-phone', false],
      ]);
    },
  );

  it("finds claims of a browser's purchase by the order alone, from 15 minutes before it", async () => {
    const identity = { forms: email, clickIds: {} };
    await read(
      by('early', 16 * minuteMs, { commerce, identity }),
      by('in-time', 14 * minuteMs, { commerce, identity }),
      by('later', -secondMs, { commerce, identity }),
    );
    expect(await found({ commerce, identity })).toEqual([['order', 'in-time', true]]);
  });

  it('finds the shopper behind nine visitors who claimed the order before, in each of the hours until then', async () => {
    const nine = (ms: number) => Array.from({ length: 9 }, (_, index) => by(`a-${ms}-${index}`, ms, { commerce }));
    await read(...nine(80 * minuteMs), ...nine(21 * minuteMs), by('own', minuteMs, { commerce }));
    expect(await found()).toEqual([['order', 'own', true]]);
  });

  it('sorts visitors who only claim the order last', async () => {
    const identity = { forms: email, clickIds: {} };
    await read(by('thief', minuteMs, { commerce }), by('named', minuteMs, { reporter: 'server', identity }));
    expect(await found({ commerce, identity })).toEqual([
      ['email', 'named', false],
      ['order', 'thief', true],
    ]);
  });

  it('finds no visitor if nine claimed the order in time', async () => {
    await read(...Array.from({ length: 9 }, (_, index) => by(`v-${index}`, minuteMs * index, { commerce })));
    expect(await found()).toEqual([]);
  });

  it("weighs Global Privacy Control in a checkout against the grants of its visitor's browser", async () => {
    const choose = async (visitor: string, checkoutId: string) => {
      const silent = { consent: { stated: 'unknown', effective: 'granted' } } as const;
      const byGpc = { consent: { stated: 'denied', effective: 'denied', source: 'gpc' } } as const;
      const denied = by(visitor, minuteMs, { name: 'InitiateCheckout', commerce: { checkoutId }, ...byGpc });
      await read(
        by(visitor, 2 * minuteMs, { name: 'InitiateCheckout', commerce: { checkoutId }, ...silent }),
        { ...denied, identity: { forms: {}, clickIds: {} } },
        ...(visitor === 'granting' ? [by(visitor, 0, { name: 'PageView' })] : []),
      );
      const event = testSite.event('order', { name: 'Purchase', reporter: 'webhook', commerce: { checkoutId }, ...silent });
      const [known] = await loadProfiles([{ ...event, reporters: [event.reporter] }], testSite.store, testSite.site);
      return known?.checkout && latestConsentChoice(known.checkout);
    };
    expect(await choose('silent', 'cart-1')).toBe('denied');
    expect(await choose('granting', 'cart-2')).toBeUndefined();
  });

  it('finds the visitor of the same checkout if its id is unguessable', async () => {
    await read(
      by('own', minuteMs, { name: 'InitiateCheckout', commerce: { checkoutId: token } }),
      by('thief', minuteMs, { name: 'InitiateCheckout', commerce: { checkoutId: 'cart-17' } }),
    );
    expect(await found({ reporter: 'server', commerce: { checkoutId: token } })).toEqual([['checkout', 'own', false]]);
    expect(await found({ reporter: 'server', commerce: { checkoutId: 'cart-17' } })).toEqual([]);
    // A webhook's checkout id is a secret of the shop's platform, in any form.
    expect(await found({ commerce: { checkoutId: 'cart-17' } })).toEqual([['checkout', 'thief', false]]);
  });
});
