import { createHmac } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { sha256 } from '../../src/identity/hashing.ts';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { buildWooOrder, purchaseId, visitor } from '../../src/ingest/webhooks/woocommerce.fixture.ts';
import { startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { makeFolder, writeKey } from '../gateway.fixture.ts';
import { settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop's order reaches Meta with the cookies of the shopper's browser, and with the name and the address of the order. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const datasetId = '1234567890123456';
const secret = 'shop_secret_0123456789abcdef';
const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const granted = { adStorage: 'granted', source: 'call', explicit: true };

async function open(platform: 'shopify' | 'woocommerce') {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  const clock = createPacedClock();
  const meta = await startMetaSimulator({ port: 0, tokens: { [datasetId]: 'good-token' }, now: clock.now });
  cleanups.push(meta.close);
  const settings = { datasetId, token: 'good-token', endpoint: meta.url };
  const connections = [{ id: 'meta', destination: 'meta', settings }];
  const site = { platform, purchaseHoldSeconds: 60, webhooks: { secrets: [secret] }, connections };
  const gateway = await startPacedGateway(folder.writeConfig(meta.url, { site }), clock);
  cleanups.push(gateway.stop);
  const cookies = { _fbp: `fb.1.${clock.now() - 1_000}.1234567890`, _fbc: `fb.1.${clock.now() - 2_000}.IwAR0_Example-Click` };
  return {
    clock,
    cookies,
    async sendBrowserEvent(event: object) {
      const headers = { origin: 'null', 'user-agent': agent };
      const body = JSON.stringify({ writeKey, sentAt: clock.now(), events: [{ consent: granted, cookies, ...event }] });
      expect((await fetch(`${gateway.url}/e`, { method: 'POST', headers, body })).status).toBe(202);
    },
    async sendWebhook(body: string, headers: Record<string, string>) {
      expect((await fetch(`${gateway.url}/hooks/${platform}/shop`, { method: 'POST', headers, body })).status).toBe(200);
    },
    async getPurchase() {
      await settleAll(gateway, clock);
      const [purchase] = meta.journalEvents().filter(({ eventName }) => eventName === 'Purchase');
      return purchase?.server[0]?.event;
    },
  };
}

/** Hashes of the customer in Meta's normal forms. */
const customer = {
  em: [sha256('jane.doe+x@example.com')],
  ph: [sha256('14255551234')],
  fn: [sha256('jane')],
  ln: [sha256('doe')],
  ct: [sha256('redmond')],
  zp: [sha256('98052')],
  country: [sha256('us')],
  client_ip_address: '203.0.113.42',
};

it("an order of Shopify has the browser's cookies, and the name and address of the order", async () => {
  const shop = await open('shopify');
  const checkout = { id: `checkout-${checkoutToken}`, name: 'checkout_started', commerce: { checkoutId: checkoutToken } };
  await shop.sendBrowserEvent({ ...checkout, user: { anonymousId: 'c0ffee00-1234-4abc-8def-001122334455' } });
  const order = buildShopifyOrder({
    created_at: new Date(shop.clock.now()).toISOString(),
    note_attributes: [],
    landing_site: null,
  });
  const body = JSON.stringify(order);
  await shop.sendWebhook(body, buildShopifyHeaders(body, 'orders/create', secret, 'w-1'));
  expect(await shop.getPurchase()).toMatchObject({
    event_id: `purchase-${checkoutToken}`,
    user_data: { ...customer, st: [sha256('wa')], fbp: shop.cookies._fbp, fbc: shop.cookies._fbc },
    custom_data: { value: 125.4, currency: 'USD', order_id: '5734826901234' },
  });
});

it("an order of WooCommerce has the browser's cookies, and the name and address of the order", async () => {
  const shop = await open('woocommerce');
  await shop.sendBrowserEvent({ id: 'view-1', name: 'PageView', user: { anonymousId: visitor } });
  // WooCommerce states seconds, and only what was known before the order counts for it.
  shop.clock.jump(2_000);
  const now = new Date(shop.clock.now()).toISOString().slice(0, 19);
  const times = { date_created_gmt: now, date_paid_gmt: now, date_modified_gmt: now };
  const body = JSON.stringify(buildWooOrder(times));
  const signature = createHmac('sha256', secret).update(body).digest('base64');
  await shop.sendWebhook(body, { 'x-wc-webhook-topic': 'order.created', 'x-wc-webhook-signature': signature });
  expect(await shop.getPurchase()).toMatchObject({
    event_id: purchaseId,
    user_data: { ...customer, fbp: shop.cookies._fbp, fbc: shop.cookies._fbc },
    custom_data: { value: 125.4, currency: 'USD', order_id: '1001' },
  });
});
