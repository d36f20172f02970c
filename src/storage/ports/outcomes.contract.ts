import { describe, expect, it } from 'vitest';
import { formatEventKey } from '../../event/event-key.ts';
import { dayMs } from '../../event/units.ts';
import { createBacklogReader } from './backlog.ts';
import { countBucketMs } from './event-counts.ts';
import { createRecordLog } from './record-log.fixture.ts';
import type { ReceivedReport } from './reports.ts';
import {
  consumer,
  count,
  createDeferred,
  createState,
  deadLetter,
  indexEntry,
  outcome,
  report,
  type StoreBench,
  start,
} from './store.fixture.ts';

export function outcomesContract(bench: StoreBench): void {
  const { commit, identify, restart } = bench;

  describe('outcomes', () => {
    it('the latest outcome is returned with its issues', async () => {
      const issues = [{ field: 'pageTitle', code: 'TooLong', message: 'Shorten it.' }];
      await commit({ outcomes: [outcome('1', 'waiting'), outcome('2', 'duplicate'), outcome('4', 'dead')] });
      await commit({ outcomes: [{ offset: '1', outcome: 'delivered', issues }] });
      const found = await bench.store.getOutcomes(consumer, ['4', '1', '2', '3']);
      expect(Object.fromEntries(found)).toEqual({
        1: { offset: '1', outcome: 'delivered', issues },
        2: outcome('2', 'duplicate'),
        4: outcome('4', 'dead'),
      });
      expect((await bench.store.getOutcomes(consumer, [])).size).toBe(0);
      expect((await bench.store.getOutcomes('shop/bing-2', ['1'])).size).toBe(0);
    });

    it('outcomes of a few events far apart are found among hundreds of commits', async () => {
      const offsets = Array.from({ length: 300 }, (_, index) => String(index + 1).padStart(3, '0'));
      await Promise.all(offsets.map((offset) => commit({ outcomes: [outcome(offset, 'waiting')] })));
      await commit({ outcomes: [outcome('002', 'delivered'), outcome('299', 'delivered')] });
      await commit({ outcomes: [outcome('150', 'dead')] });
      const found = await bench.store.getOutcomes(consumer, ['001', '002', '150', '300']);
      expect(Object.fromEntries([...found].map(([offset, entry]) => [offset, entry.outcome]))).toEqual({
        '001': 'waiting',
        '002': 'delivered',
        150: 'dead',
        300: 'waiting',
      });
    });

    it('counts add up over commits, and an event leaves its previous outcome', async () => {
      await commit({ counts: [count('delivered'), count('waiting')] });
      await commit({ counts: [count('delivered'), count('bot')] });
      expect(await bench.store.countByOutcome(consumer)).toEqual({ delivered: 2, waiting: 1, bot: 1 });
      await commit({ counts: [count('delivered'), count('waiting', -1)] });
      expect(await bench.store.countByOutcome(consumer)).toEqual({ delivered: 3, waiting: 0, bot: 1 });
      expect(await bench.store.countByOutcome('shop/bing-2')).toEqual({ waiting: 0 });
      expect([...(await bench.store.countAllByOutcome())]).toEqual([[consumer, { delivered: 3, waiting: 0, bot: 1 }]]);
    });

    it('unsent events are counted with the time of the oldest event', async () => {
      expect(await bench.store.getUnsent('shop', consumer)).toEqual({
        identityCursor: '',
        unread: 0,
        deferred: 0,
        deadLetters: 0,
        deadPurchases: 0,
      });
      const expired = { after: '0', lastOffset: '1', events: 40, at: start };
      await identify({ index: ['1', '3', '5', '7'].map((offset) => indexEntry(offset, { time: start - Number(offset) })) });
      await commit({ state: createState('4'), putDeferred: [createDeferred('1')], deadLetters: [deadLetter('3')], expired });
      expect(await bench.store.getUnsent('shop', consumer)).toEqual({
        identityCursor: '0',
        unread: 0,
        deferred: 1,
        deadLetters: 41,
        deadPurchases: 1,
        oldest: start - 7,
        since: start,
      });
      await identify({ index: [indexEntry('5', { time: start - 20 * dayMs }), indexEntry('7', { time: start - 7 })] });
      expect(await bench.store.getUnsent('shop', consumer)).toMatchObject({ oldest: start - 7 });
      await commit({ state: createState('7') });
      expect(await bench.store.getUnsent('shop', consumer)).toEqual({
        identityCursor: '0',
        unread: 0,
        deferred: 1,
        deadLetters: 41,
        deadPurchases: 1,
        oldest: start - 1,
        since: start,
      });
      const confirm = createDeferred('1', { reason: 'confirm', dueAt: start + 86_400_000 });
      await commit({ state: createState('7'), putDeferred: [confirm] });
      expect(await bench.store.getUnsent('shop', consumer)).toEqual({
        identityCursor: '0',
        unread: 0,
        deferred: 1,
        deadLetters: 41,
        deadPurchases: 1,
      });
      await commit({ state: createState('7'), removeDeferred: ['1'] });
      expect(await bench.store.getUnsent('shop', consumer)).toEqual({
        identityCursor: '0',
        unread: 0,
        deferred: 0,
        deadLetters: 41,
        deadPurchases: 1,
      });
    });

    it('events without an outcome are counted by buckets, without merged reports', async () => {
      const later = start + countBucketMs;
      const [, addedFor = ''] = consumer.split('/');
      const reports = [
        report('1', 'server', { id: '1' }),
        report('2', 'server', { id: '2' }),
        report('3', 'server', { id: '3' }),
        report('4', 'browser', { id: '3', at: later }),
        report('5', 'server', { id: '5', at: later }),
        report('6', 'server', { id: '5~r', at: later, addedFor }),
        report('7', 'server', { id: '7', at: later }),
      ];
      const index = ['1', '2', '3', '5', '6', '7'].map((offset) => indexEntry(offset));
      await identify({ cursor: '7', reports, index });
      const read = async (from: number) => (await bench.store.getUnsent('shop', consumer, from)).unread;
      expect([await read(start), await read(later)]).toEqual([6, 3]);
      // An event without data is skipped only when the connection reaches it.
      await identify({ cursor: '7', absent: [{ offset: '2', reason: 'consent-missing' }] });
      expect([await read(start), await read(later)]).toEqual([6, 3]);
      await commit({
        counts: [count('delivered', 1), count('waiting', 1, later), count('duplicate', 1, later), count('ahead', -2, later)],
      });
      await restart();
      expect([await read(start), await read(later)]).toEqual([4, 2]);
      expect(await bench.store.getUnsent('shop', 'shop/never', later)).toMatchObject({ identityCursor: '7', unread: 2 });
      await commit({ counts: [count('dead', 9, later)] });
      expect(await read(later)).toBe(0);
    });

    it('events from before a connection do not wait for it, whatever rules added and reporters repeated in that bucket', async () => {
      const keyOf = (id: string, reporter: ReceivedReport['reporter']) => formatEventKey({ name: 'Purchase', id, reporter });
      const early = [
        ...['1', '2', '3'].map((offset) => report(offset, 'server', { id: offset })),
        ...['4', '5', '6'].map((offset) => report(offset, 'server', { id: `${offset}~r`, addedFor: 'elsewhere' })),
        report('7', 'browser', { id: '1' }),
      ];
      const late = ['8', '9'].map((offset) => report(offset, 'server', { id: offset }));
      const all = [...early, ...late];
      const log = createRecordLog(all.map(({ offset, at, id, reporter }) => ({ offset, at, key: keyOf(id, reporter) })));
      const place = { cursor: '7', begins: { after: '7', at: start, events: 4 } };
      const readWaiting = async () => (await createBacklogReader({ log, store: bench.store })('shop', 'bing', place)).waiting;
      const index = ['1', '2', '3', '4', '5', '6'].map((offset) => indexEntry(offset));
      await identify({ cursor: '3', reports: early.slice(0, 3), index: index.slice(0, 3) });
      expect(await readWaiting()).toBe(2);
      await identify({
        cursor: '8',
        reports: [...early.slice(3), ...late.slice(0, 1)],
        index: [...index.slice(3), indexEntry('8')],
      });
      expect(await readWaiting()).toBe(2);
      await identify({ cursor: '9', reports: late.slice(1), index: [indexEntry('9')] });
      expect(await readWaiting()).toBe(2);
    });
  });
}
