import { describe, expect, it } from 'vitest';
import { formatMoney } from '../../src/event/format-numbers.ts';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken, visitorId } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { convey } from '../cli.fixture.ts';
import { type SharedSite, shareGateway } from '../file-gateway.fixture.ts';
import { eventually } from '../gateway.fixture.ts';
import { settleAll } from '../paced-gateway.fixture.ts';

/** One order of a Shopify shop, reported by the browser, by the shop's webhook, or by both, and the events that Microsoft gets. */

const secret = 'shpss_0123456789abcdef';
const msclkid = 'b1240587f865192a03586c5b000314f5';
const em = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const clientId = 'c0ffee00-1234-4abc-8def-001122334455';
const granted = { adStorage: 'granted', source: 'shopify', explicit: true };
const denied = { adStorage: 'denied', source: 'shopify', explicit: true };
const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
/** Fields of an order that has neither a cart attribute nor a landing page. */
const unlinkedOrder = { note_attributes: [], landing_site: null };

const site = { platform: 'shopify', purchaseHoldSeconds: 60, webhooks: { secrets: [secret] } };
const till = {
  id: 'till',
  when: { field: 'commerce.channel', is: 'equals', value: 'pos' },
  then: { also: { name: 'StoreOrder' } },
};
const takeSite = shareGateway({
  plain: { count: 13, settings: site },
  till: { count: 1, settings: { ...site, rules: [till] } },
});

interface Shop extends SharedSite {
  /** Sends an event as a sandboxed custom pixel does, without an origin and cookies. */
  sendPixelEvent(event: object, user?: object): Promise<void>;
  sendWithdrawal(): Promise<void>;
  sendOrderWebhook(changes?: object, topic?: string, delivery?: string): Promise<unknown>;
}

async function open(kind: 'plain' | 'till' = 'plain'): Promise<Shop> {
  const site = await takeSite(kind);
  const { id, writeKey, gateway, clock } = site;
  const post = async (batch: object) => {
    const body = JSON.stringify({ writeKey, sentAt: clock.now(), ...batch });
    const answer = await fetch(`${gateway.url}/e`, { method: 'POST', headers: { origin: 'null', 'user-agent': agent }, body });
    expect(answer.status).toBe(202);
  };
  return {
    ...site,
    sendPixelEvent: (event, user = { anonymousId: clientId }) => post({ events: [{ consent: granted, user, ...event }] }),
    sendWithdrawal: () =>
      post({ events: [], signals: [{ id: 'w-1', type: 'consent', user: { anonymousId: clientId }, consent: denied }] }),
    async sendOrderWebhook(changes = {}, topic = 'orders/create', delivery = crypto.randomUUID()) {
      const order = buildShopifyOrder({ created_at: new Date(clock.now()).toISOString(), ...changes });
      const body = JSON.stringify(topic === 'refunds/create' ? changes : order);
      const headers = buildShopifyHeaders(body, topic, secret, delivery);
      const answer = await fetch(`${gateway.url}/hooks/shopify/${id}`, { method: 'POST', headers, body });
      expect(answer.status).toBe(200);
      return answer.json();
    },
  };
}

const landing = { id: 'sh-1', name: 'page_viewed', page: { url: `https://shop.example/?msclkid=${msclkid}` } };
const checkout = { id: `checkout-${checkoutToken}`, name: 'checkout_started', commerce: { checkoutId: checkoutToken } };
const completed = {
  id: `purchase-${checkoutToken}`,
  name: 'checkout_completed',
  page: { url: 'https://shop.example/checkouts/cn/c1-9c8a/thank-you' },
  commerce: { checkoutId: checkoutToken, orderId: '5734826901234', value: 125.4, currency: 'USD' },
};

/** Returns the purchases that Microsoft got once every event has its final outcome. */
async function getPurchases({ id, gateway: { callApi }, clock, journalEvents }: Shop) {
  await settleAll({ callApi, site: id }, clock);
  const purchases = journalEvents().filter(({ eventName }) => eventName === 'purchase');
  return purchases.map(({ eventId, counted, server }) => {
    expect(server).toHaveLength(1);
    return { eventId, counted, ...Object(server[0]?.event) };
  });
}

/** Returns the printed timeline of an event, with the reason why it was not sent. */
async function getOutcome({ id: site, config }: Shop, id = `purchase-${checkoutToken}`): Promise<string> {
  const { stdout } = await convey('event', id, '--site', site, '--config', config);
  return stdout;
}

const expectedPurchase = {
  eventId: `purchase-${checkoutToken}`,
  counted: 'server',
  adStorageConsent: 'G',
  userData: { em, msclkid: 'b1240587-f865-192a-0358-6c5b000314f5' },
  customData: { value: 125.4, currency: 'USD', transactionId: '5734826901234' },
};

describe('an order counts once, with the click and the e-mail address', () => {
  it('reported by the browser and then by the shop', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendPixelEvent(completed);
    await shop.sendOrderWebhook(unlinkedOrder);
    const [purchase, ...others] = await getPurchases(shop);
    expect(purchase).toMatchObject({ ...expectedPurchase, eventSourceUrl: completed.page.url });
    expect(others).toEqual([]);
  });

  it('reported by the shop and then by the browser', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendOrderWebhook(unlinkedOrder);
    await shop.sendPixelEvent(completed);
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
    const transactions = [{ kind: 'refund', status: 'success', amount: '25.40', currency: 'USD' }];
    const refund = { id: 901, order_id: 5734826901234, transactions };
    for (const _ of [1, 2]) await shop.sendOrderWebhook(refund, 'refunds/create');
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
    const [left, before] = [formatMoney(100, 'USD'), formatMoney(125.4, 'USD')];
    expect(await getOutcome(shop, 'refund-901')).toContain(`${left} are left of the delivered purchase of ${before}.`);
  });

  it('reported by the shop alone, linked by the checkout that the browser began', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendPixelEvent(checkout);
    await shop.sendOrderWebhook({
      ...unlinkedOrder,
      email: 'other@shop.example',
      contact_email: null,
      customer: null,
      billing_address: null,
    });
    const [purchase, ...others] = await getPurchases(shop);
    expect(purchase).toMatchObject({
      userData: { msclkid: expectedPurchase.userData.msclkid, anonymousId: clientId },
      customData: expectedPurchase.customData,
    });
    expect(others).toEqual([]);
    expect(await getOutcome(shop)).toContain('found by the checkout');
  });

  it("reported by the shop alone, linked by the visitor in the cart's attribute", async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing, { anonymousId: visitorId });
    await shop.sendOrderWebhook({ landing_site: null, checkout_token: null });
    const [purchase] = await getPurchases(shop);
    expect(purchase).toMatchObject({
      userData: { ...expectedPurchase.userData, anonymousId: visitorId },
      customData: expectedPurchase.customData,
    });
    expect(purchase.eventId).toBe('purchase-5734826901234');
  });

  it('reported by the shop alone, without data of a browser that reported the e-mail address before', async () => {
    const shop = await open();
    await shop.sendPixelEvent({ ...landing, id: 'sh-2', name: 'Lead' }, { anonymousId: clientId, email: 'jane.doe@example.com' });
    await shop.sendOrderWebhook(unlinkedOrder);
    const [purchase] = await getPurchases(shop);
    expect(purchase.userData).toMatchObject({ em });
    expect(purchase.userData).not.toHaveProperty('msclkid');
    expect(purchase.userData).not.toHaveProperty('anonymousId');
  });

  it('reported by the browser alone', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendPixelEvent(completed, { anonymousId: clientId, email: 'jane.doe@example.com' });
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
  });

  it('reported twice by both', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    for (const delivery of ['w-1', 'w-2']) {
      await shop.sendPixelEvent(completed);
      await shop.sendOrderWebhook(unlinkedOrder, 'orders/create', delivery);
      expect(await shop.sendOrderWebhook(unlinkedOrder, 'orders/create', delivery)).toMatchObject({ accepted: 0, duplicates: 1 });
    }
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
  });
});

describe("the shopper's choice", () => {
  const german = { ...unlinkedOrder, billing_address: { country_code: 'DE' }, shipping_address: null };

  it('consent in the checkout applies to the order of the shop, if the policy waits for consent', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendPixelEvent(checkout);
    await shop.sendOrderWebhook(german);
    expect(await getPurchases(shop)).toMatchObject([expectedPurchase]);
  });

  it('a denial in the checkout applies to the order, if the policy grants by default', async () => {
    const shop = await open();
    await shop.sendPixelEvent({ ...checkout, consent: denied });
    await shop.sendOrderWebhook({ ...unlinkedOrder });
    expect(await getPurchases(shop)).toEqual([]);
    expect(await getOutcome(shop)).toContain('consent-denied');
  });

  it('a denial with the purchase itself stops the order that the shop reported before', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendOrderWebhook(unlinkedOrder);
    await shop.sendPixelEvent({ ...completed, consent: denied });
    expect(await getPurchases(shop)).toEqual([]);
    expect(await getOutcome(shop)).toContain('consent-denied');
  });

  it('a withdrawal before the order applies to an order without an identifier', async () => {
    const shop = await open();
    await shop.sendPixelEvent(landing);
    await shop.sendPixelEvent(checkout);
    await shop.sendWithdrawal();
    await shop.sendOrderWebhook({ ...unlinkedOrder, email: 'other@shop.example', contact_email: null, customer: null });
    expect(await getPurchases(shop)).toEqual([]);
    expect(await getOutcome(shop)).toContain('consent-denied');
  });

  it("a denial is read from the cart's attribute", async () => {
    const shop = await open();
    await shop.sendOrderWebhook({ note_attributes: [{ name: '_convey_visitor', value: 'denied' }] });
    expect(await getPurchases(shop)).toEqual([]);
    const timeline = await getOutcome(shop);
    expect(timeline).toContain('consent-denied');
    expect(timeline).not.toContain('5734826901234');
  });
});

it('records that are no conversion are stored, skipped and explained, and rules count orders of a till apart', async () => {
  const shop = await open('till');
  await shop.sendPixelEvent(completed);
  await shop.sendOrderWebhook({ test: true });
  await shop.sendOrderWebhook({ id: 2, checkout_token: null, source_name: 'pos' });
  await shop.sendOrderWebhook({ id: 3, checkout_token: null, source_name: 'shopify_draft_order' });
  await shop.sendOrderWebhook({ cancelled_at: new Date().toISOString() }, 'orders/cancelled');
  const transactions = [{ kind: 'refund', status: 'success', amount: '5.00', currency: 'USD' }];
  await shop.sendOrderWebhook({ id: 901, order_id: 5734826901234, transactions }, 'refunds/create');
  expect(await getPurchases(shop)).toEqual([]);
  expect(await getOutcome(shop)).toContain('test-order');
  const ofTill = await getOutcome(shop, 'purchase-2');
  expect(ofTill).toContain('offline-order');
  expect(ofTill).toContain('Rule “till” added the event StoreOrder with the id purchase-2~till.');
  expect(await getOutcome(shop, 'purchase-3')).toContain('offline-order');
  expect(await getOutcome(shop, 'cancelled-5734826901234')).toContain('no-purchase');
  expect(await getOutcome(shop, 'refund-901')).toContain('no-purchase');
  const storeOrders = shop.journalEvents().filter(({ eventName }) => eventName === 'StoreOrder');
  expect(storeOrders.map(({ eventId, server }) => [eventId, server[0]?.event])).toEqual([
    ['purchase-2~till', expect.objectContaining({ userData: expect.objectContaining({ em }) })],
  ]);
});

it('a bad signature is refused and logged, without the secret', async () => {
  const { id, gateway, journalEvents } = await open();
  const body = JSON.stringify(buildShopifyOrder());
  const headers = buildShopifyHeaders(body, 'orders/create', 'shpss_of_somebody_else');
  const answer = await fetch(`${gateway.url}/hooks/shopify/${id}`, { method: 'POST', headers, body });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toEqual({ error: { code: 'not-signed', message: expect.any(String) } });
  expect(await eventually(() => gateway.lines.some(({ msg }) => msg.includes('webhook refused')))).toBe(true);
  expect(JSON.stringify(gateway.lines)).not.toContain(secret);
  expect(journalEvents()).toEqual([]);
});
