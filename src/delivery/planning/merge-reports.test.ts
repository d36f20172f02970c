import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { formKinds } from '../../identity/form-kinds.ts';
import { createSha256, start } from '../delivery.fixture.ts';
import { browser, server } from './merge-reports.fixture.ts';
import { mergeReports } from './merge-reports.ts';

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
