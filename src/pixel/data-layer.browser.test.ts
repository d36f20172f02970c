import { describe, expect } from 'vitest';
import type { Shopper } from '../../test/browser.fixture.ts';
import { eventually } from '../../test/gateway.fixture.ts';
import type { Site } from '../event/site.ts';
import {
  callPixel,
  granted,
  readBrowserStorage,
  type Shop,
  shareShopPages,
  strict,
  waitForEvents,
} from './pixel-page.fixture.ts';

const test = shareShopPages();

const capture = (dataLayer: object = {}): Partial<Site> => ({
  capture: { dataLayer: { mode: 'on', layer: ['dataLayer'], map: {}, ...dataLayer } },
});

const items = [{ item_id: 'sku1', item_name: 'Wall clock', price: 62.7, quantity: 2, item_brand: 'Acme', index: 4 }];
const order = { transaction_id: '1001', value: 125.4, currency: 'USD', tax: 5, shipping: '4.90', coupon: 'MAY', items };
const purchase = { event: 'purchase', ecommerce: order };

/** Opens a page of which `script` is the first script, and returns once its page view and `count` other events are accepted. */
async function openPage({ shop, shopper }: { shop: Shop; shopper: Shopper }, script: string, count: number, path = '/a') {
  shop.bodies[path] = `<script>window.dataLayer = window.dataLayer || [];\n${script}</script>`;
  await shopper.page.goto(`${shop.url}${path}`);
  await waitForEvents(shop, count + 1);
  return shop.events().filter(({ name }) => name !== 'PageView');
}

/** Adds a marker, so that a test of an event that must not come waits for what comes after it. */
const marked = (script: string) => `${script};\nconvey('ready', () => setTimeout(() => convey('track', 'Marker'), 300))`;
const names = (events: readonly { readonly name: string }[]) => events.map(({ name }) => name);

/** A container as Google's builds of 2019 to 2021 behave: it replaces `push`, adds an id, trims at 300, and wraps what its templates push. */
const container = `function addContainer() {
  const layer = window.dataLayer;
  const inner = layer.push;
  let id = 0;
  layer.push = function (...entries) {
    const result = inner.apply(layer, entries);
    for (const entry of entries) if (typeof entry === 'object') entry['gtm.uniqueEventId'] ??= id++;
    while (layer.length > 300) layer.shift();
    return typeof result === 'boolean' ? result : true;
  };
}`;

describe.concurrent('a data layer', () => {
  test('is read before, between and after containers, each event once', async ({ openShopPage }) => {
    const page = await openShopPage(capture());
    const script = `${container}
      dataLayer.push({ event: 'view_item', ecommerce: { value: 1, currency: 'USD', items: [{ item_id: 'early' }] } });
      addContainer();
      addEventListener('load', () => setTimeout(() => {
        dataLayer.push({ event: 'add_to_cart', ecommerce: { items: [{ item_id: 'between' }] } });
        addContainer();
        addContainer();
        for (let n = 0; n < 310; n++) dataLayer.push({ event: 'gtm.scroll' });
        setTimeout(() => {
          window.returned = dataLayer.push({ event: 'begin_checkout', ecommerce: { items: [{ item_id: 'late' }] } });
          dataLayer.push({ getUntrustedUpdateValue: () => (${JSON.stringify(purchase)}) });
        }, 50);
      }, 300));`;
    const events = await openPage(page, script, 4);
    expect(events.map(({ name, commerce }) => [name, commerce.items])).toEqual([
      ['ViewContent', [{ id: 'early' }]],
      ['AddToCart', [{ id: 'between' }]],
      ['InitiateCheckout', [{ id: 'late' }]],
      ['Purchase', [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2, brand: 'Acme' }]],
    ]);
    expect(await page.shopper.page.evaluate(() => Reflect.get(window, 'returned'))).toBe(true);
    expect(page.shopper.pageErrors).toEqual([]);
  });

  test('gives a purchase its order, its money, and the id that other reports have', async ({ openShopPage }) => {
    const [event] = await openPage(await openShopPage(capture()), `dataLayer.push(${JSON.stringify(purchase)})`, 1);
    expect(event).toMatchObject({
      name: 'Purchase',
      id: 'purchase-1001',
      commerce: { orderId: '1001', value: 125.4, currency: 'USD', tax: 5, shipping: 4.9, coupon: 'MAY' },
    });
  });

  test("keeps the page's event_id, also for a purchase", async ({ openShopPage }) => {
    const script = `dataLayer.push({ ...${JSON.stringify(purchase)}, event_id: 'page-7' })`;
    expect(await openPage(await openShopPage(capture()), script, 1)).toMatchObject([{ name: 'Purchase', id: 'page-7' }]);
  });

  test('is read in the commands of gtag(), whose currency and shopper apply to later events', async ({ openShopPage }) => {
    const script = `function gtag() { dataLayer.push(arguments); }
      gtag('js', new Date());
      gtag('config', 'G-1', { currency: 'EUR', value: 99 });
      gtag('set', 'user_data', { email: 'jane@shop.example', sha256_email_address: 'x', address: { city: 'Bern' } });
      gtag('event', 'purchase', { transaction_id: 1002, value: '9.50', send_to: 'G-1', event_callback() {}, items: [{ id: 5, quantity: '2' }] });`;
    const [event] = await openPage(await openShopPage(capture()), script, 1);
    expect(event).toMatchObject({
      id: 'purchase-1002',
      commerce: { value: 9.5, currency: 'EUR', items: [{ id: '5', quantity: 2 }] },
    });
    expect(Object.keys(event?.identity.forms ?? {}).length).toBeGreaterThan(0);
  });

  test('takes the forms of Universal Analytics and of Elevar', async ({ openShopPage }) => {
    const product = { id: 'sku1', name: 'Wall clock', price: '62.70', quantity: 2 };
    const script = `
      dataLayer.push({ ecommerce: { currencyCode: 'USD', detail: { products: [${JSON.stringify(product)}] } } });
      dataLayer.push({ event: 'eec.add', ecommerce: { currencyCode: 'USD', add: { products: [{ id: 'sku2' }] } } });
      dataLayer.push({ event: 'dl_begin_checkout', ecommerce: { checkout: { actionField: { step: 1 }, products: [{ id: 'sku3' }] } } });
      dataLayer.push({ event: 'checkout', ecommerce: { checkout: { actionField: { step: 2 }, products: [{ id: 'sku4' }] } } });
      dataLayer.push({ event: 'dl_sign_up' });
      dataLayer.push({ ecommerce: { currencyCode: 'USD', checkout: {}, purchase: {
        actionField: { id: '1003', revenue: '130.30', tax: '5', shipping: '4.90' }, products: [${JSON.stringify(product)}] } } });`;
    const events = await openPage(await openShopPage(capture()), script, 5);
    expect(events.map(({ name, commerce }) => [name, commerce])).toMatchObject([
      ['ViewContent', { currency: 'USD', items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }] }],
      ['AddToCart', { items: [{ id: 'sku2' }] }],
      ['InitiateCheckout', { items: [{ id: 'sku3' }] }],
      ['SignUp', {}],
      ['Purchase', { orderId: '1003', value: 130.3, tax: 5, shipping: 4.9, currency: 'USD' }],
    ]);
  });

  test('counts two forms of an event once', async ({ openShopPage }) => {
    const script = marked(`
      dataLayer.push({ ecommerce: { add: { products: [{ id: 'sku1', quantity: 1, price: '5' }] } } });
      dataLayer.push({ event: 'add_to_cart', ecommerce: { value: 5, items: [{ item_id: 'sku1', quantity: 1, price: 5 }] } });
      dataLayer.push({ event: 'search', search_term: 'clock' });
      dataLayer.push({ event: 'view_search_results', search_term: 'clock' });
      dataLayer.push(${JSON.stringify(purchase)}, ${JSON.stringify(purchase)})`);
    expect(names(await openPage(await openShopPage(capture()), script, 4))).toEqual([
      'AddToCart',
      'Search',
      'Purchase',
      'Marker',
    ]);
  });

  test('yields nothing for refunds, unknown names, an emptied model, and names that the page reports itself', async ({
    openShopPage,
  }) => {
    const script = marked(`
      convey('track', 'AddToCart', { items: [{ id: 'own' }] });
      for (const event of ['refund', 'gtm.js', 'page_view', 'constructor', 'add_to_cart']) dataLayer.push({ event, ecommerce: ${JSON.stringify(order)} });
      dataLayer.push({ ecommerce: null }, 5, null, 'purchase', () => 1, document.body);
      dataLayer.push({ event: 'sign_up', get ecommerce() { throw new Error('getter'); } })`);
    const page = await openShopPage(capture());
    expect(names(await openPage(page, script, 2))).toEqual(['AddToCart', 'Marker']);
    expect(page.shopper.pageErrors).toEqual([]);
  });

  test('reads events of a declared mapping', async ({ openShopPage }) => {
    const mapping = {
      as: 'Purchase',
      ...{ value: 'basket.total', orderId: 'basket.no', currency: 'basket.money' },
      ...{ items: 'basket.lines', item: { id: 'sku' } },
    };
    const script = `dataLayer.push({ event: 'order_done', basket: { total: 12.5, no: 'B-7', money: 'CHF', lines: [{ sku: 's1' }, { sku: 's2' }] } })`;
    const [event] = await openPage(await openShopPage(capture({ map: { order_done: mapping } })), script, 1);
    expect(event).toMatchObject({
      id: 'purchase-B-7',
      commerce: { value: 12.5, currency: 'CHF', items: [{ id: 's1' }, { id: 's2' }] },
    });
  });

  test('is followed when the page replaces it', async ({ openShopPage }) => {
    const script = `dataLayer.push({ event: 'sign_up' });
      setTimeout(() => {
        window.dataLayer = [...dataLayer, { event: 'generate_lead' }];
        setTimeout(() => dataLayer.push({ event: 'search', search_term: 'late' }), 900);
      }, 400)`;
    expect(names(await openPage(await openShopPage(capture()), script, 3))).toEqual(['SignUp', 'Lead', 'Search']);
  });

  test('reports an order once, also after a reload, and remembers it only after a grant', async ({ openShopPage }) => {
    const page = await openShopPage({ ...capture(), ...strict });
    const { shop, shopper } = page;
    const script = marked(`dataLayer.push(${JSON.stringify({ ...purchase, user_data: { email: 'jane@shop.example' } })})`);
    shop.bodies['/a'] = `<script>window.dataLayer = [];\n${script}</script>`;
    await shopper.page.goto(`${shop.url}/a`);
    await shopper.page.waitForTimeout(400);
    expect((await readBrowserStorage(page.shopper)).join()).not.toMatch(/1001|jane/);
    await callPixel(shopper, 'consent', granted);
    await waitForEvents(shop, 3);
    await openPage(page, `convey('consent', { adStorage: 'granted' });\n${script}`, 4, '/b');
    expect((await readBrowserStorage(page.shopper)).join()).toContain('1001');
    expect((await readBrowserStorage(page.shopper)).join()).not.toContain('jane');
    expect(names(shop.events())).toEqual(['PageView', 'Purchase', 'Marker', 'PageView', 'Marker']);
    await callPixel(shopper, 'consent', { adStorage: 'denied' });
    expect(await eventually(async () => !(await readBrowserStorage(page.shopper)).join().includes('1001'))).toBe(true);
  });

  test('reports a purchase without a number once a page, and none where the shop reports its orders', async ({
    openShopPage,
  }) => {
    const script = marked(`dataLayer.push({ event: 'purchase', value: 5 }); dataLayer.push({ event: 'purchase', value: 6 })`);
    expect(names(await openPage(await openShopPage(capture()), script, 2))).toEqual(['Purchase', 'Marker']);
    const ofShop: Partial<Site> = { ...capture(), purchases: 'confirmed', platform: 'woocommerce' };
    expect(names(await openPage(await openShopPage(ofShop), script, 1))).toEqual(['Marker']);
  });

  test("sends the shopper's data only after a grant, and a plain value rather than its hash", async ({ openShopPage }) => {
    const hash = 'a'.repeat(64);
    const person = `user_data: { email: 'jane@shop.example', sha256_phone_number: '${hash}', address: { first_name: 'Jane' } }`;
    const push = (event: string) => `dataLayer.push({ event: '${event}', ${person} })`;
    const denied = await openShopPage({ ...capture(), ...strict });
    const script = `convey('consent', { adStorage: 'denied' }); ${push('sign_up')}`;
    const [event] = await openPage(
      denied,
      `window.convey = window.convey || function () { (convey.q = convey.q || []).push(arguments) };${script}`,
      1,
    );
    expect(event).toMatchObject({ name: 'SignUp', identity: { forms: {} } });
    expect(denied.shop.requests.map(({ body }) => body).join()).not.toMatch(/jane|Jane|a{64}/);
    const allowed = await openShopPage({ ...capture(), ...strict });
    const [known] = await openPage(
      allowed,
      `window.convey = window.convey || function () { (convey.q = convey.q || []).push(arguments) };
      convey('consent', { adStorage: 'granted' }); ${push('sign_up')}`,
      1,
    );
    expect(Object.keys(known?.identity.forms ?? {}).length).toBeGreaterThan(0);
    const sent = allowed.shop.requests.map(({ body }) => body).join();
    expect(sent).toContain('jane@shop.example');
    expect(sent).not.toContain(hash);
    expect((await readBrowserStorage(allowed.shopper)).join()).not.toMatch(/jane/);
  });

  test('is read once by two scripts of the site, and under a strict policy for scripts', async ({ openShopPage }) => {
    const page = await openShopPage(capture());
    const { shopper } = page;
    const again = `addEventListener('load', () => {
      const first = document.querySelector('script[src]');
      const second = document.createElement('script');
      second.src = trustedTypes.createPolicy('shop', { createScriptURL: (url) => url }).createScriptURL(first.src);
      second.onload = () => setTimeout(() => dataLayer.push({ event: 'generate_lead' }), 50);
      document.head.append(second);
    });`;
    const policy = `const meta = document.createElement('meta');
      meta.httpEquiv = 'Content-Security-Policy';
      meta.content = "require-trusted-types-for 'script'";
      document.head.append(meta);`;
    expect(names(await openPage(page, `${policy} dataLayer.push({ event: 'sign_up' }); ${again}`, 2))).toEqual([
      'SignUp',
      'Lead',
    ]);
    expect(shopper.pageErrors).toEqual([]);
    const isStrict = () => {
      try {
        Object.assign(document.createElement('script'), { src: 'text' });
        return false;
      } catch {
        return true;
      }
    };
    expect(await shopper.page.evaluate(isStrict)).toBe(true);
  });

  test('leaves out a number that could be read in two ways, and copies no object of the page', async ({ openShopPage }) => {
    const script = `const loop = {}; loop.self = loop;
      dataLayer.push({ event: 'generate_lead', value: '1.234,50', currency: 'EUR', coupon: loop, tax: () => 1, items: [loop, document.body] });`;
    const page = await openShopPage(capture());
    const [event] = await openPage(page, script, 1);
    expect(event?.commerce).toEqual({ currency: 'EUR', items: [{}, {}] });
    expect(page.shopper.pageErrors).toEqual([]);
  });
});
