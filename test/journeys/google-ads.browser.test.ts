import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type GoogleAdsSimulator, startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { createShopper, launchBrowser, type Shopper } from '../browser.fixture.ts';
import { makeFolder, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, settleUntil, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop whose pixel loads the Google tag: Google receives each conversion from the tag and from the gateway. */

const tagId = 'AW-123456789';
const clock = createPacedClock();
const folder = makeFolder();
let browser: Browser;
let gateway: PacedGateway;
let google: GoogleAdsSimulator;
let shopUrl = '';
const shop = createServer((_, response) => {
  const page = `<!doctype html><title>Wall clocks</title><link rel="icon" href="data:,">`;
  response.setHeader('content-type', 'text/html').end(page + buildSnippet(`${gateway.url}/p.js?k=${writeKey}`));
});

beforeAll(async () => {
  browser = await launchBrowser();
  google = await startGoogleAdsSimulator({
    port: 0,
    now: clock.now,
    overrides: {
      actions: [
        { id: '1', name: 'Purchase', type: 'WEBPAGE', label: `${tagId}/buy` },
        { id: '2', name: 'Lead', type: 'WEBPAGE', label: `${tagId}/lead` },
        { id: '3', name: 'SignUp', type: 'UPLOAD_CLICKS' },
      ],
    },
  });
  const settings = {
    customerId: '1234567890',
    conversions: { Purchase: '1 website', Lead: '2 website', SignUp: '3 import' },
    credential: 'refresh-token',
    clientId: 'client-1',
    clientSecret: 'secret-1',
    refreshToken: 'refresh-1',
    endpoint: google.url,
    tokenEndpoint: google.url,
  };
  const labels = { Purchase: 'buy', Lead: 'lead' };
  const site = {
    domains: ['127.0.0.1'],
    consent: { policy: 'strict' },
    tags: { 'google-ads': { mode: 'load', tagId, labels, script: `${google.url}/gtag/js` } },
    connections: [{ id: 'google', destination: 'google-ads', settings }],
  };
  gateway = await startPacedGateway(folder.writeConfig(google.url, { site }), clock);
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const address = shop.address();
  shopUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await google.close();
  shop.closeAllConnections();
  shop.close();
  folder.remove();
});
beforeEach(() => google.clearJournal());

const call = ({ page }: Shopper, ...words: readonly unknown[]) =>
  page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words);
const purchase = { orderId: '1001', value: 125.4, currency: 'EUR', items: [{ id: 'sku-1', price: 62.7, quantity: 2 }] };

async function open(path = ''): Promise<Shopper> {
  const shopper = await createShopper(browser);
  await shopper.page.goto(shopUrl + path);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  return shopper;
}

it('tag and gateway report one transaction id, and Google counts each conversion once, after the shopper accepts', async () => {
  const shopper = await open('?gclid=Cj0KCQ.click_1');
  await call(shopper, 'identify', { email: ' Jane.Doe+News@Gmail.com' });
  await call(shopper, 'track', 'Lead', { id: 'l-1', value: 5 });
  await call(shopper, 'track', 'SignUp', { id: 's-1' });
  await call(shopper, 'track', 'AddToCart', { id: 'c-1' });
  expect(google.journalEvents()).toEqual([]);
  await call(shopper, 'consent', { adStorage: 'granted' });
  await call(shopper, 'track', 'Purchase', purchase);
  await expect.poll(() => google.journalEvents().flatMap((event) => event.browser).length).toBe(2);
  await shopper.page.goto('about:blank');
  await settleUntil(() => google.journalEvents().filter(({ server }) => server.length > 0).length >= 3, gateway, clock);
  const events = google.journalEvents().toSorted((a, b) => a.actionName.localeCompare(b.actionName));
  expect(
    events.map(({ actionName, transactionId, server, browser: beacons, isMerged }) => [
      actionName,
      transactionId,
      server.length,
      beacons.length,
      isMerged,
    ]),
  ).toEqual([
    ['Lead', 'l-1', 1, 1, true],
    ['Purchase', '1001', 1, 1, true],
    ['SignUp', 's-1', 1, 0, false],
  ]);
  const [, bought] = events;
  expect(bought).toMatchObject({
    counted: expect.stringMatching(/browser|server/),
    adjustments: 1,
    value: 125.4,
    currency: 'EUR',
    verdict: 'processing',
  });
  // The hash of janedoe@gmail.com: the tag needs no identity, because the server adds it.
  const sent = Object(bought?.server[0]?.event);
  expect(sent.userData.userIdentifiers).toEqual([
    { emailAddress: 'd6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69' },
  ]);
  expect(sent.adIdentifiers).toEqual({ gclid: 'Cj0KCQ.click_1' });
  expect(Object(bought?.browser[0]?.event).adIdentifiers).toEqual(sent.adIdentifiers);
  clock.jump(32 * 60_000);
  const getOutcomes = async () => {
    const { events: listed } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 50 });
    return listed
      .flatMap((event) =>
        'id' in event && !event.name.startsWith('$')
          ? [`${event.name} ${event.outcomes.map(({ outcome }) => outcome).join()}`]
          : [],
      )
      .toSorted();
  };
  await expect
    .poll(getOutcomes)
    .toEqual([
      'AddToCart unsupported-event',
      'Lead delivered',
      'PageView unsupported-event',
      'Purchase delivered',
      'SignUp delivered',
    ]);
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it('no tag is loaded and nothing is counted when the shopper declines', async () => {
  const shopper = await open('?gclid=Cj0KCQ.click_2');
  const requests: string[] = [];
  shopper.page.on('request', (request) => requests.push(request.url()));
  await call(shopper, 'track', 'Purchase', { ...purchase, orderId: '1002' });
  await call(shopper, 'consent', { adStorage: 'denied' });
  await expect.poll(() => requests.filter((url) => url.endsWith('/e')).length).toBeGreaterThan(0);
  await shopper.page.goto('about:blank');
  await settleAll(gateway, clock);
  expect(requests.filter((url) => url.startsWith(google.url))).toEqual([]);
  expect(google.journalEvents()).toEqual([]);
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});
