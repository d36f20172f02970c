import { describe, expect, it } from 'vitest';
import { secondMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, isProbe, tinyPlatform } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { answersLate, drained, ids, many } = createBench(() => testSite);

describe('ConnectionConsumer', () => {
  it("delivers the log once and in order, in batches of the platform's size", async () => {
    openBench(100);
    const events = many(250);
    const offsets = await testSite.append(...events);
    testSite.identity();
    testSite.connection();
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(ids(events));
    expect(testSite.sender.requests.map((request) => getIds(request).length)).toEqual([100, 100, 50]);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 250, waiting: 0 });
    const later = await testSite.append(testSite.event('later'));
    await drained(later);
    expect(testSite.sender.accepted.at(-1)).toBe('later');
    expect(testSite.sender.accepted).toHaveLength(251);
  });

  it('passes signals: they are not sent, not counted and block nothing', async () => {
    openBench(100);
    testSite.identity();
    testSite.connection();
    const browser = { reporter: 'browser' } as const;
    const signal = (name: string, id: string) => testSite.event(id, { ...browser, name });
    await drained(await testSite.append(signal('$identify', 's1'), testSite.event('e1', browser), signal('$consent', 's2')));
    await drained(await testSite.append(signal('$reset', 's3')));
    expect(testSite.sender.accepted).toEqual(['e1']);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 1, waiting: 0 });
    expect(await testSite.store.findEvents('shop', 's1')).toEqual([]);
  });

  it('stores each attempt with its response, findable by each of its events', async () => {
    openBench(100);
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(...many(3));
    await drained(offsets);
    const [attempt] = await testSite.store.listAttempts(testSite.consumerId, offsets[1] ?? '');
    expect(attempt).toMatchObject({
      offsets,
      body: testSite.sender.requests[0]?.body,
      settled: { result: 'delivered', status: 200 },
    });
  });

  it('never reads past the identity consumer', async () => {
    openBench(500);
    const offsets = await testSite.append(...many(4));
    testSite.connection({ identityCursor: () => offsets[1] ?? '' });
    await waitUntil(() => testSite.sender.accepted.length > 0);
    await testSite.pass(20 * secondMs);
    expect(testSite.sender.accepted).toEqual(['e0', 'e1']);
  });

  it('settles events that need no request without one', async () => {
    openBench(200);
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(
      testSite.event('crawler', { bot: true }),
      testSite.event('a', { consent: { stated: 'denied', effective: 'denied' } }),
      testSite.event('bad', { properties: { reject: true } }),
    );
    await drained(offsets);
    expect(testSite.sender.requests).toEqual([]);
    expect(await testSite.getOutcomes(offsets)).toEqual(['bot', 'consent-denied', 'dead']);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toMatchObject([{ eventId: 'bad', cause: 'rejected' }]);
  });

  it('lets other tasks run after at most 125 events of a large batch', async () => {
    openBench(200);
    const { consumer: identity } = testSite.identity();
    let mapped = 0;
    const perTurn: number[] = [];
    const offsets = await testSite.append(...many(1_000));
    await waitUntil(() => identity.cursor === offsets.at(-1));
    testSite.connection({
      destination: {
        ...tinyPlatform,
        limits: { ...tinyPlatform.limits, batchSize: 1_000, batchBytes: 1_000_000 },
        map(event) {
          if (mapped++ === 0)
            setImmediate(() => {
              perTurn.push(mapped);
              mapped = 0;
            });
          return tinyPlatform.map(event);
        },
      },
    });
    await drained(offsets);
    expect(testSite.sender.requests.map((request) => getIds(request).length)).toEqual([1_000]);
    expect(perTurn.reduce((sum, count) => sum + count, 0)).toBe(1_000);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(125);
  });

  it('survives an error of the store, which ends only a step', async () => {
    openBench(1_000);
    testSite.identity();
    let faults = 0;
    const { store } = testSite;
    testSite.connection({
      store: {
        ...store,
        findDueDeliveries: (...params) => {
          faults += 1;
          return faults <= 2 ? Promise.reject(new Error('disk I/O error')) : store.findDueDeliveries(...params);
        },
      },
    });
    const offsets = await testSite.append(testSite.event('a'));
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(['a']);
    expect(faults).toBeGreaterThan(2);
  });
});

describe('operator commands', () => {
  it('pause stops sending until resume', async () => {
    openBench(500);
    testSite.identity();
    const { consumer } = testSite.connection();
    await consumer.pause();
    const offsets = await testSite.append(testSite.event('a'));
    await testSite.pass(30 * secondMs);
    expect(testSite.sender.requests).toEqual([]);
    expect((await testSite.state()).pause).toMatchObject({ cause: 'operator', probeAt: null });
    await consumer.resume();
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(['a']);
  });

  it("probe tests the credential and reports the result, without sending an event or ending an operator's pause", async () => {
    openBench(500);
    testSite.identity();
    const { consumer } = testSite.connection();
    await consumer.pause();
    expect(await consumer.probe()).toEqual({ state: 'accepted', says: 'The platform accepts the credential.' });
    testSite.sender.answer = () => buildReply(401);
    expect(await consumer.probe()).toMatchObject({ state: 'refused', says: expect.stringMatching(/Use a documented name\.$/) });
    testSite.sender.answer = () => ({ notSent: 'ECONNREFUSED' });
    expect(await consumer.probe()).toMatchObject({ state: 'not-reached', says: expect.stringMatching(/could not be reached/) });
    expect((await testSite.state()).pause?.cause).toBe('operator');
    expect(testSite.sender.requests.every(isProbe)).toBe(true);
  });
});

describe('leases and shutdown', () => {
  it('a consumer without its lease sends nothing more, and continues once it has it again', async () => {
    openBench(500);
    testSite.identity();
    testSite.connection();
    const first = await testSite.append(testSite.event('a'));
    await drained(first);
    await testSite.store.acquireLease(testSite.consumerId, 'one', 1_000);
    const offsets = await testSite.append(testSite.event('b'));
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(['a', 'b']);
    expect(testSite.sender.requests).toHaveLength(2);
  });

  it('one of two processes delivers, and the other takes over when it ends', async () => {
    openBench(500);
    testSite.identity();
    const one = testSite.connection({ leaseTtlMs: 1_500 * secondMs });
    await drained(await testSite.append(testSite.event('a')));
    testSite.connection({ owner: 'two', leaseTtlMs: 1_500 * secondMs, destination: { ...tinyPlatform, id: 'two' } });
    await drained(await testSite.append(testSite.event('b')));
    await one.stop();
    await drained(await testSite.append(testSite.event('c')));
    expect(testSite.sender.accepted).toEqual(['a', 'b', 'c']);
  });

  it('stop waits for the request in flight and stores its result', async () => {
    openBench(200);
    const answer = answersLate();
    testSite.identity();
    const { stop } = testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => testSite.sender.requests.length === 1);
    const ended = stop();
    answer(buildReply(200));
    await ended;
    expect((await testSite.state()).cursor).toBe(offsets[0]);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered']);
    expect(await testSite.store.acquireLease(testSite.consumerId, 'two', 1_000)).toBeDefined();
  });

  it('stop does not send a new request', async () => {
    openBench(1);
    testSite.identity();
    const { stop } = testSite.connection();
    await testSite.append(testSite.event('a'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stop();
    expect(testSite.sender.requests).toEqual([]);
    expect((await testSite.state()).cursor).toBe('');
  });
});
