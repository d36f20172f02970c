import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type MetaSimulator, startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, launchBrowser, type Shopper } from '../browser.fixture.ts';
import { makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, settleUntil, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop whose pixel loads the browser tags of two platforms: each platform receives reports of the browser and of the gateway. */

const pixelId = '1234567890123456';
const clock = createPacedClock();
let browser: Browser;
let gateway: PacedGateway;
let microsoft: MicrosoftSimulator;
let meta: MetaSimulator;
let shopUrl = '';
const folder = makeFolder();
const shop = createServer((_, response) => {
  const page = `<!doctype html><title>Wall clocks</title><link rel="icon" href="data:,">`;
  response.setHeader('content-type', 'text/html').end(page + buildSnippet(`${gateway.url}/p.js?k=${writeKey}`));
});

beforeAll(async () => {
  browser = await launchBrowser();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  meta = await startMetaSimulator({ port: 0, tokens: { [pixelId]: 'good-token' }, now: clock.now });
  const site = {
    domains: ['127.0.0.1'],
    consent: { policy: 'strict' },
    tags: {
      microsoft: { mode: 'load', tagId, script: `${microsoft.url}/bat.js` },
      meta: { mode: 'load', pixelId, script: `${meta.url}/en_US/fbevents.js` },
    },
    connections: [
      { id: 'bing', destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: microsoft.url } },
      { id: 'meta', destination: 'meta', settings: { datasetId: pixelId, token: 'good-token', endpoint: meta.url } },
    ],
  };
  gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site }), clock);
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const address = shop.address();
  shopUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await microsoft.close();
  await meta.close();
  shop.closeAllConnections();
  shop.close();
  folder.remove();
});
beforeEach(() => {
  microsoft.clearJournal();
  meta.clearJournal();
});

const call = ({ page }: Shopper, ...words: readonly unknown[]) =>
  page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words);
const purchase = {
  orderId: '1001',
  value: 125.4,
  currency: 'USD',
  items: [{ id: 'sku-1', name: 'Clock', price: 62.7, quantity: 2 }],
};
/** A fraction of a piece, and a name that is longer than a report's. */
const addition = { value: 20, currency: 'USD', items: [{ id: 'sku-2', name: 'Chain '.repeat(100), price: 8, quantity: 2.5 }] };
type Event = ReturnType<MetaSimulator['journalEvents']>[number] | ReturnType<MicrosoftSimulator['journalEvents']>[number];
const countReports = ({ eventName, server, browser: beacons, counted }: Event) =>
  `${eventName ?? 'view'}: ${server.length} of the server, ${beacons.length} of the tag, ${counted === 'none' ? 'not ' : ''}counted`;

it('each platform counts a purchase once, and the tag counts the page view, when the shopper accepts', async () => {
  const shopper = await createShopper(browser);
  await shopper.page.goto(shopUrl);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'identify', { email: ' Jane.Doe@Example.com', externalId: 'cust-7' });
  await call(shopper, 'track', 'SignUp', { id: 's-1', value: 5 });
  await call(shopper, 'track', 'AddToCart', { id: 'a-1', ...addition });
  expect([...meta.journalEvents(), ...microsoft.journalEvents()]).toEqual([]);
  await call(shopper, 'consent', { adStorage: 'granted' });
  await call(shopper, 'track', 'Purchase', purchase);
  await expect.poll(() => meta.journalEvents().map(({ browser: beacons }) => beacons.length)).toEqual([1, 1, 1, 1]);
  await expect.poll(() => microsoft.journalEvents().flatMap((event) => event.browser).length).toBe(4);
  await shopper.page.goto('about:blank');
  const countMerged = (events: readonly Event[]) => events.filter(({ server }) => server.length > 0).length;
  await settleUntil(() => [meta, microsoft].every((one) => countMerged(one.journalEvents()) >= 3), gateway, clock);
  expect(meta.journalEvents().map(countReports).toSorted()).toEqual([
    'AddToCart: 1 of the server, 1 of the tag, counted',
    'CompleteRegistration: 1 of the server, 1 of the tag, counted',
    'PageView: 0 of the server, 1 of the tag, counted',
    'Purchase: 1 of the server, 1 of the tag, counted',
  ]);
  expect(microsoft.journalEvents().map(countReports).toSorted()).toEqual([
    'add_to_cart: 1 of the server, 1 of the tag, counted',
    'purchase: 1 of the server, 1 of the tag, counted',
    'sign_up: 1 of the server, 1 of the tag, counted',
    'view: 0 of the server, 1 of the tag, counted',
  ]);
  const merged = meta.journalEvents().filter(({ server }) => server.length > 0);
  expect(merged.map(({ mergedBy }) => mergedBy)).toEqual(['event_id', 'event_id', 'event_id']);
  for (const { server, browser: beacons } of merged) {
    const [report, beacon] = [Object(server[0]?.event), Object(beacons[0]?.event)];
    expect(beacon.custom_data).toEqual(report.custom_data);
    expect([beacon.user_data.em].flat()).toEqual(report.user_data.em);
  }
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it('no tag is loaded and no platform receives anything when the shopper declines', async () => {
  const shopper = await createShopper(browser);
  const loaded: string[] = [];
  shopper.page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await shopper.page.goto(shopUrl);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'track', 'Purchase', { ...purchase, orderId: '1002' });
  await call(shopper, 'consent', { adStorage: 'denied' });
  await expect.poll(() => loaded.filter((path) => path === '/e').length).toBeGreaterThan(0);
  await shopper.page.goto('about:blank');
  await settleAll(gateway, clock);
  expect(loaded.filter((path) => /\.js$/.test(path))).toEqual(['/p.js']);
  expect([...meta.journalEvents(), ...microsoft.journalEvents()]).toEqual([]);
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it("the gateway keeps the click in Meta's own cookie when the tag is blocked, and reports it unchanged", async () => {
  const shopper = await createShopper(browser);
  await shopper.page.route('**/fbevents.js', (route) => route.abort('blockedbyclient'));
  const readCookie = async () => (await shopper.context.cookies(shopUrl)).find(({ name }) => name === '_fbc')?.value;
  await shopper.page.goto(`${shopUrl}?fbclid=IwAR2x-_aem_y`);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'track', 'Lead', { id: 'l-1' });
  expect(await readCookie()).toBeUndefined();
  await call(shopper, 'consent', { adStorage: 'granted' });
  await expect.poll(readCookie).toMatch(/^fb\.3\.\d{13}\.IwAR2x-_aem_y$/);
  const cookie = await readCookie();
  await shopper.page.goto(`${shopUrl}?fbclid=IwAR2x-_aem_y`);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'consent', { adStorage: 'granted' });
  await call(shopper, 'track', 'Purchase', { ...purchase, orderId: '1003' });
  await shopper.page.goto('about:blank');
  const findPurchase = () => meta.journalEvents().find(({ eventName }) => eventName === 'Purchase');
  await settleUntil(() => findPurchase() !== undefined, gateway, clock);
  expect(Object(findPurchase()?.server[0]?.event).user_data.fbc).toBe(cookie);
  expect(await readCookie()).toBe(cookie);
  await shopper.close();
});
