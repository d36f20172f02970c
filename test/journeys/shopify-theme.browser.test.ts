import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { analyzePage } from '../../src/doctor/page-report.ts';
import { buildShopifyHeaders, buildShopifyOrder } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { convey } from '../cli.fixture.ts';
import { startTcpProxy } from '../faults/tcp-proxy.ts';
import { type SharedSite, shareGateway } from '../file-gateway.fixture.ts';
import { eventually, root } from '../gateway.fixture.ts';
import { sharePage, startAtNewOrigin } from '../reused-page.fixture.ts';
import {
  type ShopifyStorefront,
  type StorefrontOptions,
  startShopifyStorefront,
  themeSnippet,
} from '../shopify-storefront.fixture.ts';

/** A Shopify storefront with the theme snippet: the cart, and so the order, contains the visitor's id. */

const createSharedShopper = sharePage();
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const secret = 'shpss_0123456789abcdef';
const msclkid = 'b1240587f865192a03586c5b000314f5';
const sentClick = 'b1240587-f865-192a-0358-6c5b000314f5';
const attribute = '_convey_visitor';
/** Fields of an order that only its attributes link with a visitor. */
const unlinkedOrder = { landing_site: null, checkout_token: null, browser_ip: null, client_details: null };

const site = { domains: ['127.0.0.1'], platform: 'shopify', purchaseHoldSeconds: 2, webhooks: { secrets: [secret] } };
const takeSite = shareGateway({
  plain: { count: 15, settings: site },
  granted: { count: 1, settings: { ...site, consent: { policy: 'granted' } } },
});

interface Scene extends Pick<SharedSite, 'journalEvents'> {
  readonly store: ShopifyStorefront;
  readonly shopper: Shopper;
  /** Opens a page of the shop, and waits until the pixel runs. */
  visit(path?: string): Promise<void>;
  choose(choice: 'yes' | 'no'): Promise<unknown>;
  /** Adds a product by script, as a theme with a cart drawer does. */
  addToCart(): Promise<unknown>;
  /** Returns the visitor's id of the collector's cookie. */
  visitor(): Promise<string | undefined>;
  /** Resolves once the pixel has checked the cart after each of two new resources. */
  checkCart(): Promise<void>;
  /** Waits for this number of writes, and until the pixel writes no more. Returns the visitor of each write. */
  getWrittenVisitors(count: number): Promise<readonly (string | undefined)[]>;
  /** Places an order, and sends the shop's webhook. */
  order(id: number): Promise<void>;
  getOutcome(id: number): Promise<string>;
}

/** Loads a resource, which triggers a check of the cart. The pixel observes resources since its start, so its observer runs first. */
const awaitCartCheck = `new Promise((resolve) => {
  new PerformanceObserver((list, observer) => {
    if (!list.getEntries().some(({ name }) => name.endsWith('/marker'))) return;
    observer.disconnect();
    resolve();
  }).observe({ type: 'resource' });
  void fetch('/marker');
})`;

async function open(
  options: Partial<StorefrontOptions> = {},
  kind: 'plain' | 'granted' = 'plain',
  createSceneShopper = createSharedShopper,
): Promise<Scene> {
  const { id: siteId, writeKey, gateway, config, journalEvents } = await takeSite(kind);
  // It ends with the scene, so that no late response sets a cookie of the next one.
  const line = await startTcpProxy(gateway.url);
  cleanups.push(line.close);
  const head = themeSnippet({ pixel: `${line.url}/p.js`, write_key: writeKey });
  const store = await startAtNewOrigin(() => startShopifyStorefront({ head, ...options }));
  cleanups.push(store.close);
  const shopper = await createSceneShopper();
  cleanups.push(shopper.close);
  const { page, context } = shopper;
  const getWrittenVisitors = () => store.attributeUpdates.map((attributes) => attributes[attribute]);
  const checkCart = async () => {
    for (let resources = 0; resources < 2; resources++) await page.evaluate(awaitCartCheck);
  };
  const writes = new Set<Request>();
  page.on('request', (request) => request.url().endsWith('/cart/update.js') && writes.add(request));
  page.on('requestfinished', (request) => writes.delete(request));
  page.on('requestfailed', (request) => writes.delete(request));
  return {
    store,
    shopper,
    journalEvents,
    async visit(path = '/') {
      writes.clear();
      await page.goto(store.url + path);
      await page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
    },
    choose: (choice) => page.evaluate(`choose('${choice}')`),
    addToCart: () => page.evaluate(`fetch(Shopify.routes.root + 'cart/add.js', { method: 'POST' })`),
    checkCart,
    visitor: async () => (await context.cookies()).find(({ name }) => name === '_cv_id')?.value,
    async getWrittenVisitors(count) {
      await eventually(() => store.attributeUpdates.length >= count);
      await checkCart();
      expect(await eventually(() => writes.size === 0)).toBe(true);
      return getWrittenVisitors();
    },
    async order(id) {
      await page.goto(`${store.url}/checkouts/cn/1`);
      const order = { ...unlinkedOrder, id, note_attributes: store.orders.at(-1), created_at: new Date().toISOString() };
      const body = JSON.stringify(buildShopifyOrder(order));
      const headers = buildShopifyHeaders(body, 'orders/create', secret, `w-${id}`);
      const answer = await fetch(`${gateway.url}/hooks/shopify/${siteId}`, { method: 'POST', headers, body });
      expect(await answer.json()).toMatchObject({ accepted: 1 });
    },
    getOutcome: async (id) => (await convey('event', `purchase-${id}`, '--site', siteId, '--config', config)).stdout,
  };
}

async function waitForPurchases({ journalEvents }: Scene, count: number) {
  const found = () => journalEvents().filter(({ eventName }) => eventName === 'purchase');
  await eventually(() => found().length >= count);
  return found().map(({ eventId, server }) => ({ eventId, ...Object(server[0]?.event) }));
}

const findStoredIds = ({ shopper }: Scene) =>
  shopper.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }).match(/[\da-f]{32}|denied/g) ?? []);

/** Returns the shopper's choice that the pixel stored. */
const getStoredChoice = ({ shopper }: Scene) => shopper.page.evaluate(() => sessionStorage.getItem('_convey_choice'));

describe("the visitor in the cart's attributes", () => {
  it('links each order of the shop with the click', async () => {
    const scene = await open();
    const { store } = scene;
    await scene.visit(`/?msclkid=${msclkid}`);
    await scene.choose('yes');
    expect(await eventually(async () => (await scene.visitor()) !== undefined)).toBe(true);
    await scene.visit('/collections/clocks');
    // The custom pixel reads the visitor here if the shopper has no cart yet.
    expect(await scene.shopper.page.evaluate((key) => sessionStorage.getItem(key), attribute)).toBe(await scene.visitor());
    // The pixel creates no cart for a shopper who only views pages.
    expect(await scene.getWrittenVisitors(0)).toEqual([]);
    expect(store.postedPaths).toEqual([]);
    await scene.addToCart();
    const visitor = await scene.visitor();
    expect(await scene.getWrittenVisitors(1)).toEqual([visitor]);
    for (const path of ['/products/clock', '/cart', '/']) await scene.visit(path);
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(1)).toEqual([visitor]);
    await scene.order(101);

    // After the order the shopper gets a new cart.
    await scene.visit();
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(2)).toEqual([visitor, visitor]);
    await scene.order(102);

    const purchases = await waitForPurchases(scene, 2);
    expect(purchases).toMatchObject([
      { eventId: 'purchase-101', userData: { msclkid: sentClick, anonymousId: visitor } },
      { eventId: 'purchase-102', userData: { msclkid: sentClick, anonymousId: visitor } },
    ]);
    expect(scene.shopper.pageErrors).toEqual([]);
  }, 60_000);

  it.each([false, true])('is written when a form leads to the cart, hidden from scripts: %s', async (hidesCart) => {
    const scene = await open({ hidesCart });
    await scene.visit();
    await scene.choose('yes');
    expect(await eventually(async () => (await scene.visitor()) !== undefined)).toBe(true);
    const visitor = await scene.visitor();
    await scene.shopper.page.getByRole('button', { name: 'Add to cart' }).click();
    await scene.shopper.page.waitForURL(/cart$/);
    expect(await scene.getWrittenVisitors(1)).toEqual([visitor]);
  });

  it("is written although no script can read the cart, in the shopper's language", async () => {
    const scene = await open({ hidesCart: true, routesRoot: '/fr/' });
    await scene.visit();
    await scene.choose('yes');
    expect(await eventually(async () => (await scene.visitor()) !== undefined)).toBe(true);
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(1)).toEqual([await scene.visitor()]);
    await scene.visit('/fr/cart');
    expect(await scene.getWrittenVisitors(1)).toHaveLength(1);
    expect(scene.store.postedPaths).toEqual(['/fr/cart/add.js', '/fr/cart/update.js']);
  });

  it("is written again after an app replaced the cart's attributes", async () => {
    const scene = await open();
    await scene.visit();
    await scene.addToCart();
    await scene.choose('yes');
    const [visitor] = await scene.getWrittenVisitors(1);
    const set = (attributes: object) =>
      scene.shopper.page.evaluate((attributes) => {
        const promise = new Promise((resolve) => setTimeout(resolve, 300));
        document.body.dispatchEvent(Object.assign(new Event('shopify:cart:attributes-update'), { attributes, promise }));
        return promise;
      }, attributes);
    await set([{ key: 'gift', value: 'yes' }]);
    expect(await scene.getWrittenVisitors(2)).toEqual([visitor, visitor]);
    await set([
      { key: 'gift', value: 'no' },
      { key: attribute, value: visitor },
    ]);
    expect(await scene.getWrittenVisitors(2)).toHaveLength(2);
    // The number of rewrites is limited, because the app may replace the attributes whenever the cart changes.
    for (const written of [3, 4, 4, 4]) {
      await set([]);
      expect(await scene.getWrittenVisitors(written)).toHaveLength(written);
    }
  });

  it('follows a reset', async () => {
    const scene = await open();
    await scene.visit();
    await scene.addToCart();
    await scene.choose('yes');
    const [first] = await scene.getWrittenVisitors(1);
    await scene.shopper.page.evaluate(`convey('reset')`);
    const [, second] = await scene.getWrittenVisitors(2);
    expect(second).toBe(await scene.visitor());
    expect(second).not.toBe(first);
  });
});

describe("the shopper's choice", () => {
  it('is awaited: nothing is written or stored before it', async () => {
    const scene = await open();
    await scene.visit();
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(0)).toEqual([]);
    expect(await findStoredIds(scene)).toEqual([]);
  });

  it('is a denial: the order carries it, and is not sent', async () => {
    const scene = await open();
    await scene.visit(`/?msclkid=${msclkid}`);
    await scene.choose('no');
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(1)).toEqual(['denied']);
    await scene.visit('/cart');
    expect(await scene.getWrittenVisitors(1)).toEqual(['denied']);
    await scene.order(201);
    expect(await eventually(async () => (await scene.getOutcome(201)).includes('consent-denied'))).toBe(true);
    expect(scene.journalEvents()).toEqual([]);
  });

  it('is a denial by Global Privacy Control', async () => {
    const scene = await open({}, 'plain', async () => createShopper(await getSharedBrowser()));
    const { context } = scene.shopper;
    await context.setExtraHTTPHeaders({ 'sec-gpc': '1' });
    await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
    await scene.visit();
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(1)).toEqual(['denied']);
  });

  it('is not awaited if the shop asks before it calls', async () => {
    const scene = await open({}, 'granted');
    await scene.visit();
    await scene.addToCart();
    const [visitor] = await scene.getWrittenVisitors(1);
    expect(visitor).toMatch(/^[0-9a-f]{32}$/);
    expect(visitor).toBe(await scene.visitor());
    // The shopper made no choice, so none is stored.
    expect(await getStoredChoice(scene)).toBe('');
  });

  it('applies as it was last: a denial removes the visitor from the cart, consent adds a new one', async () => {
    const scene = await open();
    await scene.visit();
    await scene.choose('yes');
    await scene.addToCart();
    const [first] = await scene.getWrittenVisitors(1);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(await getStoredChoice(scene)).toBe('granted');
    await scene.choose('no');
    expect(await scene.getWrittenVisitors(2)).toEqual([first, 'denied']);
    expect(await getStoredChoice(scene)).toBe('denied');
    expect(await findStoredIds(scene)).not.toContain(first);
    await scene.choose('yes');
    const [, , third] = await scene.getWrittenVisitors(3);
    expect(third).toBe(await scene.visitor());
    expect(third).not.toBe(first);
  });
});

describe('a cart that cannot be updated', () => {
  it.each([500, 429])('answered with %i: is left alone on this page, and written on the next', async (fault) => {
    const scene = await open();
    scene.store.faults.push(fault);
    await scene.visit();
    await scene.choose('yes');
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(1)).toHaveLength(1);
    await scene.addToCart();
    expect(await scene.getWrittenVisitors(1)).toHaveLength(1);
    await scene.visit('/cart');
    const visitor = await scene.visitor();
    expect(await scene.getWrittenVisitors(2)).toEqual([visitor, visitor]);
    await scene.visit('/');
    expect(await scene.getWrittenVisitors(2)).toHaveLength(2);
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  it('because the shopper is offline, or a password guards the shop: is written on the next page', async () => {
    const scene = await open();
    const { page } = scene.shopper;
    let attempts = 0;
    const address = '**/cart/update.js';
    for (const answer of ['abort', 'redirect']) {
      await page.route(address, (route) => {
        attempts++;
        return answer === 'abort' ? route.abort() : route.fulfill({ status: 302, headers: { location: '/password' } });
      });
      await scene.visit();
      await scene.choose('yes');
      await scene.addToCart();
      expect(await eventually(() => attempts > 0)).toBe(true);
      await scene.checkCart();
      expect(attempts).toBe(1);
      expect(scene.store.attributeUpdates).toEqual([]);
      await page.unroute(address);
      attempts = 0;
    }
    await scene.visit();
    expect(await scene.getWrittenVisitors(1)).toEqual([await scene.visitor()]);
    expect(scene.shopper.pageErrors).toEqual([]);
  });
});

describe('the snippet', () => {
  const pixel = 'https://data.shop.example/p.js';

  it('loads the pixel on the pages of a theme, and not in its editor', () => {
    expect(themeSnippet({ pixel, write_key: 'wk_1' })).toContain(`<script async src="${pixel}?k=wk_1"></script>`);
    expect(themeSnippet({ pixel: ` ${pixel} `, write_key: ' wk_1 ' })).toContain(`src="${pixel}?k=wk_1"`);
    expect(themeSnippet({ pixel, write_key: 'wk_1' }, { request: { design_mode: true } }).trim()).toBe('');
  });

  it('is recognized by the consent doctor, with Liquid and without', () => {
    const html = readFileSync(join(root, 'shops/shopify/convey.html'), 'utf8').replace('wk_YOUR_WRITE_KEY', 'wk_1');
    for (const snippet of [html, themeSnippet({ pixel, write_key: 'wk_1' })])
      expect(analyzePage(snippet).pixels).toEqual([{ writeKey: 'wk_1', before: `${pixel}?k=`, isHeldBack: false }]);
  });

  it('reports a missing setting, and loads nothing', () => {
    for (const settings of [{}, { pixel, write_key: '' }]) {
      expect(themeSnippet(settings)).toContain("console.warn('Convey: write_key");
      expect(themeSnippet(settings)).not.toContain('src=');
    }
  });

  it.each([`"><script>alert(1)</script>`, `' onload='alert(1)`, '</script><b>', '{{ shop.name }}'])(
    'escapes a hostile setting: %s',
    async (hostile) => {
      const shopper = await createSharedShopper();
      cleanups.push(shopper.close);
      const { page } = shopper;
      await page.setContent(`<head>${themeSnippet({ pixel: pixel + hostile, write_key: `wk_1${hostile}` })}</head>`);
      const names = await page.$$eval('script', (found) => found.map((script) => script.getAttributeNames().join()));
      expect(names).toEqual(['', 'async,src']);
      const source = new URL(await page.$eval('script[src]', (script) => script.getAttribute('src') ?? ''));
      expect(decodeURI(source.pathname)).toBe(`/p.js${hostile}`);
      expect(source.searchParams.get('k')).toBe(`wk_1${hostile}`);
      expect(shopper.pageErrors).toEqual([]);
    },
  );

  it('does the same without Liquid', async () => {
    const scene = await open({ head: '' });
    const html = readFileSync(join(root, 'shops/shopify/convey.html'), 'utf8').replace(/<!--.*-->/, '');
    await scene.shopper.page.goto(scene.store.url);
    await scene.shopper.page.evaluate('Shopify.designMode = true');
    const run = (source: string) => scene.shopper.page.evaluate(source.replace(/<\/?script>/g, ''));
    await run(html);
    expect(await scene.shopper.page.$$('script[src]')).toEqual([]);
    await scene.shopper.page.evaluate('Shopify.designMode = false');
    await run(html);
    const src = await scene.shopper.page.$eval('script[src]', (one) => one.getAttribute('src'));
    expect(src).toBe(`${pixel}?k=wk_YOUR_WRITE_KEY`);
    expect(await scene.shopper.page.evaluate(`convey('track', 'Lead'), convey.q.length`)).toBe(1);
  });
});
