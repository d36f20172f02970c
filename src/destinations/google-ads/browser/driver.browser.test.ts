import { expect, it, onTestFinished } from 'vitest';
import type { TagConfig } from '../../../event/site.ts';
import {
  callPixel,
  callPixelInOneTurn,
  denied,
  granted,
  openShopPage,
  person,
  strict,
  waitForEvents,
  waitForPixel,
} from '../../../pixel/pixel-page.fixture.ts';
import { startTagServer } from '../../../simulators/google-ads/tag/tag.fixture.ts';

const tagId = 'AW-123456789';
const labels = { Purchase: 'buy-1', lead: `${tagId}/lead-1`, DemoBooked: 'demo-1' };
const connection = {
  id: 'google-ads',
  destination: 'google-ads',
  enabled: false,
  settings: { merchantId: '77', itemId: 'shop_{sku}' },
};

async function openPage(mode: 'attach' | 'load') {
  const google = await startTagServer();
  onTestFinished(() => google.close());
  const tag: TagConfig = { mode, tagId, labels, script: `${google.url}/gtag/js` };
  const { shop, shopper } = await openShopPage({
    ...strict,
    defaultCurrency: 'EUR',
    tags: { 'google-ads': tag },
    connections: [connection],
  });
  const requests: string[] = [];
  shopper.page.on('request', (request) => requests.push(request.url()));
  return { google, shop, shopper, run: (script: string) => shopper.page.evaluate(script), requests };
}

it('the loaded tag gets each bound event under the transaction id of the server, and only after a grant', async () => {
  const { google, shop, shopper, run, requests } = await openPage('load');
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await callPixel(shopper, 'identify', person);
  const order = { value: 125.4, currency: 'usd', orderId: 1001, items: [{ id: 'a', sku: 's1', price: 62.7, quantity: 2 }] };
  await callPixelInOneTurn(
    shopper,
    ['track', 'order_completed', order],
    ['track', 'Lead', { id: 'l-1', value: 5 }],
    ['track', 'Search', { searchTerm: 'clock' }],
  );
  expect(requests.filter((url) => url.includes('gtag'))).toEqual([]);
  await callPixel(shopper, 'consent', { ...granted, adPersonalization: 'denied' });
  // Both leave at the same time, on connections of their own.
  const both = await google.waitForBeacons(2);
  const [bought, lead] = ['buy-1', 'lead-1'].map((label) => both.find(({ sendTo }) => sendTo.endsWith(`/${label}`)));
  expect(bought).toMatchObject({
    sendTo: `${tagId}/buy-1`,
    event: {
      transactionId: '1001',
      conversionValue: 125.4,
      currency: 'USD',
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
      cartData: { merchantId: '77', items: [{ merchantProductId: 'shop_s1', unitPrice: 62.7, quantity: '2' }] },
    },
  });
  expect(lead).toMatchObject({
    sendTo: `${tagId}/lead-1`,
    event: { transactionId: 'l-1', conversionValue: 5, currency: 'EUR' },
  });
  await waitForEvents(shop, 4);
  expect(shop.events().map(({ id }) => id)).toEqual(expect.arrayContaining(['purchase-1001', 'l-1']));

  // An id over Google's bound is refused on the server's side, so the tag reports alone and without one.
  await callPixel(shopper, 'track', 'DemoBooked', { id: 'x'.repeat(65), value: -1 });
  const [, , long] = await google.waitForBeacons(3);
  expect(long?.event).toMatchObject({ eventSource: 'WEB' });
  expect(long?.event).not.toHaveProperty('transactionId');
  expect(long?.event).not.toHaveProperty('conversionValue');

  await callPixel(shopper, 'consent', denied);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-2' });
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-3' });
  const [, , , after, ...more] = await google.waitForBeacons(4);
  expect(after).toMatchObject({ isCookieless: false, event: { transactionId: 'l-3' } });
  expect(more).toEqual([]);
  expect(await run('document.querySelectorAll("script[src*=gtag]").length')).toBe(1);
  expect(await run('dataLayer.filter(([name]) => name === "config").length')).toBe(1);
  expect(JSON.stringify(google.beacons)).not.toMatch(/jane|cust-7|555.?1234/i);
  expect(shopper.pageErrors).toEqual([]);
});

it('the tag of the page keeps its own consent and configuration, and gets the conversions', async () => {
  const { google, shop, shopper, run } = await openPage('attach');
  shop.bodies['/'] =
    `<script>setTimeout(() => { window.dataLayer = window.dataLayer || []; window.gtag = function () { dataLayer.push(arguments) };
gtag('js', new Date()); gtag('config', '${tagId}'); }, 300)</script>`;
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await callPixel(shopper, 'consent', granted);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'dataLayer')?.length === 3);
  await shopper.page.addScriptTag({ url: `${google.url}/gtag/js?id=${tagId}` });
  expect(await google.waitForBeacons(1)).toMatchObject([{ sendTo: `${tagId}/lead-1`, event: { transactionId: 'l-1' } }]);
  expect(await run('dataLayer.map(([name]) => name).join()')).toBe('js,config,event');
  expect(shopper.pageErrors).toEqual([]);
});

it('a page with a tag of another account gets the account added, and no second script', async () => {
  const { google, shop, shopper, run, requests } = await openPage('load');
  shop.bodies['/'] = `<script>window.dataLayer = []; function gtag() { dataLayer.push(arguments) }
gtag('js', new Date()); gtag('config', 'G-ABC');</script><script async src="${google.url}/gtag/js?id=G-ABC"></script>`;
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await callPixel(shopper, 'track', 'Lead', { id: 'l-2' });
  const beacons = await google.waitForBeacons(2);
  expect(beacons.map(({ event }) => event.transactionId)).toEqual(['l-1', 'l-2']);
  expect(await run('dataLayer.map(([name]) => name).join()')).toBe('js,config,config,event,event');
  expect(requests.filter((url) => url.includes('/gtag/js'))).toHaveLength(1);
  expect(shopper.pageErrors).toEqual([]);
});
