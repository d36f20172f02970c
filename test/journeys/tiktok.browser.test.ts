import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { hourMs } from '../../src/event/units.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { startTiktokSimulator, type TiktokSimulator } from '../../src/simulators/tiktok/simulator.ts';
import { createShopper, launchBrowser, type Shopper } from '../browser.fixture.ts';
import { eventually, makeFolder, post, purchase, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, settleUntil, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop with a connection to TikTok, whose pixel loads TikTok's tag. */

const pixelCode = 'C4ABCDEF0123456789AB';
const token = 'good-token';
const clock = createPacedClock();
let browser: Browser;
let gateway: PacedGateway;
let tiktok: TiktokSimulator;
let shopUrl = '';
const folder = makeFolder();
const shop = createServer((_, response) => {
  const page = `<!doctype html><title>Wall clocks</title><link rel="icon" href="data:,">`;
  response.setHeader('content-type', 'text/html').end(page + buildSnippet(`${gateway.url}/p.js?k=${writeKey}`));
});

beforeAll(async () => {
  browser = await launchBrowser();
  tiktok = await startTiktokSimulator({ port: 0, tokens: { [pixelCode]: token }, now: clock.now });
  const site = {
    domains: ['127.0.0.1'],
    consent: { policy: 'strict' },
    tags: { tiktok: { mode: 'load', pixelCode, script: `${tiktok.url}/i18n/pixel/events.js` } },
    connections: [{ id: 'tiktok', destination: 'tiktok', settings: { pixelCode, token, endpoint: tiktok.url } }],
  };
  gateway = await startPacedGateway(folder.writeConfig(tiktok.url, { site }), clock);
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const address = shop.address();
  shopUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await tiktok.close();
  shop.closeAllConnections();
  shop.close();
  folder.remove();
});
beforeEach(() => tiktok.clearJournal());

const call = ({ page }: Shopper, ...words: readonly unknown[]) =>
  page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words);

/** Returns the newest outcome of each event at the connection, by event id. */
async function listOutcomes(): Promise<ReadonlyMap<string, string>> {
  const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 200 });
  return new Map(
    events.flatMap((event) => ('id' in event ? event.outcomes.map(({ outcome }) => [event.id, outcome] as const) : [])),
  );
}

it('TikTok counts a purchase of tag and server once, with the click whole, when the shopper accepts', async () => {
  const ttclid = `E.C.P.${'Qz9_'.repeat(510)}ab`;
  const shopper = await createShopper(browser);
  await shopper.page.goto(`${shopUrl}?ttclid=${ttclid}`);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'identify', { email: ' Jane.Doe+Shop@Gmail.com ', externalId: ' Customer-42 ' });
  await call(shopper, 'track', 'SignUp', { id: 's-1' });
  expect(tiktok.journalEvents()).toEqual([]);
  await call(shopper, 'consent', { adStorage: 'granted' });
  await expect
    .poll(() =>
      tiktok
        .journalEvents()
        .map(({ eventName }) => eventName)
        .toSorted(),
    )
    .toEqual(['CompleteRegistration', 'Pageview']);
  // The next page has no click in its URL. The gateway and the tag keep it in their cookies.
  const getCookieNames = async () => (await shopper.context.cookies(shopUrl)).map(({ name }) => name);
  await expect.poll(getCookieNames).toContain('_cv_click');
  await shopper.page.goto(`${shopUrl}thanks`);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'consent', { adStorage: 'granted' });
  await call(shopper, 'identify', { email: ' Jane.Doe+Shop@Gmail.com ', externalId: ' Customer-42 ' });
  await call(shopper, 'track', 'Purchase', {
    orderId: '1001',
    value: 125.4,
    currency: 'USD',
    items: [{ id: 'sku-1', price: 62.7, quantity: 2 }],
  });
  await expect.poll(() => tiktok.journalEvents().filter(({ browser: beacons }) => beacons.length > 0).length).toBe(4);
  await shopper.page.goto('about:blank');
  await settleUntil(() => tiktok.journalEvents().filter(({ server }) => server.length > 0).length >= 2, gateway, clock);
  const seen = tiktok.journalEvents().map(({ eventName, server, browser: beacons, counted }) => {
    return `${eventName}: ${server.length} of the server, ${beacons.length} of the tag, ${counted === 'none' ? 'not ' : ''}counted`;
  });
  expect(seen.toSorted()).toEqual([
    'CompleteRegistration: 1 of the server, 1 of the tag, counted',
    'Pageview: 0 of the server, 1 of the tag, counted',
    'Pageview: 0 of the server, 1 of the tag, counted',
    'Purchase: 1 of the server, 1 of the tag, counted',
  ]);
  const bought = tiktok.journalEvents().find(({ eventName }) => eventName === 'Purchase');
  const [report, beacon] = [Object(bought?.server[0]?.event), Object(bought?.browser[0]?.event)];
  expect(bought).toMatchObject({ mergedBy: 'event_id', eventId: report.event_id });
  expect(beacon.properties).toEqual(report.properties);
  const { email, external_id, ttp } = beacon.user;
  expect(report.user).toMatchObject({ email, external_id, ttp, ttclid });
  expect(email).toBe('12122421314e3c02d8acd5467f1266e839588a1ea2e4da1c2ab81036b7cd62e5');
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it('TikTok receives nothing, and its tag is not loaded, when the shopper declines', async () => {
  const shopper = await createShopper(browser);
  const loaded: string[] = [];
  shopper.page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await shopper.page.goto(shopUrl);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'track', 'Purchase', { orderId: '1002', value: 1, currency: 'USD' });
  await call(shopper, 'consent', { adStorage: 'denied' });
  await expect.poll(() => loaded.filter((path) => path === '/e').length).toBeGreaterThan(0);
  await shopper.page.goto('about:blank');
  await settleAll(gateway, clock);
  expect(loaded.filter((path) => /\.js$/.test(path))).toEqual(['/p.js']);
  expect(tiktok.journalEvents()).toEqual([]);
  await shopper.close();
});

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
/** An event that is not held for a second report. */
const order = (id: string) =>
  purchase(id, {
    name: 'Lead',
    time: clock.now(),
    user: { email: 'jane@shop.example', ip: '203.0.113.42', userAgent },
    page: { url: 'https://shop.example/thanks' },
  });

it('no event is lost, and none is delivered that TikTok did not take, whatever TikTok answers', async () => {
  const faults = [
    { mode: 'html' },
    { mode: 'truncated' },
    { mode: 'no-code' },
    { mode: 'revoked' },
    { mode: 'throttle', status: 401 },
    { mode: 'throttle', status: 200, retryAfter: 2 },
    { mode: 'system-error', status: 200 },
    { mode: '403' },
    { mode: '200-then-drop' },
  ] as const;
  const ids: string[] = [];
  clock.pace(20);
  for (const [index, fault] of faults.entries()) {
    const id = `o-${index}`;
    ids.push(id);
    const before = tiktok.journal().length;
    tiktok.faults(fault);
    await post(gateway.url, [order(id)]);
    expect(await eventually(() => tiktok.journal().length > before), fault.mode).toBe(true);
    expect(['undelivered', 'waiting'], fault.mode).toContain((await listOutcomes()).get(id));
    tiktok.faults({ mode: 'ok' });
    await settleAll(gateway, clock);
    expect((await listOutcomes()).get(id), fault.mode).toBe('delivered');
  }
  const counted = tiktok
    .journalEvents()
    .map(({ eventId, server }) => [eventId, server.filter(({ use }) => use === 'first').length]);
  expect(new Map(counted.map(([id, times]) => [id, times]))).toEqual(new Map(ids.map((id) => [id, 1])));
  expect(counted).toHaveLength(ids.length);
});

it('an event is sent for 47 hours, and not after TikTok would count its copy again', async () => {
  tiktok.faults({ mode: 'html' });
  await post(gateway.url, [order('late')]);
  clock.pace(200);
  const waitForAttempt = async () => {
    const before = tiktok.journal().length;
    expect(await eventually(() => tiktok.journal().length > before)).toBe(true);
  };
  await waitForAttempt();
  clock.jump(46 * hourMs);
  await waitForAttempt();
  expect(['undelivered', 'waiting']).toContain((await listOutcomes()).get('late'));
  clock.jump(hourMs);
  expect(await eventually(async () => (await listOutcomes()).get('late') === 'dead')).toBe(true);
  tiktok.faults({ mode: 'ok' });
  await post(gateway.url, [order('next')]);
  await settleAll(gateway, clock);
  expect(tiktok.journalEvents().map(({ eventId }) => eventId)).toEqual(['next']);
});

it('only the refused events are dead, and a partial success delivers nothing, when a 200 has a code', async () => {
  tiktok.faults({ mode: 'reject', eventIds: ['bad-1', 'bad-2', 'bad-3'] });
  await post(gateway.url, ['good-1', 'bad-1', 'good-2', 'bad-2', 'bad-3', 'good-3'].map(order));
  await settleAll(gateway, clock);
  tiktok.faults({ mode: 'reject', eventIds: ['unnamed'], details: 'none' });
  await post(gateway.url, ['good-4', 'unnamed', 'good-5'].map(order));
  await settleAll(gateway, clock);
  tiktok.faults({ mode: 'partial', count: 1 });
  await post(gateway.url, [order('part')]);
  await settleAll(gateway, clock);
  tiktok.faults({ mode: 'ok' });
  const outcomes = await listOutcomes();
  for (const id of ['bad-1', 'bad-2', 'bad-3', 'unnamed']) expect(outcomes.get(id), id).toBe('dead');
  for (const id of ['good-1', 'good-2', 'good-3', 'good-4', 'good-5']) expect(outcomes.get(id), id).toBe('delivered');
  expect(outcomes.get('part')).toBe('unverified');
  expect(
    tiktok
      .journalEvents()
      .map(({ eventId }) => eventId)
      .toSorted(),
  ).toEqual(['good-1', 'good-2', 'good-3', 'good-4', 'good-5', 'part']);
});
