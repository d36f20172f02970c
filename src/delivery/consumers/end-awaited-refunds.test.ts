import { expect, it } from 'vitest';
import { dayMs } from '../../event/units.ts';
import { useTestStorage } from '../test-site.fixture.ts';
import { endAwaitedRefunds } from './end-awaited-refunds.ts';
import { expireEvents } from './expire-events.ts';

const storage = useTestStorage();

it('a refund waits for its purchase for 90 days, then has none, and others keep their outcomes', async () => {
  const testSite = storage.createSite(50);
  testSite.identity();
  const { stop } = testSite.connection();
  const order = (id: string, name: string, orderId: string) =>
    testSite.event(id, {
      ...{ name, reporter: 'server', commerce: { orderId, value: 10, currency: 'EUR' } },
      ...(name !== 'Purchase' && { notSent: 'record-only' }),
    });
  const offsets = await testSite.deliver(
    order('sale', 'Purchase', '1'),
    order('known', 'Refund', '1'),
    ...Array.from({ length: 201 }, (_, nth) => order(`r-${nth}`, 'Refund', `u-${nth}`)),
    order('cancelled', 'OrderCancelled', 'v'),
  );
  const others = await testSite.getOutcomes(offsets.slice(0, 2));
  expect(others).not.toContain('awaiting-purchase');
  expect(await testSite.getOutcomes(offsets.slice(2))).toEqual(Array.from({ length: 202 }, () => 'awaiting-purchase'));
  await stop();
  const { log, store, site, consumerId: consumer, clock } = testSite;
  const source = { consumer, site, log, store };
  const countCommits = async (from: typeof source, now: number) => {
    let commits = 0;
    for await (const _ of endAwaitedRefunds(from, await testSite.state(), now)) commits += 1;
    return commits;
  };
  const later = (days: number) => clock.now() + days * dayMs;
  expect(await countCommits(source, later(89))).toBe(0);
  const lease = await store.acquireLease(consumer, 'two', 60_000);
  if (!lease) throw new Error('the connection still runs');
  for await (const commit of expireEvents(source, await testSite.state(), '', later(90)))
    await store.commitDelivery(lease, commit);
  expect(await testSite.getOutcomes(offsets.slice(2))).toEqual(Array.from({ length: 202 }, () => 'no-purchase'));
  expect(await testSite.getOutcomes(offsets.slice(0, 2))).toEqual(others);
  const counted = await store.countByOutcome(consumer);
  expect([counted['awaiting-purchase'] ?? 0, counted['no-purchase']]).toEqual([0, 202]);
  expect(await countCommits(source, later(90))).toBe(0);
});
