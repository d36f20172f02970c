import { describe, expect, it } from 'vitest';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import type { Erasure } from './erasure.ts';
import type { ReceivedReport } from './reports.ts';
import {
  consumer,
  createDeferred,
  deadLetter,
  indexEntry,
  openAttempt,
  report,
  type StoreBench,
  start,
} from './store.fixture.ts';

export function erasureContract(bench: StoreBench): void {
  const { commit, identify, restart } = bench;

  describe('erasure', () => {
    const profile: VisitorProfile = { ...emptyProfile, browserIds: { _uetvid: [{ at: 1, value: 'u' }] } };
    const erase = (more: Partial<Erasure> = {}) =>
      bench.store.beginErasure({ site: 'shop', offsets: [], visitors: [], now: start, ...more });
    const bodies = async () =>
      (await bench.store.listSiteAttempts('shop', 0, 100)).attempts.map(({ id, offsets, body }) => [id, offsets, body]);

    it('an erasure removes the data of its records and of no others', async () => {
      await identify({
        pending: ['1', '2'].map((offset) => ({ offset, until: start })),
        index: [indexEntry('1'), indexEntry('2')],
      });
      const waiting = [createDeferred('1', { dueAt: start + 90 }), createDeferred('2', { dueAt: start + 90 })];
      await commit({ deadLetters: [deadLetter('1'), deadLetter('2')], putDeferred: waiting });
      await erase({ offsets: ['1'] });
      expect((await bench.store.listDeadLetters(consumer, 9)).map(({ offset }) => offset)).toEqual(['2']);
      expect(await bench.store.findExpiredPending('shop', start)).toEqual(['2']);
      expect((await bench.store.searchEvents('shop', { limit: 9 })).offsets).toEqual(['2']);
      expect(await bench.store.getAbsentReasons('shop', ['1', '2'])).toEqual(new Map([['1', 'erased']]));
      expect((await bench.store.findDueDeliveries(consumer, start, 9)).map(({ offset }) => offset)).toEqual(['1']);
    });

    it('an erasure removes the listed dead letters in place of those of its records', async () => {
      await commit({ deadLetters: [deadLetter('1'), deadLetter('2')] });
      await erase({ offsets: ['1'], deadLetters: [{ consumer, offset: '2' }] });
      expect((await bench.store.listDeadLetters(consumer, 9)).map(({ offset }) => offset)).toEqual(['1']);
    });

    it('the check of a site for personal visitor ids ends once', async () => {
      expect(await bench.store.isVisitorCheckDone('shop')).toBe(false);
      await bench.store.endVisitorCheck('shop');
      await bench.store.endVisitorCheck('shop');
      await restart();
      expect(await Promise.all(['shop', 'shop-2'].map((site) => bench.store.isVisitorCheckDone(site)))).toEqual([true, false]);
    });

    it('a late report of an erased event is recognised, also within one list', async () => {
      const buildReport = (offset: string, more: Partial<ReceivedReport> = {}) =>
        report(offset, 'server', { keepUntil: start + 90, ...more });
      await identify({ reports: [buildReport('1'), buildReport('2', { name: 'Lead' })] });
      await erase({ offsets: ['1', '6'] });
      const list = [
        buildReport('4'),
        buildReport('5', { name: 'Lead' }),
        buildReport('6', { id: 'new' }),
        buildReport('7', { id: 'new' }),
        buildReport('8', { id: 'x' }),
      ];
      expect([...(await bench.store.findErasedRecords('shop', list, start))]).toEqual(['4', '6', '7']);
      expect(await bench.store.findErasedRecords('shop-2', list, start)).toEqual(new Set());
      // At this time the event may be reported again.
      expect([...(await bench.store.findErasedRecords('shop', list, start + 91))]).toEqual(['6', '7']);
    });

    it('the erasure of one report leaves its event to the other reports until these are erased', async () => {
      const late = [report('3', 'webhook')];
      await identify({ reports: [report('1', 'browser'), report('2', 'server')], index: [indexEntry('1'), indexEntry('2')] });
      const erasure = { offsets: ['1'], reportsAlone: new Set(['1']), index: [indexEntry('2', { reporter: 'server' })] };
      await erase(erasure);
      await erase(erasure);
      expect(await bench.store.getAbsentReasons('shop', ['1', '2'])).toEqual(new Map([['1', 'erased-report']]));
      expect([...(await bench.store.findErasedRecords('shop', [report('1', 'browser'), ...late], start))]).toEqual(['1']);
      expect((await bench.store.searchEvents('shop', { limit: 9, reporters: ['server'] })).offsets).toEqual(['1']);
      expect((await bench.store.searchEvents('shop', { limit: 9, reporters: ['browser'] })).offsets).toEqual([]);
      await erase({ offsets: ['1', '2'] });
      expect([...(await bench.store.findErasedRecords('shop', late, start))]).toEqual(['3']);
      expect((await bench.store.searchEvents('shop', { limit: 9 })).offsets).toEqual([]);
      await erase(erasure);
      expect(await bench.store.getAbsentReasons('shop', ['1'])).toEqual(new Map([['1', 'erased']]));
    });

    it('an erasure removes profiles and links of a visitor except those to keep', async () => {
      const links = ['a', 'b'].flatMap((visitor) => ['email:1', 'order:1'].map((key) => ({ key, visitor, at: 1 })));
      await identify({ profiles: ['a', 'b', 'c'].map((visitor) => ({ visitor, profile })), links });
      expect(await bench.store.findLinkedVisitors('shop', ['email:1', 'order:9'])).toEqual(['a', 'b']);
      await erase({ visitors: [{ visitor: 'a' }, { visitor: 'b', profile: emptyProfile, links: ['email:1'] }] });
      const left = await bench.store.getProfiles('shop', ['a', 'b', 'c']);
      expect([...left]).toEqual([
        ['b', emptyProfile],
        ['c', profile],
      ]);
      expect(await bench.store.listVisitorLinks('shop', ['a', 'b'])).toEqual([{ key: 'order:1', visitor: 'b', at: 1 }]);
    });

    it('an erasure is unfinished until it ends, also after a crash', async () => {
      expect(await bench.store.getUnfinishedErasure('shop')).toBeUndefined();
      await erase({ offsets: ['2', '1'] });
      await erase({ visitors: [{ visitor: 'a' }] });
      await restart();
      expect(await Promise.all(['shop', 'shop-2'].map((site) => bench.store.hasUnfinishedErasure(site)))).toEqual([true, false]);
      expect(await bench.store.getUnfinishedErasure('shop')).toEqual(['1', '2']);
      expect(await bench.store.getUnfinishedErasure('shop-2')).toBeUndefined();
      await bench.store.endErasure('shop');
      expect(await bench.store.hasUnfinishedErasure('shop')).toBe(false);
      expect(await bench.store.getUnfinishedErasure('shop')).toBeUndefined();
    });

    it('an erasure removes payloads from attempts and keeps the hash of the sent body', async () => {
      await commit({ open: openAttempt('one', ['1', '2']) });
      const [sent] = await bench.store.listAttempts(consumer, '1');
      await commit({ settle: { id: 'one', at: start, result: 'delivered', status: 200, answer: 'thanks', issues: [] } });
      await bench.store.eraseAttempts([{ id: 'one', offsets: ['2'], body: '["rest"]' }], start);
      expect(await bench.store.listAttempts(consumer, '1')).toEqual([]);
      const [left] = await bench.store.listAttempts(consumer, '2');
      expect(left).toMatchObject({ body: '["rest"]', bodySha256: sent?.bodySha256, settled: { result: 'delivered' } });
      expect(left?.settled).not.toHaveProperty('answer');
    });

    it('an open attempt continues without erased events, and ends when it is emptied', async () => {
      const rules = ['first', 'second'].map((digest) => ({ digest, effects: [] }));
      await commit({ open: openAttempt('one', ['1', '2'], { cursorAfter: '2', rules }) });
      await bench.store.eraseAttempts([{ id: 'one', offsets: ['2'], body: '["rest"]' }], start);
      const rest = { offsets: ['2'], body: '["rest"]', cursorAfter: '2', rules: [{ digest: 'second', effects: [] }] };
      expect(await bench.store.getOpenAttempt(consumer)).toMatchObject(rest);
      await bench.store.eraseAttempts([{ id: 'one', offsets: [], body: '' }], start);
      expect(await bench.store.getOpenAttempt(consumer)).toBeUndefined();
      expect(await bodies()).toEqual([['one', [], '']]);
    });
  });
}
