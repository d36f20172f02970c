import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type OpenaiSimulator, startOpenaiSimulator } from '../../src/simulators/openai-ads/simulator.ts';
import { createShopper, launchBrowser, type Shopper } from '../browser.fixture.ts';
import { makeFolder, post, purchase, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, settleUntil, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop whose pixel loads OpenAI's pixel, and a gateway that reports to OpenAI. */

const pixelId = 'px-1';
const clickId = `gAAAAABo${'x-_Z9'.repeat(200)}==`;
const clock = createPacedClock();
let browser: Browser;
let gateway: PacedGateway;
let openai: OpenaiSimulator;
let shopUrl = '';
const folder = makeFolder();
const shop = createServer((_, response) => {
  const page = `<!doctype html><title>Wall clocks</title><link rel="icon" href="data:,">`;
  response.setHeader('content-type', 'text/html').end(page + buildSnippet(`${gateway.url}/p.js?k=${writeKey}`));
});

beforeAll(async () => {
  browser = await launchBrowser();
  openai = await startOpenaiSimulator({ port: 0, tokens: { [pixelId]: 'good-key' }, now: clock.now });
  const site = {
    domains: ['127.0.0.1'],
    consent: { policy: 'strict' },
    tags: { 'openai-ads': { mode: 'load', pixelId, script: `${openai.url}/sdk/oaiq.min.js` } },
    connections: [{ id: 'chatgpt', destination: 'openai-ads', settings: { pixelId, token: 'good-key', endpoint: openai.url } }],
  };
  gateway = await startPacedGateway(folder.writeConfig(openai.url, { site }), clock);
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const address = shop.address();
  shopUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await openai.close();
  shop.closeAllConnections();
  shop.close();
  folder.remove();
});
beforeEach(() => openai.clearJournal());

const call = ({ page }: Shopper, ...words: readonly unknown[]) =>
  page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words);
const order = {
  orderId: '1001',
  value: 125.4,
  currency: 'USD',
  items: [{ id: 'sku-1', name: 'Clock', price: 62.7, quantity: 2 }],
};

it('OpenAI counts a purchase once and with its click, when the shopper accepts', async () => {
  const shopper = await createShopper(browser);
  await shopper.page.goto(`${shopUrl}?oppref=${encodeURIComponent(clickId)}`);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'track', 'Subscribe', { id: 's-1', value: 5, items: [{ id: 'plan-1' }] });
  expect(openai.journalEvents()).toEqual([]);
  await call(shopper, 'consent', { adStorage: 'granted', adPersonalization: 'denied' });
  await call(shopper, 'track', 'Purchase', order);
  await expect.poll(() => openai.journalEvents().flatMap((event) => event.browser).length).toBe(3);
  await shopper.page.goto('about:blank');
  await settleUntil(() => openai.journalEvents().filter(({ server }) => server.length > 0).length >= 3, gateway, clock);
  const lines = openai
    .journalEvents()
    .map(({ eventName, server, browser: beacons, counted, isMerged }) =>
      [eventName, server.length, beacons.length, counted, isMerged].join(' '),
    );
  expect(lines.toSorted()).toEqual([
    'order_created 1 1 browser true',
    'page_viewed 1 1 browser true',
    'subscription_created 1 1 browser true',
  ]);
  for (const { server, browser: beacons } of openai.journalEvents()) {
    const [report, beacon] = [Object(server[0]?.event), Object(beacons[0]?.event)];
    expect([report.oppref, beacon.oppref]).toEqual([clickId, clickId]);
    expect([report.opt_out, beacon.opt_out]).toEqual([true, true]);
    // The page names no currency, and the driver has the site's.
    expect(beacon.data).toEqual(report.data);
  }
  // The pixel's browser id reaches the server with the events after it.
  const cookies = await shopper.context.cookies(shopUrl);
  expect(cookies.find(({ name }) => name === '__obref')?.value).toMatch(/^ob1\.[0-9a-f]{24}$/);
  expect(shopper.pageErrors).toEqual([]);
  await shopper.close();
});

it('no tag is loaded and OpenAI receives nothing when the shopper declines', async () => {
  const shopper = await createShopper(browser);
  const loaded: string[] = [];
  shopper.page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await shopper.page.goto(`${shopUrl}?oppref=gAAAA-2`);
  await shopper.page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await call(shopper, 'track', 'Purchase', { ...order, orderId: '1002' });
  await call(shopper, 'consent', { adStorage: 'denied' });
  await expect.poll(() => loaded.filter((path) => path === '/e').length).toBeGreaterThan(0);
  await shopper.page.goto('about:blank');
  await settleAll(gateway, clock);
  expect(loaded.filter((path) => path.endsWith('.js'))).toEqual(['/p.js']);
  expect(openai.journalEvents()).toEqual([]);
  await shopper.close();
});

it('no event is lost, and none is delivered that OpenAI did not accept, whatever OpenAI answers', async () => {
  const faults = ['html', 'truncated', 'error-in-200', '401', '429', '400-no-details'] as const;
  for (const [index, mode] of faults.entries()) {
    // A refusal of the batch without a reason is bisected, so it must end before the last event is alone.
    openai.faults({ mode, count: mode === '400-no-details' ? 1 : 2 });
    const ids = [`w-${index}-a`, `w-${index}-b`];
    await post(
      gateway.url,
      ids.map((id) => purchase(id, { user: { email: 'jane.doe@example.com' }, page: { url: 'https://shop.example/thanks' } })),
    );
    await settleAll(gateway, clock);
    const accepted = openai.journalEvents().filter(({ eventId }) => ids.includes(eventId ?? ''));
    expect(accepted.map(({ eventId, counted }) => [eventId, counted]).toSorted(), mode).toEqual(ids.map((id) => [id, 'server']));
    const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 2 });
    const outcomes = events.flatMap((event) => ('outcomes' in event ? event.outcomes.map(({ outcome }) => outcome) : []));
    expect(outcomes, mode).toEqual(['delivered', 'delivered']);
  }
});

it('an event that OpenAI refuses becomes a dead letter, and the others of its batch are delivered', async () => {
  openai.faults({ mode: 'reject', eventIds: ['r-2'] });
  await post(
    gateway.url,
    ['r-1', 'r-2', 'r-3'].map((id) =>
      purchase(id, { user: { email: 'jane.doe@example.com' }, page: { url: 'https://shop.example/thanks' } }),
    ),
  );
  await settleAll(gateway, clock);
  openai.faults({ mode: 'ok' });
  expect(
    openai
      .journalEvents()
      .map(({ eventId }) => eventId)
      .toSorted(),
  ).toEqual(['r-1', 'r-3']);
  const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 3 });
  const outcomes = events.flatMap((event) => ('id' in event ? [[event.id, event.outcomes[0]?.outcome]] : []));
  expect(Object.fromEntries(outcomes)).toEqual({ 'r-1': 'delivered', 'r-2': 'dead', 'r-3': 'delivered' });
});
