import { expect, test } from 'vitest';
import type { ShopifyApp } from '../../event/shopify-app.ts';
import { shop } from '../site.fixture.ts';
import { startCollector } from './browser-route.fixture.ts';

const shopify: ShopifyApp = {
  ...{ shop: 'example.myshopify.com', clientId: 'client-of-shop', clientSecret: 'shpss_present' },
  grant: 'client-credentials',
  key: 'a1',
};
const ofShopify = { ...shop, platform: 'shopify', shopify } as const;
const event = { id: 'e-1', name: 'PageView', page: { url: 'https://shop.example/' } };
const granted = { consent: { adStorage: 'granted', source: 'call', explicit: true } };
const allowedHosts = ['example.myshopify.com', 'checkout.shopify.com', 'shop.app'];

test.each(allowedHosts)('a page of %s reports without cookies if the shop has the app', async (host) => {
  const { post, call, events } = await startCollector({ sites: () => [ofShopify] });
  const origin = `https://${host}`;
  const cookie = '_cv_id=6cb47c00c92011f0a1b2010203040506';
  const { status, headers, cookies } = await post({ events: [{ ...event, ...granted }] }, { origin, cookie });
  expect([status, cookies, headers.get('access-control-allow-origin')]).toEqual([202, {}, origin]);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  expect(events()[0]?.identity.anonymousId).not.toBe('6cb47c00c92011f0a1b2010203040506');
  const preflight = await call('/e', { method: 'OPTIONS', headers: { origin } });
  expect([preflight.status, preflight.headers.get('access-control-allow-credentials')]).toEqual([204, null]);
});

test.each(allowedHosts)('a page of %s is refused if the shop has no app', async (host) => {
  const { post } = await startCollector({ sites: () => [{ ...shop, platform: 'shopify' }] });
  expect((await post({ events: [event] }, { origin: `https://${host}` })).status).toBe(403);
});

test.each([
  'https://other.myshopify.com',
  'http://example.myshopify.com',
  'https://example.myshopify.com.evil.example',
  'https://shop.app:8443',
])('a page of %s is refused', async (origin) => {
  const { post } = await startCollector({ sites: () => [ofShopify] });
  expect((await post({ events: [event] }, { origin })).status).toBe(403);
});

test('a worker without an origin has no cookies, and the shop itself has them', async () => {
  const { post } = await startCollector({ sites: () => [ofShopify] });
  for (const origin of ['null', undefined])
    expect(await post({ events: [{ ...event, ...granted }] }, { origin })).toMatchObject({ status: 202, cookies: {} });
  const own = await post({ events: [{ ...event, ...granted }] }, { origin: 'https://shop.example' });
  expect(Object.keys(own.cookies)).not.toEqual([]);
});
