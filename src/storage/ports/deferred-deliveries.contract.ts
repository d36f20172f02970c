import { describe, expect, it } from 'vitest';

import { consumer, createDeferred, createState, indexEntry, report, type StoreBench, start } from './store.fixture.ts';

export function deferredDeliveriesContract(bench: StoreBench): void {
  const { acquire, commit, identify } = bench;

  describe('deferred deliveries', () => {
    it('due deliveries are returned the earliest first, up to the limit', async () => {
      const rows = [createDeferred('1', { dueAt: start + 30 }), createDeferred('2', { dueAt: start + 10 }), createDeferred('3')];
      await commit({ putDeferred: rows });
      const due = async (now: number, limit = 10) =>
        (await bench.store.findDueDeliveries(consumer, now, limit)).map(({ offset }) => offset);
      expect(await due(start - 1)).toEqual([]);
      expect(await due(start + 10)).toEqual(['3', '2']);
      expect(await due(start + 99, 2)).toEqual(['3', '2']);
      expect(await due(start + 99)).toEqual(['3', '2', '1']);
      expect(await bench.store.getNextDueTime(consumer)).toBe(start);
      expect(await bench.store.findDueDeliveries('shop/bing-2', start + 99, 10)).toEqual([]);
    });

    it('deliveries of one part are returned together and without others', async () => {
      await commit({
        putDeferred: [
          createDeferred('1', { dueAt: start + 1 }),
          createDeferred('2', { reason: 'bisect', part: 'a.0' }),
          createDeferred('3', { reason: 'bisect', part: 'a.1' }),
          createDeferred('4', { reason: 'bisect', part: 'a.0', dueAt: start + 5 }),
        ],
      });
      expect((await bench.store.findDueDeliveries(consumer, start + 9, 10)).map(({ offset }) => offset)).toEqual(['2', '4']);
      await commit({ removeDeferred: ['2', '4', '3'] });
      expect((await bench.store.findDueDeliveries(consumer, start + 9, 10)).map(({ offset }) => offset)).toEqual(['1']);
    });

    it('trusted deliveries are due before all others, and alone unless they share a part', async () => {
      const early = createDeferred('1', { dueAt: start - 9 });
      const rows = [early, createDeferred('2', { isTrusted: true }), createDeferred('3', { isTrusted: true, dueAt: start + 1 })];
      await commit({ putDeferred: rows });
      const due = async (now: number, which?: 'trusted') =>
        (await bench.store.findDueDeliveries(consumer, now, 10, which)).map(({ offset, isTrusted: trusted = false }) => [
          offset,
          trusted,
        ]);
      expect(await due(start - 1)).toEqual([['1', false]]);
      expect(await due(start - 1, 'trusted')).toEqual([]);
      expect(await due(start + 9)).toEqual([
        ['2', true],
        ['3', true],
      ]);
      await commit({
        putDeferred: [createDeferred('2', { isTrusted: true, part: 'a.0' }), createDeferred('4', { part: 'a.0' })],
      });
      expect(await due(start + 9)).toEqual([
        ['2', true],
        ['4', false],
      ]);
      expect(await due(start + 9, 'trusted')).toEqual([['2', true]]);
      expect((await bench.store.getDeferredDeliveries(consumer, ['1', '3'])).map(({ isTrusted: trusted }) => trusted)).toEqual([
        undefined,
        true,
      ]);
    });

    it('a delivery becomes trusted by the report of a server or webhook, not by that of a browser', async () => {
      await commit({ putDeferred: [createDeferred('1'), createDeferred('2')] });
      await identify({ reports: [report('1', 'browser'), report('2', 'server', { id: 'ord-2' })] });
      await identify({ reports: [report('3', 'webhook'), report('4', 'browser', { id: 'ord-2' })] });
      const rows = await bench.store.getDeferredDeliveries(consumer, ['1', '2']);
      expect(rows.map(({ isTrusted: trusted = false, dueAt }) => [trusted, dueAt])).toEqual([
        [true, start],
        [false, start],
      ]);
    });

    it('a delivery that is stored again has its new time and no part, and a removed one is absent', async () => {
      await commit({ putDeferred: [createDeferred('1', { reason: 'bisect', part: 'a.0' }), createDeferred('2')] });
      await commit({ putDeferred: [createDeferred('1', { dueAt: start + 7, tries: 2 })], removeDeferred: ['2', 'unheard-of'] });
      expect(await bench.store.getDeferredDeliveries(consumer, ['1', '2'])).toEqual([
        createDeferred('1', { dueAt: start + 7, tries: 2 }),
      ]);
      expect(await bench.store.getNextDueTime(consumer)).toBe(start + 7);
    });

    it('a clock rollback makes waits due that exceed the longest deferral, and no others', async () => {
      const ahead = start + 8 * 86_400_000;
      await commit({
        putDeferred: [
          createDeferred('1', { dueAt: ahead }),
          createDeferred('2', { reason: 'hold', dueAt: start + 3_600_000 }),
          createDeferred('3', { dueAt: start + 3_600_000 }),
          createDeferred('4', { reason: 'bisect', part: 'a.0', dueAt: start + 5 }),
        ],
      });
      expect(await bench.store.getLastDueTime(consumer)).toBe(ahead);
      await commit({ correctedClock: start });
      const times = await bench.store.getDeferredDeliveries(consumer, ['1', '2', '3', '4']);
      expect(times.map(({ dueAt }) => dueAt)).toEqual([start, start, start + 3_600_000, start + 5]);
      expect(await bench.store.getLastDueTime(consumer)).toBe(start + 3_600_000);
      expect(await bench.store.getLastDueTime('shop/bing-2')).toBeUndefined();
    });

    it('a duplicate ends the hold of its event at every connection of its site and at no other', async () => {
      const later = start + 90_000;
      const consumers = ['shop/bing', 'shop/other', 'shop-2/bing', 'sho/bing', 'shop0/bing', 'shopping/bing'];
      for (const id of consumers)
        await bench.store.commitDelivery(await acquire(id), {
          state: createState('1'),
          putDeferred: [
            createDeferred('1', { reason: 'hold', dueAt: later }),
            createDeferred('2', { reason: 'hold', dueAt: later }),
            createDeferred('3', { reason: 'retry', dueAt: later }),
          ],
        });
      await identify({
        reports: [
          report('1', 'browser'),
          report('3', 'browser', { id: 'ord-3' }),
          report('8', 'server'),
          report('9', 'server', { id: 'ord-3' }),
        ],
        now: start + 5,
      });
      const dueAt = async (id: string) =>
        (await bench.store.getDeferredDeliveries(id, ['1', '2', '3'])).map((row) => row.dueAt - start);
      expect(await dueAt('shop/bing')).toEqual([5, 90_000, 90_000]);
      expect(await dueAt('shop/other')).toEqual([5, 90_000, 90_000]);
      for (const id of consumers.slice(2)) expect(await dueAt(id), id).toEqual([90_000, 90_000, 90_000]);
    });

    it('a hold is due at once if it did not know its duplicate', async () => {
      await identify({ reports: [report('1', 'browser'), report('2', 'webhook')] });
      const createHold = (offset: string, duplicates: number) =>
        createDeferred(offset, { reason: 'hold', dueAt: start + 60_000, tries: 0, knownDuplicates: duplicates });
      await commit({ putDeferred: [createHold('1', 0)] });
      expect(await bench.store.findDueDeliveries(consumer, start, 10)).toMatchObject([{ offset: '1' }]);
      await commit({ putDeferred: [createHold('1', 1)] });
      expect(await bench.store.findDueDeliveries(consumer, start, 10)).toEqual([]);
    });

    it.each([
      ['browser', undefined],
      ['server', true],
      ['webhook', true],
    ] as const)('a hold that did not know its duplicate of a %s has the trust of the source', async (reporter, trusted) => {
      const reports = [report('1', 'browser'), report('2', reporter)];
      await identify({ reports, index: reports.map((one) => indexEntry(one.offset, { id: one.id, reporter: one.reporter })) });
      await commit({ putDeferred: [createDeferred('1', { reason: 'hold', dueAt: start + 60_000, knownDuplicates: 0 })] });
      const [hold] = await bench.store.getDeferredDeliveries(consumer, ['1']);
      expect([hold?.dueAt, hold?.isTrusted]).toEqual([0, trusted]);
    });
  });
}
