import { beforeEach, expect, it } from 'vitest';
import { LogUnavailableError } from '../storage/log/event-log.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from './collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from './collector.ts';
import { startHttpServer } from './http/http-server.ts';
import { secretKey, shop } from './site.fixture.ts';
import { buildShopifyHeaders, buildShopifyOrder } from './webhooks/shopify.fixture.ts';

const signed = 'shpss_present';
let calls: string[];
beforeEach(() => {
  calls = [];
});

function open(parts: Partial<CollectorDeps> = {}) {
  const site = { ...shop, webhooks: { secrets: [signed], purchaseOn: 'create' } as const };
  return createCollectorApp({
    ...createCollectorDeps(createMemoryLog()),
    sites: () => [site],
    metrics: {
      countReceived: (of, reporter, events) => calls.push(`${of} ${reporter} received ${events}`),
      countResults: (of, reporter, { accepted, duplicates, rejected }) =>
        calls.push(`${of} ${reporter} ${accepted} ${duplicates} ${rejected.map(({ issues }) => issues[0]?.code)}`),
      countRefused: (reason) => calls.push(`refused ${reason}`),
    },
    ...parts,
  });
}

const authorization = `Bearer ${secretKey}`;
const events = [{ name: 'Lead', id: 'a' }, { name: 'Lead', id: 'a' }, { id: 'b' }];
const post = (app: ReturnType<typeof open>, body: unknown, headers: Record<string, string> = { authorization }) =>
  app.request('/v1/events', { method: 'POST', body: JSON.stringify(body), headers }, buildConnectionInfo('203.0.113.9'));

it("a server's events are counted as received and as stored", async () => {
  await post(open(), { events });
  expect(calls).toEqual(['shop server received 3', 'shop server 1 1 name-missing']);
});

it("a browser's events are counted, and its signals are not", async () => {
  const app = open();
  const served = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
  try {
    const signals = [
      { id: 's', type: 'reset' },
      { id: 't', type: 'nothing' },
    ];
    const body = JSON.stringify({ writeKey: shop.writeKey, events, signals });
    expect((await fetch(`${served.url}/e`, { method: 'POST', body })).status).toBe(202);
  } finally {
    await served.close(0);
  }
  expect(calls).toEqual(['shop browser received 3', 'shop browser 1 1 name-missing']);
});

it("a webhook's events are counted", async () => {
  const body = JSON.stringify(buildShopifyOrder());
  await open().request(
    '/hooks/shopify/shop',
    { method: 'POST', body, headers: buildShopifyHeaders(body, 'orders/create', signed) },
    buildConnectionInfo('203.0.113.9'),
  );
  expect(calls).toEqual(['shop webhook received 1', 'shop webhook 1 0 ']);
});

it('events that could not be stored are counted as received and refused only', async () => {
  const append = () => Promise.reject(new LogUnavailableError('the disk is full'));
  expect((await post(open({ append }), { events })).status).toBe(503);
  expect(calls).toEqual(['shop server received 3', 'refused not-accepting']);
});

it('a refused request is counted once, by its code', async () => {
  const app = open({ ready: () => ({ ok: false }) });
  await post(app, { events }, {});
  await post(app, { events: [] });
  await app.request('/nowhere');
  await app.request('/v1/events');
  await app.request('/hooks/shopify/shop', { method: 'POST', body: '{}' }, buildConnectionInfo('203.0.113.9'));
  expect(calls).toEqual(
    ['not-authorised', 'event-count', 'not-found', 'method-not-allowed', 'not-signed'].map((code) => `refused ${code}`),
  );
  await app.request('/readyz', {}, buildConnectionInfo('203.0.113.9')); // requests of a monitor, which are not refused
  await app.request('/healthz', {}, buildConnectionInfo('203.0.113.9'));
  expect(calls).toHaveLength(5);
});

it('an internal fault is counted too', async () => {
  const append = () => Promise.reject(new Error('a bug'));
  await post(open({ append }), { events });
  expect(calls).toEqual(['shop server received 3', 'refused internal']);
});
