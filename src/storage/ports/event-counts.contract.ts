import { describe, expect, it } from 'vitest';
import { LeaseLostError } from './consumers.ts';
import { countBucketMs, deliveryTimeClass } from './event-counts.ts';
import { consumer, count, createState, report, type StoreBench, start } from './store.fixture.ts';

export function eventCountsContract(bench: StoreBench): void {
  const { acquire, commit, identify, restart } = bench;

  describe('event counts', () => {
    const hour = 12 * countBucketMs;
    const counted = (consumers = [consumer], stretchMs = hour) =>
      bench.store.getEventCounts('shop', consumers, start, start + hour, stretchMs);
    const ended = async (stretchMs = hour) => (await counted([consumer], stretchMs)).connections.get(consumer)?.outcomes;

    it('each event is counted once, in the bucket in which the log received it', async () => {
      const next = { at: start + countBucketMs + 1 };
      const page = {
        cursor: '3',
        reports: [report('1', 'browser'), report('2', 'server', next), report('3', 'server', { id: 'ord-3' })],
      };
      await identify(page);
      await identify(page);
      await restart();
      await identify(page);
      await identify({ cursor: '4', reports: [report('4', 'webhook', next)] });
      expect(await counted()).toMatchObject({
        identityCursor: '4',
        received: [
          { bucket: start, events: 2, duplicates: 0 },
          { bucket: start + countBucketMs, events: 0, duplicates: 2 },
        ],
      });
      expect(await bench.store.getCountingStart()).toBe(0);
    });

    it('an event that a rule added counts once, for its connection alone', async () => {
      const [, addedFor = ''] = consumer.split('/');
      const page = { cursor: '2', reports: [report('1', 'browser'), report('2', 'server', { id: 'a~r', addedFor })] };
      await identify(page);
      await identify(page);
      const { received, connections } = await counted([consumer, 'shop/never']);
      expect(received).toEqual([{ bucket: start, events: 1, duplicates: 0 }]);
      expect(connections.get(consumer)).toMatchObject({ added: [{ bucket: start, events: 1 }], outcomes: [] });
      expect(connections.get('shop/never')?.added).toEqual([]);
    });

    it('outcomes are counted in intervals of any length, for the requested connections and time', async () => {
      await commit({
        counts: [count('delivered', 3), count('waiting', 2, start + countBucketMs), count('bot', 1, start + hour)],
      });
      await commit({ counts: [count('waiting', -2, start + countBucketMs), count('delivered', 2, start + countBucketMs)] });
      expect(await ended()).toEqual([{ interval: 0, outcome: 'delivered', events: 5 }]);
      expect(await ended(countBucketMs)).toEqual([
        { interval: 0, outcome: 'delivered', events: 3 },
        { interval: 1, outcome: 'delivered', events: 2 },
      ]);
      const { connections } = await counted([consumer, 'shop/never']);
      expect(connections.get('shop/never')).toEqual({ added: [], outcomes: [], deliveryTimes: [] });
      expect(connections.get(consumer)?.state?.cursor).toBe('0');
    });

    it('contested events are counted apart from outcomes, of the consumer with the most', async () => {
      await commit({ counts: [count('consent-denied', 3), count('contested', 2), count('contested', 1, start + hour)] });
      await restart();
      expect(await ended()).toEqual([{ interval: 0, outcome: 'consent-denied', events: 3 }]);
      expect(await bench.store.countByOutcome(consumer)).not.toHaveProperty('contested');
      const read = (until: number) => bench.store.countContested(['shop/never', consumer], start, until);
      expect([await read(start), await read(start + hour), await read(start + 2 * hour)]).toEqual([0, 2, 3]);
      expect(await bench.store.countContested([], start, start + hour)).toBe(0);
    });

    it('delivery times are counted by class, in intervals of any length, and old ones are removed', async () => {
      const time = (fromMs: number, bucket = start, events = 1) => ({ bucket, fromMs, events });
      await commit({ deliveryTimes: [time(1_000), time(5_000, start + countBucketMs, 3)] });
      await commit({ deliveryTimes: [time(1_000, start, 2), time(0, start - countBucketMs)] });
      await restart();
      const read = async (intervalMs: number) => (await counted([consumer], intervalMs)).connections.get(consumer)?.deliveryTimes;
      expect(await read(countBucketMs)).toEqual([
        { interval: 0, fromMs: 1_000, events: 3 },
        { interval: 1, fromMs: 5_000, events: 3 },
      ]);
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: start + countBucketMs };
      expect(await bench.store.removeExpired('shop', what, 9)).toBe(2);
      expect(await read(hour)).toEqual([{ interval: 0, fromMs: 5_000, events: 3 }]);
      expect([-5, 0, 999, 1_000, 86_400_000 * 9].map(deliveryTimeClass)).toEqual([0, 0, 0, 1_000, 86_400_000]);
    });

    it('counts change with their commit or not at all', async () => {
      await commit({ counts: [count('delivered', 3)] });
      const stale = bench.lease;
      await acquire(consumer);
      await expect(
        bench.store.commitDelivery(stale, { state: createState('1'), counts: [count('delivered', 3)] }),
      ).rejects.toThrow(LeaseLostError);
      bench.lease = await acquire(consumer);
      await expect(commit({ counts: [count('delivered', Number.NaN)] })).rejects.toThrow();
      await restart();
      expect(await ended()).toEqual([{ interval: 0, outcome: 'delivered', events: 3 }]);
    });

    it('old buckets are summed up to hours, in parts, and later changes join their hour', async () => {
      const buckets = Array.from({ length: 7 }, (_, index) => start + index * countBucketMs);
      const reports = buckets.map((at, index) => report(String(index + 1), 'server', { at, id: `o-${index}` }));
      await identify({ cursor: '9', reports: [...reports, report('9', 'browser', { at: buckets[6] ?? 0, id: 'o-6' })] });
      const state = { ...createState('0'), begins: { after: '0', at: start + 2 * hour, events: 0 } };
      const late = start + 2 * hour + countBucketMs;
      const deliveryTimes = [start, start + countBucketMs].map((bucket) => ({ bucket, fromMs: 1_000, events: 2 }));
      await commit({ state, counts: [...buckets, late].map((bucket) => count('delivered', 1, bucket)), deliveryTimes });
      const read = (intervalMs: number) => bench.store.getEventCounts('shop', [consumer], start, start + 3 * hour, intervalMs);
      const ofHours = await read(hour);
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0, rollUpBefore: start + 3 * hour };
      const removed: number[] = [];
      for (let some = 1; some > 0; removed.push(some)) some = await bench.store.removeExpired('shop', what, 4);
      expect(removed.reduce((sum, some) => sum + some, 0)).toBe(6 + 6 + 1);
      await restart();
      expect({ ...(await read(hour)), received: [] }).toEqual({ ...ofHours, received: [] });
      expect(await read(countBucketMs)).toMatchObject({ received: [{ bucket: start, events: 7, duplicates: 1 }] });
      // The hour in which the connection began keeps its buckets.
      expect((await read(countBucketMs)).connections.get(consumer)?.outcomes).toMatchObject([
        { interval: 0, events: 7 },
        { interval: 25, events: 1 },
      ]);
      await commit({ state, counts: [count('delivered', -1, buckets[3]), count('waiting', 1, buckets[3])] });
      expect((await read(hour)).connections.get(consumer)?.outcomes).toMatchObject([
        { interval: 0, outcome: 'delivered', events: 6 },
        { interval: 0, outcome: 'waiting', events: 1 },
        { interval: 2, events: 1 },
      ]);
    });

    it('old buckets are removed in parts, and totals stay', async () => {
      const steps = Array.from({ length: 7 }, (_, index) => start - (index + 1) * countBucketMs);
      await identify({
        cursor: '9',
        reports: steps.map((at, index) => report(String(index), 'server', { at, id: `o-${index}` })),
      });
      await identify({ cursor: 'a', reports: [report('a', 'server', { id: 'young' })] });
      await commit({ counts: [...steps, start].map((step) => count('delivered', 1, step)) });
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: start };
      const removedCounts: number[] = [];
      for (let some = 1; some > 0; removedCounts.push(some)) some = await bench.store.removeExpired('shop', what, 3);
      expect(removedCounts).toEqual([6, 6, 2, 0]);
      const { received, connections } = await bench.store.getEventCounts('shop', [consumer], 0, start + hour, hour * 1e6);
      expect(received).toEqual([{ bucket: start, events: 1, duplicates: 0 }]);
      expect(connections.get(consumer)?.outcomes).toMatchObject([{ outcome: 'delivered', events: 1 }]);
      expect(await bench.store.countByOutcome(consumer)).toMatchObject({ delivered: 8 });
    });
  });
}
