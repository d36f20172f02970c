import { describe, expect, test } from 'vitest';
import { dayMs } from '../../event/units.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken, shopifyBodies } from './shopify.fixture.ts';
import type { AppNotice } from './webhook.ts';

const [present, before] = ['shpss_present', 'shpss_before'];
const app = {
  clientId: 'client-of-shop',
  clientSecret: present,
  previousSecret: before,
  grant: 'client-credentials',
  key: 'a1',
} as const;
const [first, second] = ['first.myshopify.com', 'second.myshopify.com'];

/** Three sites: two shops of one app, and one of another app. */
const sites = [
  { ...shop, id: 'first', platform: 'shopify', shopify: { ...app, shop: first } } as const,
  { ...shop, id: 'second', platform: 'shopify', shopify: { ...app, shop: second } } as const,
  {
    ...shop,
    id: 'foreign',
    platform: 'shopify',
    shopify: { ...app, key: 'b2', clientSecret: 'shpss_foreign', previousSecret: undefined, shop: 'foreign.myshopify.com' },
  } as const,
];

function open(parts: Partial<CollectorDeps> = {}) {
  const log = createMemoryLog();
  const notices: (readonly [string, AppNotice])[] = [];
  const people: string[] = [];
  const collector = createCollectorApp({
    ...createCollectorDeps(log),
    sites: () => sites,
    onApp: (site, notice) => void notices.push([site, notice]),
    onPrivacyRequest: async (site, action) => {
      people.push(`${site.id} ${action}`);
      return 'done';
    },
    ...parts,
  });
  const send = async (
    content: unknown,
    { key = 'a1', topic = 'orders/create', secret = present, delivery = 'w-1', host = first as string, version = '2026-10' } = {},
  ) => {
    const body = JSON.stringify(content);
    const headers = {
      ...buildShopifyHeaders(body, topic, secret, delivery),
      'x-shopify-shop-domain': host,
      'x-shopify-api-version': version,
    };
    const request = { method: 'POST', body, headers };
    const answer = await collector.request(`/hooks/shopify-app/${key}`, request, buildConnectionInfo('203.0.113.9'));
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
  return { send, notices, people, stored: () => log.stored().map(({ partition }) => partition) };
}

const refused = { status: 401, json: { error: { code: 'not-signed', message: expect.any(String) } } };
const accepted = { status: 200, json: { accepted: 1, ids: [`purchase-${checkoutToken}`] } };
const ignored = { status: 200, json: { accepted: 0, ignored: expect.stringContaining('does not fit') } };

describe("a webhook of the operator's app", () => {
  test('reaches the site of the shop that the header names', async () => {
    const { send, stored, notices } = open();
    expect(await send(buildShopifyOrder(), { host: 'SECOND.myshopify.com' })).toMatchObject(accepted);
    expect(stored()).toEqual(['second']);
    expect(notices).toEqual([['second', { kind: 'delivered', topic: 'orders/create', apiVersion: '2026-10' }]]);
  });

  test('may be signed with either of two secrets, and with no removed one', async () => {
    const { send } = open();
    expect(await send(buildShopifyOrder({ checkout_token: 'one' }), { secret: before })).toMatchObject({ status: 200 });
    expect(await send(buildShopifyOrder({ checkout_token: 'two' }), { delivery: 'w-2' })).toMatchObject({ status: 200 });
    const rotated = sites.map((site) => ({ ...site, shopify: { ...site.shopify, previousSecret: undefined } }));
    const { send: sendLater } = open({ sites: () => rotated });
    expect(await sendLater(buildShopifyOrder(), { secret: before })).toEqual(refused);
    expect(await sendLater(buildShopifyOrder())).toMatchObject(accepted);
  });

  test.each([
    ['an unknown app', { key: 'c3' }],
    ['an unknown shop', { host: 'unknown.myshopify.com' }],
    ['no shop', { host: '' }],
    ['a wrong signature', { secret: 'shpss_wrong' }],
    ['a shop of another app', { host: 'foreign.myshopify.com' }],
    ["another app's signature", { secret: 'shpss_foreign' }],
  ])('is refused alike for %s', async (_, change) => {
    const { send, stored } = open();
    expect(await send(buildShopifyOrder(), change)).toEqual(refused);
    expect(stored()).toEqual([]);
  });

  test('is ignored if its body came under the name of another shop within a day', async () => {
    let time = now;
    const { send, stored } = open({ now: () => time });
    expect(await send(buildShopifyOrder())).toMatchObject(accepted);
    expect(await send(buildShopifyOrder(), { host: second, delivery: 'w-2' })).toMatchObject(ignored);
    expect(await send(buildShopifyOrder(), { delivery: 'w-3' })).toMatchObject({ status: 200, json: { duplicates: 1 } });
    time += dayMs;
    expect(await send(buildShopifyOrder(), { host: second, delivery: 'w-4' })).toMatchObject(accepted);
    expect(stored()).toEqual(['first', 'second']);
  });
});

const shopBody = { id: 1, name: 'First', email: 'owner@example.com', domain: 'shop.example', myshopify_domain: first };
const appBodies: Readonly<Record<string, object>> = {
  'app/uninstalled': shopBody,
  'app/scopes_update': {
    id: 1,
    previous: ['read_orders', 'write_pixels'],
    current: ['read_orders', 7],
    updated_at: '2026-11-24',
  },
  'shop/redact': { shop_id: 1, shop_domain: first },
};
const expectedNotices: Readonly<Record<string, object>> = {
  'app/uninstalled': { kind: 'uninstalled' },
  'app/scopes_update': { kind: 'scopes', scopes: ['read_orders'] },
  'shop/redact': { kind: 'shop-redact' },
};

describe('a webhook about the app itself', () => {
  test.each(Object.entries(appBodies))('is reported once: %s', async (topic, body) => {
    const { send, notices, stored } = open();
    expect(await send(body, { topic })).toMatchObject({ status: 200, json: { accepted: 0 } });
    expect(await send(body, { topic })).toMatchObject({ status: 200, json: { duplicates: 1 } });
    expect(notices.filter(([, { kind }]) => kind !== 'delivered')).toEqual([['first', expectedNotices[topic]]]);
    expect(stored()).toEqual([]);
  });

  test.each(Object.keys(appBodies))('is ignored as %s if its body is of another topic', async (topic) => {
    const others = { ...shopifyBodies, 'orders/create': buildShopifyOrder(), ...appBodies };
    for (const [other, body] of Object.entries(others)) {
      if (other === topic) continue;
      const { send, notices } = open();
      expect(await send({ ...body, shop_domain: first }, { topic }), other).toMatchObject({ status: 200, json: { accepted: 0 } });
      expect(notices.filter(([, { kind }]) => kind !== 'delivered')).toEqual([]);
    }
  });

  test('is ignored if its signed body names another shop than the header', async () => {
    const { send, notices, people } = open();
    for (const topic of ['app/uninstalled', 'shop/redact'])
      expect(await send(appBodies[topic], { topic, host: second })).toMatchObject(ignored);
    expect(await send(shopifyBodies['customers/redact'], { topic: 'customers/redact' })).toMatchObject(ignored);
    expect([notices.filter(([, { kind }]) => kind !== 'delivered'), people]).toEqual([[], []]);
  });

  test('is read as a privacy request if a customer made one', async () => {
    const { send, people } = open();
    const body = { ...shopifyBodies['customers/redact'], shop_domain: first };
    expect(await send(body, { topic: 'customers/redact' })).toMatchObject({ status: 200 });
    expect(people).toEqual(['first erase']);
  });
});
