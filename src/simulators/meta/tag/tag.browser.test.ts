import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createShopper, getSharedBrowser, type Shopper } from '../../../../test/browser.fixture.ts';
import { emailHash } from '../meta.fixture.ts';
import { type MetaSimulator, startMetaSimulator } from '../simulator.ts';

const pixel = '1234567890123456';
const other = '6543210987654321';

let browser: Browser;
let meta: MetaSimulator;
/** The shop's URL, without a slash at its end. */
let shop: string;
const server = createServer((request, response) => {
  const script = decodeURIComponent(new URL(request.url ?? '', 'http://shop').searchParams.get('script') ?? '');
  response.setHeader('content-type', 'text/html');
  response.end(shopPage(script));
});

beforeAll(async () => {
  browser = await getSharedBrowser();
  meta = await startMetaSimulator({ port: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  shop = `http://www.shop.localhost:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  await meta.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => meta.clearJournal());

/** Returns a page with the queue that the vendor's snippet creates, the calls of a test, and then the tag. */
const shopPage = (calls: string) => `<!doctype html><title>Wall clocks</title>
<script>
(function (w) {
  if (w.fbq) return;
  const n = w.fbq = function () { n.callMethod ? n.callMethod.apply(n, arguments) : n.queue.push(arguments); };
  w._fbq ??= n;
  n.push = n; n.loaded = true; n.version = '2.0'; n.queue = [];
})(window);
${calls}
</script>
<script async src="${meta.url}/en_US/fbevents.js"></script>`;

/** Opens a page whose script makes calls before the tag loads, and waits for the tag. */
async function open(calls: string, { query = '', shopper }: { query?: string; shopper?: Shopper } = {}): Promise<Page> {
  const { page } = shopper ?? (await createShopper(browser));
  await page.goto(`${shop}/?script=${encodeURIComponent(encodeURIComponent(calls))}${query}`);
  await page.waitForFunction(() => Reflect.has(Reflect.get(window, 'fbq'), 'callMethod'));
  return page;
}

/** Waits for `count` beacons and returns their parameters by event name. */
async function beacons(count: number): Promise<Record<string, Readonly<Record<string, string>>>> {
  const sent = () => meta.journalEvents().flatMap((event) => event.browser);
  await expect.poll(() => sent().length).toBe(count);
  return Object.fromEntries(sent().map(({ parameters = {} }) => [parameters.ev, parameters]));
}

const cookies = async (page: Page): Promise<Record<string, string>> =>
  Object.fromEntries((await page.context().cookies()).map(({ name, value }) => [name, value]));

it('the tag executes the queue and later calls, with event id and custom data', async () => {
  const page = await open(`fbq('init', '${pixel}'); fbq('track', 'PageView', {}, { eventID: 'view-1' });`);
  await page.evaluate(`fbq('track', 'Purchase', { value: 129.9, currency: 'EUR', content_ids: ['sku-1'] }, { eventID: 'ord-1001' });
fbq('trackCustom', 'Wishlist', { eventID: 'in-the-third-argument' });`);
  const { PageView, Purchase, Wishlist } = await beacons(3);
  expect(PageView).toMatchObject({ id: pixel, eid: 'view-1', dl: page.url(), if: 'false' });
  expect(Purchase).toMatchObject({
    eid: 'ord-1001',
    'cd[value]': '129.9',
    'cd[currency]': 'EUR',
    'cd[content_ids]': '["sku-1"]',
    fbp: (await cookies(page))._fbp,
  });
  expect(Wishlist).not.toHaveProperty('eid');
  expect(Wishlist).toMatchObject({ 'cd[eventID]': 'in-the-third-argument' });
  expect(meta.journalEvents().find(({ eventName }) => eventName === 'Wishlist')?.browser[0]?.warnings).toMatchObject([
    { field: 'eventID' },
  ]);
});

it('track reports to every pixel, trackSingle to its own', async () => {
  await open(`fbq('init', '${pixel}'); fbq('init', '${other}');
fbq('trackSingle', '${other}', 'Lead', {}, { eventID: 'a' }); fbq('trackSingleCustom', '${other}', 'Trial');
fbq('trackSingle', '999', 'Lead'); fbq('track', 'Search', { search_string: 'clock' });`);
  await beacons(4);
  expect(meta.journalEvents().map(({ eventName, datasetId }) => [eventName, datasetId])).toEqual(
    expect.arrayContaining([
      ['Lead', other],
      ['Trial', other],
      ['Search', pixel],
      ['Search', other],
    ]),
  );
});

it('advanced matching is sent as hashes only', async () => {
  await open(`fbq('init', '${pixel}', { em: ' Jane.Doe+News@Example.COM ', ph: '+1 (650) 555-1212', fn: "Mary", external_id: ' Cust-0042 ' });
fbq('init', '${pixel}', { country: 'US' }); fbq('set', 'userData', { zp: '94035-1234' }); fbq('track', 'Lead');`);
  const { Lead } = await beacons(1);
  expect(Lead).toMatchObject({
    'ud[em]': emailHash,
    'ud[ph]': 'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176',
    'ud[fn]': '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec',
    'ud[country]': '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621',
    'ud[zp]': '1794327a4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e',
    'ud[external_id]': '04f18369b9f09f7908b299d2535b6d99d3df2e17e8f953553f269e38ed7281d8',
  });
  expect(JSON.stringify({ ...Lead, dl: '' })).not.toMatch(/jane|6505551212|cust-0042/i);
});

it('the cookies have the vendor form, and only a new click replaces the stored one', async () => {
  const shopper = await createShopper(browser);
  const calls = `fbq('init', '${pixel}'); fbq('track', 'PageView');`;
  const first = await cookies(await open(calls, { query: '&fbclid=IwAR2x-_aem_Y', shopper }));
  // The domain is shop.localhost, as the browser allows no cookie for localhost.
  expect(first._fbp).toMatch(/^fb\.1\.\d{13}\.\d{10}$/);
  expect(first._fbc).toMatch(/^fb\.1\.\d{13}\.IwAR2x-_aem_Y$/);
  const again = await cookies(await open(calls, { query: '&fbclid=IwAR2x-_aem_Y', shopper }));
  expect(again).toEqual(first);
  expect(await cookies(await open(calls, { shopper }))).toEqual(first);
  const later = await cookies(await open(calls, { query: '&fbclid=Other', shopper }));
  expect(later).toEqual({ _fbp: first._fbp, _fbc: expect.stringMatching(/^fb\.1\.\d{13}\.Other$/) });
});

it('a cookie with an appendix of the same click stays as it is', async () => {
  const shopper = await createShopper(browser);
  const value = 'fb.1.1789990000000.IwAR2x.AQQCAQAA';
  await shopper.context.addCookies([{ name: '_fbc', value, domain: '.shop.localhost', path: '/' }]);
  const page = await open(`fbq('init', '${pixel}'); fbq('track', 'PageView');`, { query: '&fbclid=IwAR2x', shopper });
  expect((await beacons(1)).PageView).toMatchObject({ fbc: value });
  expect((await cookies(page))._fbc).toBe(value);
});

it('a revoked consent holds events and cookies until a grant', async () => {
  const page = await open(`fbq('consent', 'revoke'); fbq('init', '${pixel}'); fbq('track', 'PageView'); fbq('track', 'Lead');`);
  expect(await cookies(page)).toEqual({});
  expect(meta.journalEvents()).toEqual([]);
  await page.evaluate("fbq('consent', 'grant')");
  await beacons(2);
  expect((await cookies(page))._fbp).toBeDefined();
});

it('data processing options are in each later beacon', async () => {
  await open(`fbq('dataProcessingOptions', ['LDU'], 1, 1000); fbq('init', '${pixel}'); fbq('track', 'Lead');
fbq('dataProcessingOptions', []); fbq('track', 'Search');`);
  const { Lead, Search } = await beacons(2);
  expect(Lead).toMatchObject({ dpo: 'LDU', dpoco: '1', dpost: '1000' });
  expect(Search).not.toHaveProperty('dpo');
});

it('a change of the URL sends a page view without an id, and a second call of the page is dropped', async () => {
  const page = await open(`fbq('init', '${pixel}'); fbq('track', 'PageView', {}, { eventID: 'v-1' });`);
  await beacons(1);
  await page.evaluate("history.pushState(null, '', '/b'); fbq('track', 'PageView', {}, { eventID: 'v-2' });");
  await beacons(2);
  expect(meta.journalEvents().map(({ eventId }) => eventId)).toEqual(['v-1', null]);
  expect(meta.journalEvents()[1]?.browser[0]?.event.event_source_url).toBe(`${shop}/b`);
  await page.evaluate(
    "fbq.disablePushState = fbq.allowDuplicatePageViews = true; history.pushState(null, '', '/c'); fbq('track', 'PageView', {}, { eventID: 'v-3' });",
  );
  await beacons(3);
  expect(meta.journalEvents()[2]?.eventId).toBe('v-3');
});

it('a beacon that is too long for a URL is sent by POST', async () => {
  const contents = "Array.from({ length: 100 }, (_, at) => ({ id: 'sku-' + at, quantity: 1 }))";
  await open(
    `fbq('init', '${pixel}'); fbq('track', 'Purchase', { value: 1, currency: 'EUR', contents: ${contents} }, { eventID: 'long' });`,
  );
  await beacons(1);
  expect(meta.journalEvents()[0]).toMatchObject({ eventId: 'long', browser: [{ event: { custom_data: { value: 1 } } }] });
});

it('browser and server reports of one purchase count once', async () => {
  await open(`fbq('init', '${pixel}'); fbq('track', 'Purchase', { value: 5, currency: 'EUR' }, { eventID: 'ord-7' });`);
  await beacons(1);
  await fetch(`${meta.url}/v26.0/${pixel}/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer EAAx', 'content-type': 'application/json' },
    body: JSON.stringify({
      data: [
        {
          event_name: 'Purchase',
          event_time: Math.floor(Date.now() / 1_000),
          event_id: 'ord-7',
          action_source: 'website',
          user_data: { em: emailHash },
          custom_data: { value: 5, currency: 'EUR' },
        },
      ],
    }),
  });
  expect(meta.journalEvents()).toMatchObject([{ eventId: 'ord-7', counted: 'browser', mergedBy: 'event_id' }]);
});
