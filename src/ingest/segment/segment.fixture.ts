import { defaultAdConsentCategories } from '../../event/segment-settings.ts';
import type { Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';

export const serverKey = 'server-source-0123456789abcdef';
export const browserKey = 'page-source-0123';

/** The shop with keys of two sources beside its own. */
export const segmentShop: Site = {
  ...shop,
  segment: {
    keys: [
      { hash: sha256(serverKey), kind: 'server' },
      { hash: sha256(browserKey), kind: 'browser' },
    ],
    purchaseId: 'checkout_id',
    adConsentCategories: defaultAdConsentCategories,
  },
};

export const order = { order_id: '1001', checkout_id: 'c7f2a9b4d1e84f60', total: '125.40', currency: 'USD', shipping: 5 };

/** Returns a track of a purchase at the time of the fixture's clock. */
export function buildOrder(properties: object = {}, more: object = {}): object {
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: 'ajs-next-1-a',
    anonymousId: '0c6f0000c92011f0a1b2010203040506',
    timestamp: new Date(now).toISOString(),
    properties: { ...order, products: [{ product_id: 'sku1', price: 62.7, quantity: 2 }], ...properties },
    ...more,
  };
}

export function basic(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
}

export const shopPage = { origin: 'https://www.shop.example', 'user-agent': 'Mozilla/5.0 (X11; Linux x64) Chrome/147.0.0.0' };

/** Creates a collector without a port, and a function that posts to it from a public address. */
export function createSegmentCollector(site: Site = segmentShop, parts: Partial<CollectorDeps> = {}) {
  const log = createMemoryLog();
  const app = createCollectorApp({ ...createCollectorDeps(log), sites: () => [site], ...parts });
  const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const text = typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body);
    const request = new Request(`http://collector${path}`, { method: 'POST', headers, body: text });
    const response = await app.fetch(request, buildConnectionInfo('203.0.113.7'));
    const json: unknown = await response.json();
    return { status: response.status, json, headers: response.headers };
  };
  const get = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
    app.fetch(new Request(`http://collector${path}`, { headers }), buildConnectionInfo('203.0.113.7'));
  const stored = () => log.stored().filter(({ partition }) => partition === site.id);
  return { post, get, stored, log, app };
}
