import { describe, expect, it } from 'vitest';
import { LeaseLostError } from './consumers.ts';
import type { MatchCount } from './match-counts.ts';
import { consumer, createDeferred, createState, type StoreBench } from './store.fixture.ts';

export function matchCountsContract(bench: StoreBench): void {
  const { acquire, commit, restart } = bench;

  describe('match counts', () => {
    const day = '2026-11-24';
    const count = (more: Partial<MatchCount> = {}): MatchCount => ({
      day,
      eventName: 'Purchase',
      delivered: 2,
      had: { email: 2, msclkid: 1 },
      lacked: { msclkid: { 'no-click': 1 }, phone: { anonymous: 1, 'not-collected': 1 } },
      ...more,
    });
    const all = (of = consumer) => bench.store.getMatchCounts(of, '0000-00-00', '9999-12-31');

    it('counts add up by day and name per connection', async () => {
      await commit({ matches: [count(), count({ eventName: 'Lead' }), count({ day: '2026-11-25' })] });
      await commit({ matches: [count({ delivered: 1, had: { email: 1 }, lacked: { msclkid: { 'no-visitor': 1 } } })] });
      expect(await all()).toEqual([
        count({ eventName: 'Lead' }),
        count({
          delivered: 3,
          had: { email: 3, msclkid: 1 },
          lacked: { msclkid: { 'no-click': 1, 'no-visitor': 1 }, phone: { anonymous: 1, 'not-collected': 1 } },
        }),
        count({ day: '2026-11-25' }),
      ]);
      expect(await all('shop/bing-2')).toEqual([]);
      expect(await bench.store.getMatchCounts(consumer, '2026-11-25', '2026-11-25')).toEqual([count({ day: '2026-11-25' })]);
      expect(await bench.store.getMatchCounts(consumer, '2026-11-26', '9999-12-31')).toEqual([]);
    });

    it('counts survive a crash and continue to add up', async () => {
      await commit({ matches: [count()] });
      await restart();
      await commit({ matches: [count()] });
      expect(await all()).toMatchObject([{ delivered: 4, had: { email: 4, msclkid: 2 } }]);
    });

    it('a failed or stale commit counts nothing', async () => {
      await commit({ matches: [count()] });
      const broken = { ...createDeferred('3'), tries: Number.NaN };
      await expect(commit({ matches: [count()], putDeferred: [broken] })).rejects.toThrow();
      await expect(commit({ matches: [count(), count({ delivered: Number.NaN })] })).rejects.toThrow();
      const stale = bench.lease;
      await acquire(consumer);
      await expect(bench.store.commitDelivery(stale, { state: createState('9'), matches: [count()] })).rejects.toBeInstanceOf(
        LeaseLostError,
      );
      expect(await all()).toEqual([count()]);
    });

    it('a day is removed when a day 400 days younger is counted for the same connection', async () => {
      const other = await acquire('shop/bing-2');
      await bench.store.commitDelivery(other, { state: createState('0'), matches: [count()] });
      await commit({ matches: [count(), count({ day: '2026-11-25' })] });
      await commit({ matches: [count({ day: '2027-12-29' })] });
      expect((await all()).map((one) => one.day)).toEqual([day, '2026-11-25', '2027-12-29']);
      await commit({ matches: [count({ day: '2027-12-30' })] });
      expect((await all()).map((one) => one.day)).toEqual(['2026-11-25', '2027-12-29', '2027-12-30']);
      expect(await all('shop/bing-2')).toHaveLength(1);
    });

    it('a day has at most 200 names, and further names share one row', async () => {
      const names = Array.from({ length: 203 }, (_, index) => `name_${String(index).padStart(3, '0')}`);
      await commit({ matches: names.map((eventName) => count({ eventName })) });
      await commit({ matches: [count({ eventName: 'name_000' }), count({ eventName: 'another' })] });
      const counted = await all();
      expect(counted).toHaveLength(201);
      expect(counted.find(({ eventName }) => eventName === '(other)')?.delivered).toBe(8);
      expect(counted.find(({ eventName }) => eventName === 'name_000')?.delivered).toBe(4);
    });
  });
}
