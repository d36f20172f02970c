import { afterEach, describe, expect, it } from 'vitest';
import { checkoutToken } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { tagId } from '../gateway.fixture.ts';
import { sharePage } from '../reused-page.fixture.ts';
import {
  buildCheckout,
  buildCustomEvent,
  buildPageViewed,
  buildPrivacy,
  buildStandardEvent,
  buildVariant,
  money,
  openShopify,
  type Shop,
  type ShopOptions,
} from '../shopify-sandbox.fixture.ts';

/** The half of the custom pixel that reports to the UET tag. */

const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const phoneHash = 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e';
const orderEventId = `purchase-${checkoutToken}`;
const checkoutEventId = `checkout-${checkoutToken}`;

const createShopper = sharePage();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const granted = buildPrivacy(true, true);
const denied = buildPrivacy(false, true);

async function openShop({
  itemId,
  ...opening
}: Omit<ShopOptions, 'createShopper'> & { readonly itemId?: string }): Promise<Shop> {
  const settings = { tagId, themeSnippet: false, ...(itemId !== undefined && { itemId }) };
  const shop = await openShopify({ createShopper, site: false, settings, ...opening });
  cleanups.push(shop.close);
  return shop;
}

/** Returns the page's warnings, without those about the settings of the Convey half, which are empty here. */
const getComplaints = ({ consoleProblems }: Shop) =>
  consoleProblems.filter((one) => !one.endsWith('No events are sent to Convey.'));

describe('the custom pixel in the sandbox of a Shopify shop', () => {
  it('reports a whole visit with the names and ids of the server, for a shopper who consented', async () => {
    const shop = await openShop({ privacy: granted });
    await shop.publish(buildPageViewed(`${shop.url}/products/clock?variant=2`));
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await shop.publish(
      buildStandardEvent('collection_viewed', { collection: { id: '9', title: 'Clocks', productVariants: [buildVariant()] } }),
    );
    await shop.publish(
      buildStandardEvent('search_submitted', { searchResult: { query: 'wall clock', productVariants: [buildVariant()] } }),
    );
    const line = { quantity: 2, merchandise: buildVariant(), cost: { totalAmount: money(125.4) } };
    await shop.publish(buildStandardEvent('product_added_to_cart', { cartLine: line }));
    await shop.publish(
      buildStandardEvent('cart_viewed', { cart: { id: 'c1', lines: [line], cost: { totalAmount: money(125.4) } } }),
    );
    await shop.publish(buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null }) }));
    await shop.publish(buildStandardEvent('payment_info_submitted', { checkout: buildCheckout({ order: null }) }));
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));

    const sold = { prodid: '4002', gv: '125.4', gc: 'USD' };
    const atCart = { ...sold, pagetype: 'cart', ecomm_totalvalue: '125.4' };
    const sent = await shop.beacons(9);
    expect(sent).toMatchObject([
      { evt: 'pageLoad', p: `${shop.url}/products/clock?variant=2`, tl: 'Wall clock' },
      { ea: 'view_item', event_id: 'sh-product_viewed', prodid: '4002', pagetype: 'product', gv: '62.7', gc: 'USD' },
      { ea: 'view_item_list', event_id: 'sh-collection_viewed', prodid: '4002', pagetype: 'category' },
      { ea: 'search', event_id: 'sh-search_submitted', search_term: 'wall clock', pagetype: 'searchresults' },
      { ea: 'add_to_cart', event_id: 'sh-product_added_to_cart', ...atCart },
      { ea: 'view_cart', event_id: 'sh-cart_viewed', ...atCart },
      { ea: 'begin_checkout', event_id: checkoutEventId, ...atCart },
      { ea: 'add_payment_info', event_id: 'sh-payment_info_submitted', ...atCart },
      { ea: 'purchase', event_id: orderEventId, transaction_id: '5734826901234', ...atCart, pagetype: 'purchase' },
    ]);
    for (const beacon of sent) expect(beacon, beacon.ea).toMatchObject({ ti: tagId, asc: 'G', ifm: '1' });
    expect(JSON.parse(sent[8]?.items ?? '')).toEqual([{ id: '4002', name: 'Wall clock', price: 62.7, quantity: 2 }]);
    for (const early of sent.slice(0, 6)) expect(early).not.toHaveProperty('pid');
    for (const late of sent.slice(6)) expect(JSON.parse(late.pid ?? '')).toEqual({ em: emailHash, ph: phoneHash });
    expect(JSON.stringify(shop.microsoft.journalEvents())).not.toMatch(/jane|4255551234|555-1234/i);
    expect(getComplaints(shop)).toEqual([]);
  });

  it('queues events until the tag has loaded, and then reports them in order', async () => {
    const shop = await openShop({ privacy: granted, holdTag: true });
    await shop.publish(buildPageViewed(`${shop.url}/`));
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    expect(shop.microsoft.journalEvents()).toEqual([]);
    shop.releaseTag();
    expect((await shop.beacons(3)).map(({ ea = 'pageLoad', asc }) => [ea, asc])).toEqual([
      ['pageLoad', 'G'],
      ['view_item', 'G'],
      ['purchase', 'G'],
    ]);
    expect(getComplaints(shop)).toEqual([]);
  });

  it.each(['api', 'global'] as const)('follows the choice of the shopper, read from Shopify by %s', async (privacyAt) => {
    const shop = await openShop({ privacy: denied, privacyAt });
    await shop.publish(buildPageViewed(`${shop.url}/account?key=secret`));
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    await shop.choose(granted);
    await shop.publish(
      buildStandardEvent('checkout_completed', { checkout: buildCheckout({ token: 'b2', order: { id: '1002' } }) }),
    );
    await shop.choose(buildPrivacy(true, false));
    await shop.publish(buildStandardEvent('checkout_started', { checkout: buildCheckout({ order: null }) }));

    const [page, deniedPurchase, grantedPurchase, deniedCheckout] = await shop.beacons(4);
    expect(page).toMatchObject({ asc: 'D', p: `${shop.url}/account` });
    expect(deniedPurchase).toMatchObject({ ea: 'purchase', asc: 'D', event_id: orderEventId, gv: '125.4' });
    expect(grantedPurchase).toMatchObject({ ea: 'purchase', asc: 'G', event_id: 'purchase-b2', transaction_id: '1002' });
    expect(grantedPurchase).toHaveProperty('pid');
    expect(deniedCheckout).toMatchObject({ ea: 'begin_checkout', asc: 'D' });
    for (const beacon of [deniedPurchase, deniedCheckout])
      for (const name of ['pid', 'transaction_id', 'vid', 'msclkid']) expect(beacon).not.toHaveProperty(name);
    const purchases = shop.microsoft.journalEvents().filter(({ eventName }) => eventName === 'purchase');
    expect(purchases.map(({ eventId, counted }) => `${eventId} ${counted}`).toSorted()).toEqual([
      `${orderEventId} none`,
      'purchase-b2 browser',
    ]);
    expect(getComplaints(shop)).toEqual([]);
  });

  it('gives the tag no e-mail address, phone or order before the shopper consented', async () => {
    const shop = await openShop({ privacy: denied, holdTag: true });
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    expect(await shop.readTagQueue()).toContain(orderEventId);
    expect(await shop.readTagQueue()).not.toMatch(/jane|425|5734826901234/i);
    await shop.choose(granted);
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    expect(await shop.readTagQueue()).toContain('{"em":"Jane.Doe+x@Example.com","ph":"+14255551234"}');
  });

  it("leaves the storefront's page views to the theme's snippet, and uses the connection's event names", async () => {
    const settings = { tagId, themeSnippet: true, eventNames: { Purchase: 'order_complete' } };
    const shop = await openShop({ privacy: granted, settings });
    await shop.publish(buildPageViewed('https://shop.example/products/clock'));
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await shop.publish(buildPageViewed('https://shop.example/checkouts/cn/c1-9c8a'));
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    expect(await shop.beacons(3)).toMatchObject([
      { ea: 'view_item' },
      { evt: 'pageLoad', p: 'https://shop.example/checkouts/cn/c1-9c8a' },
      { ea: 'order_complete', event_id: orderEventId },
    ]);
  });

  it('treats a missing choice as a denial', async () => {
    const shop = await openShop({ privacy: undefined });
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: buildCheckout() }));
    expect(await shop.beacons(1)).toMatchObject([{ ea: 'purchase', asc: 'D' }]);
  });

  it('has a purchase counted once that the server also reports', async () => {
    const shop = await openShop({ privacy: granted });
    await shop.publish(
      buildStandardEvent('checkout_completed', {
        checkout: buildCheckout({ order: { id: 'gid://shopify/Order/5734826901234' } }),
      }),
    );
    await shop.beacons(1);
    const answer = await fetch(`${shop.microsoft.url}/v1/${tagId}/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer good-token', 'content-type': 'application/json' },
      body: JSON.stringify({
        data: [
          {
            eventType: 'custom',
            eventName: 'purchase',
            eventId: orderEventId,
            eventTime: Math.floor(Date.now() / 1_000),
            adStorageConsent: 'G',
            userData: { em: emailHash },
            customData: { transactionId: '5734826901234', value: 125.4, currency: 'USD' },
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
  const strict = { privacy: granted, simulated: { preset: 'strict' } } as const;

  it('accepts events with null fields, and continues after an unreadable one', async () => {
    const shop = await openShop(strict);
    await shop.publish({ ...buildStandardEvent('page_viewed', {}), context: null });
    await shop.publish(buildStandardEvent('product_added_to_cart', { cartLine: null }));
    await shop.publish(buildStandardEvent('cart_viewed', { cart: null }));
    await shop.publish(buildStandardEvent('checkout_started', null));
    const emptyCheckout = { token: null, order: null, email: null, phone: null, totalPrice: null, currencyCode: null };
    const lines = [{ quantity: 1, title: 'Gift', variant: null }, null];
    await shop.publish(buildStandardEvent('checkout_completed', { checkout: { ...emptyCheckout, lineItems: lines } }));
    await shop.publish({
      ...buildStandardEvent('checkout_completed', null),
      data: { checkout: { ...buildCheckout(), email: 5 } },
    });
    await shop.publish({ ...buildStandardEvent('payment_info_submitted', null), data: { checkout: { lineItems: 'what?' } } });
    await shop.publish(buildStandardEvent('alert_displayed', { alert: null }));
    await shop.publish(buildCustomEvent('nothing', null));
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: { ...buildVariant(), price: null } }));

    const sent = await shop.beacons(7);
    expect(sent.map(({ ea = 'pageLoad', event_id }) => [ea, event_id])).toEqual([
      ['pageLoad', undefined],
      ['add_to_cart', 'sh-product_added_to_cart'],
      ['view_cart', 'sh-cart_viewed'],
      ['begin_checkout', 'sh-checkout_started'],
      ['purchase', 'sh-checkout_completed'],
      ['add_payment_info', 'sh-payment_info_submitted'],
      ['view_item', 'sh-product_viewed'],
    ]);
    expect(JSON.parse(sent[4]?.items ?? '')).toEqual([{ name: 'Gift', quantity: 1 }]);
    for (const beacon of sent) for (const name of ['gv', 'gc', 'pid']) expect(beacon).not.toHaveProperty(name);
    await expect.poll(() => getComplaints(shop)).toEqual(['The event checkout_completed could not be sent to the UET tag.']);
  });

  it('omits every value for which the tag would refuse the event: invalid ids, amounts, currencies, phones', async () => {
    const longId = '9'.repeat(51);
    const shop = await openShop({ ...strict, itemId: '{sku}' });
    const sold = [
      buildVariant({ sku: longId }),
      buildVariant({ sku: 'shopify_US_1_2' }),
      buildVariant({ sku: 'CLOCK-1' }),
      buildVariant({ sku: null }),
    ];
    const lineItems = sold.map((variant) => ({ quantity: 1, title: 'Clock', variant }));
    await shop.publish(
      buildStandardEvent('checkout_completed', {
        checkout: buildCheckout({ lineItems, totalPrice: money(0.1 + 0.2), phone: '555-1234' }),
      }),
    );
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant({ sku: longId, price: money(-1) }) }));
    await shop.publish(
      buildStandardEvent('product_viewed', { productVariant: buildVariant({ price: { amount: 5, currencyCode: 'dollars' } }) }),
    );
    await shop.publish(
      buildStandardEvent('search_submitted', { searchResult: { query: 'jane@shop.example', productVariants: [] } }),
    );
    const many = Array.from({ length: 400 }, (_, at) => buildVariant({ sku: `SKU-${at}` }));
    await shop.publish(buildStandardEvent('collection_viewed', { collection: { id: '9', productVariants: many } }));
    await shop.publish(
      buildStandardEvent('cart_viewed', {
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
    // The list is cut at the end of an item, so it remains valid JSON.
    expect(JSON.parse(cart?.items ?? '')[0]).toMatchObject({ id: 'SKU-0' });
    expect(cart).toMatchObject({ gv: '25080', p: expect.any(String) });
    expect(getComplaints(shop)).toEqual([]);
  });

  it('formats the ids of items as in the feed, from numbers and from addresses', async () => {
    const shop = await openShop({ privacy: granted, itemId: 'shopify_US_{productId}_{variantId}' });
    await shop.publish(
      buildStandardEvent('product_viewed', {
        productVariant: buildVariant({ id: 'gid://shopify/ProductVariant/4002', product: { id: '4001', title: 'Wall clock' } }),
      }),
    );
    await shop.publish(buildStandardEvent('product_viewed', { productVariant: buildVariant({ id: null }) }));
    const [whole, part] = await shop.beacons(2);
    expect(JSON.parse(whole?.items ?? '')).toMatchObject([{ id: 'shopify_US_4001_4002' }]);
    expect(whole).not.toHaveProperty('prodid');
    expect(JSON.parse(part?.items ?? '')).toEqual([{ name: 'Wall clock', price: 62.7, quantity: 1 }]);
  });

  it("forwards a theme's own event with an id, corrected like the others, and ignores events of other apps", async () => {
    const shop = await openShop(strict);
    const values = { revenue_value: '12.34567', currency: 'EUR', ecomm_prodid: 'A-1', pid: { em: 'Jane.Doe+x@Example.com' } };
    await shop.publish(
      buildCustomEvent('lead', {
        event_id: 'lead-7',
        event_label: 'brochure',
        search_term: 'jane%40shop.example',
        unheard_of: 1,
        ...values,
      }),
    );
    await shop.publish(buildCustomEvent('some_app:seen', { what: 'ever' }));
    await shop.publish(buildCustomEvent('lead', { event_id: 'jane@shop.example' }));
    await shop.choose(denied);
    await shop.publish(
      buildCustomEvent('sign_up', { event_id: 'sign-8', pid: { em: 'Jane.Doe+x@Example.com' }, event_value: -3 }),
    );
    const [lead, signUp] = await shop.beacons(2);
    expect(lead).toMatchObject({ ea: 'lead', event_id: 'lead-7', el: 'brochure', gv: '12.346', gc: 'EUR', asc: 'G' });
    expect(JSON.parse(lead?.pid ?? '')).toEqual({ em: emailHash });
    expect(lead).not.toHaveProperty('prodid');
    expect(signUp).toMatchObject({ ea: 'sign_up', event_id: 'sign-8', asc: 'D' });
    for (const name of ['pid', 'ev']) expect(signUp).not.toHaveProperty(name);
    expect(getComplaints(shop)).toEqual([]);
  });
});
