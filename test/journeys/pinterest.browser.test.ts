import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type PinterestSimulator, startPinterestSimulator } from '../../src/simulators/pinterest/simulator.ts';
import { createShopper, launchBrowser, type Shopper } from '../browser.fixture.ts';
import { makeFolder, post, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, settleUntil, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop whose pixel loads the Pinterest tag: Pinterest receives reports of the browser and of the gateway. */

const adAccountId = '549755885175';
const clock = createPacedClock();
let browser: Browser;
let gateway: PacedGateway;
let pinterest: PinterestSimulator;
let shopUrl = '';
/** Markup of the shop's page before the pixel. */
let head = '';
const folder = makeFolder();
const shop = createServer((_, response) => {
  const page = `<!doctype html><title>Wall clocks</title><link rel="icon" href="data:,">${head}`;
  response.setHeader('content-type', 'text/html').end(page + buildSnippet(`${gateway.url}/p.js?k=${writeKey}`));
});

beforeAll(async () => {
  browser = await launchBrowser();
  pinterest = await startPinterestSimulator({
    port: 0,
    tokens: { [adAccountId]: 'good-token' },
    now: clock.now,
    overrides: { strict: true },
  });
  const settings = { adAccountId, token: 'good-token', endpoint: pinterest.url, tagVisitor: 'external-id' };
  const site = {
    domains: ['127.0.0.1'],
    consent: { policy: 'strict' },
    tags: { pinterest: { mode: 'load', tagId: '2612345678901', script: `${pinterest.url}/ct/core.js` } },
    connections: [{ id: 'pinterest', destination: 'pinterest', settings }],
  };
  gateway = await startPacedGateway(folder.writeConfig(pinterest.url, { site }), clock);
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const address = shop.address();
  shopUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await pinterest.close();
  shop.closeAllConnections();
  shop.close();
  folder.remove();
});
beforeEach(() => {
  head = '';
  pinterest.faults({ mode: 'ok' });
  pinterest.clearJournal();
});

const call = ({ page }: Shopper, ...words: readonly unknown[]) =>
  page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words);
async function openShop(query = ''): Promise<Shopper> {
  const shopper = await createShopper(browser);
  await shopper.page.clock.install();
  await shopper.page.goto(shopUrl + query);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  return shopper;
}
/** Ends the shopper's page, and waits until every event has its outcome, and Pinterest this number of events of the server. */
async function finish({ page }: Shopper, reported: number): Promise<void> {
  await page.goto('about:blank');
  await settleUntil(() => pinterest.journalEvents().filter(({ server }) => server.length > 0).length >= reported, gateway, clock);
}
const purchase = {
  orderId: '1001',
  value: 125.4,
  currency: 'USD',
  items: [{ id: 'sku-1', name: 'Clock', price: 62.7, quantity: 2 }],
};
type Event = ReturnType<PinterestSimulator['journalEvents']>[number];
const countReports = ({ eventName, server, browser: beacons, counted }: Event) =>
  `${eventName}: ${server.length} of the server, ${beacons.length} of the tag, ${counted === 'none' ? 'not ' : ''}counted`;
const listReports = () => pinterest.journalEvents().map(countReports).toSorted();
const countBeacons = () => pinterest.journalEvents().flatMap((event) => event.browser).length;

it('a purchase of tag and server counts once, with the same data, when the shopper accepts', async () => {
  const shopper = await openShop('?epik=dj0yJnU9b2JD');
  // Requests take different times, which may not change the order of the view and the shopper's e-mail address.
  await shopper.page.clock.fastForward(60_000);
  await call(shopper, 'identify', { email: ' Pat.Lee+Pins@Example.com ' });
  await call(shopper, 'track', 'AddToCart', { id: 'a-1', value: 20, currency: 'USD', items: [{ id: 'sku-2', price: 20 }] });
  expect(pinterest.journalEvents()).toEqual([]);
  await call(shopper, 'consent', { adStorage: 'granted' });
  await shopper.page.evaluate(() => history.pushState(null, '', '/thanks'));
  await call(shopper, 'track', 'Purchase', purchase);
  await expect.poll(countBeacons).toBe(4);
  await finish(shopper, 3);
  expect(listReports()).toEqual([
    'add_to_cart: 1 of the server, 1 of the tag, counted',
    'checkout: 1 of the server, 1 of the tag, counted',
    // A local address is dropped, so the server lacks enough identity before the shopper is known.
    'page_visit: 0 of the server, 1 of the tag, counted',
    'page_visit: 1 of the server, 1 of the tag, counted',
  ]);
  for (const { server, browser: beacons } of pinterest.journalEvents().filter(({ isMerged }) => isMerged)) {
    const [report, beacon] = [Object(server[0]?.event), Object(beacons[0]?.event)];
    expect(report.user_data).toMatchObject({ em: beacon.user_data.em ?? report.user_data.em, click_id: 'dj0yJnU9b2JD' });
    const { content_name: _, ...data } = report.custom_data ?? {};
    expect(beacon.custom_data ?? {}).toEqual(data);
  }
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it("the page's own `pintrk('page')` counts the view, and the server sends none of its own", async () => {
  head = `<script>!function(w){var q=w.pintrk=function(){q.queue.push([].slice.call(arguments))};q.queue=[];q.version='3.0'}(window);
pintrk('load','2612345678901');pintrk('page');</script><script async src="${pinterest.url}/ct/core.js"></script>`;
  const shopper = await openShop();
  await call(shopper, 'identify', { email: 'pat.lee+pins@example.com' });
  await call(shopper, 'consent', { adStorage: 'granted' });
  await call(shopper, 'track', 'Lead', { id: 'l-1' });
  await expect.poll(countBeacons).toBe(2);
  await finish(shopper, 1);
  expect(listReports()).toEqual([
    'lead: 1 of the server, 1 of the tag, counted',
    'page_visit: 0 of the server, 1 of the tag, counted',
  ]);
  // The tag gave the browser an id, which goes as a hash.
  const [report] = pinterest.journalEvents().flatMap(({ server }) => server);
  expect(Object(report?.event).user_data.external_id).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it('no tag is loaded and nothing is received when the shopper declines', async () => {
  const shopper = await createShopper(browser);
  const loaded: string[] = [];
  shopper.page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await shopper.page.goto(shopUrl);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'identify', { email: 'pat.lee+pins@example.com' });
  await call(shopper, 'track', 'Purchase', { ...purchase, orderId: '1002' });
  await call(shopper, 'consent', { adStorage: 'denied' });
  await expect.poll(() => loaded.filter((path) => path === '/e').length).toBeGreaterThan(0);
  await finish(shopper, 0);
  expect(loaded.filter((path) => /\.js$/.test(path))).toEqual(['/p.js']);
  expect(pinterest.journalEvents()).toEqual([]);
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

const lead = (id: string) => ({
  name: 'Lead',
  id,
  time: clock.now(),
  user: { email: 'pat.lee+pins@example.com' },
  consent: { adStorage: 'granted', explicit: true },
});

/** Returns the outcome of each of these events at Pinterest. */
async function readOutcomes(ids: readonly string[]): Promise<Record<string, string | undefined>> {
  const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 200 });
  return Object.fromEntries(
    ids.map((id) => {
      const found = events.find((event) => 'id' in event && event.id === id);
      return [id, found && 'outcomes' in found ? found.outcomes[0]?.outcome : undefined];
    }),
  );
}

it.each(['html', 'html-200', 'truncated', '200-then-drop', 'reset', '401', '403', '429', '503', '422-no-list'] as const)(
  'no event is lost, and none is counted twice, after the answer %s',
  async (mode) => {
    const ids = [`${mode}-1`, `${mode}-2`];
    pinterest.faults({ mode, count: 2 });
    await post(gateway.url, ids.map(lead));
    await settleAll(gateway, clock);
    expect(await readOutcomes(ids)).toEqual(Object.fromEntries(ids.map((id) => [id, 'delivered'])));
    expect(pinterest.journalEvents().map(({ eventId, counted }) => [eventId, counted])).toEqual(ids.map((id) => [id, 'server']));
  },
);

it('a 200 delivers the events that it names as processed, and no other', async () => {
  pinterest.faults({ mode: 'reject', eventIds: ['f-2'] });
  await post(gateway.url, ['f-1', 'f-2', 'f-3'].map(lead));
  await settleAll(gateway, clock);
  expect(await readOutcomes(['f-1', 'f-2', 'f-3'])).toEqual({ 'f-1': 'delivered', 'f-2': 'dead', 'f-3': 'delivered' });
  expect(pinterest.journalEvents().map(({ eventId }) => eventId)).toEqual(['f-1', 'f-3']);
});
