import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEveryHash, createLargeProfile } from '../../identity/large-profile.fixture.ts';
import { emptyProfile, mergeProfiles, type VisitorProfile } from '../../identity/visitor-profile.ts';
import { accessLaws } from './accounts.contract.ts';
import { madeLaws } from './dashboard-sites.contract.ts';
import {
  type ConnectionState,
  countBucketMs,
  type DeadLetter,
  type DeferredDelivery,
  type DeliveryCommit,
  type Erasure,
  type EventOutcomeEntry,
  type EventSearch,
  type IdentityCommit,
  type IndexEntry,
  type Lease,
  LeaseLostError,
  type MatchCount,
  type OpenAttempt,
  type OutcomeCountChange,
  ProfilesTooLargeError,
  type ReceivedReport,
  type RetentionCutoffs,
  type Store,
  visitorsAtOnce,
} from './store.ts';

/** One engine under test. `open` on the same harness twice means a restart. */
export interface StoreHarness {
  open(): Promise<Store>;
  /** Ends the engine as a power cut would: no flush, no checkpoint. */
  crash(): Promise<void>;
  /** The store's own clock, which leases go by. */
  setTime(now: number): void;
  dispose(): Promise<void>;
}

const start = 1_795_514_400_000;
const pump = 'shop/bing';
const state = (cursor: string): ConnectionState => ({
  cursor,
  pause: null,
  breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
  verdicts: '',
  settingsDigest: 'digest',
  settingsChangedAt: start,
  inDoubt: 0,
});
const straggler = (offset: string, more: Partial<DeferredDelivery> = {}): DeferredDelivery => ({
  offset,
  reason: 'retry',
  dueAt: start,
  tries: 1,
  ...more,
});
const deadLetter = (offset: string, more: Partial<DeadLetter> = {}): DeadLetter => ({
  offset,
  cause: 'rejected',
  issues: [{ field: 'commerce.currency', code: 'currency', message: 'Send an ISO 4217 code.' }],
  eventName: 'Purchase',
  eventId: 'ord-1',
  bytes: Buffer.from('{"v":1,"title":"Straße ☃"}'),
  at: start,
  ...more,
});
const outcome = (offset: string, of: EventOutcomeEntry['outcome']): EventOutcomeEntry => ({ offset, outcome: of, issues: [] });
const count = (of: OutcomeCountChange['outcome'], events = 1, step = start): OutcomeCountChange => ({
  bucket: step,
  outcome: of,
  events,
});
const attempt = (id: string, offsets: readonly string[], more: Partial<OpenAttempt> = {}): OpenAttempt => ({
  id,
  startedAt: start,
  offsets,
  body: `{"data":[${offsets.length}],"title":"Straße ☃ \\u0000"}`,
  ...more,
});
const seen = (offset: string, reporter: ReceivedReport['reporter'], more: Partial<ReceivedReport> = {}): ReceivedReport => ({
  offset,
  at: start,
  name: 'Purchase',
  id: 'ord-1',
  reporter,
  keepUntil: start + 1_000,
  ...more,
});

const indexed = (offset: string, more: Partial<IndexEntry> = {}): IndexEntry => ({
  offset,
  receivedAt: start,
  time: start,
  name: 'Purchase',
  id: `ord-${offset}`,
  reporter: 'browser',
  consent: { stated: 'granted', effective: 'granted' },
  keys: [],
  ...more,
});

/** The laws of the store: every adapter keeps all of them. */
export function storeContract(adapter: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`the ${adapter} store`, () => {
    let harness: StoreHarness;
    let store: Store;
    let lease: Lease;

    const acquire = async (of: string, owner = 'one', ttlMs = 30_000): Promise<Lease> => {
      const got = await store.acquireLease(of, owner, ttlMs);
      if (!got) throw new Error(`${of} is held by another`);
      return got;
    };
    const restart = async () => {
      await harness.crash();
      store = await harness.open();
      lease = await acquire(pump);
    };
    const commit = (delta: Partial<DeliveryCommit>) => store.commitDelivery(lease, { state: state('0'), ...delta });
    const identify = async (delta: Partial<IdentityCommit>, site = 'shop') =>
      store.commitIdentity(await acquire(`identity:${site}`), { site, cursor: '0', seen: [], now: start, ...delta });

    beforeEach(async () => {
      harness = await makeHarness();
      harness.setTime(start);
      store = await harness.open();
      lease = await acquire(pump);
    });
    afterEach(() => harness.dispose());

    madeLaws({ store: () => store, restart, state });
    accessLaws({ store: () => store, restart });

    const facts: VisitorProfile = { ...emptyProfile, uetVids: [{ at: 1, value: 'u' }] };
    describe('erasure', () => {
      const erase = (more: Partial<Erasure> = {}) =>
        store.beginErasure({ site: 'shop', offsets: [], visitors: [], now: start, ...more });
      const bodies = async () =>
        (await store.listSiteAttempts('shop', 0, 100)).attempts.map(({ id, offsets, body }) => [id, offsets, body]);

      it('takes what is kept of the records, and of no others', async () => {
        await identify({
          pending: ['1', '2'].map((offset) => ({ offset, until: start })),
          index: [indexed('1'), indexed('2')],
        });
        const waiting = [straggler('1', { dueAt: start + 90 }), straggler('2', { dueAt: start + 90 })];
        await commit({ deadLetters: [deadLetter('1'), deadLetter('2')], putDeferred: waiting });
        await erase({ offsets: ['1'] });
        expect((await store.listDeadLetters(pump, 9)).map(({ offset }) => offset)).toEqual(['2']);
        expect(await store.findExpiredPending('shop', start)).toEqual(['2']);
        expect((await store.searchEvents('shop', { limit: 9 })).offsets).toEqual(['2']);
        expect(await store.getAbsentReasons('shop', ['1', '2'])).toEqual(new Map([['1', 'erased']]));
        expect((await store.findDueDeliveries(pump, start, 9)).map(({ offset }) => offset)).toEqual(['1']);
      });

      it('knows a late report of an event that was erased, in the same list as well', async () => {
        const told = (offset: string, more: Partial<ReceivedReport> = {}) =>
          seen(offset, 'server', { keepUntil: start + 90, ...more });
        await identify({ seen: [told('1'), told('2', { name: 'Lead' })] });
        await erase({ offsets: ['1', '6'] });
        const list = [
          told('4'),
          told('5', { name: 'Lead' }),
          told('6', { id: 'new' }),
          told('7', { id: 'new' }),
          told('8', { id: 'x' }),
        ];
        expect([...(await store.findErasedRecords('shop', list, start))]).toEqual(['4', '6', '7']);
        expect(await store.findErasedRecords('shop-2', list, start)).toEqual(new Set());
        // By then the event may be told anew.
        expect([...(await store.findErasedRecords('shop', list, start + 91))]).toEqual(['6', '7']);
      });

      it('takes a report alone, and leaves its event to the other reports until that is erased, too', async () => {
        const late = [seen('3', 'webhook')];
        await identify({ seen: [seen('1', 'browser'), seen('2', 'server')], index: [indexed('1'), indexed('2')] });
        const alone = { offsets: ['1'], reportsAlone: new Set(['1']), index: [indexed('2', { reporter: 'server' })] };
        await erase(alone);
        await erase(alone);
        expect(await store.getAbsentReasons('shop', ['1', '2'])).toEqual(new Map([['1', 'erased-report']]));
        expect([...(await store.findErasedRecords('shop', [seen('1', 'browser'), ...late], start))]).toEqual(['1']);
        expect((await store.searchEvents('shop', { limit: 9, reporters: ['server'] })).offsets).toEqual(['1']);
        expect((await store.searchEvents('shop', { limit: 9, reporters: ['browser'] })).offsets).toEqual([]);
        await erase({ offsets: ['1', '2'] });
        expect([...(await store.findErasedRecords('shop', late, start))]).toEqual(['3']);
        expect((await store.searchEvents('shop', { limit: 9 })).offsets).toEqual([]);
        await erase(alone);
        expect(await store.getAbsentReasons('shop', ['1'])).toEqual(new Map([['1', 'erased']]));
      });

      it('takes facts and links of a visitor, or leaves what is said to stay', async () => {
        const links = ['a', 'b'].flatMap((visitor) => ['email:1', 'order:1'].map((key) => ({ key, visitor, at: 1 })));
        await identify({ facts: ['a', 'b', 'c'].map((visitor) => ({ visitor, facts })), links });
        expect(await store.findLinkedVisitors('shop', ['email:1', 'order:9'])).toEqual(['a', 'b']);
        await erase({ visitors: [{ visitor: 'a' }, { visitor: 'b', facts: emptyProfile, links: ['email:1'] }] });
        const left = await store.getProfiles('shop', ['a', 'b', 'c']);
        expect([...left]).toEqual([
          ['b', emptyProfile],
          ['c', facts],
        ]);
        expect(await store.listVisitorLinks('shop', ['a', 'b'])).toEqual([{ key: 'order:1', visitor: 'b', at: 1 }]);
      });

      it('knows the newest checkouts of visitors, however many links they have', async () => {
        const many = Array.from({ length: 300 }, (_, at) => ({ key: `checkout:${at}`, visitor: 'a', at }));
        await identify({
          links: [...many, { key: 'order:1', visitor: 'a', at: 400 }, { key: 'checkout:x', visitor: 'b', at: 1 }],
        });
        const found = await store.findCheckoutLinks('shop', ['a', 'b', 'c']);
        expect(found).toHaveLength(256);
        expect(found.map(({ key }) => key)).toEqual(expect.arrayContaining(['checkout:299', 'checkout:45', 'checkout:x']));
        expect(await store.findCheckoutLinks('shop-2', ['a'])).toEqual([]);
      });

      it('is remembered until it has ended, across a crash', async () => {
        expect(await store.getUnfinishedErasure('shop')).toBeUndefined();
        await erase({ offsets: ['2', '1'] });
        await erase({ visitors: [{ visitor: 'a' }] });
        await restart();
        expect(await store.getUnfinishedErasure('shop')).toEqual(['1', '2']);
        expect(await store.getUnfinishedErasure('shop-2')).toBeUndefined();
        await store.endErasure('shop');
        expect(await store.getUnfinishedErasure('shop')).toBeUndefined();
      });

      it('takes payloads out of requests, and keeps the hash of what was sent', async () => {
        await commit({ open: attempt('one', ['1', '2']) });
        const [sent] = await store.listAttempts(pump, '1');
        await commit({ settle: { id: 'one', at: start, result: 'delivered', status: 200, answer: 'thanks', issues: [] } });
        await store.eraseAttempts([{ id: 'one', offsets: ['2'], body: '["rest"]' }], start);
        expect(await store.listAttempts(pump, '1')).toEqual([]);
        const [left] = await store.listAttempts(pump, '2');
        expect(left).toMatchObject({ body: '["rest"]', bodySha256: sent?.bodySha256, settled: { result: 'delivered' } });
        expect(left?.settled).not.toHaveProperty('answer');
      });

      it('a request whose answer never came goes on without them, and one that is emptied is over', async () => {
        await commit({ open: attempt('one', ['1', '2'], { cursorAfter: '2' }) });
        await store.eraseAttempts([{ id: 'one', offsets: ['2'], body: '["rest"]' }], start);
        expect(await store.getOpenAttempt(pump)).toMatchObject({ offsets: ['2'], body: '["rest"]', cursorAfter: '2' });
        await store.eraseAttempts([{ id: 'one', offsets: [], body: '' }], start);
        expect(await store.getOpenAttempt(pump)).toBeUndefined();
        expect(await bodies()).toEqual([['one', [], '']]);
      });
    });

    describe('retention', () => {
      const nothing = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0 };
      const forget = async (what: Partial<RetentionCutoffs>) => {
        for (let rounds = 0; (await store.removeExpired('shop', { ...nothing, ...what }, 2)) > 0; rounds += 1)
          if (rounds > 50) throw new Error('it does not come to an end');
      };

      it('forgets what was known of records that are gone, and keeps what reaches beyond them', async () => {
        const offsets = ['1', '2', '3', '4', '5', '6'];
        await identify({
          absent: offsets.map((offset) => ({ offset, reason: 'erased' })),
          index: offsets.map((offset) => indexed(offset)),
        });
        await identify({ seen: [seen('1', 'browser'), seen('2', 'server'), seen('5', 'webhook')] });
        for (const [one, other] of [
          ['1', '2'],
          ['3', '5'],
          ['6', '6'],
        ] as const)
          await commit({ open: attempt(one, [one, other]), outcomes: [outcome(one, 'delivered'), outcome(other, 'delivered')] });
        await forget({ through: '4' });
        expect([...(await store.getAbsentReasons('shop', offsets)).keys()].toSorted()).toEqual(['5', '6']);
        expect([...(await store.findDuplicates('shop', '0', '9')).keys()]).toEqual(['5']);
        expect((await store.searchEvents('shop', { limit: 9 })).offsets.toSorted()).toEqual(['5', '6']);
        expect([...(await store.getOutcomes(pump, offsets)).keys()].toSorted()).toEqual(['3', '5', '6']);
        expect((await store.listSiteAttempts('shop', 0, 9)).attempts.map(({ id }) => id)).toEqual(['3', '6']);
      });

      it('lists dead letters from a place on, the newest first', async () => {
        await commit({
          deadLetters: ['1', '2', '3', '4'].map((offset) => deadLetter(offset, { at: start + (offset === '4' ? 0 : 1) })),
        });
        const listed = async (limit: number, from?: { at: number; offset: string }) =>
          (await store.listDeadLetters(pump, limit, from)).map(({ offset }) => offset);
        expect(await listed(9)).toEqual(['3', '2', '1', '4']);
        expect(await listed(9, { at: start + 1, offset: '2' })).toEqual(['2', '1', '4']);
        expect(await listed(2, { at: start + 1, offset: '2' })).toEqual(['2', '1']);
        expect(await listed(9, { at: start, offset: '' })).toEqual([]);
      });

      it('forgets dead letters, ranges and visitors by their age', async () => {
        await commit({ deadLetters: ['1', '2', '3', '4'].map((offset) => deadLetter(offset, { at: start + Number(offset) })) });
        await commit({ expired: { after: '', lastOffset: '1', events: 1, at: start + 1 } });
        await commit({ expired: { after: '7', lastOffset: '9', events: 2, at: start + 4 } });
        for (const [visitor, now] of [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ] as const)
          await identify({ facts: [{ visitor, facts: emptyProfile }], links: [{ key: 'email:1', visitor, at: now }], now });
        await forget({ deadLettersBefore: start + 4, profilesBefore: 3 });
        expect((await store.listDeadLetters(pump, 9)).map(({ offset }) => offset)).toEqual(['4']);
        expect((await store.listExpiredRanges(pump)).map(({ events }) => events)).toEqual([2]);
        expect((await store.listSiteProfiles('shop', '', 9)).map(({ visitor }) => visitor)).toEqual(['c']);
        expect(await store.findLinkedVisitors('shop', ['email:1'])).toEqual(['c']);
      });

      it('forgets which record told first once its time is over and the record gone', async () => {
        await identify({
          seen: [seen('1', 'browser', { id: 'a' }), seen('2', 'browser', { id: 'b', keepUntil: start + 9_999 })],
        });
        await identify({ seen: [seen('9', 'browser', { id: 'c' })] });
        let from: string | undefined = '';
        while (from !== undefined) from = (await store.removeExpiredPrimaries('shop', from, '5', start + 5_000)).next;
        expect(await Promise.all(['a', 'b', 'c'].map((id) => store.findEvents('shop', id)))).toEqual([[], ['2'], ['9']]);
      });

      it("releases a browser's purchase that no connection delivered, page by page, to the shop's reports alone", async () => {
        const ids = Array.from({ length: 501 }, (_, index) => `ord-${String(index).padStart(4, '0')}`);
        const offsetOf = (index: number) => String(index).padStart(4, '0');
        const many = ids.map((id, index) => ({ offset: offsetOf(index), id }));
        await identify({
          seen: many.map(({ offset, id }) => seen(offset, 'browser', { id })),
          index: many.map(({ offset, id }) => indexed(offset, { id })),
        });
        await commit({ outcomes: many.map(({ offset }, index) => outcome(offset, index === 7 ? 'delivered' : 'bot')) });
        let [after, sum]: [string | undefined, number] = ['', 0];
        while (after !== undefined) {
          const page: Awaited<ReturnType<Store['releaseClaims']>> = await store.releaseClaims('shop', after, offsetOf(500));
          [after, sum] = [page.next, sum + page.released];
        }
        expect(sum).toBe(500);
        await identify({
          seen: [
            seen('9001', 'server', { id: 'ord-0000' }),
            seen('9002', 'browser', { id: 'ord-0001' }),
            seen('9003', 'webhook', { id: 'ord-0007' }),
          ],
        });
        const firsts = await Promise.all([0, 1, 7].map((index) => store.findEvents('shop', ids[index] ?? '')));
        expect(firsts).toEqual([['9001'], ['0001'], ['0007']]);
      });

      it('takes bodies out of old requests, but not out of one that may go again', async () => {
        await commit({ open: attempt('old', ['1']) });
        await commit({ settle: { id: 'old', at: start, result: 'delivered', issues: [] }, open: attempt('open', ['2']) });
        await forget({ bodiesBefore: start + 1 });
        expect((await store.listSiteAttempts('shop', 0, 9)).attempts.map(({ id, body }) => [id, body === ''])).toEqual([
          ['old', true],
          ['open', false],
        ]);
      });

      it('a range grows while nothing comes between, and is one row', async () => {
        await commit({ expired: { after: '', lastOffset: '3', events: 3, at: start } });
        await commit({ expired: { after: '3', lastOffset: '7', events: 2, at: start + 5 } });
        await commit({ expired: { after: '8', lastOffset: '9', events: 1, at: start + 6 } });
        expect(await store.listExpiredRanges(pump)).toEqual([
          { after: '8', lastOffset: '9', events: 1, at: start + 6 },
          { after: '', lastOffset: '7', events: 5, at: start + 5 },
        ]);
      });

      it('facts change only where nobody wrote meanwhile', async () => {
        const known = { ...emptyProfile, grantedAt: 1 };
        await identify({ facts: ['a', 'b'].map((visitor) => ({ visitor, facts: known })) });
        await identify({ facts: [{ visitor: 'b', facts: { ...known, grantedAt: 2 } }] });
        const change = { before: known, after: emptyProfile };
        await store.stripExpiredProfiles(
          'shop',
          [
            { visitor: 'a', change },
            { visitor: 'b', change },
          ],
          0,
        );
        expect(await store.getProfiles('shop', ['a', 'b'])).toEqual(
          new Map([
            ['a', emptyProfile],
            ['b', { ...known, grantedAt: 2 }],
          ]),
        );
      });

      it('walks through everything of one site, and of no other', async () => {
        for (const id of ['shop/a', 'shop/b', 'shop0/a', 'shop-2/a']) {
          const held = await acquire(id);
          await store.commitDelivery(held, {
            state: state('0'),
            deadLetters: [deadLetter('1'), deadLetter('2')],
            open: attempt(id, ['1']),
          });
        }
        let last: Awaited<ReturnType<Store['listSiteDeadLetters']>>[number] | undefined;
        const found: string[] = [];
        do {
          [last] = await store.listSiteDeadLetters('shop', last, 1);
          if (last) found.push(`${last.consumer} ${last.offset}`);
        } while (last);
        expect(found).toEqual(['shop/a 1', 'shop/a 2', 'shop/b 1', 'shop/b 2']);
        const first = await store.listSiteAttempts('shop', 0, 1);
        const second = await store.listSiteAttempts('shop', first.through, 9);
        expect([...first.attempts, ...second.attempts].map(({ id }) => id)).toEqual(['shop/a', 'shop/b']);
      });

      it('remembers when a site was swept last, across a crash', async () => {
        expect(await store.getLastSweep('shop')).toBeUndefined();
        await store.saveLastSweep('shop', { at: 1, suspectedAt: 2 });
        await restart();
        expect(await store.getLastSweep('shop')).toEqual({ at: 1, suspectedAt: 2 });
        await store.saveLastSweep('shop', { at: 3 });
        expect([await store.getLastSweep('shop'), await store.getLastSweep('shop-2')]).toEqual([{ at: 3 }, undefined]);
      });

      it('knows every site that ran, and the stragglers up to an offset', async () => {
        await identify({});
        await identify({}, 'gone');
        expect(await store.listSites()).toEqual(['gone', 'shop']);
        await commit({ putDeferred: ['3', '1', '2'].map((offset) => straggler(offset)) });
        expect(await store.listDeferredUpTo(pump, '2', 9)).toEqual(['1', '2']);
        expect(await store.listDeferredUpTo(pump, '3', 1)).toEqual(['1']);
      });
    });

    describe('leases', () => {
      it('another owner is refused while a lease runs, and gets it once it ran out', async () => {
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeUndefined();
        harness.setTime(start + 30_000);
        expect((await acquire(pump, 'two')).epoch).toBeGreaterThan(lease.epoch);
      });

      it('a renewed lease runs on from now', async () => {
        harness.setTime(start + 20_000);
        await store.renewLease(lease, 30_000);
        harness.setTime(start + 49_999);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeUndefined();
        harness.setTime(start + 50_000);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeDefined();
      });

      it('a released lease is free at once', async () => {
        await store.releaseLease(lease);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeDefined();
      });

      it('a stale lease releases nobody, and cannot be renewed', async () => {
        const stale = lease;
        await acquire(pump);
        await store.releaseLease(stale);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeUndefined();
        await expect(store.renewLease(stale, 30_000)).rejects.toBeInstanceOf(LeaseLostError);
      });

      it('the lease of one pump says nothing about another', async () => {
        expect(await store.acquireLease('shop/bing-2', 'two', 30_000)).toBeDefined();
        expect(await store.acquireLease('identity:shop', 'two', 30_000)).toBeDefined();
      });

      it('an owner who comes again after a crash takes over at once, under a later epoch', async () => {
        const before = lease.epoch;
        await restart();
        expect(lease.epoch).toBeGreaterThan(before);
      });

      it('L4: a stale epoch can never commit, and nothing of what was refused is visible', async () => {
        await commit({ state: state('1') });
        const stale = lease;
        await acquire(pump);
        const refused: DeliveryCommit = {
          state: state('9'),
          open: attempt('late', ['9']),
          putDeferred: [straggler('9')],
          deadLetters: [deadLetter('9')],
          outcomes: [outcome('9', 'dead')],
        };
        await expect(store.commitDelivery(stale, refused)).rejects.toBeInstanceOf(LeaseLostError);
        expect((await store.getConnectionState(pump))?.cursor).toBe('1');
        expect(await store.getOpenAttempt(pump)).toBeUndefined();
        expect(await store.getDeferredDeliveries(pump, ['9'])).toEqual([]);
        expect(await store.listDeadLetters(pump, 10)).toEqual([]);
        expect((await store.getOutcomes(pump, ['9'])).size).toBe(0);
      });

      it('L4: a stale epoch cannot commit identity either', async () => {
        const stale = await acquire('identity:shop');
        await acquire('identity:shop');
        const late = { site: 'shop', cursor: '9', seen: [seen('9', 'server')], now: start };
        await expect(store.commitIdentity(stale, late)).rejects.toBeInstanceOf(LeaseLostError);
        expect(await store.getIdentityCursor('shop')).toBe('');
        expect(await store.findEvents('shop', 'ord-1')).toEqual([]);
      });

      it('L4: a refused commit takes nothing away from those that were made beside it', async () => {
        const stale = lease;
        lease = await acquire(pump);
        const answers = await Promise.allSettled([
          commit({ state: state('1') }),
          store.commitDelivery(stale, { state: state('9'), putDeferred: [straggler('9')] }),
          commit({ state: state('2'), putDeferred: [straggler('2')] }),
        ]);
        expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect((await store.getConnectionState(pump))?.cursor).toBe('2');
        expect((await store.getDeferredDeliveries(pump, ['2', '9'])).map(({ offset }) => offset)).toEqual(['2']);
      });
    });

    describe('commit', () => {
      const whole: Partial<DeliveryCommit> = {
        state: { ...state('7'), verdicts: '0101', inDoubt: 2 },
        open: attempt('a1', ['5', '6'], { cursorAfter: '7' }),
        putDeferred: [straggler('3', { reason: 'hold' })],
        deadLetters: [deadLetter('4')],
        outcomes: [outcome('3', 'waiting'), outcome('4', 'dead')],
        counts: [count('waiting'), count('dead')],
      };

      it('a connection that never ran has no state', async () => {
        expect(await store.getConnectionState('shop/never')).toBeUndefined();
        expect(await store.getNextDueTime(pump)).toBeUndefined();
      });

      it('all of a commit is there after a crash', async () => {
        await commit(whole);
        await restart();
        expect(await store.getConnectionState(pump)).toEqual(whole.state);
        expect(await store.getOpenAttempt(pump)).toMatchObject({ id: 'a1', cursorAfter: '7' });
        expect(await store.getDeferredDeliveries(pump, ['3'])).toEqual(whole.putDeferred);
        expect((await store.listDeadLetters(pump, 10)).map(({ offset }) => offset)).toEqual(['4']);
        expect(await store.countByOutcome(pump)).toEqual({ waiting: 1, dead: 1 });
      });

      it('of a commit that fails half way nothing is there', async () => {
        await commit({ state: state('1') });
        const broken = { ...straggler('3'), tries: Number.NaN };
        await expect(commit({ ...whole, putDeferred: [straggler('2'), broken] })).rejects.toThrow();
        expect((await store.getConnectionState(pump))?.cursor).toBe('1');
        expect(await store.getOpenAttempt(pump)).toBeUndefined();
        expect(await store.getDeferredDeliveries(pump, ['2', '3'])).toEqual([]);
        expect(await store.listDeadLetters(pump, 10)).toEqual([]);
        expect(await store.countByOutcome(pump)).toEqual({ waiting: 0 });
      });

      it('a pause and a breaker come back as they were', async () => {
        const issue = { field: 'settings.token', code: 'unauthorized', message: 'Make a new token.' };
        const kept: ConnectionState = {
          ...state('1'),
          pause: { cause: 'blocked', issue, since: start, probeAt: start + 60_000 },
          breaker: { failures: 6, recent: [{ at: start, failed: true }], failedProbes: 1, notBefore: start + 30_000 },
        };
        await commit({ state: kept });
        expect(await store.getConnectionState(pump)).toEqual(kept);
      });
    });

    describe('attempts', () => {
      it('an open attempt survives a crash byte for byte, and its digest is that of its body', async () => {
        const open = attempt('a1', ['5', '2', '9'], { cursorAfter: '9' });
        await commit({ open });
        await restart();
        expect(await store.getOpenAttempt(pump)).toEqual({ ...open, sent: 1 });
        const [record] = await store.listAttempts(pump, '2');
        expect(record).toMatchObject({ consumer: pump, body: open.body, offsets: ['5', '2', '9'] });
        expect(record?.bodySha256).toBe(createHash('sha256').update(open.body).digest('hex'));
      });

      it('without an answer it stays open, and each further send is counted', async () => {
        const open = attempt('a1', ['5']);
        await commit({ open });
        await commit({ settle: { id: 'a1', at: start, result: 'unknown', issues: [] } });
        expect(await store.getOpenAttempt(pump)).toEqual({ ...open, sent: 1 });
        await commit({ open: { ...open, startedAt: start + 5 } });
        expect(await store.getOpenAttempt(pump)).toEqual({ ...open, sent: 2 });
        await commit({ settle: { id: 'a1', at: start, result: 'delivered', status: 200, issues: [] } });
        expect(await store.getOpenAttempt(pump)).toBeUndefined();
      });

      it('each of the other results closes it, with what the vendor answered', async () => {
        for (const result of ['delivered', 'peel', 'split', 'retry', 'blocked'] as const) {
          await commit({ open: attempt(result, ['5'], { startedAt: start + result.length }) });
          const issues = [{ field: 'response', code: 'code', message: 'What to do.' }];
          await commit({ settle: { id: result, at: start + 9, result, status: 400, answer: '{"ok":0}', issues } });
          expect(await store.getOpenAttempt(pump)).toBeUndefined();
          const found = (await store.listAttempts(pump, '5')).find(({ id }) => id === result);
          expect(found?.settled).toEqual({ at: start + 9, result, status: 400, answer: '{"ok":0}', issues });
        }
      });

      it('those that covered an event are found by its offset, in the order of their start, for that pump alone', async () => {
        const settle = (id: string) => commit({ settle: { id, at: start, result: 'retry', issues: [] } });
        await commit({ open: attempt('late', ['1', '5', '9'], { startedAt: start + 2 }) });
        await settle('late');
        await commit({ open: attempt('beside', ['1', '9'], { startedAt: start + 1 }) });
        await settle('beside');
        await commit({ open: attempt('early', ['5'], { startedAt: start }) });
        expect((await store.listAttempts(pump, '5')).map(({ id }) => id)).toEqual(['early', 'late']);
        expect(await store.listAttempts('shop/bing-2', '5')).toEqual([]);
      });
    });

    describe('stragglers', () => {
      it('come due the earliest first, none before its time and no more than asked for', async () => {
        const rows = [straggler('1', { dueAt: start + 30 }), straggler('2', { dueAt: start + 10 }), straggler('3')];
        await commit({ putDeferred: rows });
        const due = async (now: number, limit = 10) =>
          (await store.findDueDeliveries(pump, now, limit)).map(({ offset }) => offset);
        expect(await due(start - 1)).toEqual([]);
        expect(await due(start + 10)).toEqual(['3', '2']);
        expect(await due(start + 99, 2)).toEqual(['3', '2']);
        expect(await due(start + 99)).toEqual(['3', '2', '1']);
        expect(await store.getNextDueTime(pump)).toBe(start);
        expect(await store.findDueDeliveries('shop/bing-2', start + 99, 10)).toEqual([]);
      });

      it('of one part travel together and alone', async () => {
        await commit({
          putDeferred: [
            straggler('1', { dueAt: start + 1 }),
            straggler('2', { reason: 'part', part: 'a.0' }),
            straggler('3', { reason: 'part', part: 'a.1' }),
            straggler('4', { reason: 'part', part: 'a.0', dueAt: start + 5 }),
          ],
        });
        expect((await store.findDueDeliveries(pump, start + 9, 10)).map(({ offset }) => offset)).toEqual(['2', '4']);
        await commit({ removeDeferred: ['2', '4', '3'] });
        expect((await store.findDueDeliveries(pump, start + 9, 10)).map(({ offset }) => offset)).toEqual(['1']);
      });

      it('trusted ones are due before all others, and without them unless they share a part', async () => {
        const early = straggler('1', { dueAt: start - 9 });
        const rows = [early, straggler('2', { isTrusted: true }), straggler('3', { isTrusted: true, dueAt: start + 1 })];
        await commit({ putDeferred: rows });
        const due = async (now: number, which?: 'trusted') =>
          (await store.findDueDeliveries(pump, now, 10, which)).map(({ offset, isTrusted: trusted = false }) => [
            offset,
            trusted,
          ]);
        expect(await due(start - 1)).toEqual([['1', false]]);
        expect(await due(start - 1, 'trusted')).toEqual([]);
        expect(await due(start + 9)).toEqual([
          ['2', true],
          ['3', true],
        ]);
        await commit({ putDeferred: [straggler('2', { isTrusted: true, part: 'a.0' }), straggler('4', { part: 'a.0' })] });
        expect(await due(start + 9)).toEqual([
          ['2', true],
          ['4', false],
        ]);
        expect(await due(start + 9, 'trusted')).toEqual([['2', true]]);
        expect((await store.getDeferredDeliveries(pump, ['1', '3'])).map(({ isTrusted: trusted }) => trusted)).toEqual([
          undefined,
          true,
        ]);
      });

      it('become trusted when a server or webhook reports their event, and not by the report of a browser', async () => {
        await commit({ putDeferred: [straggler('1'), straggler('2')] });
        await identify({ seen: [seen('1', 'browser'), seen('2', 'server', { id: 'ord-2' })] });
        await identify({ seen: [seen('3', 'webhook'), seen('4', 'browser', { id: 'ord-2' })] });
        const rows = await store.getDeferredDeliveries(pump, ['1', '2']);
        expect(rows.map(({ isTrusted: trusted = false, dueAt }) => [trusted, dueAt])).toEqual([
          [true, start],
          [false, start],
        ]);
      });

      it('one that is put again has its new time and no part any more, and one that is removed is gone', async () => {
        await commit({ putDeferred: [straggler('1', { reason: 'part', part: 'a.0' }), straggler('2')] });
        await commit({ putDeferred: [straggler('1', { dueAt: start + 7, tries: 2 })], removeDeferred: ['2', 'unheard-of'] });
        expect(await store.getDeferredDeliveries(pump, ['1', '2'])).toEqual([straggler('1', { dueAt: start + 7, tries: 2 })]);
        expect(await store.getNextDueTime(pump)).toBe(start + 7);
      });
    });

    describe('a clock that was set back', () => {
      it('gives a lease that is held to nobody else, and a renewal ends it as soon as ever', async () => {
        harness.setTime(start - 8 * 86_400_000);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeUndefined();
        await store.renewLease(lease, 30_000);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeUndefined();
        harness.setTime(start - 8 * 86_400_000 + 30_001);
        expect(await store.acquireLease(pump, 'two', 30_000)).toBeDefined();
        await expect(store.renewLease(lease, 30_000)).rejects.toThrow(LeaseLostError);
      });

      it('makes due at once what would wait longer than any straggler may, and nothing else', async () => {
        const ahead = start + 8 * 86_400_000;
        await commit({
          putDeferred: [
            straggler('1', { dueAt: ahead }),
            straggler('2', { reason: 'hold', dueAt: start + 3_600_000 }),
            straggler('3', { dueAt: start + 3_600_000 }),
            straggler('4', { reason: 'part', part: 'a.0', dueAt: start + 5 }),
          ],
        });
        expect(await store.getLastDueTime(pump)).toBe(ahead);
        await commit({ clockSetBackTo: start });
        const times = await store.getDeferredDeliveries(pump, ['1', '2', '3', '4']);
        expect(times.map(({ dueAt }) => dueAt)).toEqual([start, start, start + 3_600_000, start + 5]);
        expect(await store.getLastDueTime(pump)).toBe(start + 3_600_000);
        expect(await store.getLastDueTime('shop/bing-2')).toBeUndefined();
      });

      it('ends the wait of a pending event that would be longer than any', async () => {
        await identify({ pending: [{ offset: '1', until: start + 8 * 86_400_000 }] });
        expect(await store.findExpiredPending('shop', start)).toEqual(['1']);
      });
    });

    describe('what became of events', () => {
      it('dead letters keep the bytes and the reasons, the newest first and no more than asked for', async () => {
        const letters = [deadLetter('1'), deadLetter('3', { at: start + 1, cause: 'corrupt' }), deadLetter('2')];
        await commit({ deadLetters: letters });
        const found = await store.listDeadLetters(pump, 10);
        expect(found.map(({ offset }) => offset)).toEqual(['3', '2', '1']);
        expect(found[2]).toEqual({ ...deadLetter('1'), bytes: Buffer.from(deadLetter('1').bytes) });
        expect((await store.listDeadLetters(pump, 1)).map(({ offset }) => offset)).toEqual(['3']);
        expect(await store.listDeadLetters('shop/bing-2', 10)).toEqual([]);
      });

      it('the latest outcome wins, its issues with it', async () => {
        const issues = [{ field: 'pageTitle', code: 'TooLong', message: 'Shorten it.' }];
        await commit({ outcomes: [outcome('1', 'waiting'), outcome('2', 'duplicate'), outcome('4', 'dead')] });
        await commit({ outcomes: [{ offset: '1', outcome: 'delivered', issues }] });
        const found = await store.getOutcomes(pump, ['4', '1', '2', '3']);
        expect(Object.fromEntries(found)).toEqual({
          1: { offset: '1', outcome: 'delivered', issues },
          2: outcome('2', 'duplicate'),
          4: outcome('4', 'dead'),
        });
        expect((await store.getOutcomes(pump, [])).size).toBe(0);
        expect((await store.getOutcomes('shop/bing-2', ['1'])).size).toBe(0);
      });

      it('a dead letter that is taken away is gone, and the one that takes its place stays', async () => {
        await commit({ deadLetters: [deadLetter('1'), deadLetter('2')] });
        await commit({ removeDeadLetters: ['1', '2'], deadLetters: [deadLetter('2', { cause: 'expired' })] });
        expect((await store.listDeadLetters(pump, 10)).map(({ offset, cause }) => [offset, cause])).toEqual([['2', 'expired']]);
      });

      it('tells where dead letters are: those of a list, or the next ones after a place', async () => {
        await commit({ deadLetters: ['5', '1', '3'].map((offset) => deadLetter(offset)) });
        expect(await store.findDeadLetterOffsets(pump, ['3', '4', '1'])).toEqual(['1', '3']);
        expect(await store.findDeadLetterOffsets(pump, { after: '', limit: 2 })).toEqual(['1', '3']);
        expect(await store.findDeadLetterOffsets(pump, { after: '3', limit: 2 })).toEqual(['5']);
        expect(await store.findDeadLetterOffsets('shop/bing-2', { after: '', limit: 2 })).toEqual([]);
      });

      it('a stretch that expired is taken away by its end', async () => {
        for (const [after, through] of [
          ['0', '2'],
          ['4', '9'],
        ] as const)
          await commit({ expired: { after, lastOffset: through, events: 1, at: start } });
        await commit({ removeExpired: ['2', '4'] });
        expect((await store.listExpiredRanges(pump)).map(({ lastOffset: through }) => through)).toEqual(['9']);
      });

      it('what a replay puts up and how far it has come are there after a crash, both or neither', async () => {
        const replay = { since: 1, until: 2, again: false, cursor: '3', through: '9', passed: 3, sent: 1 };
        await commit({ deadLetters: [deadLetter('3')], counts: [count('dead')] });
        const page = {
          state: { ...state('9'), replay },
          putDeferred: [straggler('3', { isResend: true })],
          removeDeadLetters: ['3'],
          outcomes: [outcome('3', 'waiting')],
          counts: [count('dead', -1), count('waiting')],
        };
        await expect(commit({ ...page, putDeferred: [{ ...straggler('3'), tries: Number.NaN }] })).rejects.toThrow();
        await restart();
        expect((await store.getConnectionState(pump))?.replay).toBeUndefined();
        expect(await store.countByOutcome(pump)).toEqual({ dead: 1, waiting: 0 });
        await commit(page);
        await restart();
        expect((await store.getConnectionState(pump))?.replay).toEqual(replay);
        expect(await store.listDeadLetters(pump, 9)).toEqual([]);
        expect(await store.getDeferredDeliveries(pump, ['3'])).toEqual([straggler('3', { isResend: true })]);
        expect((await store.getOutcomes(pump, ['3'])).get('3')?.outcome).toBe('waiting');
        expect(await store.countByOutcome(pump)).toEqual({ dead: 0, waiting: 1 });
      });

      it('counts add up over all commits, and an event that comes to another outcome leaves its earlier one', async () => {
        await commit({ counts: [count('delivered'), count('waiting')] });
        await commit({ counts: [count('delivered'), count('bot')] });
        expect(await store.countByOutcome(pump)).toEqual({ delivered: 2, waiting: 1, bot: 1 });
        await commit({ counts: [count('delivered'), count('waiting', -1)] });
        expect(await store.countByOutcome(pump)).toEqual({ delivered: 3, waiting: 0, bot: 1 });
        expect(await store.countByOutcome('shop/bing-2')).toEqual({ waiting: 0 });
      });
    });

    describe('what was counted', () => {
      const hour = 12 * countBucketMs;
      const counted = (pumps = [pump], stretchMs = hour) => store.getEventCounts('shop', pumps, start, start + hour, stretchMs);
      const ended = async (stretchMs = hour) => (await counted([pump], stretchMs)).connections.get(pump)?.outcomes;

      it('each event once, however often it is seen, and in the step in which the log took it', async () => {
        const next = { at: start + countBucketMs + 1 };
        const page = {
          cursor: '3',
          seen: [seen('1', 'browser'), seen('2', 'server', next), seen('3', 'server', { id: 'ord-3' })],
        };
        await identify(page);
        await identify(page);
        await restart();
        await identify(page);
        await identify({ cursor: '4', seen: [seen('4', 'webhook', next)] });
        expect(await counted()).toMatchObject({
          identityCursor: '4',
          received: [
            { step: start, events: 2, copies: 0 },
            { step: start + countBucketMs, events: 0, copies: 2 },
          ],
        });
        expect(await store.countReceivedAfter('shop', start)).toBe(2);
        expect(await store.countReceivedAfter('shop-2', start - 1)).toBe(0);
        expect(await store.getCountingStart()).toBe(0);
      });

      it('outcomes in stretches of any length, of the connections and the time that were asked for', async () => {
        await commit({
          counts: [count('delivered', 3), count('waiting', 2, start + countBucketMs), count('bot', 1, start + hour)],
        });
        await commit({ counts: [count('waiting', -2, start + countBucketMs), count('delivered', 2, start + countBucketMs)] });
        expect(await ended()).toEqual([{ stretch: 0, outcome: 'delivered', events: 5 }]);
        expect(await ended(countBucketMs)).toEqual([
          { stretch: 0, outcome: 'delivered', events: 3 },
          { stretch: 1, outcome: 'delivered', events: 2 },
        ]);
        const { connections } = await counted([pump, 'shop/never']);
        expect(connections.get('shop/never')).toEqual({ outcomes: [] });
        expect(connections.get(pump)?.state?.cursor).toBe('0');
      });

      it('with the commit that brought it or not at all', async () => {
        await commit({ counts: [count('delivered', 3)] });
        const stale = lease;
        await acquire(pump);
        await expect(store.commitDelivery(stale, { state: state('1'), counts: [count('delivered', 3)] })).rejects.toThrow(
          LeaseLostError,
        );
        lease = await acquire(pump);
        await expect(commit({ counts: [count('delivered', Number.NaN)] })).rejects.toThrow();
        await restart();
        expect(await ended()).toEqual([{ stretch: 0, outcome: 'delivered', events: 3 }]);
      });

      it('until it is too old, a part at a time; the sums of all time stay', async () => {
        const steps = Array.from({ length: 7 }, (_, index) => start - (index + 1) * countBucketMs);
        await identify({ cursor: '9', seen: steps.map((at, index) => seen(String(index), 'server', { at, id: `o-${index}` })) });
        await identify({ cursor: 'a', seen: [seen('a', 'server', { id: 'young' })] });
        await commit({ counts: [...steps, start].map((step) => count('delivered', 1, step)) });
        const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: start };
        const gone: number[] = [];
        for (let some = 1; some > 0; gone.push(some)) some = await store.removeExpired('shop', what, 3);
        expect(gone).toEqual([6, 6, 2, 0]);
        const { received, connections } = await store.getEventCounts('shop', [pump], 0, start + hour, hour * 1e6);
        expect(received).toEqual([{ step: start, events: 1, copies: 0 }]);
        expect(connections.get(pump)?.outcomes).toMatchObject([{ outcome: 'delivered', events: 1 }]);
        expect(await store.countByOutcome(pump)).toMatchObject({ delivered: 8 });
      });
    });

    describe('what a connection has not sent', () => {
      it('is told in numbers, with the time of the oldest event', async () => {
        expect(await store.getUnsent('shop', pump)).toEqual({ waiting: 0, deadLetters: 0 });
        const expired = { after: '0', lastOffset: '1', events: 40, at: start };
        await identify({ index: ['1', '3', '5', '7'].map((offset) => indexed(offset, { time: start - Number(offset) })) });
        await commit({ state: state('4'), putDeferred: [straggler('1')], deadLetters: [deadLetter('3')], expired });
        expect(await store.getUnsent('shop', pump)).toEqual({ waiting: 1, deadLetters: 41, oldest: start - 7 });
        await commit({ state: state('7') });
        expect(await store.getUnsent('shop', pump)).toEqual({ waiting: 1, deadLetters: 41, oldest: start - 1 });
        const confirm = straggler('1', { reason: 'confirm', dueAt: start + 86_400_000 });
        await commit({ state: state('7'), putDeferred: [confirm] });
        expect(await store.getUnsent('shop', pump)).toEqual({ waiting: 1, deadLetters: 41 });
        await commit({ state: state('7'), removeDeferred: ['1'] });
        expect(await store.getUnsent('shop', pump)).toEqual({ waiting: 0, deadLetters: 41 });
      });
    });

    describe('purchases', () => {
      it('are told in log order and in pages, each once with all its reporters', async () => {
        const named = (offset: string, more: Partial<IndexEntry> = {}) => indexed(offset, { id: 'ord-1', ...more });
        await identify({
          seen: [seen('2', 'browser'), seen('4', 'webhook'), seen('5', 'server', { id: 'ord-5' })],
          index: [
            named('2', { time: start - 9 }),
            indexed('3', { name: 'Lead' }),
            named('4', { reporter: 'webhook', orderId: '1001' }),
            indexed('5', { reporter: 'server' }),
          ],
        });
        await identify({ index: [indexed('6')] }, 'shop-2');
        const [told, next] = [
          { offset: '2', receivedAt: start, time: start, id: 'ord-1', reporters: ['browser', 'webhook'], orderId: '1001' },
          { offset: '5', receivedAt: start, time: start, id: 'ord-5', reporters: ['server'] },
        ];
        expect(await store.listPurchases('shop', '', '9', 9)).toEqual([told, next]);
        expect(await store.listPurchases('shop', '', '9', 1)).toEqual([told]);
        expect(await store.listPurchases('shop', '2', '5', 9)).toEqual([next]);
        expect(await store.listPurchases('shop', '2', '4', 9)).toEqual([]);
      });

      it('counts the purchases that browsers alone reported, up to a number', async () => {
        await identify({
          seen: [seen('1', 'browser'), seen('4', 'server')],
          index: [
            indexed('1', { id: 'ord-1' }),
            indexed('2'),
            indexed('3', { name: 'Lead' }),
            indexed('4', { id: 'ord-1', reporter: 'server' }),
            indexed('5', { reporter: 'webhook' }),
            indexed('6'),
            indexed('7'),
          ],
        });
        await identify({ index: [indexed('8')] }, 'shop-2');
        expect(await store.countBrowserPurchases('shop', '', 9)).toEqual({ count: 3, last: '7' });
        expect(await store.countBrowserPurchases('shop', '', 2)).toEqual({ count: 2, last: '6' });
        expect(await store.countBrowserPurchases('shop', '2', 9)).toEqual({ count: 2, last: '7' });
        expect(await store.countBrowserPurchases('shop', '7', 9)).toEqual({ count: 0 });
      });

      it('keeps what browsers used of a day, across a crash', async () => {
        expect(await store.getBrowserUsage('shop')).toBeUndefined();
        await identify({ browserUse: { day: 20_000, visitors: 3, links: 9 } });
        await identify({});
        await restart();
        expect(await store.getBrowserUsage('shop')).toEqual({ day: 20_000, visitors: 3, links: 9 });
        await identify({ browserUse: { day: 20_001, visitors: 1, links: 0 } });
        expect(await store.getBrowserUsage('shop')).toEqual({ day: 20_001, visitors: 1, links: 0 });
        expect(await store.getBrowserUsage('shop-2')).toBeUndefined();
      });

      it('finds what a server or webhook reported, also where a browser reported the event first', async () => {
        await identify({
          seen: [seen('1', 'browser'), seen('2', 'server', { id: 'ord-2' }), seen('5', 'webhook')],
          index: [
            indexed('1', { id: 'ord-1' }),
            indexed('2', { reporter: 'server' }),
            indexed('3'),
            indexed('5', { id: 'ord-1', reporter: 'webhook' }),
            indexed('6', { reporter: 'webhook' }),
          ],
        });
        const [first, second, copy, last] = [
          { offset: '1', primary: '1' },
          { offset: '2', primary: '2' },
          { offset: '5', primary: '1' },
          { offset: '6', primary: '6' },
        ];
        const find = (after: string, through: string, limit = 9) => store.findTrustedReports('shop', after, through, limit);
        expect(await find('', '6')).toEqual({ reports: [first, second, copy, last], through: '6', others: 1 });
        expect(await find('', '6', 2)).toEqual({ reports: [first, second], through: '2', others: 0 });
        expect(await find('2', '5')).toEqual({ reports: [copy], through: '5', others: 1 });
        expect(await find('5', '9')).toEqual({ reports: [last], through: '9', others: 0 });
        expect(await store.findTrustedReports('shop-2', '', '9', 9)).toEqual({ reports: [], through: '9', others: 0 });
      });
    });

    describe('the search for events', () => {
      const search = async (of: Partial<EventSearch> = {}, site = 'shop') =>
        (await store.searchEvents(site, { limit: 1_000, ...of })).offsets;
      const ended = (...any: NonNullable<EventSearch['outcomes']>['any']) => ({ outcomes: { pumps: [pump], any } });

      it('finds what was indexed of its site, the newest first', async () => {
        await identify({ index: [indexed('2'), indexed('1'), indexed('3')] });
        await identify({ index: [indexed('4')] }, 'shop-2');
        expect(await search()).toEqual(['3', '2', '1']);
        expect(await search({}, 'shop-2')).toEqual(['4']);
        expect(await search({}, 'shop-3')).toEqual([]);
      });

      it.each([1, 7, 1_000])('pages of %d are without gaps and repeats, also where few match', async (limit) => {
        const offsets = Array.from({ length: 2_500 }, (_, index) => String(index).padStart(4, '0'));
        const name = (offset: string) => (Number(offset) % 400 === 3 ? 'Lead' : 'Purchase');
        await identify({ index: offsets.map((offset) => indexed(offset, { name: name(offset) })) });
        const leads = offsets.filter((offset) => name(offset) === 'Lead').reverse();
        await commit({ outcomes: leads.map((offset) => outcome(offset, 'delivered')) });
        const wanted: [string[], Partial<EventSearch>][] = [
          [offsets.toReversed().slice(0, limit * 9), {}],
          [leads, { names: ['Lead'] }],
          [leads, ended('delivered')],
        ];
        for (const [all, of] of wanted) {
          const found: string[] = [];
          let before: string | undefined = '~';
          while (before !== undefined && found.length < all.length) {
            const page: Awaited<ReturnType<Store['searchEvents']>> = await store.searchEvents('shop', { ...of, limit, before });
            expect(page.offsets.length).toBeLessThanOrEqual(limit);
            found.push(...page.offsets);
            before = page.before;
          }
          expect(found).toEqual(all);
        }
      });

      it('each filter takes what it names, and several take what all of them do', async () => {
        await identify({
          index: [
            indexed('1', { name: 'PageView', keys: ['visitor'] }),
            indexed('2', { reporter: 'server', keys: ['email', 'visitor'], time: start - 5 }),
            indexed('3', { reporter: 'webhook', keys: ['email', 'phone'], orderId: '10_01', time: start + 5 }),
            indexed('4', { name: 'Lead', id: 'Form%7', keys: ['email', 'msclkid', 'external-id', 'address', 'agent'] }),
          ],
        });
        const wanted: [string[], Partial<EventSearch>][] = [
          [['1'], { names: ['PageView'] }],
          [['4', '1'], { names: ['PageView', 'Lead'] }],
          [['3', '2'], { reporters: ['server', 'webhook'] }],
          [['4', '3', '2'], { has: ['email'] }],
          [['2'], { has: ['email', 'visitor'] }],
          [['4', '3'], { lacks: ['visitor'] }],
          [['4'], { has: ['email'], lacks: ['visitor', 'phone'] }],
          [['4', '3', '1'], { since: start }],
          [['2'], { until: start }],
          [['4', '1'], { since: start, until: start + 5 }],
          [['3', '2', '1'], { text: 'ORD' }],
          [['4'], { text: 'm%7' }],
          [['3'], { text: '0_0' }],
          [[], { text: 'd%7' }],
          [['3'], { names: ['Purchase'], has: ['email'], lacks: ['visitor'], text: 'ord', reporters: ['webhook'], since: start }],
          [[], { names: ['Lead'], has: ['phone'] }],
          [[], { names: [] }],
          [['4', '3'], { among: 2 }],
          [['4'], { among: 3, names: ['PageView', 'Lead'] }],
          [['4', '3', '2', '1'], { among: 9 }],
        ];
        for (const [offsets, of] of wanted) expect(await search(of), JSON.stringify(of)).toEqual(offsets);
      });

      it('a copy adds who reported it and what it knows to its first, and is no event of its own', async () => {
        const first = indexed('1', { id: 'ord-1', keys: ['visitor'] });
        const copy = indexed('2', { id: 'ord-1', reporter: 'server', keys: ['email'], orderId: '1001' });
        await identify({ seen: [seen('1', 'browser')], index: [first] });
        await identify({ seen: [seen('2', 'server')], index: [copy] });
        expect(await search()).toEqual(['1']);
        for (const reporter of ['browser', 'server'] as const) expect(await search({ reporters: [reporter] })).toEqual(['1']);
        expect(await search({ has: ['email', 'visitor'], text: '1001' })).toEqual(['1']);
        expect(await search({ lacks: ['email'] })).toEqual([]);
      });

      it.each([
        ['first', 0],
        ['copy', 1],
      ] as const)('a denial by the %s leaves the event no match key and no order', async (_, by) => {
        const consents = [1, 0].map((other) => {
          const said = by === other ? 'granted' : 'denied';
          return { stated: said, effective: said } as const;
        });
        const keys = ['email'] as const;
        await identify({
          seen: [seen('1', 'browser'), seen('2', 'server')],
          index: [
            indexed('1', { id: 'ord-1', orderId: 'first', keys, ...(consents[0] && { consent: consents[0] }) }),
            indexed('2', { id: 'ord-1', orderId: 'copy', keys, ...(consents[1] && { consent: consents[1] }) }),
          ],
        });
        expect(await search({ lacks: ['email'] })).toEqual(['1']);
        expect([...(await search({ text: 'first' })), ...(await search({ text: 'copy' }))]).toEqual([]);
      });

      it("has the time, the arrival and the order of the shop's report, whichever came first", async () => {
        const claim = indexed('1', { id: 'ord-1', time: start - 9_000, receivedAt: start - 8_000, orderId: 'claimed' });
        const sale = indexed('2', { id: 'ord-1', reporter: 'webhook', time: start, receivedAt: start + 1, orderId: '1001' });
        const late = indexed('3', { id: 'ord-1', reporter: 'server', time: start + 5, receivedAt: start + 6, orderId: '1001' });
        const purchase = { offset: '1', id: 'ord-1', orderId: '1001' };
        await identify({ seen: [seen('1', 'browser')], index: [claim] });
        await identify({ seen: [seen('2', 'webhook')], index: [sale] });
        expect(await store.listPurchases('shop', '', '9', 10)).toMatchObject([
          { ...purchase, time: start, receivedAt: start + 1 },
        ]);
        await identify({ seen: [seen('3', 'server')], index: [late] });
        await identify({ index: [claim, sale] });
        expect(await store.listPurchases('shop', '', '9', 10)).toMatchObject([
          { ...purchase, time: start + 5, receivedAt: start + 6 },
        ]);
      });

      it.each([
        ['an hour', 3_600_000, ['1']],
        ['longer', 3_600_001, []],
      ])("a browser's denial counts against the shop's grant if both came within an hour: %s", async (_, apart, denied) => {
        const keys = ['email'] as const;
        const denial = { stated: 'denied', effective: 'denied' } as const;
        const reports = [
          indexed('1', { id: 'ord-1', consent: denial, receivedAt: start - apart }),
          indexed('2', { id: 'ord-1', reporter: 'server', keys, orderId: '1001' }),
        ];
        await identify({ seen: [seen('1', 'browser'), seen('2', 'server')], index: reports });
        expect(await search({ lacks: ['email'] })).toEqual(denied);
        await identify({ index: reports });
        expect(await search({ lacks: ['email'] })).toEqual(denied);
        expect(await search({ text: '1001' })).toEqual(denied.length > 0 ? [] : ['1']);
      });

      it('indexing the same again changes nothing', async () => {
        const delta = {
          seen: [seen('1', 'browser'), seen('2', 'server')],
          index: [indexed('1', { keys: ['visitor'] }), indexed('2', { reporter: 'server', keys: ['email'] })],
        };
        await identify(delta);
        await identify(delta);
        expect(await search()).toEqual(['1']);
        expect(await search({ has: ['email', 'visitor'], lacks: ['phone'], reporters: ['server'] })).toEqual(['1']);
        expect(await search({ reporters: ['webhook'] })).toEqual([]);
      });

      it.each(['1', '2'])('once report %s is taken from the log, match keys and order are forgotten', async (gone) => {
        await identify({
          seen: [seen('1', 'browser'), seen('2', 'server')],
          index: [
            indexed('1', { keys: ['visitor'] }),
            indexed('2', { keys: ['email'], orderId: '1001' }),
            indexed('3', { keys: ['email'] }),
          ],
        });
        await identify({ absent: [{ offset: gone, reason: 'consent-denied' }] });
        expect(await search({ lacks: ['visitor', 'email'] })).toEqual(['1']);
        expect(await search({ has: ['email'] })).toEqual(['3']);
        expect(await search({ text: '1001' })).toEqual([]);
      });

      it('the latest outcome is what counts, on each of the connections that are asked of', async () => {
        await identify({ index: ['1', '2', '3', '4', '5'].map((offset) => indexed(offset)) });
        await commit({ outcomes: [outcome('1', 'waiting'), outcome('2', 'delivered'), outcome('3', 'bot')] });
        await commit({ outcomes: [outcome('4', 'waiting'), outcome('5', 'waiting')] });
        expect(await search(ended('waiting'))).toEqual(['5', '4', '1']);
        await commit({ outcomes: [outcome('1', 'delivered'), outcome('5', 'dead')] });
        const other = 'shop/other';
        await store.commitDelivery(await acquire(other), { state: state('0'), outcomes: [outcome('3', 'delivered')] });
        const wanted: [string[], EventSearch['outcomes']][] = [
          [['2', '1'], { pumps: [pump], any: ['delivered'] }],
          [['3'], { pumps: [other], any: ['delivered'] }],
          [['3', '2', '1'], { pumps: [pump, other], any: ['delivered'] }],
          [['4'], { pumps: [pump], any: ['waiting'] }],
          [['5', '3'], { pumps: [pump], any: ['dead', 'bot'] }],
          [['5', '4', '2', '1'], { pumps: [other], any: ['undelivered'] }],
          [['5'], { pumps: [pump], any: ['undelivered', 'dead'] }],
          [[], { pumps: [pump], any: ['filtered'] }],
          [[], { pumps: [], any: ['delivered', 'undelivered'] }],
        ];
        for (const [offsets, outcomes] of wanted)
          expect(await search(outcomes && { outcomes }), JSON.stringify(outcomes)).toEqual(offsets);
      });

      it('finds by the latest outcome in whatever order and stretches outcomes came', async () => {
        const offsets = Array.from({ length: 300 }, (_, index) => String(index).padStart(4, '0'));
        await identify({ index: offsets.map((offset) => indexed(offset)) });
        const outcomes = ['delivered', 'waiting', 'dead', 'bot', 'filtered'] as const;
        const known = new Map<string, EventOutcomeEntry['outcome']>();
        let drawn = 7;
        const draw = (below: number) => {
          drawn = (drawn * 48_271) % 2_147_483_647;
          return drawn % below;
        };
        let cursor = 20;
        while (cursor < 280) {
          const next = cursor + 1 + draw(25);
          const inRow = offsets.slice(cursor, next);
          const beside = offsets.slice(20, cursor).filter(() => draw(40) === 0);
          for (const some of [inRow, beside]) {
            const entries = some.map((offset) => outcome(offset, outcomes[draw(outcomes.length)] ?? 'dead'));
            for (const { offset, outcome: of } of entries) known.set(offset, of);
            if (entries.length > 0) await commit({ state: state(inRow.at(-1) ?? ''), outcomes: entries });
          }
          cursor = next;
        }
        for (const any of [...outcomes, 'undelivered'] as const) {
          const expected = offsets.filter((offset) => (known.get(offset) ?? 'undelivered') === any).reverse();
          expect(expected.length).toBeGreaterThan(0);
          expect(await search(ended(any)), any).toEqual(expected);
          const either = offsets.filter((offset) => [any, 'dead'].includes(known.get(offset) ?? 'undelivered')).reverse();
          expect(await search({ ...ended(any, 'dead'), text: '-01' }), any).toEqual(either.filter((one) => one.startsWith('01')));
        }
        for (const some of [offsets, offsets.filter(() => draw(20) === 0)]) {
          const found = await store.getOutcomes(pump, some);
          expect(some.map((offset) => found.get(offset)?.outcome)).toEqual(some.map((offset) => known.get(offset)));
        }
      });

      it('undelivered is what stands before all that the connection settled, and what comes after its cursor', async () => {
        await identify({ index: ['1', '2', '3', '4', '5'].map((offset) => indexed(offset)) });
        await commit({ state: state('1') });
        expect(await search(ended('undelivered'))).toEqual(['5', '4', '3', '2', '1']);
        await commit({ state: state('3'), outcomes: [outcome('2', 'waiting'), outcome('3', 'delivered')] });
        expect(await search(ended('undelivered'))).toEqual(['5', '4', '1']);
        await commit({ state: state('3'), outcomes: [outcome('2', 'delivered')] });
        expect(await search(ended('undelivered', 'waiting'))).toEqual(['5', '4', '1']);
        await commit({ state: state('5'), outcomes: [outcome('4', 'delivered'), outcome('5', 'bot')] });
        expect(await search(ended('undelivered', 'bot'))).toEqual(['5', '1']);
      });

      it('copies are found by their own outcome, `duplicate`, and by what is known of their event', async () => {
        await identify({
          seen: [
            seen('1', 'browser'),
            seen('2', 'server'),
            seen('3', 'browser', { name: 'Lead' }),
            seen('4', 'server', { name: 'Lead' }),
          ],
          index: [indexed('1'), indexed('2'), indexed('3', { name: 'Lead' }), indexed('4', { name: 'Lead' })],
        });
        await commit({ outcomes: ['1', '3'].map((offset) => outcome(offset, 'delivered')) });
        await commit({ outcomes: ['2', '4'].map((offset) => outcome(offset, 'duplicate')) });
        expect(await search(ended('duplicate'))).toEqual(['4', '2']);
        expect(await search({ ...ended('duplicate'), names: ['Lead'] })).toEqual(['4']);
        expect(await search(ended('duplicate', 'delivered'))).toEqual(['4', '3', '2', '1']);
        expect(await search(ended('undelivered'))).toEqual([]);
      });

      it('all of it is there after a crash', async () => {
        await identify({ index: [indexed('1', { keys: ['email'] })] });
        await restart();
        expect(await search({ has: ['email'] })).toEqual(['1']);
      });
    });

    describe('match quality', () => {
      const day = '2026-11-24';
      const count = (more: Partial<MatchCount> = {}): MatchCount => ({
        day,
        eventName: 'Purchase',
        delivered: 2,
        had: { email: 2, msclkid: 1 },
        lacked: { msclkid: { 'no-click': 1 }, phone: { anonymous: 1, 'not-collected': 1 } },
        ...more,
      });
      const all = (of = pump) => store.getMatchCounts(of, '0000-00-00', '9999-12-31');

      it('increments add up, by day and name, and are those of one connection', async () => {
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
        expect(await store.getMatchCounts(pump, '2026-11-25', '2026-11-25')).toEqual([count({ day: '2026-11-25' })]);
        expect(await store.getMatchCounts(pump, '2026-11-26', '9999-12-31')).toEqual([]);
      });

      it('they are there after a crash, and the next ones are added to them', async () => {
        await commit({ matches: [count()] });
        await restart();
        await commit({ matches: [count()] });
        expect(await all()).toMatchObject([{ delivered: 4, had: { email: 4, msclkid: 2 } }]);
      });

      it('of a commit that fails, or is fenced off, nothing is counted', async () => {
        await commit({ matches: [count()] });
        const broken = { ...straggler('3'), tries: Number.NaN };
        await expect(commit({ matches: [count()], putDeferred: [broken] })).rejects.toThrow();
        await expect(commit({ matches: [count(), count({ delivered: Number.NaN })] })).rejects.toThrow();
        const stale = lease;
        await acquire(pump);
        await expect(store.commitDelivery(stale, { state: state('9'), matches: [count()] })).rejects.toBeInstanceOf(
          LeaseLostError,
        );
        expect(await all()).toEqual([count()]);
      });

      it('a day is forgotten once one that is 400 days younger is counted, of the same connection', async () => {
        const other = await acquire('shop/bing-2');
        await store.commitDelivery(other, { state: state('0'), matches: [count()] });
        await commit({ matches: [count(), count({ day: '2026-11-25' })] });
        await commit({ matches: [count({ day: '2027-12-29' })] });
        expect((await all()).map((one) => one.day)).toEqual([day, '2026-11-25', '2027-12-29']);
        await commit({ matches: [count({ day: '2027-12-30' })] });
        expect((await all()).map((one) => one.day)).toEqual(['2026-11-25', '2027-12-29', '2027-12-30']);
        expect(await all('shop/bing-2')).toHaveLength(1);
      });

      it('of one day 200 names are counted each for itself, and whoever invents more fills nothing', async () => {
        const names = Array.from({ length: 203 }, (_, index) => `name_${String(index).padStart(3, '0')}`);
        await commit({ matches: names.map((eventName) => count({ eventName })) });
        await commit({ matches: [count({ eventName: 'name_000' }), count({ eventName: 'another' })] });
        const counted = await all();
        expect(counted).toHaveLength(201);
        expect(counted.find(({ eventName }) => eventName === '(other)')?.delivered).toBe(8);
        expect(counted.find(({ eventName }) => eventName === 'name_000')?.delivered).toBe(4);
      });
    });

    describe('identity', () => {
      const copies = async (site = 'shop') => Object.fromEntries(await store.findDuplicates(site, '', '~'));

      it('the first report of an event is its first, and every later one a copy of it, in one commit or in several', async () => {
        await identify({ seen: [seen('1', 'browser'), seen('2', 'server')], cursor: '2' });
        await identify({ seen: [seen('3', 'webhook')], cursor: '3' });
        expect(await copies()).toEqual({ 2: '1', 3: '1' });
        expect(await store.findDuplicates('shop', '3', '3')).toEqual(new Map([['3', '1']]));
        expect(await store.findDuplicatesByPrimary('shop', ['1', '2'])).toEqual(new Map([['1', ['2', '3']]]));
        expect(await store.getIdentityCursor('shop')).toBe('3');
      });

      it.each([
        ['browser', 'server'],
        ['server', 'browser'],
        ['webhook', 'browser'],
      ] as const)('whoever reports first is the first: %s before %s', async (one, other) => {
        await identify({ seen: [seen('1', one), seen('2', other)] });
        expect(await copies()).toEqual({ 2: '1' });
      });

      it('another name, another id and another site are other events', async () => {
        await identify({
          seen: [seen('1', 'browser'), seen('2', 'server', { name: 'Lead' }), seen('3', 'server', { id: 'ord-2' })],
        });
        await identify({ seen: [seen('4', 'server')] }, 'shop-2');
        expect(await copies()).toEqual({});
        expect(await copies('shop-2')).toEqual({});
      });

      it('seeing the same records again changes nothing', async () => {
        const delta = {
          seen: [seen('1', 'browser'), seen('2', 'server')],
          cursor: '2',
          pending: [{ offset: '2', until: start + 90 }],
          absent: [{ offset: '7', reason: 'erased' as const }],
        };
        const look = async () => ({
          copies: await copies(),
          find: await store.findEvents('shop', 'ord-1'),
          pending: await store.findExpiredPending('shop', start + 90),
          absent: await store.getAbsentReasons('shop', ['7']),
          reporters: await store.getPurchaseReporters('shop', start),
        });
        await identify(delta);
        const before = await look();
        await identify(delta);
        expect(await look()).toEqual(before);
        expect(before.copies).toEqual({ 2: '1' });
      });

      it('a first that is out of its time is replaced by the next report', async () => {
        await identify({ seen: [seen('1', 'browser')] });
        await identify({ seen: [seen('2', 'server', { keepUntil: start + 9_000 })], now: start + 1_001 });
        await identify({ seen: [seen('3', 'webhook')], now: start + 2_000 });
        expect(await copies()).toEqual({ 3: '2' });
        expect(await store.findEvents('shop', 'ord-1')).toEqual(['2']);
      });

      it('a copy releases what was held for it, on every connection of its own site and on no other', async () => {
        const later = start + 90_000;
        const pumps = ['shop/bing', 'shop/other', 'shop-2/bing', 'sho/bing', 'shop0/bing', 'shopping/bing'];
        for (const id of pumps)
          await store.commitDelivery(await acquire(id), {
            state: state('1'),
            putDeferred: [
              straggler('1', { reason: 'hold', dueAt: later }),
              straggler('2', { reason: 'hold', dueAt: later }),
              straggler('3', { reason: 'retry', dueAt: later }),
            ],
          });
        await identify({
          seen: [
            seen('1', 'browser'),
            seen('3', 'browser', { id: 'ord-3' }),
            seen('8', 'server'),
            seen('9', 'server', { id: 'ord-3' }),
          ],
          now: start + 5,
        });
        const dueAt = async (id: string) =>
          (await store.getDeferredDeliveries(id, ['1', '2', '3'])).map((row) => row.dueAt - start);
        expect(await dueAt('shop/bing')).toEqual([5, 90_000, 90_000]);
        expect(await dueAt('shop/other')).toEqual([5, 90_000, 90_000]);
        for (const id of pumps.slice(2)) expect(await dueAt(id), id).toEqual([90_000, 90_000, 90_000]);
      });

      it('a hold that begins after its copy came is due at once, and one that knew of it is not', async () => {
        await identify({ seen: [seen('1', 'browser'), seen('2', 'webhook')] });
        const hold = (offset: string, copies: number) =>
          straggler(offset, { reason: 'hold', dueAt: start + 60_000, tries: 0, knownDuplicates: copies });
        await commit({ putDeferred: [hold('1', 0)] });
        expect(await store.findDueDeliveries(pump, start, 10)).toMatchObject([{ offset: '1' }]);
        await commit({ putDeferred: [hold('1', 1)] });
        expect(await store.findDueDeliveries(pump, start, 10)).toEqual([]);
      });

      it('answers of profiles no more than 4 MiB, and of few visitors always', async () => {
        const largest = mergeProfiles(createLargeProfile('v', start), emptyProfile);
        const visitors = Array.from({ length: 340 }, (_, index) => `v${index}`);
        await identify({ facts: visitors.map((visitor) => ({ visitor, facts: largest })) });
        await expect(store.getProfiles('shop', [...visitors, 'nobody'])).rejects.toThrow(ProfilesTooLargeError);
        const some = visitors.slice(0, visitorsAtOnce);
        expect(await store.getProfiles('shop', some)).toEqual(new Map(some.map((visitor) => [visitor, largest])));
        const page = await store.listSiteProfiles('shop', '', 500);
        expect(page.length).toBeGreaterThan(50);
        expect(page.length).toBeLessThan(visitorsAtOnce);
        expect((await store.listSiteProfiles('shop', page.at(-1)?.visitor ?? '', 1)).map(({ visitor }) => visitor)).toHaveLength(
          1,
        );
        const small = Array.from({ length: 2_000 }, (_, index) => `s${index}`);
        await identify({ facts: small.map((visitor) => ({ visitor, facts: { ...emptyProfile, grantedAt: 1 } })) });
        expect((await store.getProfiles('shop', small)).size).toBe(2_000);
      });

      it('drops profiles, one or all that are large, with their links but those to checkouts; what was chosen stays', async () => {
        const chosen = { grantedAt: 1, deniedAt: 2, withdrawnAt: 2 };
        const large: VisitorProfile = { ...facts, persons: [{ at: start, value: createEveryHash('a') }] };
        const links = ['order:1', 'checkout:1', 'email:1'].map((key) => ({ key, visitor: 'large', at: 1 }));
        await identify({
          facts: [
            { visitor: 'large', facts: large },
            { visitor: 'denied', facts: { ...large, ...chosen } },
            { visitor: 'small', facts },
          ],
          links: [...links, { key: 'order:2', visitor: 'small', at: 1 }],
        });
        await identify({ facts: [{ visitor: 'large', facts: large }] }, 'other');
        const counted = await store.dropProfiles('shop', { largerThan: 400 }, true);
        expect(counted.profiles).toBe(2);
        expect((await store.getProfiles('shop', ['large', 'denied', 'small'])).size).toBe(3);
        expect(await store.dropProfiles('shop', { largerThan: 400 }, false)).toEqual(counted);
        expect(await store.dropProfiles('shop', { largerThan: 400 }, false)).toEqual({ profiles: 0, bytes: 0 });
        expect(await store.getProfiles('shop', ['large', 'denied', 'small'])).toEqual(
          new Map([
            ['denied', { ...emptyProfile, ...chosen }],
            ['small', facts],
          ]),
        );
        expect((await store.listVisitorLinks('shop', ['large', 'small'])).map(({ key }) => key)).toEqual([
          'checkout:1',
          'order:2',
        ]);
        expect((await store.getProfiles('other', ['large'])).size).toBe(1);

        expect(await store.dropProfiles('shop', { visitor: 'nobody' }, false)).toEqual({ profiles: 0, bytes: 0 });
        expect(await store.dropProfiles('shop', { visitor: 'small' }, false)).toMatchObject({ profiles: 1 });
        await restart();
        expect((await store.getProfiles('shop', ['small', 'denied'])).size).toBe(1);
      });

      it('knows who reported purchases of late, and counts nothing else', async () => {
        await identify({ seen: [seen('1', 'webhook'), seen('2', 'server', { name: 'Lead' })] });
        await identify({ seen: [seen('3', 'browser')], now: start + 500 });
        expect(await store.getPurchaseReporters('shop', start)).toEqual(['browser', 'webhook']);
        expect(await store.getPurchaseReporters('shop', start + 1)).toEqual(['browser']);
        expect(await store.getPurchaseReporters('shop-2', 0)).toEqual([]);
      });

      it('pending events are told when their wait is over, until they are resolved', async () => {
        const pending = [
          { offset: '2', until: start + 90 },
          { offset: '1', until: start + 80 },
          { offset: '3', until: start + 100 },
        ];
        await identify({ pending });
        expect(await store.findExpiredPending('shop', start + 79)).toEqual([]);
        expect(await store.findExpiredPending('shop', start + 90)).toEqual(['1', '2']);
        expect(await store.findExpiredPending('shop-2', start + 999)).toEqual([]);
        await identify({ resolved: ['1', '2'] });
        expect(await store.findExpiredPending('shop', start + 999)).toEqual(['3']);
      });

      it('remembers why a body is gone; the first reason stays', async () => {
        await identify({ absent: [{ offset: '1', reason: 'consent-denied' }] });
        await identify({
          absent: [
            { offset: '1', reason: 'erased' },
            { offset: '2', reason: 'erased' },
          ],
        });
        expect(Object.fromEntries(await store.getAbsentReasons('shop', ['1', '2', '3']))).toEqual({
          1: 'consent-denied',
          2: 'erased',
        });
        expect((await store.getAbsentReasons('shop-2', ['1'])).size).toBe(0);
      });

      it('finds the firsts of an id whatever their name, of one site', async () => {
        await identify({ seen: [seen('3', 'browser', { name: 'Lead' }), seen('1', 'browser'), seen('4', 'server')] });
        expect(await store.findEvents('shop', 'ord-1')).toEqual(['1', '3']);
        expect(await store.findEvents('shop-2', 'ord-1')).toEqual([]);
        expect(await store.findEvents('shop', 'ord')).toEqual([]);
      });

      it('keeps facts whole, and of a link its first and its newest time, per site and visitor', async () => {
        const facts = { clicks: {}, persons: [], clients: [], uetVids: [{ at: start, value: 'v' }], grantedAt: start };
        const link = (visitor: string, at: number) => ({ key: 'order:1001', visitor, at });
        await identify({ facts: [{ visitor: 'us', facts }], links: [link('us', 5), link('them', 9)] });
        await identify({ links: [link('us', 3)] });
        await identify({ links: [link('us', 7)] });
        await identify({ links: [link('us', 99)] }, 'other');
        expect(await store.getProfiles('shop', ['us', 'nobody'])).toEqual(new Map([['us', facts]]));
        expect(await store.getProfiles('other', ['us'])).toEqual(new Map());
        const them = { ...link('them', 9), since: 9 };
        expect(await store.findLinks('shop', ['order:1001', 'order:1'])).toEqual([them, { ...link('us', 7), since: 3 }]);
        await identify({ unlink: [{ visitor: 'us', through: 5 }] });
        expect(await store.findLinks('shop', ['order:1001'])).toEqual([them, { ...link('us', 7), since: 7 }]);
        await identify({ unlink: [{ visitor: 'us', through: 7 }] });
        expect(await store.findLinks('shop', ['order:1001'])).toEqual([them]);
      });

      it('of a key that very many share, tells no more than that', async () => {
        const links = Array.from({ length: 40 }, (_, at) => ({ key: 'email:x', visitor: `v${at}`, at }));
        await identify({ links });
        expect(await store.findLinks('shop', ['email:x'])).toHaveLength(9);
      });

      it('all of it is there after a crash', async () => {
        await identify({
          seen: [seen('1', 'browser'), seen('2', 'server')],
          cursor: '2',
          pending: [{ offset: '2', until: start }],
          absent: [{ offset: '0', reason: 'erased' }],
        });
        await restart();
        expect(await copies()).toEqual({ 2: '1' });
        expect(await store.getIdentityCursor('shop')).toBe('2');
        expect(await store.findExpiredPending('shop', start)).toEqual(['2']);
        expect(await store.getAbsentReasons('shop', ['0'])).toEqual(new Map([['0', 'erased']]));
      });
    });
  });
}
