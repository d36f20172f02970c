import { describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import type { Event } from '../../event/event.ts';
import { hourMs } from '../../event/units.ts';
import { buildEvent, start } from '../delivery.fixture.ts';
import { confirmReports, findUnconfirmed } from './confirm-reports.ts';
import { mergeReports } from './merge-reports.ts';

const granted: Consent = { stated: 'granted', effective: 'granted' };
const denied: Consent = { stated: 'denied', effective: 'denied' };
const pending: Consent = { stated: 'unknown', effective: 'pending' };
const silent: Consent = { stated: 'unknown', effective: 'granted' };
const token = '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697';
const visitor = (anonymousId: string) => ({ identity: { forms: {}, clickIds: {}, anonymousId } });
const guessable = 'purchase-1001';

const server = (more: Partial<Event> = {}, id = guessable) =>
  buildEvent(id, { name: 'Purchase', reporter: 'server', consent: pending, ...more });
const browser = (more: Partial<Event> = {}, id = guessable) => buildEvent(id, { name: 'Purchase', ...more });

/** Returns the consent of the merged event, which is the same whichever report is first. */
function mergeConsent(shop: Event, duplicate: Event): Consent {
  const [one, other] = [mergeReports(confirmReports([shop, duplicate])), mergeReports(confirmReports([duplicate, shop]))];
  expect(one.consent).toEqual(other.consent);
  return one.consent;
}

describe("a denial of a single use in an unconfirmed browser's report", () => {
  const refuses: Consent = { ...granted, adUserData: 'denied', adPersonalization: 'granted' };
  const shop = server({ consent: granted });

  it('counts within an hour, and its grant never', () => {
    expect(mergeConsent(shop, browser({ consent: refuses }))).toEqual({ ...granted, adUserData: 'denied' });
    expect(mergeConsent(shop, browser({ consent: refuses, receivedAt: start + hourMs + 1 }))).toEqual(granted);
  });

  it('does not count if its network reported too many', () => {
    expect(mergeConsent(shop, browser({ consent: refuses, deniesItselfAlone: true }))).toEqual(granted);
  });

  it('counts for an event that waits for consent, which its grant does not answer', () => {
    expect(mergeConsent(server(), browser({ consent: refuses }))).toEqual({ ...pending, adUserData: 'denied' });
  });
});

describe('a denial by the policy in an unconfirmed report', () => {
  const byPolicy: Consent = { stated: 'unknown', effective: 'denied' };
  const many = { consent: byPolicy, deniesItselfAlone: true } as const;

  it('counts if the shop states no consent, unless its network reported too many', () => {
    expect(mergeConsent(server({ consent: silent }), browser({ consent: byPolicy }))).toMatchObject(byPolicy);
    expect(mergeConsent(server({ consent: silent }), browser(many))).toEqual(silent);
  });

  it('counts in any number if the shop confirms it', () => {
    const shop = server({ ...visitor('us'), consent: silent });
    expect(mergeConsent(shop, browser({ ...visitor('us'), ...many }))).toMatchObject(byPolicy);
  });
});

describe("confirmReports for a browser's report of a shop's event", () => {
  it.each<[string, Event, Event]>([
    ['the shop names its visitor', server(visitor('us')), browser(visitor('us'))],
    ['the shop names its checkout', server({ commerce: { checkoutId: token } }), browser({ commerce: { checkoutId: token } })],
    ['the id is unguessable', server({}, `purchase-${token}`), browser({}, `purchase-${token}`)],
    [
      "the id contains the digest of the order's key, even without a letter",
      server({ reporter: 'webhook', commerce: { orderId: '7' } }, 'purchase-7-1234567890123456'),
      browser({}, 'purchase-7-1234567890123456'),
    ],
    [
      "the id is the platform's token of the checkout, whatever it looks like",
      server({ reporter: 'webhook', commerce: { checkoutId: 'hWN1abc' } }, 'purchase-hWN1abc'),
      browser({}, 'purchase-hWN1abc'),
    ],
  ])('keeps its consent because %s', (_, shop, duplicate) => {
    expect(mergeConsent(shop, { ...duplicate, consent: granted })).toEqual(granted);
    expect(mergeConsent(shop, { ...duplicate, identity: { forms: {}, clickIds: {} }, consent: denied }).effective).toBe('denied');
    expect(findUnconfirmed([shop, duplicate])).toBeUndefined();
    expect(confirmReports([shop, duplicate])).toEqual([shop, duplicate]);
  });

  it.each<[string, Event, Event]>([
    ['neither report names a visitor', server(), browser()],
    ['the shop names another visitor', server(visitor('us')), browser(visitor('stranger'))],
    ['only the browser names a visitor', server(), browser(visitor('stranger'))],
    [
      'both name a guessable checkout',
      server({ commerce: { checkoutId: 'cart-17' } }),
      browser({ commerce: { checkoutId: 'cart-17' } }),
    ],
    ['only the browser names a checkout', server(), browser({ commerce: { checkoutId: token } })],
    [
      "the webhook's id is the order's number",
      server({ reporter: 'webhook', commerce: { orderId: '1001' } }),
      browser({ commerce: { orderId: '1001' } }),
    ],
  ])('removes its grant if the id is guessable and %s', (_, shop, duplicate) => {
    expect(mergeConsent(shop, { ...duplicate, consent: granted })).toEqual(pending);
    expect(mergeConsent(shop, { ...duplicate, consent: denied })).toEqual(denied);
    expect(mergeConsent(shop, { ...duplicate, consent: { stated: 'unknown', effective: 'denied' } })).toEqual(pending);
    expect(mergeConsent({ ...shop, consent: silent }, { ...duplicate, consent: granted })).toEqual(silent);
    expect(findUnconfirmed([duplicate, shop])).toEqual({ shop: [shop], browsers: [duplicate] });
  });

  it('removes its visitor and checkout, and keeps the other fields', () => {
    const identity = { forms: {}, clickIds: { msclkid: { value: 'c', at: start } }, anonymousId: 'stranger' };
    const duplicate = browser({
      identity,
      commerce: { checkoutId: token, value: 5, currency: 'USD' },
      page: { title: 'Thanks' },
    });
    const joined = mergeReports(confirmReports([duplicate, server({ ...visitor('us'), consent: granted })]));
    expect(joined.identity).toMatchObject({ anonymousId: 'us', clickIds: { msclkid: { value: 'c' } } });
    expect(joined.commerce).toEqual({ value: 5, currency: 'USD' });
    expect(joined.page.title).toBe('Thanks');
  });

  it("removes an address that a platform's cookie states, and keeps that of the connection", () => {
    const client = { ip: '203.0.113.66', cookieAddresses: { _fbi: '198.51.100.66' } };
    const sale = server({ ...visitor('us'), consent: granted });
    expect(mergeReports(confirmReports([browser({ client }), sale])).client).toEqual({ ip: '203.0.113.66' });
    expect(mergeReports(confirmReports([browser({ ...visitor('us'), client }), sale])).client, 'confirmed').toEqual(client);
  });

  it.each([
    [hourMs, denied],
    [-hourMs, denied],
    [hourMs + 1, silent],
    [-hourMs - 1, silent],
  ])('a denial received %d ms apart counts against silence as %j', (intervalMs, expected) => {
    const duplicate = browser({ consent: denied, receivedAt: start + intervalMs });
    expect(mergeConsent(server({ consent: silent }), duplicate)).toEqual(expected);
  });

  it('leaves a single report, or one without a report of the shop, unchanged', () => {
    expect(confirmReports([browser()])).toEqual([browser()]);
    const shop = [server(), server({ reporter: 'webhook' })] as const;
    expect(confirmReports(shop)).toEqual(shop);
  });
});

describe("confirmReports for several browsers' reports", () => {
  const click = (value: string) => ({ identity: { forms: {}, clickIds: { msclkid: { value, at: start } } } });
  const later = (ms: number) => ({ receivedAt: start + ms });
  const byPolicy: Consent = { stated: 'unknown', effective: 'denied' };
  const noData: Consent = { ...granted, adUserData: 'denied' };
  const noProfile: Consent = { ...granted, adPersonalization: 'denied' };
  const claim = browser({ ...click('strange'), consent: granted });
  const merge = (...[first = claim, ...more]: readonly Event[]) => mergeReports(confirmReports([first, ...more]));
  const orders = (a: Event, b: Event, c: Event) =>
    [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ] as const;

  it.each([
    ['its choice', denied, claim],
    ["the site's policy", byPolicy, { ...claim, consent: silent }],
  ])("lets a grant add nothing once %s denies the shop's event", (_, consent, grant) => {
    const sale = server({ consent: silent });
    const decline = browser({ consent, commerce: { value: 5, currency: 'USD' }, ...later(9) });
    for (const reports of [[grant, decline, sale] as const, [sale, grant, decline] as const, [decline, sale, grant] as const]) {
      expect(confirmReports(reports)).toEqual(reports.filter((report) => report !== grant));
      expect(merge(...reports).consent).toEqual(consent);
    }
  });

  it('lets a denial by the policy alone count for nothing if a report states a grant and the shop is silent', () => {
    const undecided = browser({ consent: byPolicy, ...later(9) });
    const sale = server({ reporter: 'webhook', consent: silent });
    for (const reports of orders(claim, undecided, sale)) {
      expect(merge(...reports).consent).toEqual(silent);
      expect(merge(...reports).identity.clickIds).toHaveProperty('msclkid.value', 'strange');
    }
    expect(merge(browser({ consent: silent }), undecided, claim).consent, 'without the shop').toEqual(silent);
  });

  it.each([
    ['a grant by the policy', silent],
    ['a stated grant', granted],
  ])('ignores every denial that is not confirmed beside a confirmed report with %s, in any order', (_, consent) => {
    for (const shop of [consent, silent, granted])
      for (const denial of [denied, byPolicy, noData, noProfile]) {
        const own = browser({ ...visitor('us'), consent });
        const sale = server({ ...visitor('us'), consent: shop });
        const expected = merge(own, sale).consent;
        expect(expected.effective).toBe('granted');
        for (const reports of orders(own, browser({ consent: denial, ...later(9) }), sale)) {
          expect(merge(...reports).consent).toEqual(expected);
          expect(confirmReports(reports)).toEqual(reports.filter((report) => report === own || report === sale));
        }
      }
  });

  it('counts the denied uses of each, and takes no field of reports that contradict each other', () => {
    const sale = server({ consent: granted });
    const reports = [claim, browser({ ...click('own'), consent: noData }), browser({ consent: noProfile }), sale] as const;
    const joined = merge(...reports);
    expect(joined.consent).toEqual({ ...noData, ...noProfile });
    expect(joined.identity.clickIds).toEqual({});
    const far = reports.map((report) => (report === sale ? report : { ...report, ...later(hourMs + 1) }));
    expect(merge(...far).consent).toEqual(granted);
    expect(merge(...far).identity.clickIds, 'no denial counts').toHaveProperty('msclkid.value', 'strange');
  });

  it('takes no field of an unconfirmed one beside a confirmed one, whose denial counts as its own', () => {
    const sale = server({ ...visitor('us'), consent: granted });
    const own = browser({ identity: { ...click('own').identity, anonymousId: 'us' }, consent: granted });
    expect(merge(claim, own, sale).identity.clickIds).toHaveProperty('msclkid.value', 'own');
    expect(merge(claim, { ...own, consent: denied }, sale).consent).toEqual(denied);
    expect(merge(own, browser({ consent: noData }), sale).consent).toEqual(granted);
    expect(merge(own, browser({ consent: noData }), sale).identity.clickIds).toHaveProperty('msclkid.value', 'own');
    expect(confirmReports([own, browser({ consent: denied }), sale], true)).toEqual([own, sale]);
  });

  it.each<[string, readonly Event[], Consent]>([
    ['a decline within an hour', [claim, browser({ consent: denied, ...later(hourMs) })], denied],
    ['a later decline', [claim, browser({ consent: denied, ...later(hourMs + 1) })], granted],
    ["a denial by the policy, after a visitor's grant", [claim, browser({ consent: byPolicy })], granted],
    ['a denial by the policy, after no choice', [browser({ consent: silent }), browser({ consent: byPolicy })], byPolicy],
    ['a denied use', [claim, browser({ consent: noData })], noData],
    ['a denied use of a network with too many', [claim, browser({ consent: noData, deniesItselfAlone: true })], granted],
    ['a grant after a decline', [browser({ consent: denied }), { ...claim, ...later(hourMs + 1) }], denied],
    ['a grant after a denial by the policy', [browser({ consent: byPolicy }), claim], byPolicy],
  ])('makes one event without the shop: %s', (_, reports, consent) => {
    const joined = merge(...reports);
    expect(joined.consent).toEqual(consent);
    expect(joined.reporters).toEqual(['browser']);
    expect(Object.keys(joined.identity.clickIds)).toHaveLength(consent.effective === 'denied' ? 0 : Number(reports[0] === claim));
  });
});
