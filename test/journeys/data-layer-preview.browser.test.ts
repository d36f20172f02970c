import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { createShopper, getSharedBrowser } from '../browser.fixture.ts';
import { eventually, type Folder, makeFolder, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

/** A site in the mode `preview`: the events of a page are shown to a session that an account opened, and to nobody else. */

const site = { domains: ['127.0.0.1'], consent: { policy: 'granted' }, capture: { dataLayer: { mode: 'preview' } } };
let folder: Folder;
let gateway: PacedGateway;
let shop: string;

const script = `window.dataLayer = [{ event: 'gtm.js' }, { ecommerce: null }];
dataLayer.push({ event: 'view_item', ecommerce: { value: 5, items: [{ item_id: 'secret-sku' }] } });
dataLayer.push({ event: 'order_done', basket: { total: 12.5, no: 'B-7', lines: [{ sku: 's1' }] }, user: { email: 'jane@shop.example' } });
dataLayer.push({ event: 'select_item', ecommerce: {} });`;
const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(
    `<!doctype html><title>Shop</title><script>${script}</script>${buildSnippet(`${gateway.url}/p.js?k=${writeKey}`)}`,
  );
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  shop = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});
afterEach(async () => {
  await gateway.stop();
  folder.remove();
});

const list = () => gateway.callApi('GET /api/sites/:site/seen-events', { site: 'shop' });

it.each([1, 2])('the events of a page are listed for a session without their values, with %s threads', async (threads) => {
  folder = makeFolder();
  gateway = await startLocalGateway(folder.writeConfig('http://127.0.0.1', { site, collector: { threads } }));
  const shopper = await createShopper(await getSharedBrowser());
  onTestFinished(() => shopper.close());
  const { page } = shopper;
  const bodies: string[] = [];
  page.on('request', (request) => bodies.push(request.postData() ?? ''));
  const countViews = async () =>
    (await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 50 })).events.length;
  await page.goto(`${shop}/product`);
  expect(await eventually(async () => (await countViews()) === 1)).toBe(true);
  expect(await list()).toEqual({ events: [] });
  expect(bodies.join()).not.toContain('order_done');

  const loadPixel = async () => (await fetch(`${gateway.url}/p.js?k=${writeKey}`)).text();
  expect(await loadPixel()).not.toContain('overlay.js');
  const { token } = await gateway.callApi('POST /api/sites/:site/page-sessions', { site: 'shop' });
  expect(await eventually(async () => (await loadPixel()).includes('overlay.js'))).toBe(true);
  await page.goto(`${shop}/product?a=1&convey_debug=${token}`);
  expect(await eventually(async () => (await list()).events.length === 3)).toBe(true);
  expect(page.url()).toBe(`${shop}/product?a=1`);
  const { events, endsAt } = await list();
  expect(endsAt).toBeGreaterThan(Date.now() + 3_000_000);
  expect(new Map(events.map(({ name, lastAt: _, ...event }) => [name, event]))).toEqual(
    new Map<string, object>([
      [
        'view_item',
        { state: 'reported', as: 'ViewContent', ga4: 'view_item', keys: ['ecommerce.value', 'ecommerce.items.item_id'] },
      ],
      ['order_done', { state: 'unmapped', keys: ['basket.total', 'basket.no', 'basket.lines.sku', 'user.email'] }],
      ['select_item', { state: 'not-chosen', ga4: 'select_item', keys: [] }],
    ]),
  );

  // The tab keeps its session on the next page. The token works nowhere else.
  const next = page.waitForRequest((request) => request.postData()?.includes('"seen"') === true);
  await page.goto(`${shop}/cart`);
  expect(await (await (await next).response())?.json()).toEqual({ open: true });
  expect((await list()).events).toHaveLength(3);
  expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual(['convey_debug']);
  const other = await createShopper(await getSharedBrowser());
  const refused = other.page.waitForRequest((request) => request.postData()?.includes('"seen"') === true);
  await other.page.goto(`${shop}/product?convey_debug=${token}`);
  expect(await (await (await refused).response())?.json()).toEqual({ open: false });
  expect(await eventually(() => other.page.evaluate(() => sessionStorage.length === 0))).toBe(true);
  await other.close();

  for (const text of ['secret-sku', 'jane@shop.example', 'B-7', token]) {
    expect(JSON.stringify(await list())).not.toContain(text);
    if (text !== token) expect(bodies.join()).not.toContain(text);
  }
  const stored = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 50 });
  expect(new Set(stored.events.flatMap((event) => ('name' in event ? [event.name] : [])))).toEqual(new Set(['PageView']));
  expect(JSON.stringify(stored)).not.toContain('convey_debug');
  expect(shopper.pageErrors).toEqual([]);
});
