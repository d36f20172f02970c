import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { ApiClient } from '../client.ts';

const test = { name: 'convey_test', reporter: 'browser', bot: true } as const;
const hidden = { field: 'user.ip', code: 'address-not-public', message: 'The address is private.' };

let storage: TestStorage;
let testSite: TestSite;
let ask: ApiClient;

beforeAll(async () => {
  storage = await TestStorage.open();
  testSite = storage.createSite(1);
  const { log, store, clock } = testSite;
  ask = createTestClient(createTestApi({ log, store, now: () => clock.now(), sites: () => [{ ...shop, id: testSite.site }] }));
  await testSite.append(
    testSite.event('four', { ...test, client: { ip: '203.0.113.42', country: 'US' } }),
    testSite.event('six', { ...test, client: { ip: '2001:db8::1' } }),
    testSite.event('long', { ...test, client: { ip: '2001:db8:1:2:3:4:5:6' } }),
    testSite.event('proxy', { ...test, client: {}, warnings: [hidden] }),
    testSite.event('none', { ...test, client: {} }),
    testSite.event('shopper', { ...test, name: 'PageView', client: { ip: '203.0.113.42' } }),
    testSite.event('server', { ...test, reporter: 'server', client: { ip: '203.0.113.42' } }),
  );
  testSite.identity();
  await waitUntil(async () => (await testSite.store.findEvents(testSite.site, 'server')).length > 0);
});
afterAll(async () => {
  await testSite.dispose();
  storage.close();
});

const seen = (id: string) => ask('GET /api/sites/:site/seen', { site: testSite.site, id });

it('returns the network of a test event, and never the address', async () => {
  expect(await seen('four')).toEqual([{ address: 'public', network: '203.0.113.0/24', country: 'US', bot: true }]);
  expect(await seen('six')).toEqual([{ address: 'public', network: '2001:db8:0::/48', bot: true }]);
  expect(await seen('long')).toEqual([{ address: 'public', network: '2001:db8:1::/48', bot: true }]);
});

it('distinguishes a private address from an unreadable one', async () => {
  expect(await seen('proxy')).toEqual([{ address: 'private', bot: true }]);
  expect(await seen('none')).toEqual([{ address: 'unreadable', bot: true }]);
});

it('returns nothing for other events, or if there is none', async () => {
  expect(await Promise.all(['shopper', 'server', 'nothing'].map(seen))).toEqual([[], [], []]);
});
