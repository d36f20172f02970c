import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { buildReply } from '../../delivery/tiny-platform.fixture.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';

let storage: TestStorage;
let testSite: TestSite;

beforeAll(async () => {
  storage = await TestStorage.open();
  testSite = storage.createSite(100);
});
afterAll(async () => {
  await testSite.dispose();
  storage.close();
});

it('an event that is too old only by a suspect clock is said to wait for the clock, with its next check', async () => {
  const { log, store, clock, sender, site } = testSite;
  const now = () => clock.now();
  const ask = createTestClient(createTestApi({ log, store, now, sites: () => [{ ...shop, id: site }] }));
  await store.saveLastSweep(site, { at: clock.now() });
  sender.answer = () => buildReply(503);
  testSite.identity();
  testSite.connection();
  const offsets = await testSite.append(testSite.event('late'));
  await waitUntil(() => sender.requests.length > 0);
  clock.jump(7 * dayMs);
  await waitUntil(async () => (await testSite.getOutcomes(offsets))[0] === 'waiting');
  clock.pace(0);
  const [timeline] = await ask('GET /api/sites/:site/timelines', { site, id: 'late' });
  const [outcome] = timeline?.connections ?? [];
  expect(outcome).toMatchObject({ outcome: 'waiting', says: expect.stringContaining('Waits until the clock is corrected') });
  expect(outcome?.waitsUntil).toBeLessThanOrEqual(clock.now() + hourMs);
  const [connection] = await ask('GET /api/connections', {});
  expect(connection?.says).toMatch(/^The oldest waiting events seem too old/);
  expect(connection?.nextTryAt).toBeGreaterThan(clock.now());
});
