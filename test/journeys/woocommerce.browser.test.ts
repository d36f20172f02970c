import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildWooMeta, buildWooOrder, ping } from '../../src/ingest/webhooks/woocommerce.fixture.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, launchBrowser } from '../browser.fixture.ts';
import { makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';
import { type PluginScenario, startWordPress } from '../wordpress.fixture.ts';

/** A WooCommerce shop whose pages the plugin prints in real PHP, a shopper in Chromium, and the shop's webhook. */

const secret = 'whsec-0123456789abcdef';
const em = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const click = { url: 'dd4afcccb1c94a4cad9544dd7e5006ab', sent: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab' };

let browser: Browser;
let wordpress: Awaited<ReturnType<typeof startWordPress>>;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  [browser, wordpress] = await Promise.all([launchBrowser(), startWordPress()]);
});
afterAll(async () => {
  await browser.close();
  wordpress.end();
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** What page and webhook call the purchase of an order. */
const purchaseOf = (id: number) => `purchase-${id}-${createHash('sha256').update(`key-${id}`).digest('hex').slice(0, 16)}`;

/** Meta data of the orders, as WooCommerce's database has it. */
type Noted = Map<number, Readonly<Record<string, unknown>>>;

/** `/clock`, `/checkout/ID` (places the order), `/thanks/ID`: pages of the shop, with what the plugin prints into them. */
async function startShop(pixel: string, noted: Noted): Promise<string> {
  const options = { convey_settings: { pixel, write_key: writeKey } };
  const product = { id: 42, sku: 'CLOCK-OAK', name: 'Wall clock', price: 52.25 };
  const server = createServer(async (incoming, outgoing) => {
    const [, page = '', number = ''] = new URL(incoming.url ?? '', 'http://shop').pathname.split('/');
    const cookies = Object.fromEntries((incoming.headers.cookie ?? '').split('; ').map((one) => one.split('=', 2)));
    const id = Number(number);
    const sold = { id, key: `key-${id}`, total: '125.40', email: 'Jane.Doe+x@Example.com', meta: noted.get(id) };
    const lines = [{ product, quantity: 2, total: 104.5 }];
    const scenes: Readonly<Record<string, PluginScenario>> = {
      clock: { is: ['product'], product, do: [['wp_head'], ['wp_footer']] },
      checkout: {
        order: sold,
        do: [['woocommerce_checkout_create_order', '@order']],
      },
      thanks: { order: { ...sold, lines }, query: { key: `key-${id}` }, do: [['wp_head'], ['woocommerce_thankyou', id]] },
    };
    const played = await wordpress.play({ options, cookies, consentApi: true, ...scenes[page] });
    if (id > 0) noted.set(id, played.meta);
    outgoing.setHeader('content-type', 'text/html; charset=utf-8');
    outgoing.end(`<!doctype html><html lang="en"><head><title>${page}</title></head><body>${played.html}</body></html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function open() {
  const folder = makeFolder();
  ending.push(folder.remove);
  const clock = createPacedClock();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  ending.push(microsoft.close);
  const site = {
    domains: ['127.0.0.1'],
    platform: 'woocommerce',
    webhooks: { secrets: ['whsec-of-last-year', secret] },
    purchaseHoldSeconds: 60,
  };
  const gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site }), clock);
  ending.push(gateway.stop);
  const noted: Noted = new Map();
  const shop = await startShop(`${gateway.url}/p.js`, noted);
  const shopper = await createShopper(browser);
  ending.push(shopper.close);

  const deliver = async (body: string, headers: Readonly<Record<string, string>>) => {
    const answer = await fetch(`${gateway.url}/hooks/woocommerce/shop`, { method: 'POST', headers, body });
    const said: unknown = await answer.json();
    return { status: answer.status, said };
  };
  return {
    shopper,
    noted,
    deliver,
    async choose(choice: 'allow' | 'deny') {
      await shopper.context.addCookies([{ name: 'wp_consent_marketing', value: choice, url: shop }]);
    },
    /** The shopper comes from an ad, and looks at a clock. */
    async land() {
      await shopper.page.goto(`${shop}/clock?msclkid=${click.url}`, { waitUntil: 'networkidle' });
    },
    place: (id: number) => shopper.page.goto(`${shop}/checkout/${id}`),
    thanks: (id: number) => shopper.page.goto(`${shop}/thanks/${id}`, { waitUntil: 'networkidle' }),
    /** WooCommerce tells of the order as it is kept, with what the plugin noted. */
    hook(id: number, changes: Readonly<Record<string, unknown>> = {}, signWith = secret) {
      const at = new Date().toISOString().slice(0, 19);
      const dates = { date_created_gmt: at, date_paid_gmt: at, date_modified_gmt: at };
      const meta_data = Object.entries(noted.get(id) ?? {}).map(([key, value]) => buildWooMeta(key, value));
      const body = JSON.stringify(buildWooOrder({ id, order_key: `key-${id}`, ...dates, meta_data, ...changes }));
      const signature = createHmac('sha256', signWith).update(body).digest('base64');
      return deliver(body, {
        'content-type': 'application/json',
        'x-wc-webhook-topic': 'order.updated',
        'x-wc-webhook-signature': signature,
        'x-wc-webhook-delivery-id': 'the-same-for-a-whole-second',
      });
    },
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

const whole = {
  userData: { msclkid: click.sent, em, anonymousId: expect.stringMatching(/^[0-9a-f]{32}$/) },
  customData: { value: 125.4, currency: 'USD', transactionId: expect.stringMatching(/^100\d$/), itemIds: ['42'] },
};
const one = { status: 200, said: expect.objectContaining({ accepted: 1, duplicates: 0 }) };
const again = { status: 200, said: expect.objectContaining({ accepted: 0, duplicates: 1 }) };

it('an order counts once with its click, reported by page and webhook in either order, or by the webhook alone', async () => {
  const shop = await open();
  await shop.choose('allow');
  await shop.land();
  for (const id of [1001, 1002, 1003]) await shop.place(id);
  expect(shop.noted.get(1001)).toEqual({
    _convey_visitor: expect.stringMatching(/^[0-9a-f]{32}$/),
    _convey_checkout: expect.stringMatching(/^[0-9a-f]{32}$/),
  });

  await shop.thanks(1001);
  expect(await shop.hook(1001)).toEqual(one);
  expect(await shop.hook(1002)).toEqual(one);
  await shop.thanks(1002);
  // This one's thank-you page was never opened, and another order is told within the same second.
  expect(await shop.hook(1003)).toEqual(one);

  expect(await shop.hook(1001, { status: 'completed' })).toEqual(again);
  await shop.thanks(1001);
  const got = await shop.purchases(3);
  for (const id of [1001, 1002, 1003]) expect(got.get(purchaseOf(id)), String(id)).toMatchObject(whole);
  expect(shop.shopper.pageErrors).toEqual([]);
});

it("does not send an order of a shopper who denied, by the consent plugin's word on the order alone", async () => {
  const shop = await open();
  await shop.choose('deny');
  await shop.land();
  await shop.place(1004);
  expect(shop.noted.get(1004)).toMatchObject({ _convey_visitor: 'denied' });
  expect(await shop.hook(1004)).toEqual(one);
  // One that may be sent, after it: when it is there, the other had its time.
  expect(await shop.hook(1005)).toEqual(one);
  expect([...(await shop.purchases(1)).keys()]).toEqual([purchaseOf(1005)]);
});

it('refuses what is not signed, takes both live secrets, and answers the ping', async () => {
  const shop = await open();
  const refused = { status: 401, said: { error: { code: 'not-signed', message: expect.any(String) } } };
  expect(await shop.hook(1006, {}, 'another-secret')).toEqual(refused);
  expect(await shop.deliver(JSON.stringify(buildWooOrder()), { 'x-wc-webhook-topic': 'order.created' })).toEqual(refused);
  expect(await shop.hook(1006, {}, 'whsec-of-last-year')).toEqual(one);
  expect(await shop.deliver(ping, { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 200 });
  expect([...(await shop.purchases(1)).keys()]).toEqual([purchaseOf(1006)]);
});
