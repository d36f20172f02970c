import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import type { OpenAttempt } from '../../storage/store/attempts.ts';
import {
  buildConnectionState,
  buildReply,
  createConsumerSite,
  createSha256,
  getIds,
  isProbe,
  type TestSite,
  tinyPlatform,
  useTestStorage,
  waitUntil,
} from '../delivery.fixture.ts';
import type { SendResult } from '../sending/http-sender.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};

const many = (count: number, prefix = 'e') => Array.from({ length: count }, (_, index) => testSite.event(`${prefix}${index}`));
const ids = (events: readonly Event[]) => events.map(({ id }) => id);
const drained = (offsets: readonly string[]) =>
  waitUntil(async () => {
    const open = await testSite.store.getOpenAttempt(testSite.consumerId);
    return (
      !open &&
      (await testSite.state()).cursor === offsets.at(-1) &&
      (await testSite.store.getNextDueTime(testSite.consumerId)) === undefined
    );
  });
/** Appends a purchase of a second reporter, so that purchases are held for a duplicate. */
async function twoReporters(): Promise<void> {
  const past = { name: 'Purchase', receivedAt: 0 };
  const offsets = await testSite.append(testSite.event('p-1', past), testSite.event('p-2', { ...past, reporter: 'server' }));
  await drained(offsets);
}
/** Makes the vendor respond only when the test calls the returned function. */
function answersLate(): (sent: SendResult) => void {
  const { promise, resolve } = Promise.withResolvers<SendResult>();
  testSite.sender.answer = () => promise;
  return resolve;
}

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
    openBench(4_000);
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
    const probes = requestTimes.filter((at) => at < hourMs).length - 5;
    expect(probes).toBeLessThanOrEqual(18);
    expect(probes).toBeGreaterThan(0);
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
    openBench(1_000);
    const answer = answersLate();
    const now = testSite.clock.now();
    const old = testSite.event('old', { time: now - 7 * dayMs + hourMs + 30 * minuteMs });
    const withdrawn = testSite.event('withdrawn');
    const offsets = await testSite.append(old, withdrawn, testSite.event('stays'));
    testSite.identity();
    const first = testSite.connection();
    await waitUntil(() => testSite.sender.requests.length === 1);
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
    expect(testSite.sender.deliveries).toHaveLength(1);
    expect(testSite.sender.probes).toBeLessThanOrEqual(9);
    expect(testSite.sender.probes).toBeGreaterThanOrEqual(2);
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
  it('pause the connection before good sales become dead letters; resume ends the pause and counts from zero', async () => {
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
    const offsets = await testSite.append(testSite.event('next'));
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

describe('a held purchase', () => {
  const browser = () => testSite.event('ord-1', { name: 'Purchase', page: { url: 'https://shop.example/thanks' } });
  const webhook = () => testSite.event('ord-1', { name: 'Purchase', reporter: 'webhook', commerce: { value: 125.4 } });
  const createHoldingSite = (purchaseHoldSeconds: number) => createConsumerSite(testSite.site, purchaseHoldSeconds);

  it('waits for a report of the shop if the site has webhooks, even before the first one', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createConsumerSite(testSite.site, 'auto', ['a secret']) });
    await testSite.append(browser());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    await testSite.append(webhook());
    await waitUntil(() => testSite.sender.accepted.includes('ord-1'));
    expect(testSite.sender.accepted).toEqual(['ord-1']);
  });

  it('is sent with merged values once its duplicate comes; the duplicate is skipped', async () => {
    openBench(50);
    testSite.identity();
    const from = testSite.clock.now();
    testSite.connection({ site: createHoldingSite(900) });
    await twoReporters();
    const [first] = await testSite.append(browser(), testSite.event('other'));
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    await waitUntil(() => testSite.sender.accepted.includes('other'));
    const [duplicate] = await testSite.append(webhook());
    await drained([duplicate ?? '']);
    expect(testSite.clock.now() - from).toBeLessThan(600 * secondMs);
    expect(JSON.parse(testSite.sender.requests.at(-1)?.body ?? '')).toEqual([
      { id: 'ord-1', value: 125.4, url: 'https://shop.example/thanks', reporters: ['browser', 'webhook'] },
    ]);
    expect(await testSite.getOutcomes([first ?? '', duplicate ?? ''])).toEqual(['delivered', 'duplicate']);
  });

  it('is not sent if its shopper withdraws while it waits', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(120) });
    await twoReporters();
    const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
    const first = { ...browser(), identity };
    const offsets = await testSite.append(first);
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    const consent = { stated: 'denied', effective: 'denied' } as const;
    offsets.push(
      ...(await testSite.append(testSite.event('w', { name: '$consent', identity, consent, time: first.time + secondMs }))),
    );
    await drained(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied', undefined]);
    expect(testSite.sender.accepted).not.toContain('ord-1');
  });

  it('does not wait if its duplicate came while the hold was decided', async () => {
    openBench(20);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(900) });
    await twoReporters();
    const from = testSite.clock.now();
    const offsets = await testSite.append(browser());
    // A plan without a request is committed after two seconds.
    await testSite.pass(secondMs);
    offsets.push(...(await testSite.append(webhook())));
    await drained(offsets);
    expect(testSite.clock.now() - from).toBeLessThan(600 * secondMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
  });

  it('is sent alone when its hold ends', async () => {
    openBench(500);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(60) });
    await twoReporters();
    const from = testSite.clock.now();
    const offsets = await testSite.append(browser());
    await waitUntil(() => testSite.sender.accepted.includes('ord-1'));
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(60 * secondMs);
    await drained(offsets);
  });

  it('is not held if the site has one reporter of purchases, whatever the setting', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(900) });
    await drained(await testSite.append(browser()));
    expect(testSite.sender.accepted).toEqual(['ord-1']);
  });

  it('is held with `auto` only if the site has more than one reporter of purchases', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection();
    const browserReport = await testSite.append(testSite.event('ord-0', { name: 'Purchase' }));
    await drained(browserReport);
    await drained(await testSite.append(testSite.event('ord-2', { name: 'Purchase', reporter: 'server', receivedAt: 0 })));
    await testSite.append(browser());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    expect(testSite.sender.accepted).toEqual(['ord-0', 'ord-2']);
  });
});

describe('a pending event', () => {
  const secret = 'lead-4f1d8a90c3b7e526';
  const server = (id = secret) =>
    testSite.event(id, { reporter: 'server', consent: { stated: 'unknown', effective: 'pending' } });

  it('is skipped as denied after 90 s, and its body is redacted', async () => {
    openBench(500);
    testSite.identity();
    testSite.connection();
    const from = testSite.clock.now();
    const offsets = await testSite.append(server());
    await waitUntil(async () => (await testSite.getOutcomes(offsets))[0] === 'consent-denied');
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
    await waitUntil(async () => 'redacted' in ((await testSite.log.get(testSite.site, offsets))[0]?.body ?? {}));
    expect(testSite.sender.requests).toEqual([]);
  });

  it('is sent as soon as its duplicate grants consent', async () => {
    openBench(20);
    testSite.identity();
    testSite.connection();
    const from = testSite.clock.now();
    await testSite.append(server());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    const duplicate = await testSite.append(testSite.event(secret));
    await waitUntil(() => testSite.sender.accepted.length === 1);
    expect(testSite.clock.now() - from).toBeLessThan(80 * secondMs);
    await drained(duplicate);
  });

  it.each([
    ['first', true],
    ['after it', false],
  ] as const)('lets a duplicate that came %s be sent alone, if the duplicate may be forged', async (_, copyFirst) => {
    openBench(500);
    testSite.identity();
    testSite.connection();
    const from = testSite.clock.now();
    const duplicate = testSite.event('lead-17', { identity: { forms: {}, clickIds: {}, anonymousId: 'browser' } });
    const event = { ...server('lead-17'), identity: { forms: { emailMicrosoft: createSha256('a') }, clickIds: {} } };
    const offsets = await testSite.append(...(copyFirst ? [duplicate, event] : [event, duplicate]));
    await drained(offsets);
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
    expect(testSite.sender.accepted).toEqual(['lead-17']);
    await waitUntil(async () => (await testSite.log.get(testSite.site, offsets)).some(({ body }) => 'redacted' in body));
    const hasBody = (await testSite.log.get(testSite.site, offsets)).map(({ body }) => 'bytes' in body);
    expect(hasBody).toEqual(copyFirst ? [true, false] : [false, true]);
    const [body = ''] = testSite.sender.deliveries.map((request) => request.body);
    expect(JSON.parse(body)[0].reporters).toEqual(['browser']);
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
    expect(await consumer.probe()).toBe('ok');
    testSite.sender.answer = () => buildReply(401);
    expect(await consumer.probe()).toBe('Use a documented name.');
    testSite.sender.answer = () => ({ notSent: 'ECONNREFUSED' });
    expect(await consumer.probe()).toMatch(/could not be reached/);
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
    const one = testSite.connection({ leaseTtlMs: 300 * secondMs });
    await drained(await testSite.append(testSite.event('a')));
    testSite.connection({ owner: 'two', leaseTtlMs: 300 * secondMs, destination: { ...tinyPlatform, id: 'two' } });
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
