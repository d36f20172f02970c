import { expect, it } from 'vitest';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { startOpenaiSimulator } from '../../src/simulators/openai-ads/simulator.ts';
import { startPinterestSimulator } from '../../src/simulators/pinterest/simulator.ts';
import { startTiktokSimulator } from '../../src/simulators/tiktok/simulator.ts';
import { tagId } from '../gateway.fixture.ts';
import { settleUntil } from '../paced-gateway.fixture.ts';
import { type DataLayerShop, dataLayerShops } from './data-layer-pages.fixture.ts';
import { usePlatformPages } from './platform-journey.fixture.ts';
import type { PlatformEvent, PlatformShop, PlatformSimulator } from './platform-shops.fixture.ts';

/** Shops that write events for Google, and have no line of code for Convey but the snippet. Each event reaches each platform once. */

const token = 'good-token';
const [pixelCode, adAccountId, openaiPixel, dataset] = ['C4ABCDEF0123456789AB', '549755885175', 'px-1', '1234567890123456'];
const simulators: Record<string, PlatformSimulator> = {};

async function startShop(now: () => number): Promise<PlatformShop> {
  const options = { port: 0, now };
  const actions = [{ id: '1', name: 'Purchase', type: 'UPLOAD_CLICKS' }] as const;
  simulators.microsoft = await startMicrosoftSimulator({ ...options, tokens: { [tagId]: token } });
  simulators.meta = await startMetaSimulator({ ...options, tokens: { [dataset]: token } });
  simulators['google-ads'] = await startGoogleAdsSimulator({ ...options, overrides: { actions } });
  simulators.tiktok = await startTiktokSimulator({ ...options, tokens: { [pixelCode]: token } });
  simulators.pinterest = await startPinterestSimulator({ ...options, tokens: { [adAccountId]: token } });
  simulators['openai-ads'] = await startOpenaiSimulator({ ...options, tokens: { [openaiPixel]: token } });
  const settings: Readonly<Record<string, object>> = {
    microsoft: { tagId, token },
    meta: { datasetId: dataset, token },
    'google-ads': {
      customerId: '1234567890',
      conversions: { Purchase: '1 import' },
      credential: 'refresh-token',
      clientId: 'client-1',
      clientSecret: 'secret-1',
      refreshToken: 'refresh-1',
      tokenEndpoint: simulators['google-ads'].url,
    },
    tiktok: { pixelCode, token },
    pinterest: { adAccountId, token },
    'openai-ads': { pixelId: openaiPixel, token },
  };
  const connections = Object.entries(simulators).map(([id, { url }]) => ({
    id,
    destination: id,
    settings: { endpoint: url, ...settings[id] },
  }));
  return { simulators: Object.values(simulators), site: { connections, capture: { dataLayer: { mode: 'on' } } } };
}

/** The secret of the Shopify shops' webhooks. */
const secret = 'shpss_0123456789abcdef';
let microsoft: MicrosoftSimulator;

/** Returns a Shopify shop whose theme writes its orders to the data layer, and whose webhook reports them, too. */
function createShopify(purchases: 'as-reported' | 'confirmed'): PlatformShop {
  const connections = [{ id: 'bing', destination: 'microsoft', settings: { tagId, token, endpoint: microsoft.url } }];
  const shop = { platform: 'shopify', purchaseHoldSeconds: 60, webhooks: { secrets: [secret] } };
  return { simulators: [], site: { ...shop, purchases, connections, capture: { dataLayer: { mode: 'on' } } } };
}

const pages = usePlatformPages(async (now) => {
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: token }, now });
  const all = await startShop(now);
  return {
    all: { ...all, simulators: [...all.simulators, microsoft] },
    'as-reported': createShopify('as-reported'),
    confirmed: createShopify('confirmed'),
  };
});

const clicks =
  'ttclid=E.C.P.1&epik=dj0yJnU9b2JD&oppref=gAAAA-2&gclid=Cj0KCQ.click_2&fbclid=IwAR2x&msclkid=dd4afcccb1c94a4cad9544dd7e5006ab';

/** Returns the events at a platform but page views, as `name reports`. */
function listEvents(events: readonly PlatformEvent[]): readonly string[] {
  const isView = (name: string) => /^(view|page_?view(ed)?|page_visit)$/i.test(name);
  return events
    .map(
      ({ eventName, actionName = 'view', server, browser }) => [eventName ?? actionName, server.length, browser.length] as const,
    )
    .filter(([name]) => !isView(name))
    .map((event) => event.join(' '))
    .toSorted();
}

const isPurchase = ({ eventName, actionName }: PlatformEvent) =>
  /^(purchase|checkout|order_created)$/i.test(eventName ?? actionName ?? '');

it.each(Object.entries(dataLayerShops))(
  'each event of a shop with %s reaches each platform once, without a line of code',
  async (_, shop: { readonly pages: DataLayerShop; readonly purchase: string }) => {
    const getPage = (path: string) => Object.entries(shop.pages).find(([name]) => name === path)?.[1] ?? '';
    const count = async (name: string) => {
      const { events } = await pages.gateway.callApi('GET /api/sites/:site/events', { site: 'all', event: [name], limit: 100 });
      return events.length;
    };
    const visit = await pages.visit('all', { head: getPage });
    // The thank-you page is opened again, as shoppers do.
    for (const [path, name] of [
      [`product?${clicks}`, 'ViewContent'],
      ['cart', 'AddToCart'],
      ['checkout', 'InitiateCheckout'],
      ['thanks', 'Purchase'],
      ['thanks', 'PageView'],
    ] as const) {
      const before = await count(name);
      await visit.open(path);
      await expect.poll(() => count(name), { timeout: 20_000 }).toBe(before + 1);
    }
    await visit.page.goto('about:blank');
    const countPurchases = () => Object.values(simulators).filter((one) => one.journalEvents().some(isPurchase)).length;
    await settleUntil(() => countPurchases() === 6, pages.gateway, pages.clock);
    const got = Object.fromEntries(Object.entries(simulators).map(([id, one]) => [id, listEvents(one.journalEvents())]));
    expect(got).toEqual({
      microsoft: ['add_to_cart 1 0', 'begin_checkout 1 0', 'purchase 1 0', 'view_item 1 0'],
      meta: ['AddToCart 1 0', 'InitiateCheckout 1 0', 'Purchase 1 0', 'ViewContent 1 0'],
      'google-ads': ['Purchase 1 0'],
      tiktok: ['AddToCart 1 0', 'InitiateCheckout 1 0', 'Purchase 1 0', 'ViewContent 1 0'],
      // Pinterest counts the view of a product as a page visit.
      pinterest: ['add_to_cart 1 0', 'checkout 1 0', 'initiate_checkout 1 0'],
      'openai-ads': ['checkout_started 1 0', 'contents_viewed 1 0', 'items_added 1 0', 'order_created 1 0'],
    });
    const bought = Object(simulators.microsoft?.journalEvents().find(isPurchase));
    expect(bought.eventId).toBe(shop.purchase);
    expect(bought.server[0].event.customData).toMatchObject({
      value: 125.4,
      currency: 'USD',
      transactionId: shop.purchase.replace('purchase-', ''),
    });
    expect(bought.server[0].event.customData.itemIds).toHaveLength(1);
    expect(visit.pageErrors).toEqual([]);
  },
);

it.each(['as-reported', 'confirmed'] as const)(
  "an order of a Shopify shop counts once when a theme's dataLayer and the webhook report it, and `purchases` is `%s`",
  async (shop) => {
    const items = `[{ item_id: 'CLK-1', item_name: 'Wall clock', price: 60, quantity: 2 }]`;
    const head = `<script>window.dataLayer = [];
dataLayer.push({ event: 'purchase', ecommerce: { transaction_id: '1001', value: 125.4, currency: 'USD', items: ${items} } });
dataLayer.push({ event: 'view_item', ecommerce: { items: ${items} } });</script>`;
    const visit = await pages.visit(shop, { path: 'thanks', head });
    await visit.call('consent', { adStorage: 'granted' });
    await visit.page.waitForLoadState('networkidle');
    const findVisitor = async () => (await visit.context.cookies(visit.url)).find(({ name }) => name === '_cv_id')?.value;
    await expect.poll(findVisitor).toBeDefined();
    // The pixel wrote the visitor into the cart.
    const note_attributes = [{ name: '_convey_visitor', value: await findVisitor() }];
    const created_at = new Date(pages.clock.now()).toISOString();
    const body = JSON.stringify(buildShopifyOrder({ created_at, note_attributes, order_number: 1001 }));
    const headers = buildShopifyHeaders(body, 'orders/create', secret, crypto.randomUUID());
    const answer = await fetch(`${pages.gateway.url}/hooks/shopify/${shop}`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    await visit.page.goto('about:blank');
    if (shop === 'confirmed') pages.clock.jump(25 * 3_600_000);
    await settleUntil(() => microsoft.journalEvents().some(isPurchase), pages.gateway, pages.clock);
    const events = microsoft.journalEvents().filter(({ eventName }) => eventName !== null);
    const names = events.map(({ eventName, eventId }) => `${eventName} ${eventName === 'purchase' ? eventId : ''}`);
    expect(names.toSorted()).toEqual([`purchase purchase-${checkoutToken}`, 'view_item ']);
    expect(visit.pageErrors).toEqual([]);
  },
);
