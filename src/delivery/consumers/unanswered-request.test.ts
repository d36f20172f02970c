import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { OpenAttempt } from '../../storage/ports/attempts.ts';
import { buildConnectionState, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { answersLate, drained, many } = createBench(() => testSite);

describe('a request without a response', () => {
  it('is sent again with the same bytes, counted as in doubt, and without newer events', async () => {
    openBench(500);
    testSite.sender.answer = (_, index) => (index < 2 ? { unknown: 'TIMEOUT' } : buildReply(200));
    testSite.identity();
    testSite.connection();
    await testSite.append(...many(3));
    await waitUntil(() => testSite.sender.requests.length > 0);
    const offsets = await testSite.append(testSite.event('late'));
    await drained(offsets);
    const [first, second, third, fourth] = testSite.sender.requests.map(({ body }) => body);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(fourth).not.toBe(first);
    expect(testSite.sender.accepted).toEqual(['e0', 'e1', 'e2', 'late']);
    expect((await testSite.state()).inDoubt).toBe(2);
  });

  it('is one whose successful response was cut off, too', async () => {
    openBench(500);
    testSite.sender.answer = (_, index) =>
      index === 0 ? { response: { status: 200, headers: {}, body: '{"eventsRe', incomplete: 'cut' } } : buildReply(200);
    testSite.identity();
    testSite.connection();
    await testSite.append(...many(2));
    await waitUntil(() => testSite.sender.requests.length > 0);
    await drained(await testSite.append(testSite.event('late')));
    expect(testSite.sender.requests.map(getIds)).toEqual([['e0', 'e1'], ['e0', 'e1'], ['late']]);
    expect((await testSite.state()).inDoubt).toBe(1);
  });

  it.each([
    ['the platform cannot be reached', { notSent: 'ECONNREFUSED' } as const],
    ['the platform responds with 503', buildReply(503)],
  ])('stays in doubt while %s, and gets no newer events then either', async (_, laterReply) => {
    openBench(500);
    testSite.sender.answer = (_request, index) =>
      index === 0 ? { unknown: 'TIMEOUT' } : index < 3 ? laterReply : buildReply(200);
    testSite.identity();
    testSite.connection();
    await testSite.append(testSite.event('a'));
    await waitUntil(() => testSite.sender.requests.length > 0);
    const offsets = await testSite.append(testSite.event('b'));
    await drained(offsets);
    expect(testSite.sender.requests.map(getIds)).toEqual([['a'], ['a'], ['a'], ['a'], ['b']]);
    expect(new Set(testSite.sender.requests.slice(0, 4).map(({ body }) => body)).size).toBe(1);
  });

  it('is sent again without events whose shopper denied meanwhile and without expired events', async () => {
    openBench(100);
    const answer = answersLate();
    const now = testSite.clock.now();
    const old = testSite.event('old', { time: now - 7 * dayMs + hourMs + 30 * minuteMs });
    const withdrawn = testSite.event('withdrawn');
    const offsets = await testSite.append(old, withdrawn, testSite.event('stays'));
    testSite.identity();
    const first = testSite.connection();
    await waitUntil(() => testSite.sender.requests.length === 1);
    testSite.clock.pace(1_000);
    const stopped = first.stop();
    answer({ unknown: 'TIMEOUT' });
    await stopped;
    testSite.sender.answer = () => buildReply(200);
    await testSite.append({ ...withdrawn, reporter: 'server', consent: { stated: 'denied', effective: 'denied' } });
    await testSite.pass(31 * minuteMs);
    testSite.connection();
    await waitUntil(
      async () =>
        (await testSite.store.getOutcomes(testSite.consumerId, offsets)).get(offsets[1] ?? '')?.outcome === 'consent-denied',
    );
    expect(testSite.sender.requests.slice(0, 2).map(getIds)).toEqual([['old', 'withdrawn', 'stays'], ['stays']]);
    const outcomes = await testSite.store.getOutcomes(testSite.consumerId, offsets);
    expect(offsets.map((offset) => outcomes.get(offset)?.outcome)).toEqual(['dead', 'consent-denied', 'delivered']);
    expect((await testSite.store.listDeadLetters(testSite.consumerId, 9)).map(({ cause }) => cause)).toEqual(['expired']);
    expect(await testSite.store.getOpenAttempt(testSite.consumerId)).toBeUndefined();
  });

  it('is sent again after a restart, byte for byte, and settles the other records up to its cursor', async () => {
    openBench(500);
    const answer = answersLate();
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(
      testSite.event('a', { page: { url: 'https://shop.example/straße' } }),
      testSite.event('crawler', { bot: true }),
      testSite.event('b'),
    );
    await waitUntil(() => testSite.sender.requests.length === 1);
    const open = await testSite.store.getOpenAttempt(testSite.consumerId);
    expect(open?.body).toBe(testSite.sender.requests[0]?.body);

    // Another process takes over while the first one still waits for its response.
    testSite.sender.answer = () => buildReply(200);
    const store = await storage.reopenStore();
    const next = testSite.connection({ store });
    await drained(offsets);
    expect(testSite.sender.requests[1]?.body).toBe(testSite.sender.requests[0]?.body);
    expect(testSite.sender.accepted).toEqual(['a', 'b']);
    expect((await testSite.state()).inDoubt).toBe(1);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'bot', 'delivered']);
    answer({ unknown: 'TIMEOUT' });
    await next.stop();
    await store.close();
  });

  it.each<[string, Partial<OpenAttempt>]>([
    ['more events than its body', { body: '[{"id":"a"}]' }],
    ['an event twice', { offsets: ['0', '0'] }],
    ['an event beyond its cursor', { offsets: ['0', '9'] }],
  ])('is replaced if the stored request has %s, and each event gets its own result', async (_, damage) => {
    openBench(500);
    testSite.identity();
    const offsets = await testSite.append(testSite.event('a'), testSite.event('b'));
    const at = (offset: string) => (offset === '0' ? (offsets[0] ?? '') : '9'.repeat(16));
    const stored = {
      id: 'stored',
      startedAt: testSite.clock.now(),
      offsets,
      body: '[{"id":"x"},{"id":"y"}]',
      cursorAfter: offsets[1] ?? '',
    };
    const lease = await testSite.store.acquireLease(testSite.consumerId, 'one', 1_000);
    if (!lease) throw new Error('the connection is already running');
    const open = { ...stored, ...damage, ...(damage.offsets && { offsets: damage.offsets.map(at) }) };
    await testSite.store.commitDelivery(lease, { state: buildConnectionState(), open });
    testSite.connection();
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(['a', 'b']);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'delivered']);
  });

  it('changes nothing if its response comes after another process has taken over', async () => {
    openBench(500);
    const answer = answersLate();
    testSite.identity();
    const slow = testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => testSite.sender.requests.length === 1);
    testSite.sender.answer = () => buildReply(200);
    const next = testSite.connection();
    await drained(offsets);
    const before = await testSite.state();
    slow.consumer.stop();
    answer(buildReply(401));
    await slow.stop();
    expect(await testSite.state()).toEqual(before);
    expect(before.pause).toBeNull();
    await next.stop();
  });
});
