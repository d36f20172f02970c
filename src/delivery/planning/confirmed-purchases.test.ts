import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../event/units.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import { claim, createSite, sale, testSite, valuesSent } from './shop-reports.fixture.ts';

describe('a site whose purchases must be confirmed', () => {
  const openConfirmed = (factor: number) => {
    createSite(factor);
    testSite.identity();
    testSite.connection({ site: { ...createConsumerSite(testSite.site, 0), purchases: 'confirmed' } });
  };
  const waiting = () => waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);

  it("holds a browser's purchase, and sends it once the shop reports it", async () => {
    openConfirmed(1_000);
    const offsets = await testSite.append(claim({}, 0), testSite.event('cart'));
    await waiting();
    await waitUntil(() => testSite.sender.accepted.includes('cart'));
    await testSite.pass(20 * minuteMs);
    expect(testSite.sender.accepted).toEqual(['cart']);
    expect((await testSite.store.getUnsent(testSite.site, testSite.consumerId)).oldest).toBeUndefined();
    offsets.push(...(await testSite.append(sale())));
    await testSite.waitUntilSettled(offsets);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("does not send a browser's report alone if the shop's pending report gets no consent", async () => {
    openConfirmed(1);
    const pending = { stated: 'unknown', effective: 'pending' } as const;
    const offsets = await testSite.append(claim({}, 0), sale({ consent: pending }));
    // The connection reads both before the wait for consent ends.
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).join() === 'waiting,duplicate');
    testSite.clock.pace(40_000);
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['unconfirmed', 'duplicate']);
    expect(testSite.sender.accepted).toEqual([]);
  });

  it('skips it after 24 hours, and still sends it if the shop reports it then', async () => {
    openConfirmed(40_000);
    const from = testSite.clock.now();
    const offsets = await testSite.deliver(claim({}, 0));
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(24 * hourMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['unconfirmed']);
    offsets.push(...(await testSite.append(sale())));
    await testSite.waitUntilSettled(offsets);
    await waitUntil(() => testSite.sender.accepted.length > 0);
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("sends the shop's own purchases and browsers' other events as before", async () => {
    openConfirmed(100);
    await testSite.deliver(testSite.event('lead', { name: 'Lead' }), sale());
    expect(testSite.sender.accepted.toSorted()).toEqual(['lead', 'ord-1']);
  });
});
