import { createServer } from 'node:http';
import type { Browser, Page, Request } from 'playwright-core';
import { beforeAll, describe, expect, it as plainIt } from 'vitest';
import { findFreePort } from '../../scripts/free-port.ts';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type DemoShop, startDemoShop } from '../../src/simulators/demo-shop/demo-shop.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { buy, press } from '../demo-shopper.fixture.ts';
import { eventually, type Folder, makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shopper in real Chromium, the demo shop, a gateway, and Microsoft's simulator, which must receive every event. */

let browser: Browser;
beforeAll(async () => {
  browser = await getSharedBrowser();
});

/** Opens a scene for one test. It is closed at the end of the test. */
type OpenScene = (policy?: 'regional' | 'granted') => Promise<Scene>;

/** A test with its own scene, so that tests can run concurrently. Most of their time is waiting. */
const it = plainIt.extend<{ open: OpenScene }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixture's dependencies from the pattern
  open: async ({}, use) => {
    const cleanups: (() => unknown)[] = [];
    await use((policy) => openScene(cleanups, policy));
    for (const cleanUp of cleanups.toReversed()) await cleanUp();
  },
});

interface Scene {
  readonly folder: Folder;
  readonly microsoft: MicrosoftSimulator;
  readonly gateway: PacedGateway;
  readonly shop: DemoShop;
  readonly shopper: Shopper;
  readonly page: Page;
  /** Starts the gateway again at the same address. */
  restart(): Promise<PacedGateway>;
  /** Calls the function at the end of the test. */
  cleanUpBy(close: () => unknown): void;
}

/** Opens a scene. `regional` without a known country treats a missing choice as denied, so the banner decides. */
async function openScene(cleanups: (() => unknown)[], policy: 'regional' | 'granted' = 'regional'): Promise<Scene> {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  const clock = createPacedClock();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  cleanups.push(() => microsoft.close());
  const site = { domains: ['127.0.0.1'], consent: { policy } };
  const config = folder.writeConfig(microsoft.url, { site, port: await findFreePort() });
  const gateway = await startPacedGateway(config, clock);
  cleanups.push(() => gateway.stop());
  const shop = await startDemoShop({ port: 0, pixel: `${gateway.url}/p.js?k=${writeKey}` });
  cleanups.push(() => shop.close());
  const shopper = await createShopper(browser);
  cleanups.push(shopper.close);
  const restart = async () => {
    const restarted = await startPacedGateway(config, clock);
    cleanups.push(() => restarted.stop());
    return restarted;
  };
  return { folder, microsoft, gateway, shop, shopper, page: shopper.page, restart, cleanUpBy: (close) => cleanups.push(close) };
}

const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const sentClick = 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab';
const em = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const ph = 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e';

async function getConveyCookies({ context }: Shopper): Promise<string[]> {
  return (await context.cookies()).flatMap(({ name }) => (name.startsWith('_cv') ? [name] : [])).sort();
}

const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const markerPrefix = 'marker-';

type JournalEvent = ReturnType<MicrosoftSimulator['journalEvents']>[number];

const getNames = (events: readonly JournalEvent[]) => events.map(({ eventName, eventType }) => eventName ?? eventType);
const getServerEvent = (event: JournalEvent | undefined) => event?.server[0]?.event ?? {};
const getUserData = (event: JournalEvent | undefined) => Object(getServerEvent(event).userData);

/** Returns the events that Microsoft received, without markers. */
const getEvents = (microsoft: MicrosoftSimulator) =>
  microsoft.journalEvents().filter(({ eventId }) => !eventId?.startsWith(markerPrefix));

/** Waits until Microsoft has this number of events and a later marker. Expects one report of each event. */
async function waitForEvents({ microsoft, gateway, shop }: Scene, count: number): Promise<readonly JournalEvent[]> {
  const hasAll = await eventually(() => getEvents(microsoft).length >= count);
  const marker = `${markerPrefix}${crypto.randomUUID()}`;
  const consent = { adStorage: 'granted', source: 'call', explicit: true };
  const response = await fetch(`${gateway.url}/e`, {
    method: 'POST',
    headers: { origin: new URL(shop.url).origin, 'user-agent': agent },
    body: JSON.stringify({ writeKey, sentAt: Date.now(), events: [{ id: marker, name: 'Lead', consent }] }),
  });
  expect(response.status).toBe(202);
  expect(await eventually(() => microsoft.journalEvents().some(({ eventId }) => eventId === marker))).toBe(true);
  const events = getEvents(microsoft);
  expect(hasAll, `received ${getNames(events).join(', ')}`).toBe(true);
  for (const { server } of events) expect(server, 'each event once').toHaveLength(1);
  return events.toSorted((a, b) => Number(getServerEvent(a).eventTime) - Number(getServerEvent(b).eventTime));
}

/** Checks that a request reports an event of this name to the collector. */
const isReport = ({ gateway }: Scene, request: Request, name: string) =>
  request.url() === `${gateway.url}/e` && (request.postData()?.includes(`"${name}"`) ?? false);

/** Returns the pattern of an order's event id. The shop's server adds a random part. */
const purchaseIdPattern = (order: string) => new RegExp(`^purchase-${order}-[0-9a-f]{16}$`);

describe.concurrent('a shopper', () => {
  it('lands from an ad, browses, searches and buys, and returns another day as the same visitor', async ({ open }) => {
    const scene = await open();
    const { page, shop, shopper, microsoft } = scene;
    await page.goto(`${shop.url}/?msclkid=${msclkid}`);
    await press(page, 'Accept');
    // A report that the page could not send before it is left is stored, without the search term.
    const searched = page.waitForResponse((response) => isReport(scene, response.request(), 'Search'));
    await page.goto(`${shop.url}/search?q=wall+clock`);
    await searched;
    await page.goto(`${shop.url}/p/cube-desk`);
    const order = await buy(page);
    const events = await waitForEvents(scene, 11);
    expect(getNames(events).sort()).toEqual(
      [...Array(6).fill('pageLoad'), 'search', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase'].sort(),
    );
    const [first] = events;
    const visitor = getUserData(first).anonymousId;
    expect(visitor).toMatch(/^[0-9a-f]{32}$/);
    expect(events.map((event) => [getUserData(event).anonymousId, getUserData(event).msclkid])).toEqual(
      Array(11).fill([visitor, sentClick]),
    );
    const byName = (name: string) => getServerEvent(events.find(({ eventName }) => eventName === name));
    expect(byName('search')).toMatchObject({ customData: { searchTerm: 'wall clock', pageType: 'searchresults' } });
    expect(byName('purchase')).toMatchObject({
      eventId: expect.stringMatching(purchaseIdPattern(order)),
      adStorageConsent: 'G',
      eventSourceUrl: `${shop.url}/thanks?order=${order}`,
      userData: { em, ph, anonymousId: visitor, msclkid: sentClick },
      customData: { value: 79, currency: 'USD', transactionId: order, itemIds: ['cube-desk'], pageType: 'purchase' },
    });
    expect(getUserData(events[0])).not.toHaveProperty('em');
    const loads = events.filter(({ eventType }) => eventType === 'pageLoad').map((event) => getServerEvent(event).pageLoadId);
    expect(new Set(loads).size).toBe(6);
    expect(loads).toContain(byName('purchase').pageLoadId);

    const cookies = await shopper.context.cookies();
    microsoft.clearJournal();
    const later = await createShopper(browser);
    scene.cleanUpBy(later.close);
    await later.context.addCookies(cookies);
    await later.page.goto(shop.url);
    await press(later.page, 'Accept');
    await later.page.goto(`${shop.url}/p/early-bell`);
    await buy(later.page);
    const allEvents = await waitForEvents(scene, 9);
    expect(allEvents.map((event) => [getUserData(event).anonymousId, getUserData(event).msclkid])).toEqual(
      Array(9).fill([visitor, sentClick]),
    );
    expect([...shopper.pageErrors, ...later.pageErrors]).toEqual([]);
  });

  it('is not reported after declining, and is reported with the click after accepting on the same page', async ({ open }) => {
    const scene = await open();
    const { page, shop, shopper } = scene;
    await page.goto(`${shop.url}/p/cube-desk?msclkid=${msclkid}`);
    await press(page, 'Decline');
    const response = page.waitForResponse((one) => isReport(scene, one.request(), 'AddToCart'));
    await press(page, 'Add to cart');
    await response;
    expect(await getConveyCookies(shopper)).toEqual([]);
    await press(page, 'Cookie settings');
    await press(page, 'Accept');
    await press(page, 'Add to cart');
    const events = await waitForEvents(scene, 1);
    const [only] = events;
    expect([only?.eventName, getUserData(only).msclkid]).toEqual(['add_to_cart', sentClick]);
    expect(events).toHaveLength(1);
    expect(await getConveyCookies(shopper)).toEqual(['_cv_click', '_cv_consent', '_cv_id']);
    expect(shopper.pageErrors).toEqual([]);
  });

  it("views a page again when going back to the browser's cached page", async ({ open }) => {
    const scene = await open('granted');
    const { page, shop } = scene;
    await page.goto(`${shop.url}/p/cube-desk`);
    await waitForEvents(scene, 2);
    // Headless Chromium has no back-forward cache, so the test dispatches the events of a cached page.
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    const events = await waitForEvents(scene, 3);
    expect(getNames(events)).toEqual(['pageLoad', 'view_item', 'pageLoad']);
    expect(new Set(events.map((event) => getServerEvent(event).pageLoadId)).size).toBe(2);
    expect(new Set(events.map((event) => getUserData(event).anonymousId)).size).toBe(1);
  });

  it('is the same visitor in a frame of the shop, and a new one without cookies in a sandbox', async ({ open }) => {
    const scene = await open('granted');
    const { page, shop, shopper, gateway } = scene;
    await page.goto(`${shop.url}/account`);
    await page.setContent(`<iframe src="${shop.url}/c/mantel"></iframe>`);
    await page.frameLocator('iframe').getByRole('heading').first().waitFor();
    const [, framed] = await waitForEvents(scene, 2);
    expect(getServerEvent(framed).eventSourceUrl).toBe(`${shop.url}/c/mantel`);
    const script = `${buildSnippet(`${gateway.url}/p.js?k=${writeKey}`)}<script>convey('track', 'Lead', { id: 'from-sandbox' })</script>`;
    const frame = `<iframe sandbox="allow-scripts" srcdoc="${script.replaceAll('"', '&quot;')}"></iframe>`;
    const host = createServer((_, response) => void response.setHeader('content-type', 'text/html').end(frame));
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    scene.cleanUpBy(() => host.close());
    const before = await shopper.context.cookies(gateway.url);
    const address = host.address();
    await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
    const events = await waitForEvents(scene, 4);
    const lead = events.find(({ eventId }) => eventId === 'from-sandbox');
    expect(getServerEvent(lead).eventSourceUrl).toBe(page.url());
    expect(getUserData(lead).anonymousId).toMatch(/^[0-9a-f]{32}$/);
    expect(getUserData(lead).anonymousId).not.toBe(getUserData(framed).anonymousId);
    expect((await shopper.context.cookies(gateway.url)).map(({ value }) => value)).toEqual(before.map(({ value }) => value));
    expect(shopper.pageErrors).toEqual([]);
  });

  it('loses nothing while offline', async ({ open }) => {
    const scene = await open();
    const { page, shop, shopper } = scene;
    await page.goto(`${shop.url}/p/cube-desk`);
    await press(page, 'Accept');
    await waitForEvents(scene, 2);
    await shopper.context.setOffline(true);
    const failure = page.waitForEvent('requestfailed', (request) => isReport(scene, request, 'AddToCart'));
    await press(page, 'Add to cart');
    await failure;
    await shopper.context.setOffline(false);
    const events = await waitForEvents(scene, 3);
    expect(getNames(events)).toEqual(expect.arrayContaining(['add_to_cart']));
    expect(shopper.pageErrors).toEqual([]);
  });

  it('is reported from the next page after buying while the collector was down', async ({ open }) => {
    const scene = await open();
    const { page, shop, shopper, gateway } = scene;
    await page.goto(`${shop.url}/p/cube-desk`);
    await press(page, 'Accept');
    await waitForEvents(scene, 2);
    const script = await (await fetch(`${gateway.url}/p.js?k=${writeKey}`)).text();
    await gateway.stop();
    // The browser has the pixel's script in its cache while the collector is down.
    await shopper.context.route('**/p.js*', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
    const failure = page.waitForEvent('requestfailed', (request) => isReport(scene, request, 'InitiateCheckout'));
    const order = await buy(page);
    await failure;
    const readStorage = async () => String(await page.evaluate('JSON.stringify(localStorage)'));
    expect(await eventually(async () => (await readStorage()).includes('Purchase'))).toBe(true);
    await shopper.context.unroute('**/p.js*');
    await scene.restart();
    await page.goto(shop.url);
    const events = await waitForEvents(scene, 8);
    expect(events.filter(({ eventName }) => eventName === 'purchase').map(({ eventId }) => eventId)).toEqual([
      expect.stringMatching(purchaseIdPattern(order)),
    ]);
    expect(getNames(events).filter((name) => name === 'pageLoad').length).toBe(5);
    expect(shopper.pageErrors).toEqual([]);
  });

  it('is reported as a buyer when closing the tab right after the purchase', async ({ open }) => {
    const scene = await open();
    const { page, shop, gateway } = scene;
    await page.goto(`${shop.url}/p/cube-desk`);
    const answered = page.waitForResponse((one) => one.url() === `${gateway.url}/e`);
    await press(page, 'Accept');
    await (await answered).finished();
    await page.evaluate(() => {
      Reflect.get(window, 'convey')('track', 'AddToCart', { id: 'last-look', items: [{ id: 'cube-desk' }] });
      Reflect.get(window, 'convey')('track', 'Purchase', { orderId: 'M-LAST', value: 79, currency: 'USD' });
    });
    await page.close({ runBeforeUnload: false });
    const events = await waitForEvents(scene, 4);
    expect(events.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(['last-look', 'purchase-M-LAST']));
  });

  it('can shop without an error while the collector is down', async ({ open }) => {
    const scene = await open();
    const { page, shop, shopper, gateway } = scene;
    await gateway.stop();
    await page.goto(`${shop.url}/p/cube-desk`);
    await press(page, 'Accept');
    await buy(page);
    expect(await page.getByRole('heading', { name: 'Thank you for your order' }).isVisible()).toBe(true);
    expect(shopper.pageErrors).toEqual([]);
  });
});
