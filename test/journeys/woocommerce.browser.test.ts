import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildWooMeta, buildWooOrder, ping } from '../../src/ingest/webhooks/woocommerce.fixture.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser } from '../browser.fixture.ts';
import { makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';
import { type PluginScenario, startWordPress } from '../wordpress.fixture.ts';

/** A WooCommerce shop whose pages the plugin prints in real PHP, a shopper in Chromium, and the shop's webhook. */

const secret = 'whsec-0123456789abcdef';
const em = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const click = { url: 'dd4afcccb1c94a4cad9544dd7e5006ab', sent: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab' };

let browser: Browser;
let wordpress: Awaited<ReturnType<typeof startWordPress>>;
const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  [browser, wordpress] = await Promise.all([getSharedBrowser(), startWordPress()]);
});
afterAll(async () => {
  wordpress.end();
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Returns the event id of an order's purchase in the reports of page and webhook. */
const getPurchaseId = (id: number) => `purchase-${id}-${createHash('sha256').update(`key-${id}`).digest('hex').slice(0, 16)}`;

/** Metadata of the orders in WooCommerce's database. */
type OrderMeta = Map<number, Readonly<Record<string, unknown>>>;

/**
 * Returns what GTM4WP prints on a page, as its version 2.0.
 * @source https://github.com/duracelltomi/gtm4wp, `0035d4f` (2026-08-17)
 */
function printGtm4wp(page: string, id: number): string {
  const item = { item_id: 42, item_name: 'Wall clock', sku: 'CLOCK-OAK', price: 52.25, item_category: 'Clocks' };
  const order = { currency: 'USD', transaction_id: String(id), value: '125.40', tax: '0.00', shipping: '20.90', coupon: '' };
  const events: Readonly<Record<string, object>> = {
    clock: { event: 'view_item', ecommerce: { currency: 'USD', value: 52.25, items: [item] } },
    thanks: { event: 'purchase', ecommerce: { ...order, items: [{ ...item, quantity: 2 }] } },
  };
  const data = { pagePostType: page, ...(page === 'thanks' && { new_customer: true }) };
  return `<script>
var gtm4wp_datalayer_name = "dataLayer"; var dataLayer = dataLayer || [];
dataLayer.push(${JSON.stringify(data)});
dataLayer.push({ ecommerce: null }); dataLayer.push(${JSON.stringify(events[page] ?? {})});
</script>`;
}

/** Starts a shop with the pages `/clock`, `/checkout/ID` (places the order) and `/thanks/ID`, each with the plugin's output. */
async function startShop(pixel: string, orderMeta: OrderMeta, hasGtm4wp: boolean): Promise<string> {
  const options = { convey_settings: { pixel, write_key: writeKey } };
  const product = { id: 42, sku: 'CLOCK-OAK', name: 'Wall clock', price: 52.25 };
  const server = createServer(async (incoming, outgoing) => {
    const [, page = '', number = ''] = new URL(incoming.url ?? '', 'http://shop').pathname.split('/');
    const cookies = Object.fromEntries((incoming.headers.cookie ?? '').split('; ').map((one) => one.split('=', 2)));
    const id = Number(number);
    const sold = { id, key: `key-${id}`, total: '125.40', email: 'Jane.Doe+x@Example.com', meta: orderMeta.get(id) };
    const lines = [{ product, quantity: 2, total: 104.5 }];
    const scenes: Readonly<Record<string, PluginScenario>> = {
      clock: { is: ['product'], product, do: [['wp_head'], ['wp_footer']] },
      checkout: {
        order: sold,
        do: [['woocommerce_checkout_create_order', '@order']],
      },
      thanks: { order: { ...sold, lines }, query: { key: `key-${id}` }, do: [['wp_head'], ['woocommerce_thankyou', id]] },
    };
    const rendered = await wordpress.play({ options, cookies, consentApi: true, ...scenes[page] });
    if (id > 0) orderMeta.set(id, rendered.meta);
    outgoing.setHeader('content-type', 'text/html; charset=utf-8');
    outgoing.end(
      `<!doctype html><html lang="en"><head><title>${page}</title>${hasGtm4wp ? printGtm4wp(page, id) : ''}</head><body>${rendered.html}</body></html>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function open(settings: object = {}) {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  const clock = createPacedClock();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  cleanups.push(microsoft.close);
  const site = {
    domains: ['127.0.0.1'],
    platform: 'woocommerce',
    webhooks: { secrets: ['whsec-of-last-year', secret] },
    purchaseHoldSeconds: 60,
    ...settings,
  };
  const gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site }), clock);
  cleanups.push(gateway.stop);
  const orderMeta: OrderMeta = new Map();
  const shop = await startShop(`${gateway.url}/p.js`, orderMeta, 'capture' in settings);
  const shopper = await createShopper(browser);
  cleanups.push(shopper.close);

  const deliver = async (body: string, headers: Readonly<Record<string, string>>) => {
    const answer = await fetch(`${gateway.url}/hooks/woocommerce/shop`, { method: 'POST', headers, body });
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
  return {
    shopper,
    noted: orderMeta,
    deliver,
    async choose(choice: 'allow' | 'deny') {
      await shopper.context.addCookies([{ name: 'wp_consent_marketing', value: choice, url: shop }]);
    },
    /** Opens a product page from an ad. */
    async land() {
      await shopper.page.goto(`${shop}/clock?msclkid=${click.url}`, { waitUntil: 'networkidle' });
    },
    place: (id: number) => shopper.page.goto(`${shop}/checkout/${id}`),
    thanks: (id: number) => shopper.page.goto(`${shop}/thanks/${id}`, { waitUntil: 'networkidle' }),
    /** Sends the webhook of an order with the metadata that the plugin stored. */
    hook(id: number, changes: Readonly<Record<string, unknown>> = {}, signingSecret = secret) {
      const at = new Date().toISOString().slice(0, 19);
      const dates = { date_created_gmt: at, date_paid_gmt: at, date_modified_gmt: at };
      const meta_data = Object.entries(orderMeta.get(id) ?? {}).map(([key, value]) => buildWooMeta(key, value));
      const body = JSON.stringify(buildWooOrder({ id, order_key: `key-${id}`, ...dates, meta_data, ...changes }));
      const signature = createHmac('sha256', signingSecret).update(body).digest('base64');
      return deliver(body, {
        'content-type': 'application/json',
        'x-wc-webhook-topic': 'order.updated',
        'x-wc-webhook-signature': signature,
        'x-wc-webhook-delivery-id': 'the-same-for-a-whole-second',
      });
    },
    /** Lets the time pass after which a browser's purchase counts as unconfirmed. */
    waitForConfirmation: () => clock.jump(25 * 3_600_000),
    /** Returns the purchases that Microsoft got once every event has its final outcome. */
    async purchases(count: number) {
      const got = () => microsoft.journalEvents().filter(({ eventName }) => eventName === 'purchase');
      await settleAll(gateway, clock);
      expect(got()).toHaveLength(count);
      for (const { server } of got()) expect(server).toHaveLength(1);
      return new Map(got().map(({ eventId, server }) => [eventId, Object(server[0]?.event)]));
    },
  };
}

const expectedPurchase = {
  userData: { msclkid: click.sent, em, anonymousId: expect.stringMatching(/^[0-9a-f]{32}$/) },
  customData: { value: 125.4, currency: 'USD', transactionId: expect.stringMatching(/^100\d$/), itemIds: ['42'] },
};
const accepted = { status: 200, json: expect.objectContaining({ accepted: 1, duplicates: 0 }) };
const duplicate = { status: 200, json: expect.objectContaining({ accepted: 0, duplicates: 1 }) };

it('an order counts once with its click, reported by page and webhook in either order, or by the webhook alone', async () => {
  const shop = await open();
  await shop.choose('allow');
  await shop.land();
  for (const id of [1001, 1002, 1003]) await shop.place(id);
  expect(shop.noted.get(1001)).toEqual({
    _convey_visitor: expect.stringMatching(/^[0-9a-f]{32}$/),
    _convey_checkout: expect.stringMatching(/^[0-9a-f]{32}$/),
    _convey_order_count: '1',
  });

  await shop.thanks(1001);
  expect(await shop.hook(1001)).toEqual(accepted);
  expect(await shop.hook(1002)).toEqual(accepted);
  await shop.thanks(1002);
  // The thank-you page of this order is never opened, and another order's webhook arrives within the same second.
  expect(await shop.hook(1003)).toEqual(accepted);

  expect(await shop.hook(1001, { status: 'completed' })).toEqual(duplicate);
  await shop.thanks(1001);
  const got = await shop.purchases(3);
  for (const id of [1001, 1002, 1003]) expect(got.get(getPurchaseId(id)), String(id)).toMatchObject(expectedPurchase);
  expect(shop.shopper.pageErrors).toEqual([]);
});

it.each(['as-reported', 'confirmed'])(
  'an order counts once when GTM4WP writes it to the dataLayer, too, and `purchases` is `%s`',
  async (purchases) => {
    const shop = await open({ purchases, capture: { dataLayer: { mode: 'on' } } });
    await shop.choose('allow');
    await shop.land();
    for (const id of [1001, 1002]) await shop.place(id);
    await shop.thanks(1001);
    await shop.thanks(1001);
    expect(await shop.hook(1001)).toEqual(accepted);
    expect(await shop.hook(1002)).toEqual(accepted);
    await shop.thanks(1002);
    if (purchases === 'confirmed') shop.waitForConfirmation();
    const got = await shop.purchases(2);
    for (const id of [1001, 1002]) expect(got.get(getPurchaseId(id)), String(id)).toMatchObject(expectedPurchase);
    expect(shop.shopper.pageErrors).toEqual([]);
  },
);

it('an order is not sent when the consent plugin stored a denial on it', async () => {
  const shop = await open();
  await shop.choose('deny');
  await shop.land();
  await shop.place(1004);
  expect(shop.noted.get(1004)).toMatchObject({ _convey_visitor: 'denied' });
  expect(await shop.hook(1004)).toEqual(accepted);
  // This order may be sent. It is the marker: when it has arrived, the denied one has been processed.
  expect(await shop.hook(1005)).toEqual(accepted);
  expect([...(await shop.purchases(1)).keys()]).toEqual([getPurchaseId(1005)]);
});

it('an unsigned webhook is refused, both live secrets are accepted, and the ping is answered', async () => {
  const shop = await open();
  const refused = { status: 401, json: { error: { code: 'not-signed', message: expect.any(String) } } };
  expect(await shop.hook(1006, {}, 'another-secret')).toEqual(refused);
  expect(await shop.deliver(JSON.stringify(buildWooOrder()), { 'x-wc-webhook-topic': 'order.created' })).toEqual(refused);
  expect(await shop.hook(1006, {}, 'whsec-of-last-year')).toEqual(accepted);
  expect(await shop.deliver(ping, { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 200 });
  expect([...(await shop.purchases(1)).keys()]).toEqual([getPurchaseId(1006)]);
});
