import { describe, expect, it } from 'vitest';
import type { ConnectionState } from './connection-state.ts';
import { customerLeaseId, goalsLeaseId, siteLeaseId } from './consumer-id.ts';
import type { DeliveryCommit } from './consumers.ts';
import { LeaseLostError } from './consumers.ts';
import {
  consumer,
  count,
  createDeferred,
  createState,
  deadLetter,
  openAttempt,
  outcome,
  report,
  type StoreBench,
  start,
} from './store.fixture.ts';

export function consumersContract(bench: StoreBench): void {
  const { acquire, commit, identify, restart } = bench;

  describe('consumers', () => {
    const whole: Partial<DeliveryCommit> = {
      state: { ...createState('7'), verdicts: '0101', inDoubt: 2 },
      open: openAttempt('a1', ['5', '6'], { cursorAfter: '7' }),
      putDeferred: [createDeferred('3', { reason: 'hold' })],
      deadLetters: [deadLetter('4')],
      outcomes: [outcome('3', 'waiting'), outcome('4', 'dead')],
      counts: [count('waiting'), count('dead')],
    };

    it('another owner acquires a lease only after it expired', async () => {
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeUndefined();
      bench.setTime(start + 30_000);
      expect((await acquire(consumer, 'two')).epoch).toBeGreaterThan(bench.lease.epoch);
    });

    it('a renewed lease lasts from now', async () => {
      bench.setTime(start + 20_000);
      expect(await bench.store.renewLeases([bench.lease], 30_000)).toEqual([]);
      bench.setTime(start + 49_999);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeUndefined();
      bench.setTime(start + 50_000);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeDefined();
    });

    it('a released lease is free at once', async () => {
      await bench.store.releaseLease(bench.lease);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeDefined();
    });

    it('a stale lease can neither be released nor renewed', async () => {
      const stale = bench.lease;
      await acquire(consumer);
      await bench.store.releaseLease(stale);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeUndefined();
      const other = await acquire('identity:shop');
      expect(await bench.store.renewLeases([other, stale], 30_000)).toEqual([stale]);
    });

    it('one process makes goals, also while another one has a whole site', async () => {
      await acquire(siteLeaseId('shop'), 'one');
      const making = await bench.store.acquireLease(goalsLeaseId, 'two', 30_000);
      expect(making).toBeDefined();
      expect(await bench.store.acquireLease(goalsLeaseId, 'one', 30_000)).toBeUndefined();
      if (making) await bench.store.releaseLease(making);
      expect(await bench.store.acquireLease(goalsLeaseId, 'one', 30_000)).toBeDefined();
    });

    it('one process calls for a customer, also while another one has a whole site', async () => {
      await acquire(siteLeaseId('shop'), 'one');
      const id = customerLeaseId('microsoft', '254610987');
      const calling = await bench.store.acquireLease(id, 'two', 30_000);
      expect(calling).toBeDefined();
      expect(await bench.store.acquireLease(id, 'one', 30_000)).toBeUndefined();
      expect(await bench.store.acquireLease(customerLeaseId('microsoft', '1'), 'one', 30_000)).toBeDefined();
      if (calling) await bench.store.releaseLease(calling);
      expect(await bench.store.acquireLease(id, 'one', 30_000)).toBeDefined();
    });

    it('a lease of one consumer does not affect another', async () => {
      expect(await bench.store.acquireLease('shop/bing-2', 'two', 30_000)).toBeDefined();
      expect(await bench.store.acquireLease('identity:shop', 'two', 30_000)).toBeDefined();
    });

    it('an owner that returns after a crash takes over at once under a later epoch', async () => {
      const before = bench.lease.epoch;
      await restart();
      expect(bench.lease.epoch).toBeGreaterThan(before);
    });

    it('L4: a commit with a stale epoch fails and leaves no trace', async () => {
      await commit({ state: createState('1') });
      const stale = bench.lease;
      await acquire(consumer);
      const refused: DeliveryCommit = {
        state: createState('9'),
        open: openAttempt('late', ['9']),
        putDeferred: [createDeferred('9')],
        deadLetters: [deadLetter('9')],
        outcomes: [outcome('9', 'dead')],
      };
      await expect(bench.store.commitDelivery(stale, refused)).rejects.toBeInstanceOf(LeaseLostError);
      expect((await bench.store.getConnectionState(consumer))?.cursor).toBe('1');
      expect(await bench.store.getOpenAttempt(consumer)).toBeUndefined();
      expect(await bench.store.getDeferredDeliveries(consumer, ['9'])).toEqual([]);
      expect(await bench.store.listDeadLetters(consumer, 10)).toEqual([]);
      expect((await bench.store.getOutcomes(consumer, ['9'])).size).toBe(0);
    });

    it('L4: an identity commit with a stale epoch fails', async () => {
      const stale = await acquire('identity:shop');
      await acquire('identity:shop');
      const late = { site: 'shop', cursor: '9', reports: [report('9', 'server')], now: start };
      await expect(bench.store.commitIdentity(stale, late)).rejects.toBeInstanceOf(LeaseLostError);
      expect(await bench.store.getIdentityCursor('shop')).toBe('');
      expect(await bench.store.findEvents('shop', 'ord-1')).toEqual([]);
    });

    it('L4: a refused commit does not affect concurrent commits', async () => {
      const stale = bench.lease;
      bench.lease = await acquire(consumer);
      const answers = await Promise.allSettled([
        commit({ state: createState('1'), putDeferred: [createDeferred('1')] }),
        bench.store.commitDelivery(stale, { state: createState('9'), putDeferred: [createDeferred('9')] }),
        commit({ state: createState('2'), putDeferred: [createDeferred('2')] }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      // A holder awaits each of its commits, so a store need not keep the order of two at once.
      expect((await bench.store.getConnectionState(consumer))?.cursor).toMatch(/^[12]$/);
      const deferred = await bench.store.getDeferredDeliveries(consumer, ['1', '2', '9']);
      expect(deferred.map(({ offset }) => offset)).toEqual(['1', '2']);
    });

    it('a connection that never ran has no state', async () => {
      expect(await bench.store.getConnectionState('shop/never')).toBeUndefined();
      expect(await bench.store.getNextDueTime(consumer)).toBeUndefined();
    });

    it('a commit survives a crash as a whole', async () => {
      await commit(whole);
      await restart();
      expect(await bench.store.getConnectionState(consumer)).toEqual(whole.state);
      expect(await bench.store.getOpenAttempt(consumer)).toMatchObject({ id: 'a1', cursorAfter: '7' });
      expect(await bench.store.getDeferredDeliveries(consumer, ['3'])).toEqual(whole.putDeferred);
      expect((await bench.store.listDeadLetters(consumer, 10)).map(({ offset }) => offset)).toEqual(['4']);
      expect(await bench.store.countByOutcome(consumer)).toEqual({ waiting: 1, dead: 1 });
    });

    it('a commit that fails half way leaves no trace', async () => {
      await commit({ state: createState('1') });
      const broken = { ...createDeferred('3'), tries: Number.NaN };
      await expect(commit({ ...whole, putDeferred: [createDeferred('2'), broken] })).rejects.toThrow();
      expect((await bench.store.getConnectionState(consumer))?.cursor).toBe('1');
      expect(await bench.store.getOpenAttempt(consumer)).toBeUndefined();
      expect(await bench.store.getDeferredDeliveries(consumer, ['2', '3'])).toEqual([]);
      expect(await bench.store.listDeadLetters(consumer, 10)).toEqual([]);
      expect(await bench.store.countByOutcome(consumer)).toEqual({ waiting: 0 });
    });

    it('a pause and a circuit breaker are restored as stored', async () => {
      const issue = { field: 'settings.token', code: 'unauthorized', message: 'Make a new token.' };
      const state: ConnectionState = {
        ...createState('1'),
        pause: { cause: 'blocked', issue, since: start, probeAt: start + 60_000 },
        breaker: { failures: 6, recent: [{ at: start, failed: true }], failedProbes: 1, notBefore: start + 30_000 },
      };
      await commit({ state: state });
      expect(await bench.store.getConnectionState(consumer)).toEqual(state);
    });

    it('a requested wait and unconfirmed answers are restored as stored', async () => {
      const state: ConnectionState = {
        ...createState('1'),
        wait: { until: start + 7 * 86_400_000 },
        unconfirmed: { attempt: 'a1', since: start, tries: 3, isSettled: true },
        blockedSince: start,
        unverified: { from: start - 60_000, until: start, events: 12 },
      };
      await commit({ state });
      expect(await bench.store.getConnectionState(consumer)).toEqual(state);
      await commit({ state: createState('2') });
      expect(await bench.store.getConnectionState(consumer)).toEqual(createState('2'));
    });

    it('a held lease stays held after a clock rollback, and a renewal shortens it to its duration', async () => {
      bench.setTime(start - 8 * 86_400_000);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeUndefined();
      expect(await bench.store.renewLeases([bench.lease], 30_000)).toEqual([]);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeUndefined();
      bench.setTime(start - 8 * 86_400_000 + 30_001);
      expect(await bench.store.acquireLease(consumer, 'two', 30_000)).toBeDefined();
      expect(await bench.store.renewLeases([bench.lease], 30_000)).toEqual([bench.lease]);
    });

    it('a clock rollback ends a pending wait that exceeds the longest wait', async () => {
      await identify({ pending: [{ offset: '1', until: start + 8 * 86_400_000 }] });
      expect(await bench.store.findExpiredPending('shop', start)).toEqual(['1']);
      expect(await bench.store.getNextPendingExpiry('shop')).toBe(start + 8 * 86_400_000);
      expect(await bench.store.getNextPendingExpiry('other')).toBeUndefined();
    });

    it('a page of a replay survives a crash as a whole or not at all', async () => {
      const replay = { since: 1, until: 2, again: false, cursor: '3', through: '9', passed: 3, sent: 1 };
      await commit({ deadLetters: [deadLetter('3')], counts: [count('dead')] });
      const page = {
        state: { ...createState('9'), replay },
        putDeferred: [createDeferred('3', { isResend: true })],
        removeDeadLetters: ['3'],
        outcomes: [outcome('3', 'waiting')],
        counts: [count('dead', -1), count('waiting')],
      };
      await expect(commit({ ...page, putDeferred: [{ ...createDeferred('3'), tries: Number.NaN }] })).rejects.toThrow();
      await restart();
      expect((await bench.store.getConnectionState(consumer))?.replay).toBeUndefined();
      expect(await bench.store.countByOutcome(consumer)).toEqual({ dead: 1, waiting: 0 });
      await commit(page);
      await restart();
      expect((await bench.store.getConnectionState(consumer))?.replay).toEqual(replay);
      expect(await bench.store.listDeadLetters(consumer, 9)).toEqual([]);
      expect(await bench.store.getDeferredDeliveries(consumer, ['3'])).toEqual([createDeferred('3', { isResend: true })]);
      expect((await bench.store.getOutcomes(consumer, ['3'])).get('3')?.outcome).toBe('waiting');
      expect(await bench.store.countByOutcome(consumer)).toEqual({ dead: 0, waiting: 1 });
    });

    it('pending events are returned when their wait is over, until they are resolved', async () => {
      const pending = [
        { offset: '2', until: start + 90 },
        { offset: '1', until: start + 80 },
        { offset: '3', until: start + 100 },
      ];
      await identify({ pending });
      expect(await bench.store.findExpiredPending('shop', start + 79)).toEqual([]);
      expect(await bench.store.findExpiredPending('shop', start + 90)).toEqual(['1', '2']);
      expect(await bench.store.findExpiredPending('shop-2', start + 999)).toEqual([]);
      await identify({ resolved: ['1', '2'] });
      expect(await bench.store.findExpiredPending('shop', start + 999)).toEqual(['3']);
    });
  });
}
