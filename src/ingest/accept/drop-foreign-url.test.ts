import { describe, expect, test } from 'vitest';
import { browserContext, now, serverContext, shop } from '../site.fixture.ts';
import { acceptEvent, acceptSignal } from './accept.ts';

const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';

function read(url: string, { site = shop, requester = browserContext, more = {} } = {}) {
  const accepted = acceptEvent({ name: 'Purchase', id: '1', page: { url }, ...more }, requester, site, now, () => 'fresh');
  if (!('event' in accepted)) throw new Error(JSON.stringify(accepted.rejection));
  return accepted.event;
}

const foreignPage = [expect.objectContaining({ field: 'page.url', code: 'page-elsewhere' })];

describe("the page of a browser's report", () => {
  test.each([
    'https://shop.example/thanks',
    'http://www.shop.example:8080/',
    'https://checkout.shop.example/checkouts/cn/1/thank-you',
    'https://shop.example./',
  ])('is kept on a domain of the site: %s', (url) => {
    expect(read(url)).toMatchObject({ page: { url }, warnings: [] });
  });

  test.each([
    'https://phishing.example/login',
    'https://shop.example.phishing.example/',
    'https://myshop.example/',
    'https://shop.example@phishing.example/',
    'http://10.0.0.1/',
    'file:///home/jane/saved.html',
    'about:blank',
    'blob:https://shop.example/1',
    'javascript:alert(1)',
    'https://shop-example.cdn.ampproject.org/v/s/shop.example/',
    'https://shop.myshopify.com/checkouts/1',
  ])('is dropped elsewhere, with a warning that repeats nothing of it: %s', (url) => {
    const { page, warnings } = read(url);
    expect(page).not.toHaveProperty('url');
    expect(warnings.filter(({ code }) => code === 'page-elsewhere')).toEqual(foreignPage);
    expect(JSON.stringify(warnings)).not.toMatch(/phishing|jane/);
  });

  test.each([
    'https://shop.example/checkouts/cn/1/thank-you',
    'https://shop.myshopify.com/checkouts/cn/1/thank-you',
    'https://checkout.shopify.com/1/checkouts/2/thank_you',
    'https://shop.app/checkout/1/cn/2/thank-you',
  ])("is kept at a Shopify shop's checkout: %s", (url) => {
    expect(read(url, { site: { ...shop, platform: 'shopify' } })).toMatchObject({ page: { url }, warnings: [] });
  });

  test('is dropped from a signal and a denied event too', () => {
    const denied = { more: { consent: { adStorage: 'denied', explicit: true } } };
    expect(read('https://phishing.example/', denied).page).not.toHaveProperty('url');
    expect(read('https://shop.example/?a=1', denied).page).toMatchObject({ url: 'https://shop.example/' });
    const signal = { type: 'consent', id: '1', consent: { adStorage: 'granted' }, page: { url: 'https://phishing.example/' } };
    const accepted = acceptSignal(signal, browserContext, shop, now, () => 'fresh');
    expect(accepted).toMatchObject({ event: { warnings: foreignPage } });
    expect('event' in accepted && accepted.event.page).not.toHaveProperty('url');
  });

  test('still yields its click id, and the referrer may be on any host', () => {
    const more = { page: { url: `https://shop.de/?msclkid=${msclkid}`, referrer: 'https://www.bing.com/' } };
    const { page, identity } = read('', { more });
    expect(page).toEqual({ referrer: 'https://www.bing.com/', browserTags: { microsoft: 'none' } });
    expect(identity.clickIds).toEqual({ msclkid: { value: msclkid, at: now } });
  });
});

test.each(['server', 'webhook'] as const)('the page of a %s may be on any host', (reporter) => {
  const url = 'https://elsewhere.example/thanks';
  expect(read(url, { requester: { ...serverContext, reporter } })).toMatchObject({ page: { url }, warnings: [] });
});
