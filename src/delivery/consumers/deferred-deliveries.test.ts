import { describe, expect, it } from 'vitest';
import { secondMs } from '../../event/units.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { drained, ids, many, twoReporters } = createBench(() => testSite);

describe('deferred deliveries', () => {
  it('the rest of a refused batch is sent again without the rejected rows, while later events are sent too', async () => {
    openBench(500);
    testSite.sender.answer = (request) => {
      const bad = getIds(request).flatMap((id, index) => (id.startsWith('bad') ? [index] : []));
      return bad.length > 0 ? buildReply(400, JSON.stringify({ bad: bad.slice(0, 10) })) : buildReply(200);
    };
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(...many(40), ...many(12, 'bad'), ...many(8, 'more'));
    await drained(offsets);
    expect(testSite.sender.requests).toHaveLength(3);
    expect(testSite.sender.accepted).toEqual([...ids(many(40)), ...ids(many(8, 'more'))]);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 48, dead: 12, waiting: 0 });
  });

  it('a batch that is refused without a named row is bisected to the refused event', async () => {
    openBench(500);
    testSite.sender.answer = (request) => (getIds(request).includes('e37') ? buildReply(413) : buildReply(200));
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(...many(64));
    await drained(offsets);
    expect(testSite.sender.requests).toHaveLength(1 + 2 * 6);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toMatchObject([{ eventId: 'e37', cause: 'rejected' }]);
    expect(new Set(testSite.sender.accepted).size).toBe(63);
    expect(testSite.sender.accepted).toHaveLength(63);
  });

  it('a bisection sends one event at a time, a second apart, after 64 requests', async () => {
    openBench(500);
    // One of every two neighbours is refused, so no half is ever accepted.
    testSite.sender.answer = (request) =>
      getIds(request).some((id) => Number(id.slice(1)) % 2 === 0) ? buildReply(413) : buildReply(200);
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(...many(100));
    await drained(offsets);
    const sizes = testSite.sender.requests.map((request) => getIds(request).length);
    expect(sizes.filter((size) => size > 1).length).toBeLessThanOrEqual(64);
    expect(sizes.slice(64).every((size) => size === 1)).toBe(true);
    expect(testSite.sender.accepted.toSorted()).toEqual(
      ids(many(100))
        .filter((_, index) => index % 2 === 1)
        .toSorted(),
    );
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 50, dead: 50, waiting: 0 });
  });

  it('named rows cost at most one request each, and no other event is sent alone because of them', async () => {
    openBench(25);
    testSite.sender.answer = (request) => {
      const row = getIds(request).findIndex((id) => id.startsWith('bad'));
      return row < 0 ? buildReply(200) : buildReply(400, JSON.stringify({ bad: [row] }));
    };
    testSite.identity();
    const { consumer } = testSite.connection();
    const bad = many(70, 'bad').map((event) => ({ ...event, reporter: 'server' as const }));
    const offsets = await testSite.append(...many(20).map((event) => ({ ...event, reporter: 'server' as const })), ...bad);
    await waitUntil(async () => (await testSite.state()).pause !== null);
    await consumer.resume();
    await drained(offsets);
    expect(testSite.sender.requests).toHaveLength(71);
    expect(testSite.sender.accepted).toEqual(ids(many(20)));
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 20, dead: 70, waiting: 0 });
  });

  it('a failed one is sent again alone on its own schedule, while the log goes on', async () => {
    openBench(25);
    const requestTimes: number[] = [];
    testSite.sender.answer = (request, index) => {
      if (index === 0) return buildReply(400, '{"bad":[0]}');
      if (!getIds(request).includes('e1')) return buildReply(200);
      requestTimes.push(testSite.clock.now());
      return requestTimes.length === 1 ? buildReply(503) : buildReply(200);
    };
    testSite.identity();
    testSite.connection();
    await testSite.append(...many(2));
    await waitUntil(() => requestTimes.length === 1);
    testSite.clock.pace(1);
    const offsets = await testSite.append(testSite.event('next'));
    await waitUntil(() => testSite.sender.accepted.includes('next'));
    testSite.clock.pace(25);
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(['next', 'e1']);
    expect((requestTimes[1] ?? 0) - (requestTimes[0] ?? 0)).toBeGreaterThanOrEqual(8 * secondMs);
  });

  it('one whose record is gone from the log is settled as erased', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createConsumerSite(testSite.site, 900) });
    await twoReporters();
    const offsets = await testSite.append(testSite.event('ord-1', { name: 'Purchase' }), testSite.event('a'));
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    await testSite.log.trim(testSite.site, offsets[0] ?? '');
    testSite.clock.pace(2_000);
    await drained(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['erased', 'delivered']);
  });
});
