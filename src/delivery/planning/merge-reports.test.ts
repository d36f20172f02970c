import { describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import type { Event } from '../../event/event.ts';
import { hourMs, minuteMs } from '../../event/units.ts';
import { formKinds } from '../../identity/form-kinds.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { findDenialIssues } from './find-denial-issues.ts';
import { mergeReports } from './merge-reports.ts';

const granted: Consent = { stated: 'granted', effective: 'granted', source: 'call' };
const denied: Consent = { stated: 'denied', effective: 'denied', source: 'gpc' };
const assumedGranted: Consent = { stated: 'unknown', effective: 'granted' };
const assumedDenied: Consent = { stated: 'unknown', effective: 'denied' };
const pending: Consent = { stated: 'unknown', effective: 'pending' };

const browser = buildEvent('ord-1', {
  name: 'Purchase',
  reporter: 'browser',
  time: start,
  receivedAt: start + 1,
  page: { url: 'https://shop.example/thanks', title: 'Thanks', loadId: 'view-1' },
  client: { ip: '198.18.0.1', userAgent: 'Browser/1', country: 'DE' },
  identity: {
    forms: { emailMicrosoft: createSha256('a'), phoneE164: createSha256('b') },
    externalId: createSha256('c'),
    anonymousId: 'visitor-browser',
    browserIds: { _uetvid: 'browser-vid', _fbp: 'browser-fbp' },
    clickIds: { msclkid: { value: 'browser-click', at: start } },
    idfa: 'browser-idfa',
  },
  commerce: { value: 1, currency: 'USD', orderId: 'browser-order', pageType: 'purchase' },
  goal: { category: 'browser', label: 'browser' },
  properties: { from: 'browser', theme: 'dark' },
  warnings: [{ field: 'page.keywords', code: 'dropped', message: 'Shorten it.' }],
});
const server = buildEvent('ord-1', {
  name: 'Purchase',
  reporter: 'server',
  time: start + 5_000,
  receivedAt: start + 9_000,
  page: { url: 'https://shop.example/api', referrer: 'https://search.example/' },
  client: { ip: '198.18.0.2', userAgent: 'Server/1' },
  identity: {
    forms: { emailMicrosoft: createSha256('d'), emailPlain: createSha256('e') },
    externalId: createSha256('f'),
    anonymousId: 'visitor-server',
    browserIds: { _fbp: 'server-fbp' },
    clickIds: { msclkid: { value: 'server-click', at: start + 9 }, gclid: { value: 'server-gclid', at: start } },
    gaid: 'server-gaid',
  },
  commerce: { value: 125.4, currency: 'EUR', items: [{ id: 'sku1', quantity: 1 }] },
  goal: { label: 'server', value: 3 },
  properties: { from: 'server' },
  warnings: [{ field: 'commerce.hotel', code: 'dropped', message: 'Send a date.' }],
});

/** Returns all members except those that the primary report alone decides. */
function getMergedFields(reports: readonly [Event, ...Event[]]) {
  const { reporter, reporters, time, receivedAt, warnings, ...rest } = mergeReports(reports);
  return rest;
}

describe('mergeReports', () => {
  it('returns a single report unchanged', () => {
    expect(mergeReports([browser])).toEqual({ ...browser, reporters: ['browser'] });
  });

  it.each([
    ['the browser first', [browser, server]],
    ['the server first', [server, browser]],
    ['the webhook first', [{ ...server, reporter: 'webhook' }, browser]],
  ] as const)("keeps the shop's values, and fills in the rest from the browser: %s", (_, reports) => {
    expect(getMergedFields([...reports])).toEqual({
      v: 1,
      site: 'shop',
      name: 'Purchase',
      id: 'ord-1',
      consent: { stated: 'granted', effective: 'granted' },
      page: { ...browser.page, ...server.page },
      client: { ...browser.client, ...server.client },
      identity: {
        forms: { emailMicrosoft: createSha256('d'), emailPlain: createSha256('e'), phoneE164: createSha256('b') },
        externalId: createSha256('f'),
        anonymousId: 'visitor-server',
        browserIds: { _uetvid: 'browser-vid', _fbp: 'server-fbp' },
        clickIds: server.identity.clickIds,
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

  it("takes each part of the person's data whole: from the shop's report if it states any of the part, else from the browser's", () => {
    const forms = Object.fromEntries(Object.values(formKinds).flatMap((names) => names.map((name) => [name, createSha256('1')])));
    const of = (report: Event, input: Event['identity']['forms']): Event => ({
      ...report,
      identity: { ...report.identity, forms: input },
    });
    expect(mergeReports([of(browser, forms), of(server, {})]).identity.forms).toEqual(forms);
    expect(mergeReports([of(browser, forms), of(server, { zip: createSha256('2') })]).identity.forms).toEqual({
      ...forms,
      ...Object.fromEntries(formKinds.address.map((name) => [name, undefined])),
      zip: createSha256('2'),
    });
  });

  it.each([
    ['the server first', [server, browser]],
    ['the browser first', [browser, server]],
  ] as const)("dates the event by the shop's report: %s", (_, reports) => {
    expect(mergeReports([...reports])).toMatchObject({
      reporter: reports[0].reporter,
      reporters: reports.map(({ reporter }) => reporter),
      time: start + 5_000,
      receivedAt: start + 9_000,
    });
  });

  it("leaves out the browser's e-mail if the shop names one in any form, and the same for the phone", () => {
    const hashed = { ...server, identity: { forms: { emailGiven: createSha256('d') }, clickIds: {} } };
    expect(mergeReports([browser, hashed]).identity.forms).toEqual({
      emailGiven: createSha256('d'),
      phoneE164: createSha256('b'),
    });
    const called = { ...server, identity: { forms: { phoneGiven: createSha256('d') }, clickIds: {} } };
    expect(mergeReports([browser, called]).identity.forms).toEqual({
      phoneGiven: createSha256('d'),
      emailMicrosoft: createSha256('a'),
    });
  });

  it("takes the browser's value only in the currency that the shop states", () => {
    const priceless = { ...server, commerce: { currency: 'EUR' } };
    expect(mergeReports([browser, priceless]).commerce).toEqual({
      currency: 'EUR',
      orderId: 'browser-order',
      pageType: 'purchase',
    });
    expect(mergeReports([browser, { ...server, commerce: { currency: 'USD' } }]).commerce.value).toBe(1);
  });

  it("takes the browser tag's state from the browser, because a server cannot observe it", () => {
    const reports = [
      { ...server, page: { ...server.page, browserTags: { microsoft: 'ran', meta: 'ran' } } },
      { ...browser, page: { ...browser.page, browserTags: { microsoft: 'blocked' } } },
    ] as const;
    expect(mergeReports(reports).page.browserTags).toEqual({ microsoft: 'blocked', meta: 'ran' });
  });

  it('fills in values that the shop does not know from the browser', () => {
    const { externalId: _, ...nobody } = server.identity;
    const merged = mergeReports([{ ...server, identity: { ...nobody, forms: {} }, commerce: {}, goal: {} }, browser]);
    expect(merged.identity.externalId).toBe(createSha256('c'));
    expect(merged.identity.forms).toEqual(browser.identity.forms);
    expect(merged.commerce).toEqual(browser.commerce);
    expect(merged.goal).toEqual(browser.goal);
  });

  it("prefers a server's report to a webhook's, whichever comes first, and lists no reporter twice", () => {
    const webhook = { ...server, reporter: 'webhook', time: start + 7, commerce: { value: 7 } } as const;
    const reports = [webhook, server, browser, { ...browser, page: { title: 'Again' } }] as const;
    const merged = mergeReports(reports);
    expect(merged.commerce.value).toBe(125.4);
    expect(merged.time).toBe(server.time);
    expect(merged.page.title).toBe('Thanks');
    expect(merged.reporters).toEqual(['webhook', 'server', 'browser']);
  });

  it('takes the crawler verdict from the shop alone, if the shop reports; every warning stays', () => {
    const crawler = { ...browser, bot: true };
    expect(mergeReports([server, crawler]).bot).toBe(false);
    expect(mergeReports([crawler, server]).bot).toBe(false);
    expect(mergeReports([browser, { ...server, bot: true }]).bot).toBe(true);
    expect(mergeReports([browser, crawler]).bot).toBe(true);
    expect(mergeReports([server, browser]).warnings.map(({ field }) => field)).toEqual(['commerce.hotel', 'page.keywords']);
  });

  it('leaves the reports unchanged', () => {
    const before = structuredClone([browser, server]);
    mergeReports([browser, server]);
    expect([browser, server]).toEqual(before);
  });
});

describe('the choices about single uses across the reports', () => {
  const getUses = (reports: Parameters<typeof mergeReports>[0]) => {
    const { adUserData, adPersonalization } = mergeReports(reports).consent;
    return [adUserData, adPersonalization];
  };
  const allows = { ...granted, adUserData: 'granted', adPersonalization: 'granted' } as const;
  const refuses = { ...granted, adUserData: 'denied' } as const;

  it('a denial beats a grant, and a grant beats no statement', () => {
    expect(getUses([browser, { ...server, consent: refuses }])).toEqual(['denied', undefined]);
    expect(
      getUses([
        { ...browser, consent: refuses },
        { ...server, consent: allows },
      ]),
    ).toEqual(['denied', 'granted']);
    expect(getUses([{ ...server, consent: allows }, browser])).toEqual(['granted', 'granted']);
  });

  it("a browser's denial that came an hour from the shop's grant does not count", () => {
    const late = { ...browser, receivedAt: server.receivedAt + hourMs + 1, consent: refuses };
    expect(getUses([{ ...server, consent: allows }, late])).toEqual(['granted', 'granted']);
    expect(getUses([server, late])).toEqual(['denied', undefined]);
  });

  it('a denied event has none', () => {
    expect(
      getUses([
        { ...browser, consent: denied },
        { ...server, consent: allows },
      ]),
    ).toEqual([undefined, undefined]);
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
      mergeReports([
        { ...browser, consent: one },
        { ...server, consent: other },
      ]).consent,
    ).toEqual(expected);
    expect(
      mergeReports([
        { ...browser, consent: other },
        { ...server, consent: one },
      ]).consent,
    ).toEqual(expected);
  });

  const stripped = buildEvent('ord-1', {
    name: 'Purchase',
    reporter: 'browser',
    consent: denied,
    deniedId: '9'.repeat(32),
    page: { url: 'https://shop.example/thanks' },
    commerce: { value: 5, currency: 'USD' },
  });

  it.each([
    ['as a duplicate', [server, stripped]],
    ['as the primary report', [stripped, server]],
  ] as const)("a denied report removes the other reports' personal data, %s", (_, reports) => {
    const merged = mergeReports([...reports]);
    expect(merged.identity).toEqual({ forms: {}, clickIds: {} });
    expect(merged).toMatchObject({ client: {}, properties: {}, goal: {}, deniedId: '9'.repeat(32) });
    expect(merged.page).toEqual({ url: 'https://shop.example/api', referrer: 'https://search.example/' });
    expect(merged.commerce).toEqual(server.commerce);
    expect(merged).toMatchObject({ name: 'Purchase', id: 'ord-1', reporter: reports[0].reporter, time: server.time });
  });

  it('a redacted report that a grant outweighs adds nothing, not even its one-time id', () => {
    const merged = mergeReports([{ ...stripped, consent: assumedDenied }, server]);
    expect(merged.consent).toEqual({ stated: 'granted', effective: 'granted' });
    expect(merged.deniedId).toBeUndefined();
    expect(merged.commerce).toEqual(server.commerce);
    expect(merged.identity.anonymousId).toBe('visitor-server');
  });
});

describe("a browser's denial with a grant of the shop", () => {
  const denial = (receivedAt: number): Event => ({ ...browser, consent: denied, receivedAt });
  const sale: Event = { ...server, consent: granted, receivedAt: start };

  it.each([
    ['an hour before', start - hourMs, 'denied'],
    ['an hour after', start + hourMs, 'denied'],
    ['a millisecond over an hour before', start - hourMs - 1, 'granted'],
    ['a millisecond over an hour after', start + hourMs + 1, 'granted'],
    ['400 days before', start - 400 * 24 * hourMs, 'granted'],
  ])('received %s leaves the event %s', (_, receivedAt, expected) => {
    for (const reports of [[denial(receivedAt), sale] as const, [sale, denial(receivedAt)] as const]) {
      expect(mergeReports(reports).consent.effective).toBe(expected);
      expect(findDenialIssues(reports, true).map(({ code }) => code)).toEqual(expected === 'denied' ? ['consent-differs'] : []);
    }
  });

  it('counts at any time if the shop states nothing', () => {
    for (const consent of [pending, assumedGranted])
      expect(mergeReports([denial(start - 30 * 24 * hourMs), { ...sale, consent }]).consent).toEqual(denied);
  });

  it('adds nothing once it does not count', () => {
    const merged = mergeReports([denial(start - 2 * hourMs), sale]);
    expect(merged.identity.forms).toEqual(server.identity.forms);
    expect(merged.identity.browserIds).toEqual(server.identity.browserIds);
    expect(merged.page.title).toBeUndefined();
  });

  it("counts against a webhook within the hour, although the server's report came later", () => {
    const webhook: Event = { ...sale, reporter: 'webhook', receivedAt: start - hourMs };
    expect(mergeReports([denial(start - hourMs - minuteMs), webhook, sale]).consent.effective).toBe('denied');
  });
});
