import { describe, expect, it } from 'vitest';
import { countBucketMs, countBucketStart } from './event-counts.ts';
import { consumer, type StoreBench, start } from './store.fixture.ts';

export function ruleCountsContract(bench: StoreBench): void {
  const { commit } = bench;

  describe('rule counts', () => {
    const first = countBucketStart(start);
    const later = first + 2 * countBucketMs;
    const count = (rule: string, events = 1, bucket = first) => ({ bucket, rule, events });
    const read = (since = first, until = first + 3 * countBucketMs) => bench.store.getRuleCounts([consumer], since, until);

    it('events are counted by the rules of their latest outcome', async () => {
      await commit({ ruleCounts: [count('net', 3), count('wholesale'), count('net', 2, later)] });
      await commit({ ruleCounts: [count('net', -1), count('wholesale', -1)] });
      await bench.restart();
      expect(await read()).toEqual([{ consumer, rule: 'net', events: 4 }]);
      expect(await read(later)).toEqual([{ consumer, rule: 'net', events: 2 }]);
      expect(await read(first, later)).toEqual([{ consumer, rule: 'net', events: 2 }]);
      expect(await bench.store.getRuleCounts(['shop/never'], 0, later)).toEqual([]);
      expect(await bench.store.getRuleCountingStart()).toBe(0);
    });

    it('old buckets and those of a removed connection are removed', async () => {
      await commit({ ruleCounts: [count('net'), count('net', 1, later)] });
      const expiry = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: first + countBucketMs };
      await bench.store.removeExpired('shop', expiry, 9);
      expect(await read()).toEqual([{ consumer, rule: 'net', events: 1 }]);
      await bench.store.retireConnection('shop', 'bing', start);
      expect(await read()).toEqual([]);
    });
  });
}
