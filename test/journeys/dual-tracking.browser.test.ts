import type { Browser } from 'playwright-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { startDemoShop } from '../../src/simulators/demo-shop/demo-shop.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { buy, press } from '../demo-shopper.fixture.ts';
import { eventually, makeFolder, post, tagId, writeKey } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';

/** The demo shop with the pixel, which loads the tag: Microsoft receives reports of the browser and of the gateway. */

let browser: Browser;
beforeAll(async () => {
  browser = await getSharedBrowser();
});

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

interface Scene {
  readonly microsoft: MicrosoftSimulator;
  readonly gatewayUrl: string;
  readonly shopper: Shopper;
  readonly shop: string;
}

async function open(): Promise<Scene> {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  const clock = createPacedClock();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  cleanups.push(microsoft.close);
  const settings = { tagId, token: 'good-token', endpoint: microsoft.url, customerId: '254610987' };
  const site = {
    domains: ['127.0.0.1'],
    uet: { mode: 'load', tagId, script: `${microsoft.url}/bat.js`, idSync: `${microsoft.url}/c.gif` },
    connections: [{ id: 'bing', destination: 'microsoft', settings }],
  };
  const gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site }), clock);
  cleanups.push(gateway.stop);
  const shop = await startDemoShop({ port: 0, pixel: `${gateway.url}/p.js?k=${writeKey}`, tagOrigin: microsoft.url });
  cleanups.push(shop.close);
  const shopper = await createShopper(browser);
  cleanups.push(shopper.close);
  return { microsoft, gatewayUrl: gateway.url, shopper, shop: shop.url };
}

/** Visits the shop from an ad, consents, searches, views a product and buys. Returns the order's id. */
async function visit({ shopper: { page }, shop }: Scene): Promise<string> {
  await page.goto(`${shop}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
  const isDecided = page.waitForRequest(
    (one) => one.url().endsWith('/e') && (one.postData() ?? '').includes('"name":"PageView"'),
  );
  await press(page, 'Accept');
  // Only then is it decided who counts the page view.
  await isDecided;
  for (const path of ['/search?q=wall+clock', '/p/cube-desk']) {
    await page.goto(shop + path, { waitUntil: 'networkidle' });
  }
  return buy(page, 'networkidle');
}

const views = 6;
const events = ['add_to_cart', 'begin_checkout', 'purchase', 'search', 'view_item'];

type JournalEvent = ReturnType<MicrosoftSimulator['journalEvents']>[number];

/** Waits until all events are complete, and leaves the shop. Returns the events that Microsoft received up to a last one. */
async function getReceived({ microsoft, gatewayUrl, shopper }: Scene, isReported: (event: JournalEvent) => boolean) {
  const all = () => microsoft.journalEvents().filter(({ eventId }) => eventId !== 'the-end');
  const hasAll = () => all().length >= views + events.length && all().every(isReported);
  const isComplete = await eventually(hasAll);
  const summary = all().map(({ eventName, eventType, server, browser: beacons }) => [
    eventName ?? eventType,
    server.length,
    beacons.length,
  ]);
  expect(isComplete, JSON.stringify(summary)).toBe(true);
  await shopper.page.goto('about:blank');
  const consent = { adStorage: 'granted', source: 'server', explicit: true };
  await post(gatewayUrl, [{ id: 'the-end', name: 'Lead', user: { email: 'jane.doe@example.com' }, consent }]);
  expect(await eventually(() => microsoft.journalEvents().some(({ eventId }) => eventId === 'the-end'))).toBe(true);
  return {
    pageViews: all().filter(({ eventType }) => eventType === 'pageLoad'),
    conversions: all()
      .filter(({ eventType }) => eventType === 'custom')
      .toSorted((a, b) => `${a.eventName}`.localeCompare(`${b.eventName}`)),
  };
}

it('counts once every event that the tag and the gateway both report, and leaves the page views to the tag', async () => {
  const scene = await open();
  const order = await visit(scene);
  const both = ({ eventType, server, browser: beacons }: JournalEvent) =>
    eventType === 'pageLoad' || server.length + beacons.length === 2;
  const { pageViews, conversions } = await getReceived(scene, both);
  expect(conversions.map(({ eventName, server, browser: beacons }) => [eventName, server.length, beacons.length])).toEqual(
    events.map((name) => [name, 1, 1]),
  );
  expect(conversions.filter(({ counted, doubtful }) => counted === 'none' || doubtful)).toEqual([]);
  expect(conversions.find(({ eventName }) => eventName === 'purchase')).toMatchObject({
    eventId: expect.stringMatching(new RegExp(`^purchase-${order}-[0-9a-f]{16}$`)),
  });
  expect(pageViews.map(({ server, browser: beacons, doubtful }) => [server.length, beacons.length, doubtful])).toEqual(
    Array(views).fill([0, 1, false]),
  );
  expect(scene.microsoft.journalSyncs()).toMatchObject([{ customerId: '254610987', problem: null }]);
  expect(scene.shopper.pageErrors).toEqual([]);
});

it('reports the same purchase with both sides', async () => {
  const scene = await open();
  await visit(scene);
  const { conversions } = await getReceived(
    scene,
    ({ eventName, server, browser: beacons }) => eventName !== 'purchase' || server.length + beacons.length === 2,
  );
  const { server, browser: beacons } = conversions.find(({ eventName }) => eventName === 'purchase') ?? {
    server: [],
    browser: [],
  };
  const [serverEvent, browserEvent] = [Object(server[0]?.event), Object(beacons[0]?.event)];
  expect(browserEvent.customData).toEqual({ ...serverEvent.customData });
  for (const name of ['em', 'ph', 'anonymousId']) expect(browserEvent.userData[name]).toBe(serverEvent.userData[name]);
});

it('loses nothing when the tag is blocked: the gateway reports the whole visit', async () => {
  const scene = await open();
  await scene.shopper.page.route('**/bat.js', (route) => route.abort('blockedbyclient'));
  await visit(scene);
  const { pageViews, conversions } = await getReceived(scene, ({ server }) => server.length === 1);
  expect(conversions.map(({ eventName }) => eventName)).toEqual(events);
  expect(pageViews).toHaveLength(views);
  expect([...pageViews, ...conversions].map(({ counted }) => counted)).toEqual(Array(views + events.length).fill('server'));
  expect(scene.shopper.pageErrors).toEqual([]);
});
