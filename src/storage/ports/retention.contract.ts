import { describe, expect, it } from 'vitest';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { clientMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import type { RetentionCutoffs } from './retention.ts';
import {
  consumer,
  createDeferred,
  createState,
  deadLetter,
  indexEntry,
  openAttempt,
  outcome,
  report,
  type StoreBench,
  start,
} from './store.fixture.ts';
import type { Store } from './store.ts';

export function retentionContract(bench: StoreBench): void {
  const { acquire, commit, identify, restart } = bench;

  describe('retention', () => {
    const noBounds = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0 };
    const forget = async (what: Partial<RetentionCutoffs>) => {
      for (let rounds = 0; (await bench.store.removeExpired('shop', { ...noBounds, ...what }, 2)) > 0; rounds += 1)
        if (rounds > 50) throw new Error('it does not come to an end');
    };

    it('data of removed records is removed unless it reaches beyond them', async () => {
      const offsets = ['1', '2', '3', '4', '5', '6'];
      await identify({
        absent: offsets.map((offset) => ({ offset, reason: 'erased' })),
        index: offsets.map((offset) => indexEntry(offset)),
      });
      await identify({ reports: [report('1', 'browser'), report('2', 'server'), report('5', 'webhook')] });
      for (const [one, other] of [
        ['1', '2'],
        ['3', '5'],
        ['6', '6'],
      ] as const)
        await commit({
          open: openAttempt(one, [one, other]),
          outcomes: [outcome(one, 'delivered'), outcome(other, 'delivered')],
        });
      await forget({ through: '4' });
      expect([...(await bench.store.getAbsentReasons('shop', offsets)).keys()].toSorted()).toEqual(['5', '6']);
      expect([...(await bench.store.findDuplicates('shop', '0', '9')).keys()]).toEqual(['5']);
      expect((await bench.store.searchEvents('shop', { limit: 9 })).offsets.toSorted()).toEqual(['5', '6']);
      expect([...(await bench.store.getOutcomes(consumer, offsets)).keys()].toSorted()).toEqual(['3', '5', '6']);
      expect((await bench.store.listSiteAttempts('shop', 0, 9)).attempts.map(({ id }) => id)).toEqual(['3', '6']);
    });

    it("a removed connection's history is removed with its records", async () => {
      for (const offset of ['1', '2', '3'])
        await commit({
          open: openAttempt(offset, [offset]),
          outcomes: [outcome(offset, 'delivered')],
        });
      await bench.store.retireConnection('shop', 'bing', start);
      await forget({ through: '2' });
      expect([...(await bench.store.getOutcomes(consumer, ['1', '2', '3']))].map(([offset]) => offset)).toEqual(['3']);
      expect((await bench.store.listSiteAttempts('shop', 0, 9)).attempts.map(({ id }) => id)).toEqual(['3']);
    });

    it("a new connection's outcomes are its own, although the last ones of the removed connection with its id are gone", async () => {
      for (const offset of ['2', '1']) await commit({ outcomes: [outcome(offset, 'delivered')] });
      await bench.store.retireConnection('shop', 'bing', start);
      await forget({ through: '1' });
      await bench.store.commitDelivery(await acquire(consumer), {
        state: createState('3'),
        outcomes: [outcome('3', 'delivered')],
      });
      const outcomes = await bench.store.getOutcomes(consumer, ['1', '2', '3']);
      expect([...outcomes].map(([offset, { isRetired }]) => [offset, isRetired ?? false]).toSorted()).toEqual([
        ['2', true],
        ['3', false],
      ]);
    });

    it('dead letters, ranges and profiles are removed by age', async () => {
      await commit({ deadLetters: ['1', '2', '3', '4'].map((offset) => deadLetter(offset, { at: start + Number(offset) })) });
      await commit({ expired: { after: '', lastOffset: '1', events: 1, at: start + 1 } });
      await commit({ expired: { after: '7', lastOffset: '9', events: 2, at: start + 4 } });
      for (const [visitor, now] of [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ] as const)
        await identify({ profiles: [{ visitor, profile: emptyProfile }], links: [{ key: 'email:1', visitor, at: now }], now });
      await forget({ deadLettersBefore: start + 4, profilesBefore: 3 });
      expect((await bench.store.listDeadLetters(consumer, 9)).map(({ offset }) => offset)).toEqual(['4']);
      expect((await bench.store.listExpiredRanges(consumer)).map(({ events }) => events)).toEqual([2]);
      expect((await bench.store.listSiteProfiles('shop', '', 9)).map(({ visitor }) => visitor)).toEqual(['c']);
      expect(await bench.store.findLinkedVisitors('shop', ['email:1'])).toEqual(['c']);
    });

    it('profiles with an expired value are listed by the time of its expiry, until they are stripped', async () => {
      const at = (time: number) => ({ ...emptyProfile, clients: [{ at: time, value: { ip: '203.0.113.42' } }] });
      const profiles = [
        { visitor: 'a', profile: at(start) },
        { visitor: 'b', profile: at(start - 2) },
        { visitor: 'c', profile: at(start - 1) },
        { visitor: 'never', profile: emptyProfile },
      ];
      await identify({ profiles });
      const now = start + clientMaxAgeMs - 1;
      const [first] = await bench.store.listExpiredProfiles('shop', now, undefined, 1);
      expect(first).toMatchObject({ visitor: 'b', expiresAt: now - 1 });
      expect((await bench.store.listExpiredProfiles('shop', now, first, 9)).map(({ visitor }) => visitor)).toEqual(['c']);
      const stripped = first && [{ visitor: 'b', stored: first.stored, after: emptyProfile }];
      expect(await bench.store.stripExpiredProfiles('shop', stripped ?? [])).toBe(1);
      expect((await bench.store.listExpiredProfiles('shop', now, undefined, 9)).map(({ visitor }) => visitor)).toEqual(['c']);
    });

    it('links are removed by their last report, page by page', async () => {
      const links = Array.from({ length: 2_500 }, (_, index) => ({
        key: `email:${String(index).padStart(4, '0')}`,
        visitor: 'a',
        at: start + (index % 2),
      }));
      await identify({ links });
      const removed: number[] = [];
      for (let from: string | undefined = ''; from !== undefined; ) {
        const page: Awaited<ReturnType<Store['removeExpiredLinks']>> = await bench.store.removeExpiredLinks(
          'shop',
          from,
          start + 1,
        );
        removed.push(page.gone);
        from = page.next;
      }
      expect(removed.length).toBeGreaterThan(1);
      expect(removed.every((gone) => gone > 0)).toBe(true);
      expect(removed.reduce((sum, gone) => sum + gone, 0)).toBe(1_250);
      expect((await bench.store.listVisitorLinks('shop', ['a'])).every(({ at }) => at === start + 1)).toBe(true);
    });

    it('a primary report is removed when its time is over and its record is removed', async () => {
      await identify({
        reports: [report('1', 'browser', { id: 'a' }), report('2', 'browser', { id: 'b', keepUntil: start + 9_999 })],
      });
      await identify({ reports: [report('9', 'browser', { id: 'c' })] });
      let from: string | undefined = '';
      while (from !== undefined) from = (await bench.store.removeExpiredPrimaries('shop', from, '5', start + 5_000)).next;
      expect(await Promise.all(['a', 'b', 'c'].map((id) => bench.store.findEvents('shop', id)))).toEqual([[], ['2'], ['9']]);
    });

    it("claims that no connection delivered are released page by page, to the shop's reports only", async () => {
      const ids = Array.from({ length: 501 }, (_, index) => `ord-${String(index).padStart(4, '0')}`);
      const formatOffset = (index: number) => String(index).padStart(4, '0');
      const many = ids.map((id, index) => ({ offset: formatOffset(index), id }));
      await identify({
        reports: many.map(({ offset, id }) => report(offset, 'browser', { id })),
        index: many.map(({ offset, id }) => indexEntry(offset, { id })),
      });
      await commit({ outcomes: many.map(({ offset }, index) => outcome(offset, index === 7 ? 'delivered' : 'bot')) });
      let [after, sum]: [string | undefined, number] = ['', 0];
      while (after !== undefined) {
        const page: Awaited<ReturnType<Store['releasePurchases']>> = await bench.store.releasePurchases(
          'shop',
          after,
          formatOffset(500),
        );
        [after, sum] = [page.next, sum + page.released];
      }
      expect(sum).toBe(500);
      await identify({
        reports: [
          report('9001', 'server', { id: 'ord-0000' }),
          report('9002', 'browser', { id: 'ord-0001' }),
          report('9003', 'webhook', { id: 'ord-0007' }),
        ],
      });
      const firsts = await Promise.all([0, 1, 7].map((index) => bench.store.findEvents('shop', ids[index] ?? '')));
      expect(firsts).toEqual([['9001'], ['0001'], ['0007']]);
    });

    it('old attempts lose their bodies, but an open attempt does not', async () => {
      await commit({ open: openAttempt('old', ['1']) });
      await commit({ settle: { id: 'old', at: start, result: 'delivered', issues: [] }, open: openAttempt('open', ['2']) });
      await forget({ bodiesBefore: start + 1 });
      expect((await bench.store.listSiteAttempts('shop', 0, 9)).attempts.map(({ id, body }) => [id, body === ''])).toEqual([
        ['old', true],
        ['open', false],
      ]);
    });

    it('an expired profile changes only if its stored value is unchanged', async () => {
      const known = { ...emptyProfile, grantedAt: 1 };
      await identify({ profiles: ['a', 'b'].map((visitor) => ({ visitor, profile: known })) });
      const [{ stored = '' } = {}] = await bench.store.listSiteProfiles('shop', '', 1);
      await identify({ profiles: [{ visitor: 'b', profile: { ...known, grantedAt: 2 } }] });
      const change = { stored, after: emptyProfile };
      await bench.store.stripExpiredProfiles('shop', [
        { visitor: 'a', ...change },
        { visitor: 'b', ...change },
      ]);
      expect(await bench.store.getProfiles('shop', ['a', 'b'])).toEqual(
        new Map([
          ['a', emptyProfile],
          ['b', { ...known, grantedAt: 2 }],
        ]),
      );
    });

    it('listings cover one site and no other', async () => {
      for (const id of ['shop/a', 'shop/b', 'shop0/a', 'shop-2/a']) {
        const lease = await acquire(id);
        await bench.store.commitDelivery(lease, {
          state: createState('0'),
          deadLetters: [deadLetter('1'), deadLetter('2')],
          open: openAttempt(id, ['1']),
        });
      }
      let last: Awaited<ReturnType<Store['listSiteDeadLetters']>>[number] | undefined;
      const found: string[] = [];
      do {
        [last] = await bench.store.listSiteDeadLetters('shop', last, 1);
        if (last) found.push(`${last.consumer} ${last.offset}`);
      } while (last);
      expect(found).toEqual(['shop/a 1', 'shop/a 2', 'shop/b 1', 'shop/b 2']);
      const first = await bench.store.listSiteAttempts('shop', 0, 1);
      const second = await bench.store.listSiteAttempts('shop', first.through, 9);
      expect([...first.attempts, ...second.attempts].map(({ id }) => id)).toEqual(['shop/a', 'shop/b']);
    });

    it('the last sweep of a site survives a crash', async () => {
      expect(await bench.store.getLastSweep('shop')).toBeUndefined();
      await bench.store.saveLastSweep('shop', { at: 1, suspectedAt: 2 });
      await restart();
      expect(await bench.store.getLastSweep('shop')).toEqual({ at: 1, suspectedAt: 2 });
      await bench.store.saveLastSweep('shop', { at: 3 });
      expect([await bench.store.getLastSweep('shop'), await bench.store.getLastSweep('shop-2')]).toEqual([{ at: 3 }, undefined]);
    });

    it('sites that ran, and deferred deliveries up to an offset, are listed', async () => {
      await identify({});
      await identify({}, 'gone');
      expect(await bench.store.listSites()).toEqual(['gone', 'shop']);
      await commit({ putDeferred: ['3', '1', '2'].map((offset) => createDeferred(offset)) });
      expect(await bench.store.listDeferredUpTo(consumer, '2', 9)).toEqual(['1', '2']);
      expect(await bench.store.listDeferredUpTo(consumer, '3', 1)).toEqual(['1']);
    });
  });
}
