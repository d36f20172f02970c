import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, isProbe, sampleIssue, tinyPlatform } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { answersLate, drained, ids, many } = createBench(() => testSite);

describe('a platform that is down', () => {
  it('moves no cursor and defers no event, is probed with at most ten events, and gets the backlog once it is back', async () => {
    openBench(1_000);
    testSite.sender.answer = () => buildReply(503);
    const events = many(250);
    const offsets = await testSite.append(...events);
    testSite.identity();
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length >= 8);
    expect((await testSite.state()).cursor).toBe('');
    expect(await testSite.store.getNextDueTime(testSite.consumerId)).toBeUndefined();
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ waiting: 0 });
    const sizes = testSite.sender.requests.map((request) => getIds(request).length);
    expect(sizes.slice(0, 5)).toEqual([100, 100, 100, 100, 100]);
    expect(sizes.slice(5).every((size) => size === 10)).toBe(true);
    testSite.sender.answer = () => buildReply(200);
    await drained(offsets);
    expect(testSite.sender.accepted).toEqual(ids(events));
    expect((await testSite.state()).inDoubt).toBe(0);
  });

  it('gets at most 18 requests in an hour', async () => {
    openBench(2_000);
    const requestTimes: number[] = [];
    const from = testSite.clock.now();
    testSite.sender.answer = () => {
      requestTimes.push(testSite.clock.now() - from);
      return { notSent: 'ECONNREFUSED' };
    };
    await testSite.append(...many(5));
    testSite.identity();
    testSite.connection();
    await testSite.pass(hourMs + 5 * minuteMs);
    await waitUntil(() => requestTimes.length > 5);
    expect(requestTimes[5]).toBeLessThan(hourMs);
    const probes = requestTimes.filter((at) => at < hourMs).length - 5;
    expect(probes).toBeLessThanOrEqual(18);
  });

  it('gets no request before its Retry-After', async () => {
    openBench(1_000);
    const requestTimes: number[] = [];
    testSite.sender.answer = () => {
      requestTimes.push(testSite.clock.now());
      return requestTimes.length === 1 ? buildReply(429, '', { 'retry-after': '300' }) : buildReply(200);
    };
    const offsets = await testSite.append(testSite.event('a'));
    testSite.identity();
    testSite.connection();
    await drained(offsets);
    expect((requestTimes[1] ?? 0) - (requestTimes[0] ?? 0)).toBeGreaterThanOrEqual(300 * secondMs);
  });
});

describe('a blocked connection', () => {
  const refuse = () => buildReply(401);

  it('pauses, blames no event, and probes at most 9 times in 2 hours', async () => {
    openBench(6_000);
    testSite.sender.answer = refuse;
    await testSite.prepare({});
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(...many(3));
    await testSite.pass(2 * hourMs);
    expect(testSite.sender.probes).toBeLessThanOrEqual(9);
    await waitUntil(() => testSite.sender.probes >= 2);
    expect(testSite.sender.deliveries).toHaveLength(1);
    expect(await testSite.state()).toMatchObject({
      cursor: '',
      pause: { cause: 'blocked' },
      breaker: { failures: 0 },
      verdicts: '',
    });
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ waiting: 0 });
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
    testSite.sender.answer = () => buildReply(200);
    await drained(offsets);
    expect(testSite.sender.requests.slice(-2).map(isProbe)).toEqual([true, false]);
    expect(testSite.sender.accepted).toEqual(['e0', 'e1', 'e2']);
  });

  it('is probed every minute while its credential is fresh', async () => {
    openBench(500);
    const probeTimes: number[] = [];
    testSite.sender.answer = (request) => {
      if (isProbe(request)) probeTimes.push(testSite.clock.now());
      return probeTimes.length < 4 ? refuse() : buildReply(200);
    };
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await drained(offsets);
    const waits = probeTimes.slice(1).map((at, index) => at - (probeTimes[index] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(minuteMs);
    expect(Math.max(...waits)).toBeLessThan(14 * minuteMs);
  });

  const paused = (cause: 'blocked' | 'schema' | 'operator') => ({
    pause: {
      cause,
      issue: { field: 'settings', code: cause, message: 'Mend it.' },
      since: 0,
      probeAt: cause === 'blocked' ? Number.MAX_SAFE_INTEGER : null,
    },
    verdicts: '1'.repeat(60),
  });

  it.each([
    ['a changed setting', 'other-digest'],
    ['a restart', 'digest'],
  ])('is probed at once after %s', async (_, settingsDigest) => {
    openBench(20);
    await testSite.prepare(paused('blocked'));
    const offsets = await testSite.append(testSite.event('a'));
    testSite.identity();
    const from = testSite.clock.now();
    testSite.connection({ settingsDigest });
    await waitUntil(() => testSite.sender.probes === 1);
    expect(testSite.clock.now() - from).toBeLessThan(minuteMs);
    await drained(offsets);
    expect((await testSite.state()).settingsDigest).toBe(settingsDigest);
  });

  it('ends a pause for too many rejections after a change of settings, and counts from zero', async () => {
    openBench(100);
    await testSite.prepare(paused('schema'));
    const offsets = await testSite.append(testSite.event('a', { reporter: 'server' }));
    testSite.identity();
    testSite.connection({ settingsDigest: 'other-digest' });
    await drained(offsets);
    expect(await testSite.state()).toMatchObject({ verdicts: '0', pause: null });
    expect(testSite.sender.probes).toBe(0);
  });

  it.each(['operator', 'schema'] as const)('keeps a pause of cause %s after a restart, and does not probe', async (cause) => {
    openBench(1_000);
    await testSite.prepare(paused(cause));
    await testSite.append(testSite.event('a'));
    testSite.identity();
    testSite.connection();
    await testSite.pass(60 * secondMs);
    expect(testSite.sender.requests).toEqual([]);
    expect((await testSite.state()).pause?.cause).toBe(cause);
  });
});

describe('too many rejections', () => {
  it('pause the connection before good sales become failed events; resume ends the pause and counts from zero', async () => {
    openBench(500);
    testSite.identity();
    const { consumer } = testSite.connection();
    const server = { reporter: 'server' } as const;
    const bad = await testSite.append(...many(51, 'bad').map((event) => ({ ...event, ...server, properties: { reject: true } })));
    await waitUntil(async () => (await testSite.state()).pause?.cause === 'schema');
    const offsets = await testSite.append(testSite.event('good', server));
    await testSite.pass(30 * secondMs);
    expect(testSite.sender.requests).toEqual([]);
    expect((await testSite.store.listDeadLetters(testSite.consumerId, 100)).length).toBe(bad.length);
    await consumer.resume();
    await drained(offsets);
    expect(await testSite.state()).toMatchObject({ pause: null, verdicts: '0' });
  });
});

describe("payloads that the platform's schema refuses", () => {
  /** The mapping's fault: the schema does not allow the value 1. */
  const faulty: BoundDestination = {
    ...tinyPlatform,
    findMisfits: (payload) => (JSON.stringify(payload).includes('"value":1,') ? [sampleIssue] : []),
  };
  const buy = (value: number) => (event: Event) => ({ ...event, reporter: 'server' as const, commerce: { value } });

  it.each([
    ['one of them', {}],
    ['one before a restart', { misfitAt: 1 }],
  ])('become failed events after %s was found, and never pause the connection', async (_, state) => {
    openBench(500);
    await testSite.prepare(state);
    testSite.identity();
    testSite.connection({ destination: faulty });
    const bad = await testSite.append(...many(60, 'bad').map(buy(1)));
    const good = await testSite.append(...many(3, 'good').map(buy(2)));
    await testSite.waitUntilSettled([...bad, ...good]);
    expect(new Set(await testSite.getOutcomes(bad))).toEqual(new Set(['dead']));
    expect(testSite.sender.accepted).toHaveLength(3);
    const { pause, verdicts, misfitAt } = await testSite.state();
    expect({ pause, verdicts }).toEqual({ pause: null, verdicts: '000' });
    expect(misfitAt).toBeGreaterThan(1);
  });

  it('are remembered if the process ends while the request with the others is on its way', async () => {
    openBench(500);
    const answer = answersLate();
    await testSite.append(buy(1)(testSite.event('bad')), buy(2)(testSite.event('good')));
    testSite.identity();
    testSite.connection({ destination: faulty });
    await waitUntil(() => testSite.sender.requests.length > 0);
    expect((await testSite.state()).misfitAt).toBeDefined();
    answer(buildReply(200));
  });

  it.each([
    ['resumes the connection', 'digest', true],
    ['changes its settings', 'other-digest', false],
  ])('are no longer reported once an operator %s', async (_, settingsDigest, resumes) => {
    openBench(500);
    await testSite.prepare({ misfitAt: 1 });
    testSite.identity();
    const { consumer } = testSite.connection({ destination: faulty, settingsDigest });
    if (resumes) await consumer.resume();
    await drained(await testSite.append(testSite.event('good')));
    expect(await testSite.state()).not.toHaveProperty('misfitAt');
  });
});
