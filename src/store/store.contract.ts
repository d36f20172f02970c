import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionState,
  type DeadLetter,
  type Delta,
  Fenced,
  type IdentityDelta,
  type Lease,
  type OpenAttempt,
  type OutcomeEntry,
  type Seen,
  type Store,
  type Straggler,
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
const straggler = (offset: string, more: Partial<Straggler> = {}): Straggler => ({
  offset,
  why: 'retry',
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
const outcome = (offset: string, of: OutcomeEntry['outcome']): OutcomeEntry => ({ offset, outcome: of, issues: [] });
const attempt = (id: string, offsets: readonly string[], more: Partial<OpenAttempt> = {}): OpenAttempt => ({
  id,
  startedAt: start,
  offsets,
  body: `{"data":[${offsets.length}],"title":"Straße ☃ \\u0000"}`,
  ...more,
});
const seen = (offset: string, reporter: Seen['reporter'], more: Partial<Seen> = {}): Seen => ({
  offset,
  name: 'Purchase',
  id: 'ord-1',
  reporter,
  keepUntil: start + 1_000,
  ...more,
});

/** The laws of the store: every adapter keeps all of them. */
export function storeContract(adapter: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`the ${adapter} store`, () => {
    let harness: StoreHarness;
    let store: Store;
    let lease: Lease;

    const acquire = async (of: string, owner = 'one', ttlMs = 30_000): Promise<Lease> => {
      const got = await store.acquire(of, owner, ttlMs);
      if (!got) throw new Error(`${of} is held by another`);
      return got;
    };
    const restart = async () => {
      await harness.crash();
      store = await harness.open();
      lease = await acquire(pump);
    };
    const commit = (delta: Partial<Delta>) => store.commit(lease, { state: state('0'), ...delta });
    const identify = async (delta: Partial<IdentityDelta>, site = 'shop') =>
      store.commitIdentity(await acquire(`identity:${site}`), { site, cursor: '0', seen: [], now: start, ...delta });

    beforeEach(async () => {
      harness = await makeHarness();
      harness.setTime(start);
      store = await harness.open();
      lease = await acquire(pump);
    });
    afterEach(() => harness.dispose());

    describe('leases', () => {
      it('another owner is refused while a lease runs, and gets it once it ran out', async () => {
        expect(await store.acquire(pump, 'two', 30_000)).toBeUndefined();
        harness.setTime(start + 30_000);
        expect((await acquire(pump, 'two')).epoch).toBeGreaterThan(lease.epoch);
      });

      it('a renewed lease runs on from now', async () => {
        harness.setTime(start + 20_000);
        await store.renew(lease, 30_000);
        harness.setTime(start + 49_999);
        expect(await store.acquire(pump, 'two', 30_000)).toBeUndefined();
        harness.setTime(start + 50_000);
        expect(await store.acquire(pump, 'two', 30_000)).toBeDefined();
      });

      it('a released lease is free at once', async () => {
        await store.release(lease);
        expect(await store.acquire(pump, 'two', 30_000)).toBeDefined();
      });

      it('a stale lease releases nobody, and cannot be renewed', async () => {
        const stale = lease;
        await acquire(pump);
        await store.release(stale);
        expect(await store.acquire(pump, 'two', 30_000)).toBeUndefined();
        await expect(store.renew(stale, 30_000)).rejects.toBeInstanceOf(Fenced);
      });

      it('the lease of one pump says nothing about another', async () => {
        expect(await store.acquire('shop/bing-2', 'two', 30_000)).toBeDefined();
        expect(await store.acquire('identity:shop', 'two', 30_000)).toBeDefined();
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
        const refused: Delta = {
          state: state('9'),
          open: attempt('late', ['9']),
          putStragglers: [straggler('9')],
          deadLetters: [deadLetter('9')],
          outcomes: [outcome('9', 'dead')],
        };
        await expect(store.commit(stale, refused)).rejects.toBeInstanceOf(Fenced);
        expect((await store.connectionState(pump))?.cursor).toBe('1');
        expect(await store.openAttempt(pump)).toBeUndefined();
        expect(await store.stragglers(pump, ['9'])).toEqual([]);
        expect(await store.deadLetters(pump, 10)).toEqual([]);
        expect((await store.outcomes(pump, ['9'])).size).toBe(0);
      });

      it('L4: a stale epoch cannot commit identity either', async () => {
        const stale = await acquire('identity:shop');
        await acquire('identity:shop');
        const late = { site: 'shop', cursor: '9', seen: [seen('9', 'server')], now: start };
        await expect(store.commitIdentity(stale, late)).rejects.toBeInstanceOf(Fenced);
        expect(await store.identityCursor('shop')).toBe('');
        expect(await store.find('shop', 'ord-1')).toEqual([]);
      });

      it('L4: a refused commit takes nothing away from those that were made beside it', async () => {
        const stale = lease;
        lease = await acquire(pump);
        const answers = await Promise.allSettled([
          commit({ state: state('1') }),
          store.commit(stale, { state: state('9'), putStragglers: [straggler('9')] }),
          commit({ state: state('2'), putStragglers: [straggler('2')] }),
        ]);
        expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect((await store.connectionState(pump))?.cursor).toBe('2');
        expect((await store.stragglers(pump, ['2', '9'])).map(({ offset }) => offset)).toEqual(['2']);
      });
    });

    describe('commit', () => {
      const whole: Partial<Delta> = {
        state: { ...state('7'), verdicts: '0101', inDoubt: 2 },
        open: attempt('a1', ['5', '6'], { through: '7' }),
        putStragglers: [straggler('3', { why: 'hold' })],
        deadLetters: [deadLetter('4')],
        outcomes: [outcome('3', 'waiting'), outcome('4', 'dead')],
      };

      it('a connection that never ran has no state', async () => {
        expect(await store.connectionState('shop/never')).toBeUndefined();
        expect(await store.nextDue(pump)).toBeUndefined();
      });

      it('all of a commit is there after a crash', async () => {
        await commit(whole);
        await restart();
        expect(await store.connectionState(pump)).toEqual(whole.state);
        expect(await store.openAttempt(pump)).toMatchObject({ id: 'a1', through: '7' });
        expect(await store.stragglers(pump, ['3'])).toEqual(whole.putStragglers);
        expect((await store.deadLetters(pump, 10)).map(({ offset }) => offset)).toEqual(['4']);
        expect(await store.counts(pump)).toEqual({ waiting: 1, dead: 1 });
      });

      it('of a commit that fails half way nothing is there', async () => {
        await commit({ state: state('1') });
        const broken = { ...straggler('3'), tries: Number.NaN };
        await expect(commit({ ...whole, putStragglers: [straggler('2'), broken] })).rejects.toThrow();
        expect((await store.connectionState(pump))?.cursor).toBe('1');
        expect(await store.openAttempt(pump)).toBeUndefined();
        expect(await store.stragglers(pump, ['2', '3'])).toEqual([]);
        expect(await store.deadLetters(pump, 10)).toEqual([]);
      });

      it('a pause and a breaker come back as they were', async () => {
        const issue = { field: 'settings.token', code: 'unauthorized', message: 'Make a new token.' };
        const kept: ConnectionState = {
          ...state('1'),
          pause: { cause: 'blocked', issue, since: start, probeAt: start + 60_000 },
          breaker: { failures: 6, recent: [{ at: start, failed: true }], failedProbes: 1, notBefore: start + 30_000 },
        };
        await commit({ state: kept });
        expect(await store.connectionState(pump)).toEqual(kept);
      });
    });

    describe('attempts', () => {
      it('an open attempt survives a crash byte for byte, and its digest is that of its body', async () => {
        const open = attempt('a1', ['5', '2', '9'], { through: '9' });
        await commit({ open });
        await restart();
        expect(await store.openAttempt(pump)).toEqual({ ...open, sent: 1 });
        const [record] = await store.attempts(pump, '2');
        expect(record).toMatchObject({ pump, body: open.body, offsets: ['5', '2', '9'] });
        expect(record?.bodySha256).toBe(createHash('sha256').update(open.body).digest('hex'));
      });

      it('without an answer it stays open, and each further send is counted', async () => {
        const open = attempt('a1', ['5']);
        await commit({ open });
        await commit({ settle: { id: 'a1', at: start, result: 'unknown', issues: [] } });
        expect(await store.openAttempt(pump)).toEqual({ ...open, sent: 1 });
        await commit({ open: { ...open, startedAt: start + 5 } });
        expect(await store.openAttempt(pump)).toEqual({ ...open, sent: 2 });
        await commit({ settle: { id: 'a1', at: start, result: 'delivered', status: 200, issues: [] } });
        expect(await store.openAttempt(pump)).toBeUndefined();
      });

      it('each of the other results closes it, with what the vendor answered', async () => {
        for (const result of ['delivered', 'peel', 'split', 'retry', 'blocked'] as const) {
          await commit({ open: attempt(result, ['5'], { startedAt: start + result.length }) });
          const issues = [{ field: 'response', code: 'code', message: 'What to do.' }];
          await commit({ settle: { id: result, at: start + 9, result, status: 400, answer: '{"ok":0}', issues } });
          expect(await store.openAttempt(pump)).toBeUndefined();
          const found = (await store.attempts(pump, '5')).find(({ id }) => id === result);
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
        expect((await store.attempts(pump, '5')).map(({ id }) => id)).toEqual(['early', 'late']);
        expect(await store.attempts('shop/bing-2', '5')).toEqual([]);
      });
    });

    describe('stragglers', () => {
      it('come due the earliest first, none before its time and no more than asked for', async () => {
        const rows = [straggler('1', { dueAt: start + 30 }), straggler('2', { dueAt: start + 10 }), straggler('3')];
        await commit({ putStragglers: rows });
        const due = async (now: number, limit = 10) => (await store.due(pump, now, limit)).map(({ offset }) => offset);
        expect(await due(start - 1)).toEqual([]);
        expect(await due(start + 10)).toEqual(['3', '2']);
        expect(await due(start + 99, 2)).toEqual(['3', '2']);
        expect(await due(start + 99)).toEqual(['3', '2', '1']);
        expect(await store.nextDue(pump)).toBe(start);
        expect(await store.due('shop/bing-2', start + 99, 10)).toEqual([]);
      });

      it('of one part travel together and alone', async () => {
        await commit({
          putStragglers: [
            straggler('1', { dueAt: start + 1 }),
            straggler('2', { why: 'part', part: 'a.0' }),
            straggler('3', { why: 'part', part: 'a.1' }),
            straggler('4', { why: 'part', part: 'a.0', dueAt: start + 5 }),
          ],
        });
        expect((await store.due(pump, start + 9, 10)).map(({ offset }) => offset)).toEqual(['2', '4']);
        await commit({ removeStragglers: ['2', '4', '3'] });
        expect((await store.due(pump, start + 9, 10)).map(({ offset }) => offset)).toEqual(['1']);
      });

      it('one that is put again has its new time and no part any more, and one that is removed is gone', async () => {
        await commit({ putStragglers: [straggler('1', { why: 'part', part: 'a.0' }), straggler('2')] });
        await commit({ putStragglers: [straggler('1', { dueAt: start + 7, tries: 2 })], removeStragglers: ['2', 'unheard-of'] });
        expect(await store.stragglers(pump, ['1', '2'])).toEqual([straggler('1', { dueAt: start + 7, tries: 2 })]);
        expect(await store.nextDue(pump)).toBe(start + 7);
      });
    });

    describe('what became of events', () => {
      it('dead letters keep the bytes and the reasons, the newest first and no more than asked for', async () => {
        const letters = [deadLetter('1'), deadLetter('3', { at: start + 1, cause: 'corrupt' }), deadLetter('2')];
        await commit({ deadLetters: letters });
        const found = await store.deadLetters(pump, 10);
        expect(found.map(({ offset }) => offset)).toEqual(['3', '2', '1']);
        expect(found[2]).toEqual({ ...deadLetter('1'), bytes: Buffer.from(deadLetter('1').bytes) });
        expect((await store.deadLetters(pump, 1)).map(({ offset }) => offset)).toEqual(['3']);
        expect(await store.deadLetters('shop/bing-2', 10)).toEqual([]);
      });

      it('the latest outcome wins, its issues with it', async () => {
        const issues = [{ field: 'pageTitle', code: 'TooLong', message: 'Shorten it.' }];
        await commit({ outcomes: [outcome('1', 'waiting'), outcome('2', 'duplicate'), outcome('4', 'dead')] });
        await commit({ outcomes: [{ offset: '1', outcome: 'delivered', issues }] });
        const found = await store.outcomes(pump, ['4', '1', '2', '3']);
        expect(Object.fromEntries(found)).toEqual({
          1: { offset: '1', outcome: 'delivered', issues },
          2: outcome('2', 'duplicate'),
          4: outcome('4', 'dead'),
        });
        expect((await store.outcomes(pump, [])).size).toBe(0);
        expect((await store.outcomes('shop/bing-2', ['1'])).size).toBe(0);
      });

      it('counts add up over all commits, and an event counts as waiting only while it waits', async () => {
        await commit({ putStragglers: [straggler('2')], outcomes: [outcome('1', 'delivered'), outcome('2', 'waiting')] });
        await commit({ outcomes: [outcome('3', 'delivered'), outcome('4', 'bot')] });
        expect(await store.counts(pump)).toEqual({ delivered: 2, waiting: 1, bot: 1 });
        await commit({ removeStragglers: ['2'], outcomes: [outcome('2', 'delivered')] });
        expect(await store.counts(pump)).toEqual({ delivered: 3, waiting: 0, bot: 1 });
      });
    });

    describe('identity', () => {
      const copies = async (site = 'shop') => Object.fromEntries(await store.copies(site, '', '~'));

      it('the first report of an event is its first, and every later one a copy of it, in one commit or in several', async () => {
        await identify({ seen: [seen('1', 'browser'), seen('2', 'server')], cursor: '2' });
        await identify({ seen: [seen('3', 'webhook')], cursor: '3' });
        expect(await copies()).toEqual({ 2: '1', 3: '1' });
        expect(await store.copies('shop', '3', '3')).toEqual(new Map([['3', '1']]));
        expect(await store.copiesOf('shop', ['1', '2'])).toEqual(new Map([['1', ['2', '3']]]));
        expect(await store.identityCursor('shop')).toBe('3');
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
          find: await store.find('shop', 'ord-1'),
          pending: await store.pendingOver('shop', start + 90),
          absent: await store.whyAbsent('shop', ['7']),
          reporters: await store.purchaseReporters('shop', start),
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
        expect(await store.find('shop', 'ord-1')).toEqual(['2']);
      });

      it('a copy releases what was held for it, on every connection of its own site and on no other', async () => {
        const later = start + 90_000;
        const pumps = ['shop/bing', 'shop/other', 'shop-2/bing', 'sho/bing', 'shop0/bing', 'shopping/bing'];
        for (const id of pumps)
          await store.commit(await acquire(id), {
            state: state('1'),
            putStragglers: [
              straggler('1', { why: 'hold', dueAt: later }),
              straggler('2', { why: 'hold', dueAt: later }),
              straggler('3', { why: 'retry', dueAt: later }),
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
        const dueAt = async (id: string) => (await store.stragglers(id, ['1', '2', '3'])).map((row) => row.dueAt - start);
        expect(await dueAt('shop/bing')).toEqual([5, 90_000, 90_000]);
        expect(await dueAt('shop/other')).toEqual([5, 90_000, 90_000]);
        for (const id of pumps.slice(2)) expect(await dueAt(id), id).toEqual([90_000, 90_000, 90_000]);
      });

      it('knows who reported purchases of late, and counts nothing else', async () => {
        await identify({ seen: [seen('1', 'webhook'), seen('2', 'server', { name: 'Lead' })] });
        await identify({ seen: [seen('3', 'browser')], now: start + 500 });
        expect(await store.purchaseReporters('shop', start)).toEqual(['browser', 'webhook']);
        expect(await store.purchaseReporters('shop', start + 1)).toEqual(['browser']);
        expect(await store.purchaseReporters('shop-2', 0)).toEqual([]);
      });

      it('pending events are told when their wait is over, until they are resolved', async () => {
        const pending = [
          { offset: '2', until: start + 90 },
          { offset: '1', until: start + 80 },
          { offset: '3', until: start + 100 },
        ];
        await identify({ pending });
        expect(await store.pendingOver('shop', start + 79)).toEqual([]);
        expect(await store.pendingOver('shop', start + 90)).toEqual(['1', '2']);
        expect(await store.pendingOver('shop-2', start + 999)).toEqual([]);
        await identify({ resolved: ['1', '2'] });
        expect(await store.pendingOver('shop', start + 999)).toEqual(['3']);
      });

      it('remembers why a body is gone; the first reason stays', async () => {
        await identify({ absent: [{ offset: '1', reason: 'consent-denied' }] });
        await identify({
          absent: [
            { offset: '1', reason: 'erased' },
            { offset: '2', reason: 'erased' },
          ],
        });
        expect(Object.fromEntries(await store.whyAbsent('shop', ['1', '2', '3']))).toEqual({ 1: 'consent-denied', 2: 'erased' });
        expect((await store.whyAbsent('shop-2', ['1'])).size).toBe(0);
      });

      it('finds the firsts of an id whatever their name, of one site', async () => {
        await identify({ seen: [seen('3', 'browser', { name: 'Lead' }), seen('1', 'browser'), seen('4', 'server')] });
        expect(await store.find('shop', 'ord-1')).toEqual(['1', '3']);
        expect(await store.find('shop-2', 'ord-1')).toEqual([]);
        expect(await store.find('shop', 'ord')).toEqual([]);
      });

      it('keeps facts whole, and of a link its newest time, per site and visitor', async () => {
        const facts = { clicks: {}, persons: [], clients: [], uetVids: [{ at: start, by: 'v', value: 'v' }], grantedAt: start };
        const link = (visitor: string, at: number) => ({ key: 'order:1001', visitor, at });
        await identify({ facts: [{ visitor: 'us', facts }], links: [link('us', 5), link('them', 9)] });
        await identify({ links: [link('us', 3)] });
        await identify({ links: [link('us', 7)] });
        await identify({ links: [link('us', 99)] }, 'other');
        expect(await store.facts('shop', ['us', 'nobody'])).toEqual(new Map([['us', facts]]));
        expect(await store.facts('other', ['us'])).toEqual(new Map());
        expect(await store.links('shop', ['order:1001', 'order:1'])).toEqual([link('them', 9), link('us', 7)]);
        await identify({ unlink: [{ visitor: 'us', through: 7 }] });
        expect(await store.links('shop', ['order:1001'])).toEqual([link('them', 9)]);
      });

      it('of a key that very many share, the newest links are enough', async () => {
        const links = Array.from({ length: 40 }, (_, at) => ({ key: 'email:x', visitor: `v${at}`, at }));
        await identify({ links });
        expect((await store.links('shop', ['email:x'])).map(({ at }) => at)).toEqual(
          Array.from({ length: 16 }, (_, index) => 39 - index),
        );
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
        expect(await store.identityCursor('shop')).toBe('2');
        expect(await store.pendingOver('shop', start)).toEqual(['2']);
        expect(await store.whyAbsent('shop', ['0'])).toEqual(new Map([['0', 'erased']]));
      });
    });
  });
}
