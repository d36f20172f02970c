import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken, visitorId } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { clickIdParameters, platformCookies } from '../../src/visitors/click-ids.ts';
import { createShopper, getSharedBrowser } from '../browser.fixture.ts';
import { convey } from '../cli.fixture.ts';
import { eventually, tagId } from '../gateway.fixture.ts';
import { sharePage } from '../reused-page.fixture.ts';
import {
  type Backend,
  buildCheckout,
  buildCustomEvent,
  buildPageViewed,
  buildPrivacy,
  buildStandardEvent,
  buildVariant,
  clientVisitor,
  customPixel,
  money,
  openShopify,
  type Shop,
  type ShopOptions,
  shopSecret,
  startBackend,
} from '../shopify-sandbox.fixture.ts';

/** The half of the custom pixel that reports to Convey, from the sandbox of a Shopify shop to Microsoft. */

const em = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const ph = 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e';
const msclkid = 'b1240587f865192a03586c5b000314f5';
const landing = `https://shop.example/?msclkid=${msclkid}`;
const thanks = 'https://shop.example/checkouts/cn/c1-9c8a/thank-you';
const granted = buildPrivacy(true, true);
const denied = buildPrivacy(false, true);
/** Fields of an order that has neither a cart attribute nor a landing page. */
const unlinkedOrder = { note_attributes: [], landing_site: null };

const createSharedShopper = sharePage();
/** For tests that change more in the browser than `sharePage` resets. */
const createOwnShopper = async () => createShopper(await getSharedBrowser());
/** The gateway of the tests that do not read Microsoft's journal. */
let shared: Backend;
const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  shared = await startBackend();
});
afterAll(() => shared.close());
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Opens a shop. The default has no theme snippet and waits for the shopper's choice. */
async function openShop({
  settings,
  ownGateway,
  ...opening
}: Partial<ShopOptions> & { readonly ownGateway?: true } = {}): Promise<Shop> {
  const shop = await openShopify({
    createShopper: createSharedShopper,
    ...(!ownGateway && { backend: shared }),
    privacy: granted,
    settings: { themeSnippet: false, yesIsChosen: true, ...settings },
    ...opening,
  });
  cleanups.push(shop.close);
  return shop;
}

async function waitForEvents(shop: Shop, count: number) {
  await eventually(() => shop.events().length >= count);
  expect(shop.events().map(({ name }) => name)).toHaveLength(count);
  return shop.events();
}

/** Advances the page's clock in steps, between which the pixel's messages to the top frame are answered. */
async function passTime({ shopper }: Shop, ms: number): Promise<void> {
  const stepMs = 50;
  for (let passed = 0; passed < ms; passed += stepMs) await shopper.page.clock.runFor(stepMs);
}

const formatNames = (events: readonly Readonly<Record<string, unknown>>[]) => events.map(({ name, id }) => `${name} ${id}`);
// An id may hold 425 or 555 by chance, but not both in a row.
const personal = /jane|doe|425\D{0,3}555/i;

describe('the custom pixel reports to Convey', () => {
  it('a whole visit, with the ids and names of the tag', async () => {
    const shop = await openShop({ ownGateway: true, settings: { themeSnippet: false, yesIsChosen: true, tagId } });
    await shop.publish(buildPageViewed(landing));
    await shop.publish(
      buildStandardEvent('collection_viewed', { collection: { id: '9', title: 'Clocks', productVariants: [buildVariant()] } }),
    );
    await shop.publish(
      buildStandardEvent('search_submitted', { searchResult: { query: 'wall clock', productVariants: [buildVariant()] } }),
    );
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    const line = { quantity: 2, merchandise: buildVariant(), cost: { totalAmount: money(125.4) } };
    await shop.publish(buildStandardEvent('product_added_to_cart', { cartLine: line }));
    await shop.publish(buildStandardEvent('product_removed_from_cart', { cartLine: line }));
    await shop.publish(
      buildStandardEvent('cart_viewed', { cart: { id: 'c1', lines: [line], cost: { totalAmount: money(125.4) } } }),
    );
    await shop.publish(buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null }) }));
    await shop.publish(buildStandardEvent('payment_info_submitted', { checkout: buildCheckout({ order: null }) }));
    const customer = { id: 'gid://shopify/Customer/8812345670', isFirstOrder: true };
    const order = { id: 'gid://shopify/OrderIdentity/5734826901234', customer };
    const lineItems = [{ quantity: 2, title: 'Wall clock', variant: buildVariant(), finalLinePrice: money(110) }];
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout({ order, lineItems }) }, thanks));

    const events = await waitForEvents(shop, 10);
    expect(formatNames(events)).toEqual([
      'PageView sh-page_viewed',
      'view_item_list sh-collection_viewed',
      'Search sh-search_submitted',
      'ViewContent sh-product_viewed',
      'AddToCart sh-product_added_to_cart',
      'remove_from_cart sh-product_removed_from_cart',
      'view_cart sh-cart_viewed',
      `InitiateCheckout checkout-${checkoutToken}`,
      'add_payment_info sh-payment_info_submitted',
      `Purchase purchase-${checkoutToken}`,
    ]);
    expect(events[1]).toMatchObject({ commerce: { category: 'Clocks', pageType: 'category', items: [{ id: '4002' }] } });
    expect(events[2]).toMatchObject({ commerce: { searchTerm: 'wall clock' } });
    expect(events[9]).toMatchObject({
      page: { url: thanks },
      user: { email: 'Jane.Doe+x@Example.com', phone: '+1 (425) 555-1234', externalId: '8812345670', anonymousId: clientVisitor },
      consent: { adStorage: 'granted', source: 'shopify', explicit: true },
      commerce: {
        ...{ orderId: '5734826901234', checkoutId: checkoutToken, value: 125.4, currency: 'USD', pageType: 'purchase' },
        customerType: 'new',
        items: [{ id: '4002', price: 55, quantity: 2, sku: 'CLOCK', productId: '4001', variantId: '4002', brand: 'Clocks & Co' }],
      },
    });
    for (const { headers } of shop.postedBatches) expect(headers).toMatchObject({ origin: 'null' });
    for (const { headers } of shop.postedBatches) expect(headers).not.toHaveProperty('cookie');

    // Both reports of an event have the same name and id, so Microsoft counts it once.
    await shop.settle();
    const both = shop.microsoft.journalEvents().filter(({ eventType }) => eventType !== 'pageLoad');
    expect(both.map(({ eventName }) => eventName).toSorted()).toEqual([
      ...['add_payment_info', 'add_to_cart', 'begin_checkout', 'purchase', 'remove_from_cart', 'search'],
      ...['view_cart', 'view_item', 'view_item_list'],
    ]);
    for (const { eventName, server, browser: beacons } of both)
      expect([eventName, server.length, beacons.length]).toEqual([eventName, 1, 1]);
    // The tag reported the page view, so the server does not.
    expect(events[0]).toMatchObject({ page: { url: landing, browserTag: 'ran' } });
    const pageLoads = shop.microsoft.journalEvents().filter(({ eventType }) => eventType === 'pageLoad');
    expect(pageLoads.flatMap(({ server }) => server)).toEqual([]);
    expect(shop.consoleProblems).toEqual([]);
  });

  it("the shopper's identity, once for each new detail of the checkout", async () => {
    const shop = await openShop({ customer: { id: '8812345670', email: null, phone: null } });
    const early = buildCheckout({ order: null, email: null, shippingAddress: null });
    const late = buildCheckout({ order: null });
    await shop.publish(
      buildStandardEvent('checkout_contact_info_submitted', { checkout: { ...early, email: 'Jane.Doe+x@Example.com' } }),
    );
    await shop.publish({ ...buildStandardEvent('checkout_address_info_submitted', { checkout: late }), id: 'sh-2' });
    await shop.publish({ ...buildStandardEvent('checkout_shipping_info_submitted', { checkout: late }), id: 'sh-3' });
    await eventually(() => shop.signals().length >= 2);
    expect(shop.signals()).toMatchObject([
      { type: 'identify', user: { email: 'Jane.Doe+x@Example.com', externalId: '8812345670', anonymousId: clientVisitor } },
      { type: 'identify', id: 'sh-2', user: { email: 'Jane.Doe+x@Example.com', phone: '+1 (425) 555-1234' } },
    ]);
    expect(shop.signals()).toHaveLength(2);
    expect(shop.events()).toEqual([]);
  });

  it("the platforms' cookies of the shop's pages, and the click from the page's address", async () => {
    const shop = await openShop();
    await shop.shopper.context.addCookies([
      { name: '_uetmsclkid', value: `_uet${msclkid}`, url: shop.url },
      { name: '_gcl_aw', value: 'GCL.1795514398.abc', url: shop.url },
      { name: 'session', value: 'secret', url: shop.url },
    ]);
    // The pixel may be reading the cookies for its first flush.
    await shop.goTo('/');
    await shop.publish(buildPageViewed('https://shop.example/products/clock'));
    const [event] = await waitForEvents(shop, 1);
    expect(event?.cookies).toEqual({ _uetmsclkid: `_uet${msclkid}`, _gcl_aw: 'GCL.1795514398.abc' });
    expect(shop.postedBatches[0]?.text).not.toContain('secret');
  });

  it('the cookies and parameters that the collector reads', () => {
    const [, cookies = ''] = /platformCookies = \[([^\]]*),\s*\];/.exec(customPixel) ?? [];
    expect(cookies.replace(/['\s]/g, '').split(',')).toEqual(platformCookies);
    const [, params = ''] = /clickParams =\s+\/\^\((.*)\)=/.exec(customPixel) ?? [];
    expect(params.split('|')).toEqual(clickIdParameters);
  });

  it('events of a theme with their own id, and none of other apps', async () => {
    const shop = await openShop({ ownGateway: true });
    await shop.publish(buildCustomEvent('some_app:seen', { what: 'ever' }));
    const pid = { em: 'Jane.Doe+x@Example.com' };
    await shop.publish(
      buildCustomEvent('lead', { event_id: 'lead-7', event_label: 'brochure', revenue_value: '12.5', currency: 'EUR', pid }),
    );
    const [lead] = await waitForEvents(shop, 1);
    expect(lead).toMatchObject({
      ...{ name: 'lead', id: 'lead-7', user: { email: pid.em } },
      ...{ goal: { label: 'brochure' }, commerce: { value: 12.5, currency: 'EUR' } },
    });
    await eventually(() => shop.microsoft.journalEvents().length > 0);
    expect(shop.microsoft.journalEvents()).toMatchObject([{ eventName: 'lead', eventId: 'lead-7', server: [{}] }]);
  });

  it('events whose parts are null or missing', async () => {
    const shop = await openShop();
    await shop.publish({ ...buildStandardEvent('page_viewed', {}), context: null, clientId: null, timestamp: null });
    for (const name of ['product_viewed', 'collection_viewed', 'search_submitted', 'product_added_to_cart'] as const)
      for (const data of [null, {}]) await shop.publish({ ...buildStandardEvent(name, data), id: `${name}-${data === null}` });
    for (const name of ['cart_viewed', 'checkout_started', 'payment_info_submitted', 'checkout_completed'] as const)
      for (const data of [null, {}]) await shop.publish({ ...buildStandardEvent(name, data), id: `${name}-${data === null}` });
    for (const name of ['checkout_contact_info_submitted', 'alert_displayed', 'ui_extension_errored'] as const)
      await shop.publish(buildStandardEvent(name, null));
    const emptyCheckout = {
      token: null,
      order: { id: '77', customer: null },
      totalPrice: null,
      lineItems: [null, { variant: null }],
    };
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: emptyCheckout }));
    const events = await waitForEvents(shop, 18);
    expect(formatNames(events)).toContain('Purchase purchase-77');
    expect(shop.consoleProblems).toEqual([]);
  });
});

describe("the shopper's choice", () => {
  it('is awaited, and earlier events are reported with consent', async () => {
    const shop = await openShop({
      createShopper: createOwnShopper,
      privacy: denied,
      settings: { themeSnippet: false, yesIsChosen: false },
    });
    await shop.shopper.page.clock.install();
    await shop.publish(buildPageViewed(landing));
    await passTime(shop, 1_500);
    expect(shop.postedBatches).toEqual([]);
    await shop.choose(granted);
    const [event] = await waitForEvents(shop, 1);
    expect(event).toMatchObject({ page: { url: landing }, consent: { adStorage: 'granted', source: 'shopify', explicit: true } });
    expect(shop.signals()).toMatchObject([{ type: 'consent', user: { anonymousId: clientVisitor } }]);

    // The next page treats the choice as explicit, although Shopify does not mark it as such.
    await shop.goTo('/products/clock');
    await shop.publish({ ...buildStandardEvent('product_viewed', { productVariant: buildVariant() }), id: 'sh-next' });
    await eventually(() => shop.events().length >= 2);
    expect(shop.events()[1]).toMatchObject({ id: 'sh-next', consent: { explicit: true }, user: { anonymousId: clientVisitor } });
  });

  it('is missing when the page ends: events are reported without personal data', async () => {
    const shop = await openShop({ privacy: denied });
    const order = { id: '5734826901234', customer: { id: null, isFirstOrder: true } };
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout({ order }) }, `${thanks}?key=secret`));
    await shop.goTo('/next');
    await eventually(() => shop.postedBatches.length > 0);
    const [event] = await waitForEvents(shop, 1);
    expect(event).toMatchObject({ name: 'Purchase', consent: { adStorage: 'denied', explicit: false }, page: { url: thanks } });
    expect(shop.postedBatches[0]?.text).not.toMatch(personal);
    expect(shop.postedBatches[0]?.text).not.toMatch(/secret|5734826901234|c0ffee|customerType/i);
  });

  it('a denial redacts unreported events, and a signal identifies the visitor', async () => {
    const shop = await openShop();
    await shop.publish(buildPageViewed(landing));
    await waitForEvents(shop, 1);
    await shop.publishAndChoose(
      [
        buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null }) }),
        buildStandardEvent('checkout_contact_info_submitted', { checkout: buildCheckout({ order: null }) }),
      ],
      denied,
    );
    const events = await waitForEvents(shop, 2);
    expect(events[1]).toMatchObject({ name: 'InitiateCheckout', consent: { adStorage: 'denied', explicit: true } });
    expect(shop.signals()).toMatchObject([
      {
        type: 'consent',
        user: { anonymousId: clientVisitor },
        consent: { adStorage: 'denied', source: 'shopify', explicit: true },
      },
    ]);
    for (const { text } of shop.postedBatches.slice(1)) expect(text).not.toMatch(personal);

    // The same applies on the next page, where Shopify only reports that marketing is not allowed.
    await shop.goTo('/products/clock');
    await shop.publish({ ...buildStandardEvent('product_viewed', { productVariant: buildVariant() }), id: 'sh-next' });
    await eventually(() => shop.events().length >= 3);
    expect(shop.events()[2]).toMatchObject({ id: 'sh-next', consent: { adStorage: 'denied', explicit: true } });
    expect(shop.events()[2]).not.toHaveProperty('user');
  });

  it('is not explicit when Shopify grants by default', async () => {
    const shop = await openShop({ settings: { themeSnippet: false, yesIsChosen: false } });
    await shop.publish(buildPageViewed(landing));
    const [event] = await waitForEvents(shop, 1);
    expect(event).toMatchObject({ consent: { adStorage: 'granted', explicit: false } });
  });

  it('treats a refused sale of data as a choice, and a missing choice as none', async () => {
    const shop = await openShop({ privacy: buildPrivacy(true, false) });
    await shop.publish(buildPageViewed(landing));
    expect((await waitForEvents(shop, 1))[0]).toMatchObject({ consent: { adStorage: 'denied', explicit: true } });
    const silent = await openShop({ privacy: undefined });
    await silent.publish(buildPageViewed(landing));
    await silent.goTo('/next');
    await eventually(() => silent.postedBatches.length > 0);
    expect(silent.events()).toMatchObject([{ consent: { adStorage: 'denied', explicit: false } }]);
  });

  it('yields to Global Privacy Control, unless the shopper chose on the page', async () => {
    const shop = await openShop({ createShopper: createOwnShopper });
    await shop.shopper.context.addInitScript("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })");
    await shop.goTo('/');
    await shop.publish(buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null }) }));
    expect((await waitForEvents(shop, 1))[0]).toMatchObject({ consent: { adStorage: 'denied', source: 'gpc' } });
    expect(shop.postedBatches[0]?.text).not.toMatch(personal);
    await shop.choose(granted);
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await eventually(() => shop.events().length >= 2);
    expect(shop.events()[1]).toMatchObject({ consent: { adStorage: 'granted', explicit: true } });
  });
});

describe("with the theme's snippet", () => {
  const withTheme = { settings: { themeSnippet: true, yesIsChosen: false } };
  /** Stores the visitor's id or `denied`, and the shopper's choice if there is one, as the theme's pixel does. */
  const storeThemeState = (shop: Shop, visitor: string, choice = '') =>
    shop.shopper.page.evaluate(
      ([storedVisitor, storedChoice]) => {
        sessionStorage.setItem('_convey_visitor', storedVisitor);
        sessionStorage.setItem('_convey_choice', storedChoice);
      },
      [visitor, choice] as const,
    );

  it('leaves the page views of the storefront to it, and takes the visitor and the choice from it', async () => {
    const shop = await openShop({ ...withTheme, createShopper: createOwnShopper });
    // The page's clock is a minute behind, so the pixel's longest wait of 4 s does not end on a slow machine.
    await shop.shopper.page.clock.install({ time: Date.now() - 60_000 });
    await shop.publish(buildPageViewed(landing));
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await passTime(shop, 1_500);
    // The pixel waits for the theme's state, which the theme stores after the collector's first response.
    expect(shop.postedBatches).toEqual([]);
    await storeThemeState(shop, visitorId, 'granted');
    expect(await waitForEvents(shop, 1)).toMatchObject([
      { name: 'ViewContent', user: { anonymousId: visitorId }, consent: { adStorage: 'granted', explicit: true } },
    ]);
  });

  it("reports the checkout's page views at once, because no theme can", async () => {
    const shop = await openShop(withTheme);
    const attributes = [{ key: '_convey_visitor', value: visitorId }];
    await shop.shopper.page.evaluate("sessionStorage.setItem('_convey_cart', 'the cart of this order')");
    await shop.publish(buildPageViewed('https://shop.example/checkouts/cn/c1-9c8a/information'));
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout({ attributes }) }, thanks));
    const events = await waitForEvents(shop, 2);
    expect(formatNames(events)).toEqual(['PageView sh-page_viewed', `Purchase purchase-${checkoutToken}`]);
    expect(events[0]).toMatchObject({ page: { browserTag: 'none' } });
    expect(events[1]).toMatchObject({ user: { anonymousId: visitorId }, consent: { explicit: false } });
    // The completed order used the cart that the theme had written to.
    expect(await shop.shopper.page.evaluate("sessionStorage.getItem('_convey_cart')")).toBeNull();
  });

  it("proceeds without it after a timeout, with Shopify's id of the browser", async () => {
    const shop = await openShop(withTheme);
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    expect(await waitForEvents(shop, 1)).toMatchObject([{ user: { anonymousId: clientVisitor }, consent: { explicit: false } }]);
  });

  it.each([denied, granted])("accepts its denial over Shopify's state (%#)", async (privacy) => {
    const shop = await openShop({ ...withTheme, privacy });
    await storeThemeState(shop, 'denied');
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    expect(await waitForEvents(shop, 1)).toMatchObject([{ consent: { adStorage: 'denied', explicit: true } }]);
  });

  it.each(['tab', 'cart'])('reports no identity after a denial that only the theme received, known by the %s', async (by) => {
    const shop = await openShop({ ownGateway: true, settings: { themeSnippet: true, yesIsChosen: false, tagId } });
    if (by === 'tab') {
      await storeThemeState(shop, 'denied');
      await shop.goTo('/checkouts/cn/c1-9c8a');
    }
    const attributes = by === 'cart' ? [{ key: '_convey_visitor', value: 'denied' }] : [];
    await shop.publish(buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null, attributes }) }));
    await shop.publish(
      buildStandardEvent('checkout_completed', { checkout: buildCheckout({ attributes }) }, `${thanks}?msclkid=${msclkid}`),
    );
    const events = await waitForEvents(shop, 2);
    for (const event of events) expect(event).toMatchObject({ consent: { adStorage: 'denied', explicit: true } });
    for (const event of events) expect(event).not.toHaveProperty('user');
    const beacons = await shop.beacons(2);
    for (const beacon of beacons) {
      expect(beacon, beacon.ea).toMatchObject({ asc: 'D' });
      for (const name of ['pid', 'transaction_id']) expect(beacon).not.toHaveProperty(name);
    }
    await shop.settle();
    expect(shop.microsoft.journalEvents().filter(({ server }) => server.length > 0)).toEqual([]);
  });

  it('treats a grant by default in the theme as no choice', async () => {
    const shop = await openShop(withTheme);
    await storeThemeState(shop, visitorId);
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    expect(await waitForEvents(shop, 1)).toMatchObject([
      { user: { anonymousId: visitorId }, consent: { adStorage: 'granted', explicit: false } },
    ]);
  });
});

describe('the custom pixel', () => {
  it('counts a checkout of a shopper who consented after entering it', async () => {
    const shop = await openShop({ ownGateway: true, privacy: undefined, settings: { themeSnippet: false, yesIsChosen: false } });
    const buildCheckoutStarted = () => buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null }) });
    await shop.publish(buildCheckoutStarted());
    await shop.goTo('/checkouts/cn/c1-9c8a/shipping');
    await eventually(() => shop.events().length > 0);
    await shop.choose(granted);
    await shop.publish(buildCheckoutStarted());
    await eventually(() => shop.events().length > 1);
    expect(formatNames(shop.events())).toEqual([
      'InitiateCheckout sh-checkout_started',
      `InitiateCheckout checkout-${checkoutToken}`,
    ]);
    const counted = () => shop.microsoft.journalEvents().filter(({ counted: by }) => by === 'server');
    expect(await eventually(() => counted().length > 0)).toBe(true);
    expect(counted()).toMatchObject([{ eventId: `checkout-${checkoutToken}`, eventName: 'begin_checkout' }]);
  });

  it('reports no URL that opens a checkout or an order', async () => {
    const shop = await openShop({ ownGateway: true, settings: { themeSnippet: false, yesIsChosen: true, tagId } });
    const key = 'f3b1d2e9c8a47b6a1d0e4f2c3b5a6970';
    await shop.publish(buildPageViewed(`https://shop.example/61234567/orders/${key}/authenticate?key=${key}&msclkid=${msclkid}`));
    await shop.publish({ ...buildPageViewed(`https://shop.example/checkouts/cn/${key}/thank-you?_r=${key}`), id: 'sh-2' });
    const events = await waitForEvents(shop, 2);
    expect(events.map((event) => Object(event.page).url)).toEqual([
      `https://shop.example/61234567/orders/-/authenticate?msclkid=${msclkid}`,
      'https://shop.example/checkouts/cn/-/thank-you',
    ]);
    const beacons = await shop.beacons(2);
    expect(JSON.stringify([beacons, shop.postedBatches])).not.toContain(key);
  });
});

describe('the custom pixel while the collector is unavailable', () => {
  it('keeps a purchase across a page change without personal data, and the next page reports it', async () => {
    const shop = await openShop();
    shop.outages.push(...Array.from({ length: 9 }, () => 'cut' as const));
    await shop.publish(
      buildStandardEvent(
        'checkout_completed',
        { checkout: buildCheckout() },
        `${thanks}?msclkid=${msclkid}&email=jane@shop.example`,
      ),
    );
    const readStorage = () => shop.shopper.page.evaluate('JSON.stringify(localStorage)').then(String);
    await eventually(async () => (await readStorage()).includes(`purchase-${checkoutToken}`));
    expect(await readStorage()).not.toMatch(personal);
    await shop.goTo('/next');
    expect(shop.events()).toEqual([]);
    shop.outages.length = 0;
    await shop.goTo('/again');
    expect(await waitForEvents(shop, 1)).toMatchObject([
      {
        ...{ id: `purchase-${checkoutToken}`, user: { anonymousId: clientVisitor } },
        page: { url: `${thanks}?msclkid=${msclkid}` },
        commerce: { value: 125.4, currency: 'USD', orderId: '5734826901234', checkoutId: checkoutToken },
      },
    ]);
    expect(await eventually(async () => !(await readStorage()).includes('purchase-'))).toBe(true);
  });

  it('retries after the requested wait, and not before', async () => {
    const shop = await openShop();
    shop.outages.push({ status: 503, retryAfter: 4 });
    const startedAt = Date.now();
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    await eventually(() => shop.events().length > 0);
    expect(Date.now() - startedAt).toBeGreaterThan(3_900);
    expect(shop.postedBatches).toHaveLength(1);
    expect(shop.events()).toMatchObject([{ name: 'Purchase', user: { email: 'Jane.Doe+x@Example.com' } }]);
  });

  it('drops permanently refused events, and logs why', async () => {
    const shop = await openShop({ settings: { themeSnippet: false, yesIsChosen: true, writeKey: 'wk_of_nobody_01' } });
    await shop.publish(buildPageViewed(landing));
    expect(await eventually(() => shop.consoleProblems.some((one) => /write key/i.test(one)))).toBe(true);
    // A retry would be in the same request as the next event.
    await shop.publish({ ...buildStandardEvent('product_viewed', { productVariant: buildVariant() }), id: 'sh-next' });
    expect(await eventually(() => shop.postedBatches.length > 1)).toBe(true);
    expect(shop.postedBatches.map(({ status, body }) => [status, ...formatNames(body.events)])).toEqual([
      [401, 'PageView sh-page_viewed'],
      [401, 'ViewContent sh-next'],
    ]);

    const wrongCollector = await openShop();
    wrongCollector.outages.push({ status: 404, text: '<!doctype html><title>Not found</title>' });
    await wrongCollector.publish(buildPageViewed(landing));
    expect(
      await eventually(() =>
        wrongCollector.consoleProblems.some((one) => one.includes('`collector` is not a Convey gateway: it answered 404')),
      ),
    ).toBe(true);
  });

  it('loses no event of a busy page, and keeps within the batch size', async () => {
    const shop = await openShop();
    for (let index = 0; index < 35; index++)
      await shop.publish({ ...buildStandardEvent('product_viewed', { productVariant: buildVariant() }), id: `sh-${index}` });
    const events = await waitForEvents(shop, 35);
    expect(new Set(events.map(({ id }) => id)).size).toBe(35);
    for (const { body } of shop.postedBatches) expect(body.events.length).toBeLessThanOrEqual(10);
  });
});

it('the custom pixel warns once about each missing or malformed setting, and runs its other half', async () => {
  const onlyTag = await openShop({
    ownGateway: true,
    site: false,
    settings: { themeSnippet: false, tagId, collector: 'https://data.shop.example/p.js' },
  });
  await onlyTag.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
  expect(await onlyTag.beacons(1)).toMatchObject([{ ea: 'view_item' }]);
  await expect
    .poll(() => onlyTag.consoleProblems)
    .toEqual([expect.stringContaining('`collector`'), expect.stringContaining('`writeKey`')]);

  const other = await openShop({ settings: { themeSnippet: false, yesIsChosen: true, tagId: 'UET-1', itemId: '{id}' } });
  await other.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
  expect(await waitForEvents(other, 1)).toMatchObject([{ commerce: { items: [{ id: '4002' }] } }]);
  await expect
    .poll(() => other.consoleProblems)
    .toEqual([expect.stringContaining('`tagId`'), expect.stringContaining('`itemId`')]);
});

describe('a Shopify order counts once, with click and e-mail address', () => {
  const expectedPurchase = {
    eventId: `purchase-${checkoutToken}`,
    counted: 'server',
    adStorageConsent: 'G',
    userData: { em, msclkid: 'b1240587-f865-192a-0358-6c5b000314f5' },
    customData: { value: 125.4, currency: 'USD', transactionId: '5734826901234' },
  };

  async function visit(shop: Shop) {
    await shop.publish(buildPageViewed(landing));
    await shop.goTo('/checkouts/cn/c1-9c8a');
    await shop.publish(
      buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null, email: null, shippingAddress: null }) }),
    );
    await waitForEvents(shop, 2);
  }

  async function publishPurchase(shop: Shop) {
    const { page } = shop.shopper;
    const answered = page.waitForResponse((response) => (response.request().postData() ?? '').includes('"name":"Purchase"'));
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }, thanks));
    await (await answered).finished();
    // Until the pixel has read the answer and removed the report, a report with the same id is the same report.
    const isStored = () => page.evaluate((id) => JSON.stringify(localStorage).includes(id), `purchase-${checkoutToken}`);
    expect(await eventually(async () => !(await isStored()))).toBe(true);
  }

  async function sendOrderWebhook(shop: Shop, changes: object = unlinkedOrder, delivery: string = crypto.randomUUID()) {
    const body = JSON.stringify(buildShopifyOrder({ created_at: new Date().toISOString(), ...changes }));
    const headers = buildShopifyHeaders(body, 'orders/create', shopSecret, delivery);
    const answer = await fetch(`${shop.gateway?.url}/hooks/shopify/shop`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
  }

  /** Returns the purchases that Microsoft got once every event has its final outcome. */
  async function getPurchases({ microsoft, settle }: Shop) {
    await settle();
    const purchases = microsoft.journalEvents().filter(({ eventName }) => eventName === 'purchase');
    return purchases.map(({ eventId, counted, server }) => {
      expect(server).toHaveLength(1);
      return { eventId, counted, ...Object(server[0]?.event) };
    });
  }

  it('reported by the browser and then by the shop', async () => {
    const shop = await openShop({ ownGateway: true });
    await visit(shop);
    await publishPurchase(shop);
    await sendOrderWebhook(shop);
    expect(await getPurchases(shop)).toMatchObject([{ ...expectedPurchase, eventSourceUrl: thanks }]);
  });

  it('reported by the shop and then by the browser', async () => {
    const shop = await openShop({ ownGateway: true });
    await visit(shop);
    await sendOrderWebhook(shop);
    await publishPurchase(shop);
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
  });

  it('reported by the browser alone', async () => {
    const shop = await openShop({ ownGateway: true });
    await visit(shop);
    await publishPurchase(shop);
    const [purchase, ...others] = await getPurchases(shop);
    expect(purchase).toMatchObject({
      ...expectedPurchase,
      userData: { ...expectedPurchase.userData, ph, anonymousId: clientVisitor },
    });
    expect(others).toEqual([]);
  });

  it('reported by the shop alone, linked with the visit by the checkout token', async () => {
    const shop = await openShop({ ownGateway: true });
    await visit(shop);
    await sendOrderWebhook(shop, unlinkedOrder);
    const [purchase, ...others] = await getPurchases(shop);
    expect(purchase).toMatchObject({
      ...expectedPurchase,
      userData: { ...expectedPurchase.userData, anonymousId: clientVisitor },
    });
    expect(others).toEqual([]);
    const { stdout } = await convey('event', expectedPurchase.eventId, '--config', shop.config);
    expect(stdout).toContain('found by the checkout');
  });

  it('reported twice by both', async () => {
    const shop = await openShop({ ownGateway: true });
    await visit(shop);
    for (const delivery of ['w-1', 'w-2']) {
      await publishPurchase(shop);
      await sendOrderWebhook(shop, unlinkedOrder, delivery);
      await sendOrderWebhook(shop, unlinkedOrder, delivery);
    }
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
  });

  it('reported by the tag as well', async () => {
    const shop = await openShop({ ownGateway: true, settings: { themeSnippet: false, yesIsChosen: true, tagId } });
    await visit(shop);
    await publishPurchase(shop);
    // The tag sent first, by another connection.
    const isReported = () =>
      shop.microsoft.journalEvents().some(({ eventName, browser }) => eventName === 'purchase' && browser.length > 0);
    expect(await eventually(isReported)).toBe(true);
    await sendOrderWebhook(shop);
    const [purchase] = await getPurchases(shop);
    expect(purchase).toMatchObject({ ...expectedPurchase, counted: 'browser' });
  });

  it('is sent to no platform when the shopper denied in the checkout, although the shop reports it', async () => {
    const shop = await openShop({ ownGateway: true, site: { consent: { policy: 'granted' } } });
    await visit(shop);
    await shop.choose(denied);
    await publishPurchase(shop);
    await sendOrderWebhook(shop);
    await shop.settle();
    expect(shop.microsoft.journalEvents().filter(({ eventName }) => eventName === 'purchase')).toEqual([]);
    const { stdout } = await convey('event', expectedPurchase.eventId, '--config', shop.config);
    expect(stdout).toContain('consent-denied');
  });
});
