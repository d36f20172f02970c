import { describe, expect, it } from 'vitest';
import type { Consent } from '../event/consent.ts';
import type { Event } from '../event/event.ts';
import { anEvent, sha256Of, start } from './delivery.fixture.ts';
import { enrich } from './enrich.ts';

const granted: Consent = { stated: 'granted', effective: 'granted', source: 'call' };
const denied: Consent = { stated: 'denied', effective: 'denied', source: 'gpc' };
const assumedGranted: Consent = { stated: 'unknown', effective: 'granted' };
const assumedDenied: Consent = { stated: 'unknown', effective: 'denied' };
const pending: Consent = { stated: 'unknown', effective: 'pending' };

const browser = anEvent('ord-1', {
  name: 'Purchase',
  reporter: 'browser',
  time: start,
  receivedAt: start + 1,
  page: { url: 'https://shop.example/thanks', title: 'Thanks', loadId: 'view-1' },
  client: { ip: '198.18.0.1', userAgent: 'Browser/1', country: 'DE' },
  identity: {
    forms: { emailMicrosoft: sha256Of('a'), phoneE164: sha256Of('b') },
    externalId: sha256Of('c'),
    anonymousId: 'visitor-browser',
    uetVid: '1'.repeat(32),
    clickIds: { msclkid: { value: 'browser-click', at: start } },
    idfa: 'browser-idfa',
  },
  commerce: { value: 1, currency: 'USD', orderId: 'browser-order', pageType: 'purchase' },
  goal: { category: 'browser', label: 'browser' },
  properties: { from: 'browser', theme: 'dark' },
  warnings: [{ field: 'page.keywords', code: 'dropped', message: 'Shorten it.' }],
});
const server = anEvent('ord-1', {
  name: 'Purchase',
  reporter: 'server',
  time: start + 5_000,
  receivedAt: start + 9_000,
  page: { url: 'https://shop.example/api', referrer: 'https://search.example/' },
  client: { ip: '198.18.0.2', userAgent: 'Server/1' },
  identity: {
    forms: { emailMicrosoft: sha256Of('d'), emailPlain: sha256Of('e') },
    externalId: sha256Of('f'),
    anonymousId: 'visitor-server',
    clickIds: { msclkid: { value: 'server-click', at: start + 9 }, gclid: { value: 'server-gclid', at: start } },
    gaid: 'server-gaid',
  },
  commerce: { value: 125.4, currency: 'EUR', items: [{ id: 'sku1', quantity: 1 }] },
  goal: { label: 'server', value: 3 },
  properties: { from: 'server' },
  warnings: [{ field: 'commerce.hotel', code: 'dropped', message: 'Send a date.' }],
});

/** Everything but what the first report alone decides. */
function facts(reports: readonly [Event, ...Event[]]) {
  const { reporter, reporters, time, receivedAt, warnings, ...rest } = enrich(reports);
  return rest;
}

describe('the reports of one event', () => {
  it('one alone is itself', () => {
    expect(enrich([browser])).toEqual({ ...browser, reporters: ['browser'] });
  });

  it.each([
    ['the browser first', [browser, server]],
    ['the server first', [server, browser]],
    ['the webhook first', [{ ...server, reporter: 'webhook' }, browser]],
  ] as const)('page, client and click come from the browser, money and the customer from the shop: %s', (_, reports) => {
    expect(facts([...reports])).toEqual({
      v: 1,
      site: 'shop',
      name: 'Purchase',
      id: 'ord-1',
      consent: { stated: 'granted', effective: 'granted' },
      page: { ...browser.page, referrer: 'https://search.example/' },
      client: browser.client,
      identity: {
        forms: { emailMicrosoft: sha256Of('d'), emailPlain: sha256Of('e'), phoneE164: sha256Of('b') },
        externalId: sha256Of('f'),
        anonymousId: 'visitor-browser',
        uetVid: '1'.repeat(32),
        clickIds: { msclkid: { value: 'browser-click', at: start }, gclid: { value: 'server-gclid', at: start } },
        idfa: 'browser-idfa',
        gaid: 'server-gaid',
      },
      commerce: {
        value: 125.4,
        currency: 'EUR',
        orderId: 'browser-order',
        pageType: 'purchase',
        items: [{ id: 'sku1', quantity: 1 }],
      },
      goal: { category: 'browser', label: 'server', value: 3 },
      properties: { from: 'server', theme: 'dark' },
      bot: false,
    });
  });

  it('the first one keeps its place: reporter, time and arrival are its own', () => {
    expect(enrich([server, browser])).toMatchObject({
      reporter: 'server',
      reporters: ['server', 'browser'],
      time: start + 5_000,
      receivedAt: start + 9_000,
    });
  });

  it('what the shop does not know is taken from the browser', () => {
    const { externalId: _, ...nobody } = server.identity;
    const joined = enrich([{ ...server, identity: { ...nobody, forms: {} }, commerce: {}, goal: {} }, browser]);
    expect(joined.identity.externalId).toBe(sha256Of('c'));
    expect(joined.identity.forms).toEqual(browser.identity.forms);
    expect(joined.commerce).toEqual(browser.commerce);
    expect(joined.goal).toEqual(browser.goal);
  });

  it('of two shop reports the earlier one is preferred, and neither reporter is named twice', () => {
    const webhook = { ...server, reporter: 'webhook', commerce: { value: 7 } } as const;
    const joined = enrich([server, webhook, browser, { ...browser, page: { title: 'Again' } }]);
    expect(joined.commerce.value).toBe(125.4);
    expect(joined.page.title).toBe('Thanks');
    expect(joined.reporters).toEqual(['server', 'webhook', 'browser']);
  });

  it('a crawler in any of them is a crawler, and every warning stays', () => {
    expect(enrich([server, { ...browser, bot: true }]).bot).toBe(true);
    expect(enrich([server, browser]).warnings.map(({ field }) => field)).toEqual(['commerce.hotel', 'page.keywords']);
  });

  it('none of them is changed', () => {
    const before = structuredClone([browser, server]);
    enrich([browser, server]);
    expect([browser, server]).toEqual(before);
  });
});

describe('consent across the reports', () => {
  it.each([
    ['denied beats granted', granted, denied, denied],
    ['denied beats a silence that counts as granted', assumedGranted, denied, denied],
    ['denied beats waiting', pending, denied, denied],
    ['granted beats waiting', pending, granted, granted],
    ['granted beats a silence that counts as denied', assumedDenied, granted, granted],
    ['granted beats a silence that counts as granted', assumedGranted, granted, granted],
    ['a verdict of denial beats waiting', pending, assumedDenied, assumedDenied],
    ['a verdict of denial beats a verdict of grant', assumedGranted, assumedDenied, assumedDenied],
    ['a verdict of grant beats waiting', pending, assumedGranted, assumedGranted],
    ['waiting stays waiting', pending, pending, pending],
    ['denied stays denied', denied, denied, denied],
  ] as const)('%s, whoever reports first', (_, one, other, expected) => {
    expect(
      enrich([
        { ...browser, consent: one },
        { ...server, consent: other },
      ]).consent,
    ).toEqual(expected);
    expect(
      enrich([
        { ...browser, consent: other },
        { ...server, consent: one },
      ]).consent,
    ).toEqual(expected);
  });

  const stripped = anEvent('ord-1', {
    name: 'Purchase',
    reporter: 'browser',
    consent: denied,
    deniedId: '9'.repeat(32),
    page: { url: 'https://shop.example/thanks' },
    commerce: { value: 5, currency: 'USD' },
  });

  it.each([
    ['as a copy', [server, stripped]],
    ['as the first', [stripped, server]],
  ] as const)('a denied report takes away all that the others brought, %s', (_, reports) => {
    const joined = enrich([...reports]);
    expect(joined.identity).toEqual({ forms: {}, clickIds: {} });
    expect(joined).toMatchObject({ client: {}, properties: {}, goal: {}, deniedId: '9'.repeat(32) });
    expect(joined.page).toEqual(stripped.page);
    expect(joined.commerce).toEqual(stripped.commerce);
    expect(joined).toMatchObject({ name: 'Purchase', id: 'ord-1', reporter: reports[0].reporter, time: reports[0].time });
  });

  it('where a grant outweighs a silence, the stripped report brings nothing, not even its stand-in for a visitor', () => {
    const joined = enrich([{ ...stripped, consent: assumedDenied }, server]);
    expect(joined.consent).toEqual({ stated: 'granted', effective: 'granted' });
    expect(joined.deniedId).toBeUndefined();
    expect(joined.commerce).toEqual(server.commerce);
    expect(joined.identity.anonymousId).toBe('visitor-server');
  });
});
