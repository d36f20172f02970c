import { describe, expect, it } from 'vitest';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { applyGpcDenial, getClickIds, latestConsentChoice } from '../../visitors/visitor-profile.ts';
import { buildEvent, start } from '../delivery.fixture.ts';
import { enrichFromProfile } from './enrich-from-profile.ts';
import { identity, noProfiles, report } from './profile-updates.fixture.ts';
import { extractProfileUpdates, isCheckoutConsentDenied } from './profile-updates.ts';

describe('a denial by Global Privacy Control', () => {
  const byGpc = { stated: 'denied', effective: 'denied', source: 'gpc' } as const;
  const denial = (time: number) => report(buildEvent(`g${time}`, { name: '$denial', identity, time, consent: byGpc }));
  const grant = (time: number, reporter: 'browser' | 'server') => report(buildEvent(`y${time}`, { identity, time, reporter }));
  /** Applies the reports one after another, as they arrive, and reads the visitor's profile. */
  const read = (reports: readonly ReturnType<typeof report>[], subject = 'us') => {
    let known: ReturnType<typeof extractProfileUpdates>['profiles'] = noProfiles;
    for (const one of reports) known = new Map([...known, ...extractProfileUpdates([one], known).profiles]);
    return applyGpcDenial(known.get(subject) ?? emptyProfile);
  };
  const waiting = { ...buildEvent('w', { identity, time: start - 8 }), reporters: ['browser'] as const };
  const getEffective = (own: ReturnType<typeof read>) => enrichFromProfile(waiting, { own, linked: [] }).event.consent.effective;

  it.each([
    ["a browser's grant before it", [grant(start - 9, 'browser'), denial(start - 5)], 'granted'],
    ["a browser's grant after it", [denial(start - 5), grant(start - 2, 'browser')], 'granted'],
    ["only the shop's grant", [grant(start - 9, 'server'), denial(start - 5)], 'denied'],
    ['no grant', [denial(start - 5)], 'denied'],
  ] as const)('with %s leaves waiting events %#, in any order of arrival', (_, reports, expected) => {
    expect(getEffective(read(reports))).toBe(expected);
    expect(read(reports.toReversed())).toEqual(read(reports));
  });

  it("leaves the same data of a shop's event without a consent, in any order of arrival", () => {
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const [first, shop, last] = [
      denial(start - 5),
      report(buildEvent('s', { reporter: 'server', identity, time: start - 3, consent: silent })),
      report(buildEvent('y', { reporter: 'browser', identity: { ...identity, clickIds: {} }, time: start - 2 })),
    ];
    const orders = [
      [first, shop, last],
      [first, last, shop],
      [shop, first, last],
      [shop, last, first],
      [last, first, shop],
      [last, shop, first],
    ];
    for (const order of orders) {
      expect(read(order)).toEqual(read([last, first, shop]));
      expect(getClickIds(read(order), start)).toHaveLength(1);
      const withoutGrant = read(order.filter((one) => one !== last));
      expect([withoutGrant.clicks, withoutGrant.persons, withoutGrant.browserIds]).toEqual([{}, [], {}]);
    }
  });

  it("does not lift the shopper's own denial", () => {
    const own = report(
      buildEvent('n', { name: '$denial', identity, time: start - 4, consent: { stated: 'denied', effective: 'denied' } }),
    );
    expect(getEffective(read([grant(start - 9, 'browser'), own, denial(start - 3)]))).toBe('denied');
    expect(getEffective(read([denial(start - 3), own, grant(start - 9, 'browser')]))).toBe('denied');
  });

  it('denies its checkout, and that of its visitor, unless a browser states a grant', () => {
    const commerce = { checkoutId: 'token' };
    const inCheckout = report(buildEvent('c', { reporter: 'browser', commerce, time: start - 5, consent: byGpc }));
    const began = report(buildEvent('b', { reporter: 'browser', identity, commerce, time: start - 9 }));
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const beganSilently = report(buildEvent('b', { reporter: 'browser', identity, commerce, time: start - 9, consent: silent }));
    expect(latestConsentChoice(read([inCheckout], 'checkout token'))).toBe('denied');
    expect(latestConsentChoice(read([inCheckout, began], 'checkout token'))).toBe('granted');
    const choose = (...reports: readonly ReturnType<typeof report>[]) =>
      latestConsentChoice(
        applyGpcDenial(extractProfileUpdates(reports, noProfiles).profiles.get('checkout token') ?? emptyProfile),
      );
    expect(choose(beganSilently, denial(start - 5))).toBe('denied');
    expect(choose(began, denial(start - 5))).toBe('granted');
  });

  it("in the checkout of an order without a consent counts unless the browser of the order's visitor states a grant", () => {
    const commerce = { checkoutId: '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697' };
    const inCheckout = report(buildEvent('c', { reporter: 'browser', commerce, time: start - 5, consent: byGpc }));
    const order = buildEvent('o', {
      reporter: 'server',
      identity,
      commerce,
      consent: { stated: 'unknown', effective: 'granted' },
    });
    const isDenied = (...reports: readonly ReturnType<typeof report>[]) => {
      const { profiles } = extractProfileUpdates(reports, noProfiles);
      return isCheckoutConsentDenied(order, (subject) => profiles.get(subject));
    };
    expect(isDenied(inCheckout)).toBe(true);
    expect(isDenied(inCheckout, grant(start - 9, 'server'))).toBe(true);
    expect(isDenied(inCheckout, grant(start - 9, 'browser'))).toBe(false);
  });
});
