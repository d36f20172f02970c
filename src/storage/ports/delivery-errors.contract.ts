import { describe, expect, it } from 'vitest';
import { type DeliveryErrorCount, errorBucketMs, maxErrorPairs, maxErrorPairsAtOnce } from './delivery-errors.ts';
import { consumer, type StoreBench, start } from './store.fixture.ts';

export function deliveryErrorsContract(bench: StoreBench): void {
  const { commit } = bench;

  describe('delivery errors', () => {
    const first = start - (start % errorBucketMs);
    const error = (code: string, events = 1, more: Partial<DeliveryErrorCount> = {}): DeliveryErrorCount => ({
      bucket: first,
      code,
      name: 'Purchase',
      events,
      ...more,
    });
    const read = (intervalMs = 10 * errorBucketMs, of = consumer) =>
      bench.store.getDeliveryErrors(of, first, first + 3 * errorBucketMs, intervalMs);
    const later = { bucket: first + 2 * errorBucketMs };

    it('errors are counted by code and name, in intervals of any length', async () => {
      await commit({ errors: [error('401', 3), error('ECONNREFUSED', 1, { name: 'Lead' })] });
      await commit({ errors: [error('401', 2, later), error('401', 1), error('500', 9, { bucket: first + 3 * errorBucketMs })] });
      await bench.restart();
      expect(await read()).toEqual([
        { interval: 0, code: '401', name: 'Purchase', events: 6, firstAt: first, lastAt: later.bucket },
        { interval: 0, code: 'ECONNREFUSED', name: 'Lead', events: 1, firstAt: first, lastAt: first },
      ]);
      expect((await read(errorBucketMs)).map(({ interval, code, events }) => [interval, code, events])).toEqual([
        [0, '401', 4],
        [0, 'ECONNREFUSED', 1],
        [2, '401', 2],
      ]);
      expect(await read(errorBucketMs, 'shop/never')).toEqual([]);
    });

    it('a bucket keeps a bounded number of codes and names, and counts every event', async () => {
      const rounds = maxErrorPairs / maxErrorPairsAtOnce + 2;
      for (let round = 0; round < rounds; round += 1)
        await commit({ errors: Array.from({ length: maxErrorPairsAtOnce }, (_, index) => error(`code-${round}-${index}`)) });
      await commit({ errors: [error('code-0-0', 5), error('code-new', 1, later)] });
      const all = await read();
      const codes = all.map(({ code }) => code);
      expect(codes.length).toBeLessThanOrEqual(maxErrorPairs + 1);
      expect(codes).toEqual(expect.arrayContaining(['other', 'code-new']));
      expect(all.find(({ code }) => code === 'code-0-0')?.events).toBe(6);
      expect(all.reduce((sum, { events }) => sum + events, 0)).toBe(rounds * maxErrorPairsAtOnce + 6);
    });

    it('old buckets and those of a removed connection are removed', async () => {
      await commit({ errors: [error('401'), error('401', 1, later)] });
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: first + errorBucketMs };
      expect(await bench.store.removeExpired('shop', what, 9)).toBe(1);
      expect((await read()).map(({ firstAt }) => firstAt)).toEqual([later.bucket]);
      await bench.store.retireConnection('shop', 'bing', start);
      expect(await read()).toEqual([]);
    });
  });
}
