import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createShopper, getSharedBrowser } from '../../../../test/browser.fixture.ts';
import { emailHash, tagId } from '../pinterest.fixture.ts';
import { type PinterestSimulator, startPinterestSimulator } from '../simulator.ts';

let browser: Browser;
let pinterest: PinterestSimulator;
/** The shop's URL, without a slash at its end. */
let shop: string;
const server = createServer((request, response) => {
  const script = decodeURIComponent(new URL(request.url ?? '', 'http://shop').searchParams.get('script') ?? '');
  response.setHeader('content-type', 'text/html');
  response.end(createPage(script));
});

beforeAll(async () => {
  browser = await getSharedBrowser();
  pinterest = await startPinterestSimulator({ port: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  shop = `http://www.shop.localhost:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  await pinterest.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => pinterest.clearJournal());

/** Returns a page with the queue that the vendor's snippet creates, the calls of a test, and then the tag. */
const createPage = (calls: string) => `<!doctype html><title>Wall clocks</title>
<script>
!function (w) {
  if (w.pintrk) return;
  const n = w.pintrk = function () { n.queue.push(Array.prototype.slice.call(arguments)); };
  n.queue = []; n.version = '3.0';
}(window);
${calls}
</script>
<script async src="${pinterest.url}/ct/core.js"></script>`;

/** Opens a page whose script makes calls before the tag loads, and waits for the tag. */
async function open(calls: string, query = ''): Promise<Page> {
  const { page } = await createShopper(browser);
  await page.goto(`${shop}/?script=${encodeURIComponent(encodeURIComponent(calls))}${query}`);
  await page.waitForFunction(() => Reflect.has(Reflect.get(window, 'pintrk'), 'isLive'));
  return page;
}

/** Waits for `count` beacons and returns their events, page visits first: beacons of one task may arrive in any order. */
async function events(count: number) {
  const sent = () => pinterest.journalEvents().flatMap((event) => event.browser);
  await expect.poll(() => sent().length).toBe(count);
  const order = ({ event_name }: { readonly event_name?: unknown }) => (event_name === 'page_visit' ? 0 : 1);
  return sent()
    .map(({ event }) => event)
    .toSorted((one, other) => order(one) - order(other));
}

it('executes the calls of the queue, and hashes the person', async () => {
  const person = `{ em: ' Pat.Lee+Pins@Example.com ' }`;
  await open(`
    pintrk('load', '${tagId}', ${person});
    pintrk('page');
    pintrk('track', 'Checkout', { event_id: 'ord-1', value: 129.9, currency: 'EUR', order_id: '1001', order_quantity: 2,
      line_items: [{ product_id: 'sku-1', product_price: 64.95, product_quantity: 2, product_name: 'Lamp' }] });`);
  const [visit, purchase] = await events(2);
  expect(visit).not.toHaveProperty('custom_data');
  expect(visit).toMatchObject({ event_name: 'page_visit', user_data: { em: [emailHash] } });
  expect(visit).not.toHaveProperty('event_id');
  expect(purchase).toMatchObject({
    event_name: 'checkout',
    event_id: 'ord-1',
    custom_data: {
      value: '129.9',
      currency: 'EUR',
      order_id: '1001',
      num_items: 2,
      content_ids: ['sku-1'],
      contents: [{ id: 'sku-1', item_price: '64.95', quantity: 2, item_name: 'Lamp' }],
    },
  });
});

it('marks the events of Limited Data Processing', async () => {
  await open(`
    pintrk('load', '${tagId}');
    pintrk('set', { opt_out_type: 'LDP', st: 'CA', country: 'US' });
    pintrk('track', 'lead', { event_id: 'l-1' });`);
  expect(await events(1)).toMatchObject([{ event_id: 'l-1', custom_data: { opt_out_type: 'LDP' } }]);
});

it('keeps the click id of the landing page and an id of the browser, and deletes both after a denial', async () => {
  const page = await open(`pintrk('load', '${tagId}');`, '&epik=dj0yJnU9b2JD');
  const readCookies = async () => (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).toSorted();
  await page.evaluate(() => Reflect.get(window, 'pintrk')('track', 'lead', { event_id: 'l-1' }));
  const [lead] = await events(1);
  expect(lead).toMatchObject({ event_id: 'l-1', user_data: { click_id: 'dj0yJnU9b2JD' } });
  expect(await readCookies()).toEqual(['_epik=dj0yJnU9b2JD', expect.stringMatching(/^_pin_unauth=\w+$/)]);
  await page.evaluate(() => {
    const pintrk = Reflect.get(window, 'pintrk');
    pintrk('setconsent', false);
    pintrk('track', 'lead', { event_id: 'l-2' });
  });
  expect(await readCookies()).toEqual([]);
  await page.evaluate(() => {
    const pintrk = Reflect.get(window, 'pintrk');
    pintrk('setconsent', true);
    pintrk('track', 'lead', { event_id: 'l-3' });
  });
  expect((await events(2)).map((event) => event.event_id)).toEqual(['l-1', 'l-3']);
});
