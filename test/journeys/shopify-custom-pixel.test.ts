import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type MicrosoftSimulator,
  type MicrosoftSimulatorOptions,
  startMicrosoftSimulator,
} from '../../src/simulators/microsoft/simulator.ts';
import { launchBrowser, newShopper, type Shopper } from '../browser.fixture.ts';
import { eventually, root, tagId } from '../gateway.fixture.ts';

const customPixel = readFileSync(join(root, 'shops/shopify/custom-pixel.js'), 'utf8');
const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const phoneHash = 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e';
const token = '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697';
const orderEventId = `purchase-${token}`;

let browser: Browser;
const ending: (() => unknown)[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const yes = privacy(true, true);
const no = privacy(false, true);

describe('the custom pixel in the sandbox of a Shopify shop', () => {
  it('tells of a whole visit under the names and ids that the server uses, of a shopper who agreed', async () => {
    const shop = await open({ privacy: yes });
    await shop.publish(pageViewed(`${shop.url}/products/clock?variant=2`));
    await shop.publish(standard('product_viewed', { productVariant: clock() }));
    await shop.publish(standard('collection_viewed', { collection: { id: '9', title: 'Clocks', productVariants: [clock()] } }));
    await shop.publish(standard('search_submitted', { searchResult: { query: 'wall clock', productVariants: [clock()] } }));
    const line = { quantity: 2, merchandise: clock(), cost: { totalAmount: money(125.4) } };
    await shop.publish(standard('product_added_to_cart', { cartLine: line }));
    await shop.publish(standard('cart_viewed', { cart: { id: 'c1', lines: [line], cost: { totalAmount: money(125.4) } } }));
    await shop.publish(standard('checkout_started', { checkout: checkout({ order: null }) }));
    await shop.publish(standard('payment_info_submitted', { checkout: checkout({ order: null }) }));
    await shop.publish(standard('checkout_completed', { checkout: checkout() }));

    const sold = { prodid: '4002', gv: '125.4', gc: 'USD' };
    const atCart = { ...sold, pagetype: 'cart', ecomm_totalvalue: '125.4' };
    const told = await shop.beacons(9);
    expect(told).toMatchObject([
      { evt: 'pageLoad', p: `${shop.url}/products/clock?variant=2`, tl: 'Wall clock' },
      { ea: 'view_item', event_id: 'sh-product_viewed', prodid: '4002', pagetype: 'product', gv: '62.7', gc: 'USD' },
      { ea: 'view_item_list', event_id: 'sh-collection_viewed', prodid: '4002', pagetype: 'category' },
      { ea: 'search', event_id: 'sh-search_submitted', search_term: 'wall clock', pagetype: 'searchresults' },
      { ea: 'add_to_cart', event_id: 'sh-product_added_to_cart', ...atCart },
      { ea: 'view_cart', event_id: 'sh-cart_viewed', ...atCart },
      { ea: 'begin_checkout', event_id: 'sh-checkout_started', ...atCart },
      { ea: 'add_payment_info', event_id: 'sh-payment_info_submitted', ...atCart },
      { ea: 'purchase', event_id: orderEventId, transaction_id: '1001', ...atCart, pagetype: 'purchase' },
    ]);
    for (const beacon of told) expect(beacon, beacon.ea).toMatchObject({ ti: tagId, asc: 'G', ifm: '1' });
    expect(JSON.parse(told[8]?.items ?? '')).toEqual([{ id: '4002', name: 'Wall clock', price: 62.7, quantity: 2 }]);
    for (const early of told.slice(0, 6)) expect(early).not.toHaveProperty('pid');
    for (const late of told.slice(6)) expect(JSON.parse(late.pid ?? '')).toEqual({ em: emailHash, ph: phoneHash });
    expect(JSON.stringify(shop.microsoft.journalEvents())).not.toMatch(/jane|4255551234|555-1234/i);
    expect(shop.heard).toEqual([]);
  });

  it('waits for the tag, which may come after the events, and then tells them in their order', async () => {
    const shop = await open({ privacy: yes, holdTag: true });
    await shop.publish(pageViewed(`${shop.url}/`));
    await shop.publish(standard('product_viewed', { productVariant: clock() }));
    await shop.publish(standard('checkout_completed', { checkout: checkout() }));
    expect(shop.microsoft.journalEvents()).toEqual([]);
    shop.releaseTag();
    expect((await shop.beacons(3)).map(({ ea = 'pageLoad', asc }) => [ea, asc])).toEqual([
      ['pageLoad', 'G'],
      ['view_item', 'G'],
      ['purchase', 'G'],
    ]);
    expect(shop.heard).toEqual([]);
  });

  it.each(['api', 'global'] as const)('follows the choice of the shopper, read from Shopify by way of %s', async (privacyAt) => {
    const shop = await open({ privacy: no, privacyAt });
    await shop.publish(pageViewed(`${shop.url}/account?key=secret`));
    await shop.publish(standard('checkout_completed', { checkout: checkout() }));
    await shop.choose(yes);
    await shop.publish(standard('checkout_completed', { checkout: checkout({ token: 'b2', order: { id: '1002' } }) }));
    await shop.choose(privacy(true, false));
    await shop.publish(standard('checkout_started', { checkout: checkout({ order: null }) }));

    const [page, denied, granted, soldNoMore] = await shop.beacons(4);
    expect(page).toMatchObject({ asc: 'D', p: `${shop.url}/account` });
    expect(denied).toMatchObject({ ea: 'purchase', asc: 'D', event_id: orderEventId, gv: '125.4' });
    expect(granted).toMatchObject({ ea: 'purchase', asc: 'G', event_id: 'purchase-b2', transaction_id: '1002' });
    expect(granted).toHaveProperty('pid');
    expect(soldNoMore).toMatchObject({ ea: 'begin_checkout', asc: 'D' });
    for (const beacon of [denied, soldNoMore])
      for (const name of ['pid', 'transaction_id', 'vid', 'msclkid']) expect(beacon).not.toHaveProperty(name);
    const told = shop.microsoft.journalEvents().filter(({ eventName }) => eventName === 'purchase');
    expect(told.map(({ eventId, counted }) => `${eventId} ${counted}`).toSorted()).toEqual([
      `${orderEventId} none`,
      'purchase-b2 browser',
    ]);
    expect(shop.heard).toEqual([]);
  });

  it('gives the tag neither e-mail address nor phone nor order before the shopper agreed', async () => {
    const shop = await open({ privacy: no, holdTag: true });
    await shop.publish(standard('checkout_completed', { checkout: checkout() }));
    expect(await shop.queued()).toContain(orderEventId);
    expect(await shop.queued()).not.toMatch(/jane|425|1001/i);
    await shop.choose(yes);
    await shop.publish(standard('checkout_completed', { checkout: checkout() }));
    expect(await shop.queued()).toContain('{"em":"Jane.Doe+x@Example.com","ph":"+14255551234"}');
  });

  it('takes silence for a no', async () => {
    const shop = await open({ privacy: undefined });
    await shop.publish(standard('checkout_completed', { checkout: checkout() }));
    expect(await shop.beacons(1)).toMatchObject([{ ea: 'purchase', asc: 'D' }]);
  });

  it('lets a purchase count once that the server tells of as well', async () => {
    const shop = await open({ privacy: yes });
    await shop.publish(standard('checkout_completed', { checkout: checkout({ order: { id: 'gid://shopify/Order/1001' } }) }));
    await shop.beacons(1);
    const answer = await fetch(`${shop.microsoft.url}/v1/${tagId}/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer example-token', 'content-type': 'application/json' },
      body: JSON.stringify({
        data: [
          {
            eventType: 'custom',
            eventName: 'purchase',
            eventId: orderEventId,
            eventTime: Math.floor(Date.now() / 1_000),
            adStorageConsent: 'G',
            userData: { em: emailHash },
            customData: { transactionId: '1001', value: 125.4, currency: 'USD' },
          },
        ],
      }),
    });
    expect(answer.status).toBe(200);
    const events = shop.microsoft.journalEvents().filter(({ eventName }) => eventName === 'purchase');
    expect(events).toMatchObject([
      { eventId: orderEventId, eventName: 'purchase', counted: 'browser', goals: ['purchase'], doubtful: false },
    ]);
    expect(events[0]?.browser).toHaveLength(1);
    expect(events[0]?.server).toMatchObject([{ duplicateOf: expect.any(String) }]);
  });
});

describe("with a tag that refuses what breaks Microsoft's rules, the custom pixel", () => {
  const strict = { privacy: yes, simulated: { preset: 'strict' } } as const;

  it('makes do with events whose fields are null, and goes on after one that it cannot read', async () => {
    const shop = await open(strict);
    await shop.publish({ ...standard('page_viewed', {}), context: null });
    await shop.publish(standard('product_added_to_cart', { cartLine: null }));
    await shop.publish(standard('cart_viewed', { cart: null }));
    await shop.publish(standard('checkout_started', null));
    const nothing = { token: null, order: null, email: null, phone: null, totalPrice: null, currencyCode: null };
    const lines = [{ quantity: 1, title: 'Gift', variant: null }, null];
    await shop.publish(standard('checkout_completed', { checkout: { ...nothing, lineItems: lines } }));
    await shop.publish(standard('checkout_completed', { checkout: checkout({ lineItems: 'what?' }) }));
    await shop.publish(standard('alert_displayed', { alert: null }));
    await shop.publish(custom('nothing', null));
    await shop.publish(standard('product_viewed', { productVariant: { ...clock(), price: null } }));

    const told = await shop.beacons(6);
    expect(told.map(({ ea = 'pageLoad', event_id }) => [ea, event_id])).toEqual([
      ['pageLoad', undefined],
      ['add_to_cart', 'sh-product_added_to_cart'],
      ['view_cart', 'sh-cart_viewed'],
      ['begin_checkout', 'sh-checkout_started'],
      ['purchase', 'sh-checkout_completed'],
      ['view_item', 'sh-product_viewed'],
    ]);
    expect(JSON.parse(told[4]?.items ?? '')).toEqual([{ name: 'Gift', quantity: 1 }]);
    for (const beacon of told) for (const name of ['gv', 'gc', 'pid']) expect(beacon).not.toHaveProperty(name);
    expect(shop.heard).toEqual(['The event checkout_completed did not reach the UET tag.']);
  });

  it('leaves out whole what would cost the event: ids too long or with other signs, amounts, currencies, phones', async () => {
    const longId = '9'.repeat(51);
    const shop = await open({ ...strict, itemId: '{sku}' });
    const sold = [clock({ sku: longId }), clock({ sku: 'shopify_US_1_2' }), clock({ sku: 'CLOCK-1' }), clock({ sku: null })];
    const lineItems = sold.map((variant) => ({ quantity: 1, title: 'Clock', variant }));
    await shop.publish(
      standard('checkout_completed', { checkout: checkout({ lineItems, totalPrice: money(0.1 + 0.2), phone: '555-1234' }) }),
    );
    await shop.publish(standard('product_viewed', { productVariant: clock({ sku: longId, price: money(-1) }) }));
    await shop.publish(standard('product_viewed', { productVariant: clock({ price: { amount: 5, currencyCode: 'dollars' } }) }));
    await shop.publish(standard('search_submitted', { searchResult: { query: 'jane@shop.example', productVariants: [] } }));
    const many = Array.from({ length: 400 }, (_, at) => clock({ sku: `SKU-${at}` }));
    await shop.publish(standard('collection_viewed', { collection: { id: '9', productVariants: many } }));
    await shop.publish(
      standard('cart_viewed', {
        cart: { lines: many.map((merchandise) => ({ quantity: 1, merchandise })), cost: { totalAmount: money(25_080) } },
      }),
    );

    const [bought, seen, odd, searched, listed, cart] = await shop.beacons(6);
    expect(bought).toMatchObject({ ea: 'purchase', prodid: 'CLOCK-1', pagetype: 'purchase', gv: '0.3' });
    expect(JSON.parse(bought?.items ?? '')).toMatchObject([{ id: longId }, { id: 'shopify_US_1_2' }, { id: 'CLOCK-1' }, {}]);
    expect(JSON.parse(bought?.pid ?? '')).toEqual({ em: emailHash });
    expect(seen).toMatchObject({ ea: 'view_item', pagetype: 'product' });
    for (const name of ['prodid', 'gv']) expect(seen).not.toHaveProperty(name);
    for (const name of ['gv', 'gc']) expect(odd).not.toHaveProperty(name);
    expect(searched).toMatchObject({ ea: 'search', pagetype: 'searchresults' });
    expect(searched).not.toHaveProperty('search_term');
    expect(listed?.prodid).toMatch(/^SKU-0,SKU-1,.*SKU-\d+$/);
    // Cut at the ends of items, so that it can be read.
    expect(JSON.parse(cart?.items ?? '')[0]).toMatchObject({ id: 'SKU-0' });
    expect(cart).toMatchObject({ gv: '25080', p: expect.any(String) });
    expect(shop.heard).toEqual([]);
  });

  it('makes the ids of items as the feed writes them, from numbers and from addresses alike', async () => {
    const shop = await open({ privacy: yes, itemId: 'shopify_US_{productId}_{variantId}' });
    await shop.publish(
      standard('product_viewed', {
        productVariant: clock({ id: 'gid://shopify/ProductVariant/4002', product: { id: '4001', title: 'Wall clock' } }),
      }),
    );
    await shop.publish(standard('product_viewed', { productVariant: clock({ id: null }) }));
    const [whole, part] = await shop.beacons(2);
    expect(JSON.parse(whole?.items ?? '')).toMatchObject([{ id: 'shopify_US_4001_4002' }]);
    expect(whole).not.toHaveProperty('prodid');
    expect(JSON.parse(part?.items ?? '')).toEqual([{ name: 'Wall clock', price: 62.7, quantity: 1 }]);
  });

  it("passes on a theme's own event that has an id, mended like the others, and leaves other apps' events alone", async () => {
    const shop = await open(strict);
    const values = { revenue_value: '12.34567', currency: 'EUR', ecomm_prodid: 'A-1', pid: { em: 'Jane.Doe+x@Example.com' } };
    await shop.publish(
      custom('lead', {
        event_id: 'lead-7',
        event_label: 'brochure',
        search_term: 'jane%40shop.example',
        unheard_of: 1,
        ...values,
      }),
    );
    await shop.publish(custom('some_app:seen', { what: 'ever' }));
    await shop.publish(custom('lead', { event_id: 'jane@shop.example' }));
    await shop.choose(no);
    await shop.publish(custom('sign_up', { event_id: 'sign-8', pid: { em: 'Jane.Doe+x@Example.com' }, event_value: -3 }));
    const [lead, signUp] = await shop.beacons(2);
    expect(lead).toMatchObject({ ea: 'lead', event_id: 'lead-7', el: 'brochure', gv: '12.346', gc: 'EUR', asc: 'G' });
    expect(JSON.parse(lead?.pid ?? '')).toEqual({ em: emailHash });
    expect(lead).not.toHaveProperty('prodid');
    expect(signUp).toMatchObject({ ea: 'sign_up', event_id: 'sign-8', asc: 'D' });
    for (const name of ['pid', 'ev']) expect(signUp).not.toHaveProperty(name);
    expect(shop.heard).toEqual([]);
  });
});

interface Privacy {
  readonly marketingAllowed: boolean;
  readonly saleOfDataAllowed: boolean;
}

interface Opening {
  /** `undefined`: Shopify says nothing. */
  readonly privacy: Privacy | undefined;
  /** Where the script finds changes of consent: as Shopify documents it for custom pixels, or for app pixels. */
  readonly privacyAt?: 'api' | 'global';
  readonly itemId?: string;
  readonly holdTag?: boolean;
  readonly simulated?: MicrosoftSimulatorOptions;
}

interface Shop {
  readonly microsoft: MicrosoftSimulator;
  readonly url: string;
  /** What the pages complained of and warned of. */
  readonly heard: readonly string[];
  publish(event: unknown): Promise<void>;
  choose(customerPrivacy: Privacy): Promise<void>;
  releaseTag(): void;
  /** What waits for the tag, as JSON. */
  queued(): Promise<string>;
  /** The parameters of exactly so many beacons, in the order in which they were sent. */
  beacons(count: number): Promise<readonly Readonly<Record<string, string>>[]>;
}

async function open({ privacy: given, privacyAt = 'api', itemId, holdTag = false, simulated }: Opening): Promise<Shop> {
  const microsoft = await startMicrosoftSimulator({ port: 0, ...simulated });
  ending.push(() => microsoft.close());
  const pixel = customPixel
    .replace("'YOUR_TAG_ID'", `'${tagId}'`)
    .replace("'{variantId}'", `'${itemId ?? '{variantId}'}'`)
    .replace('https://bat.bing.com/bat.js', `${microsoft.url}/bat.js`);
  const frame = sandbox(pixel, given, privacyAt);
  const url = await serve((path) =>
    path.startsWith('/sandbox') ? frame : '<!doctype html><iframe sandbox="allow-scripts allow-forms" src="/sandbox"></iframe>',
  );
  const shopper = await newShopper(browser);
  ending.push(() => shopper.leave());
  const heard = listenTo(shopper);
  let releaseTag = () => {};
  const released = new Promise<void>((resolve) => {
    releaseTag = resolve;
  });
  if (holdTag)
    await shopper.context.route('**/bat.js', async (route) => {
      await released;
      await route.continue();
    });
  await shopper.page.goto(url, { waitUntil: holdTag ? 'commit' : 'load' });
  const inside = await frameOf(shopper);
  if (!holdTag) await inside.waitForFunction('!Array.isArray(window.uetq)');

  const reports = () => microsoft.journalEvents().flatMap(({ browser: told }) => told);
  return {
    microsoft,
    url,
    heard,
    releaseTag,
    queued: async () => String(await inside.evaluate('JSON.stringify(window.uetq)')),
    publish: (event) => inside.evaluate((one) => Reflect.get(window, 'publish')(one), event),
    choose: (customerPrivacy) => inside.evaluate((one) => Reflect.get(window, 'choose')(one), customerPrivacy),
    async beacons(count) {
      // One more, whose number says how many were sent before it.
      await inside.evaluate("window.uetq.push('event', 'the_end', {})");
      const parameters = () => reports().map(({ parameters: sent }) => sent ?? {});
      await eventually(() => parameters().length > count && parameters().some(({ ea }) => ea === 'the_end'));
      const sent = parameters().toSorted((a, b) => Number(a.bo) - Number(b.bo));
      const summary = sent.map(({ bo, ea = 'pageLoad' }) => `${bo} ${ea}`);
      expect(summary, summary.join(', ')).toHaveLength(count + 1);
      expect(summary.at(-1)).toBe(`${count + 1} the_end`);
      return sent.slice(0, count);
    },
  };
}

/** A stand-in of the frame that Shopify puts around a custom pixel, as far as the pixel can tell. */
function sandbox(pixel: string, given: Privacy | undefined, privacyAt: 'api' | 'global'): string {
  const settings = JSON.stringify({ customerPrivacy: given });
  return `<!doctype html><script>
(() => {
  const subscribers = [], choosers = [];
  const changes = { subscribe: (name, chosen) => { if (name === 'visitorConsentCollected') choosers.push(chosen); } };
  const analytics = { subscribe: (name, told) => { subscribers.push([name, told]); } };
  window.publish = (event) => {
    for (const [name, told] of subscribers) if (name === event.name || name === 'all_' + event.type + '_events') told(event);
  };
  window.choose = (customerPrivacy) => { for (const chosen of choosers) chosen({ customerPrivacy }); };
  const init = ${settings}, browser = {};
  (function (${privacyAt === 'api' ? 'api' : 'customerPrivacy'}) {
${pixel}
  })(${privacyAt === 'api' ? '{ analytics, browser, init, customerPrivacy: changes }' : 'changes'});
})();
</script>`;
}

async function serve(answer: (path: string) => string): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(answer(request.url ?? '/'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function frameOf({ page }: Shopper): Promise<Frame> {
  const element = await page.waitForSelector('iframe', { state: 'attached' });
  const frame = await element.contentFrame();
  if (!frame) throw new Error('the frame has no document');
  await frame.waitForFunction("typeof window.publish === 'function' && window.uetq !== undefined");
  return frame;
}

function listenTo({ context }: Shopper): readonly string[] {
  const heard: string[] = [];
  context.on('weberror', (error) => heard.push(error.error().message));
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load')) heard.push(message.text());
  });
  return heard;
}

function privacy(marketingAllowed: boolean, saleOfDataAllowed: boolean) {
  return { analyticsProcessingAllowed: true, preferencesProcessingAllowed: true, marketingAllowed, saleOfDataAllowed };
}

/** What Shopify puts around each event. */
function envelope(type: string, name: string, page = 'http://shop.example/') {
  const { href, origin, pathname, search } = new URL(page);
  const context = { document: { location: { href, origin, pathname, search }, referrer: '', title: 'Wall clock' } };
  return { id: `sh-${name}`, name, type, timestamp: '2026-11-24T10:00:00.000Z', clientId: 'visitor-1', seq: 1, context };
}

const standard = (name: string, data: unknown) => ({ ...envelope('standard', name), data });
const custom = (name: string, customData: unknown) => ({ ...envelope('custom', name), customData });
const pageViewed = (page: string) => ({ ...envelope('standard', 'page_viewed', page), data: {} });

const money = (amount: number) => ({ amount, currencyCode: 'USD' });

function clock(changes: Readonly<Record<string, unknown>> = {}) {
  const product = { id: '4001', title: 'Wall clock', type: 'Clocks', vendor: 'Clocks & Co', url: '/products/clock' };
  return { id: '4002', sku: 'CLOCK', title: 'White', price: money(62.7), product, ...changes };
}

function checkout(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    token,
    order: { id: '1001', customer: null },
    email: 'Jane.Doe+x@Example.com',
    phone: null,
    billingAddress: null,
    shippingAddress: { phone: '+1 (425) 555-1234' },
    currencyCode: 'USD',
    totalPrice: money(125.4),
    lineItems: [{ id: '1', title: 'Wall clock', quantity: 2, variant: clock() }],
    ...changes,
  };
}
