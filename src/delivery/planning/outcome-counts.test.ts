import { expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { minuteMs } from '../../event/units.ts';
import { countBucketMs, countBucketStart } from '../../storage/ports/event-counts.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import { useTestStorage } from '../test-site.fixture.ts';
import { countContested, createPurchaseFilter, listPurchaseOutcomes } from './outcome-counts.ts';

it('a denied purchase counts when it is settled, and no other denied event does', () => {
  const issues = [{ field: 'consent', code: 'consent-differs', message: '' }];
  const now = Date.parse('2026-12-01T12:00:00Z');
  const settled = ['1', '2'].map((offset) => ({ offset, outcome: 'delivered', issues }) as const);
  const revise = (name: string) => ({ primary: { key: `${name}\u001fid\u001fbrowser` }, change: { note: issues } });
  const revisions = [revise('Purchase'), revise('Lead'), { ...revise('Purchase'), change: 'requeue' } as const];
  const counted = countContested(settled, new Set(['1']), revisions, now);
  expect(counted).toEqual([{ bucket: countBucketStart(now), outcome: 'contested', events: 2 }]);
});

it('the outcomes of orders are those of purchases, without duplicate reports', () => {
  const isPurchase = createPurchaseFilter([
    { offset: '1', key: 'Purchase\u001fa\u001fserver' },
    { offset: '2', key: 'PurchaseMade\u001fa\u001fserver' },
    { offset: '3', key: 'Purchase\u001fb\u001fbrowser-denied' },
    { offset: '4', key: 'Purchase\u001fb\u001fserver' },
  ]);
  const outcomes = (['delivered', 'delivered', 'erased', 'duplicate'] as const).map((outcome, index) => ({
    offset: String(index + 1),
    outcome,
  }));
  expect(listPurchaseOutcomes(outcomes, isPurchase)).toEqual([
    { offset: '1', outcome: 'delivered' },
    { offset: '3', outcome: 'erased' },
  ]);
});

const storage = useTestStorage();
const denied = { stated: 'denied', effective: 'denied' } as const;

it('a purchase of the shop that a browser denies is counted once, whichever report comes first', async () => {
  const testSite = storage.createSite(1);
  testSite.identity();
  testSite.connection({ site: createConsumerSite(testSite.site, 0) });
  const report = (order: string, more: Partial<Event>) => testSite.event(`purchase-${order}`, { name: 'Purchase', ...more });
  const settled = async (offsets: readonly string[]) =>
    waitUntil(async () =>
      (await testSite.getOutcomes(offsets)).every((outcome) => outcome !== undefined && outcome !== 'waiting'),
    );
  const count = async () => {
    const from = countBucketStart(testSite.clock.now());
    return testSite.store.countContested([testSite.consumerId], from - countBucketMs, from + 12 * minuteMs);
  };
  const lead = (more: Partial<Event>) => testSite.event('lead', { name: 'Lead', ...more });
  const leads = [lead({ consent: denied }), lead({ reporter: 'server' })];
  await settled(await testSite.append(report('1', { reporter: 'server' }), report('2', { consent: denied }), ...leads));
  expect(await count()).toBe(0);
  await settled(await testSite.append(report('3', { consent: denied }), report('3', { reporter: 'server' })));
  expect(await count()).toBe(1);
  await settled(await testSite.append(report('2', { reporter: 'server' })));
  expect(await count()).toBe(2);
});
