import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { countBucketMs } from '../../storage/ports/event-counts.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { ConnectionConsumer } from '../consumers/connection-consumer.ts';
import { buildConnectionState, encodeEvent, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, tinyPlatform } from '../tiny-platform.fixture.ts';

const storage = useTestStorage();
let testSite: TestSite;
/** The present destination: settings may change while events wait. */
let destination: BoundDestination;

const leaveOut: BoundDestination = { ...tinyPlatform, map: () => ({ skip: 'filtered', issues: [] }) };

function open(factor = 100): ConnectionConsumer {
  testSite = storage.createSite(factor);
  destination = tinyPlatform;
  testSite.identity();
  return run();
}

function run(store?: Store): ConnectionConsumer {
  const now: BoundDestination = { ...tinyPlatform, map: (event) => destination.map(event) };
  return testSite.connection({ destination: now, ...(store && { store }) }).consumer;
}

const many = (count: number, prefix = 'e') => Array.from({ length: count }, (_, index) => testSite.event(`${prefix}-${index}`));

const orders = (count: number, prefix: string) =>
  many(count, prefix).map((event) => ({ ...event, name: 'Purchase', commerce: { value: 10.1, currency: 'EUR' } }));

/** Returns the orders of the connection by outcome, and their amount. */
async function readMoney(): Promise<unknown> {
  const { site, consumerId, store } = testSite;
  const { reported, connections } = await store.getMoneyCounts(site, [consumerId], 0, 1e15, 1e15);
  const { settled = [], waiting = [] } = connections.get(consumerId) ?? {};
  const sums = settled.map(({ outcome, orders: some, amount }) => [outcome, some, amount]);
  return { reported: reported.map(({ orders: some, amount }) => [some, amount]), settled: sums, waiting };
}

const all = () => ({ since: 0, until: testSite.clock.now() + dayMs, again: false });
const replay = async () => (await testSite.state()).replay;
const ended = () => waitUntil(async () => (await replay())?.endedAt !== undefined);

describe('rescan', () => {
  /** Appends events that are settled without being sent. */
  async function leave(count: number, prefix: string): Promise<Offset[]> {
    destination = leaveOut;
    const offsets = await testSite.deliver(...many(count, prefix));
    destination = tinyPlatform;
    return offsets;
  }

  it('sends events that were passed since the connection began, and no earlier ones', async () => {
    testSite = storage.createSite(100);
    destination = tinyPlatform;
    const before = await testSite.append(...many(3, 'before'));
    testSite.identity();
    const changing: BoundDestination = { ...tinyPlatform, map: (event) => destination.map(event) };
    const { consumer } = testSite.connection({ destination: changing, startAt: before.at(-1) ?? '' });
    const left = await leave(5, 'left');
    await consumer.replays.rescan();
    await ended();
    await testSite.waitUntilSettled(left);
    expect(testSite.sender.accepted).toEqual(left.map((_, index) => `left-${index}`));
  });

  it('may be called before the consumer has its lease', async () => {
    await open().replays.rescan();
    await ended();
    expect(await replay()).toMatchObject({ again: false, sent: 0 });
  });

  it('extends a running replay', async () => {
    const consumer = open();
    const left = await leave(150, 'left');
    await consumer.pause();
    await consumer.replays.replay({ since: 0, until: 1, again: false });
    await consumer.replays.rescan();
    expect(await replay()).toMatchObject({ since: 0, cursor: '', through: left.at(-1), again: false });
    await consumer.resume();
    await ended();
    await testSite.waitUntilSettled(left);
    await waitUntil(() => testSite.sender.accepted.length === 150);
  });

  it.each(['comes to its end', 'is ended'])(
    'waits for a replay of delivered events that %s, and sends none of them again',
    async (how) => {
      const consumer = open();
      const left = await leave(20, 'left');
      await testSite.pass(minuteMs);
      const since = testSite.clock.now();
      await testSite.deliver(...many(5, 'sent'));
      await consumer.pause();
      await consumer.replays.replay({ since, until: testSite.clock.now() + dayMs, again: true });
      const looking = consumer.replays.rescan();
      expect(await replay()).toMatchObject({ again: true });
      if (how === 'is ended') expect(await consumer.replays.endReplay()).toBe(true);
      await consumer.resume();
      await looking;
      expect(await replay()).toMatchObject({ again: false });
      await ended();
      await testSite.waitUntilSettled(left);
      const sent = how === 'is ended' ? 25 : 30;
      await waitUntil(() => testSite.sender.accepted.length === sent);
      expect(new Set(testSite.sender.accepted).size).toBe(25);
    },
  );
});

describe('a replay', () => {
  it('sends events that were skipped before a change of settings, and no delivered ones', async () => {
    const consumer = open();
    await testSite.deliver(...orders(3, 'sent'));
    destination = leaveOut;
    const left = await testSite.deliver(...orders(150, 'left'));
    expect(await testSite.getOutcomes(left.slice(0, 1))).toEqual(['filtered']);
    const reported = [[153, 1545.3]];
    const before = [
      ['delivered', 3, 30.3],
      ['filtered', 150, 1515],
    ];
    expect(await readMoney()).toEqual({ reported, settled: before, waiting: [] });
    destination = tinyPlatform;
    expect(await consumer.replays.replay(all())).toBe(153);
    await ended();
    await testSite.waitUntilSettled(left);
    expect(testSite.sender.accepted.filter((id) => id.startsWith('sent'))).toHaveLength(3);
    expect(new Set(testSite.sender.accepted).size).toBe(153);
    expect(testSite.sender.accepted).toHaveLength(153);
    expect(await replay()).toMatchObject({ passed: 153, sent: 150, again: false });
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toMatchObject({ delivered: 153, filtered: 0, waiting: 0 });
    expect(await readMoney()).toEqual({ reported, settled: [['delivered', 153, 1545.3]], waiting: [] });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('also sends delivered events on request, under the same ids', async () => {
    const consumer = open();
    const offsets = await testSite.deliver(...orders(120, 'e'));
    await consumer.replays.replay({ ...all(), again: true });
    await ended();
    await testSite.waitUntilSettled(offsets);
    await waitUntil(() => testSite.sender.accepted.length === 240);
    expect(new Set(testSite.sender.accepted).size).toBe(120);
    expect(await replay()).toMatchObject({ passed: 120, sent: 120 });
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 120, waiting: 0 });
    expect(await readMoney()).toMatchObject({ settled: [['delivered', 120, 1212]], waiting: [] });
    const matches = await testSite.store.getMatchCounts(testSite.consumerId, '2000-01-01', '2100-01-01');
    expect(matches.map(({ delivered }) => delivered)).toEqual([120]);
  });

  it('passes signals, duplicates, erased and expired events, and events that would be skipped again', async () => {
    const consumer = open();
    const denied = { stated: 'denied', effective: 'denied' } as const;
    const old = testSite.event('old', { time: testSite.clock.now() - 7 * dayMs });
    const event = testSite.event('told-twice');
    const offsets = await testSite.deliver(
      event,
      testSite.event('gone'),
      testSite.event('denied', { consent: denied }),
      testSite.event('bot', { bot: true }),
      old,
    );
    await testSite.deliver({ ...event, reporter: 'server' });
    const [signal] = await testSite.append(testSite.event('s', { name: '$consent' }));
    await waitUntil(async () => (await testSite.state()).cursor === signal);
    const [, erased = ''] = offsets;
    await testSite.store.beginErasure({ site: testSite.site, offsets: [erased], visitors: [], now: testSite.clock.now() });
    const before = testSite.sender.accepted.length;
    await consumer.replays.replay({ ...all(), again: true });
    await ended();
    await waitUntil(() => testSite.sender.accepted.length > before);
    expect(testSite.sender.accepted.slice(before)).toEqual(['told-twice']);
    expect(await testSite.getOutcomes(offsets)).toEqual([
      'delivered',
      'delivered',
      'consent-denied',
      'bot',
      'too-old-on-arrival',
    ]);
    expect(await replay()).toMatchObject({ passed: 5, sent: 1 });
  });

  it("covers only events that were received in its period, and none after the consumer's cursor", async () => {
    const consumer = open();
    destination = leaveOut;
    await testSite.deliver(...many(2, 'before'));
    await testSite.pass(minuteMs);
    const since = testSite.clock.now();
    await testSite.deliver(...many(2, 'in'));
    await testSite.pass(minuteMs);
    const until = testSite.clock.now();
    await testSite.deliver(...many(2, 'after'));
    destination = tinyPlatform;
    await consumer.replays.replay({ since, until, again: false });
    await ended();
    await waitUntil(() => testSite.sender.accepted.length === 2);
    expect(testSite.sender.accepted).toEqual(['in-0', 'in-1']);
    await consumer.pause();
    await testSite.append(...many(3, 'new'));
    await consumer.replays.replay({ since: until + dayMs, until: until + 2 * dayMs, again: true });
    await consumer.resume();
    await ended();
    await waitUntil(() => testSite.sender.accepted.includes('new-2'));
    expect(testSite.sender.accepted).toHaveLength(5);
  });

  it('blocks nothing: new events are sent between its pages', async () => {
    const consumer = open(20);
    const offsets = await testSite.deliver(...many(1_500, 'old'));
    const before = testSite.sender.requests.length;
    const { promise: isRead, resolve: go } = Promise.withResolvers<void>();
    testSite.sender.answer = async (_, index) => {
      if (index > before) await isRead;
      return buildReply(200);
    };
    await consumer.replays.replay({ ...all(), again: true });
    await waitUntil(() => testSite.sender.requests.length >= before + 2);
    const firstRequest = testSite.sender.requests.length;
    const [added] = await testSite.append(testSite.event('new'));
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === added);
    go();
    await waitUntil(() => testSite.sender.accepted.includes('new'));
    const at = testSite.sender.requests.findIndex((request) => getIds(request).includes('new'));
    expect(at - firstRequest).toBeLessThanOrEqual(3);
    expect((await replay())?.endedAt).toBeUndefined();
    await ended();
    await testSite.waitUntilSettled(offsets);
    expect(testSite.sender.accepted).toHaveLength(3_001);
  });

  it('runs once at a time, can be ended early, and another can start', async () => {
    const consumer = open();
    const offsets = await testSite.deliver(...many(450));
    await consumer.pause();
    await consumer.replays.replay({ ...all(), again: true });
    expect(await consumer.replays.replay(all())).toBe('running');
    expect(await consumer.replays.endReplay()).toBe(true);
    expect(await consumer.replays.endReplay()).toBe(false);
    expect(await replay()).toMatchObject({ passed: 0, endedAt: expect.any(Number) });
    await consumer.resume();
    await testSite.deliver(testSite.event('later'));
    expect(testSite.sender.accepted).toHaveLength(451);
    await consumer.replays.replay({ ...all(), again: true });
    await ended();
    await testSite.waitUntilSettled(offsets);
    await waitUntil(() => testSite.sender.accepted.length === 902);
  });

  it('waits while the connection is paused, and continues when another process takes over', async () => {
    testSite = storage.createSite(100);
    destination = tinyPlatform;
    testSite.identity();
    const first = testSite.connection();
    const offsets = await testSite.deliver(...many(1_000));
    await first.consumer.pause();
    await first.consumer.replays.replay({ ...all(), again: true });
    await testSite.pass(minuteMs);
    expect(await replay()).toMatchObject({ passed: 0 });
    await first.consumer.resume();
    await waitUntil(async () => ((await replay())?.passed ?? 0) >= 300);
    await first.stop();
    expect((await replay())?.passed).toBeLessThan(1_000);
    run();
    await ended();
    await testSite.waitUntilSettled(offsets);
    await waitUntil(() => testSite.sender.accepted.length === 2_000);
    expect(new Set(testSite.sender.accepted).size).toBe(1_000);
    expect(await replay()).toMatchObject({ passed: 1_000, sent: 1_000 });
  });

  it('requeues only a few events while the platform has problems, and completes in the end', async () => {
    const consumer = open(2_000);
    const offsets = await testSite.deliver(...many(1_500));
    testSite.sender.answer = () => buildReply(503);
    await consumer.replays.replay({ ...all(), again: true });
    await waitUntil(async () => (await testSite.state()).breaker.failedProbes !== null);
    await testSite.pass(hourMs / 2);
    expect((await replay())?.sent).toBeLessThanOrEqual(700);
    testSite.sender.answer = () => buildReply(200);
    await ended();
    await testSite.waitUntilSettled(offsets);
    expect(testSite.sender.accepted).toHaveLength(3_000);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("sends events from before the connection's start, and counts them", async () => {
    testSite = storage.createSite(100);
    destination = tinyPlatform;
    const before = await testSite.append(...many(30, 'before'));
    testSite.identity();
    const { consumer } = testSite.connection({ startAt: before.at(-1) ?? '' });
    await testSite.deliver(...many(2, 'after'));
    expect(await testSite.countUnaccounted()).toBe(30);
    await consumer.replays.replay(all());
    await ended();
    await testSite.waitUntilSettled(before);
    expect(testSite.sender.accepted).toHaveLength(32);
    // Sent events, minus those that no longer count as before the start.
    expect(await testSite.countUnaccounted()).toBe(30);
    const { connections } = await testSite.store.getEventCounts(
      testSite.site,
      [testSite.consumerId],
      0,
      Number.MAX_SAFE_INTEGER,
      1e15,
    );
    expect(connections.get(testSite.consumerId)?.outcomes).toEqual([
      { interval: 0, outcome: 'delivered', events: 32 },
      { interval: 0, outcome: 'earlier', events: -30 },
    ]);
  });

  it('takes events that another connection with the same id skipped from the ones before the start', async () => {
    testSite = storage.createSite(100);
    destination = leaveOut;
    testSite.identity();
    const first = testSite.connection({ destination: leaveOut });
    const before = await testSite.deliver(...many(3));
    await first.stop();
    await testSite.store.retireConnection(testSite.site, 'bing', testSite.clock.now());
    const { consumer } = testSite.connection({ startAt: before.at(-1) ?? '' });
    await consumer.replays.replay(all());
    await ended();
    await testSite.waitUntilSettled(before);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 3, waiting: 0 });
    const { connections } = await testSite.store.getEventCounts(
      testSite.site,
      [testSite.consumerId],
      0,
      Number.MAX_SAFE_INTEGER,
      1e15,
    );
    expect(connections.get(testSite.consumerId)?.outcomes).toEqual([
      { interval: 0, outcome: 'delivered', events: 3 },
      { interval: 0, outcome: 'earlier', events: -3 },
    ]);
  });

  it('skips events that retention is about to remove', async () => {
    const consumer = open();
    const offsets = await testSite.deliver(...many(20));
    await consumer.pause();
    await consumer.replays.replay({ ...all(), again: true });
    await consumer.expire(offsets[9] ?? '');
    await consumer.resume();
    await ended();
    expect(await replay()).toMatchObject({ passed: 10, sent: 10 });
  });

  it('completes with right counts, whichever commit fails', async () => {
    testSite = storage.createSite(400);
    destination = leaveOut;
    testSite.identity();
    let steps = 0;
    const faulty: Store = {
      ...testSite.store,
      commitDelivery: (lease, commit) => {
        steps += 1;
        return steps % 3 === 0 ? Promise.reject(new Error('disk I/O error')) : testSite.store.commitDelivery(lease, commit);
      },
    };
    const offsets = await testSite.append(...many(500));
    const calm = testSite.connection({ destination: leaveOut });
    await testSite.waitUntilSettled(offsets);
    await calm.stop();
    destination = tinyPlatform;
    const consumer = run(faulty);
    await waitUntil(async () => (await consumer.replays.replay(all()).catch(() => undefined)) !== undefined);
    await ended();
    await testSite.waitUntilSettled(offsets);
    expect(new Set(testSite.sender.accepted).size).toBe(500);
    // Only a request with a response that was not settled is sent twice.
    expect(testSite.sender.accepted.length - 500).toBeLessThanOrEqual((await testSite.state()).inDoubt * 100);
    expect(await replay()).toMatchObject({ passed: 500, sent: 500 });
    expect(await testSite.countUnaccounted()).toBe(0);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 500, filtered: 0, waiting: 0 });
  });
});

describe("an operator's request", () => {
  it('takes effect once it is durable, even if the store could not report it', async () => {
    testSite = storage.createSite(400);
    destination = tinyPlatform;
    testSite.identity();
    let isSilent = false;
    const silent: Store = {
      ...testSite.store,
      async commitDelivery(lease, commit) {
        await testSite.store.commitDelivery(lease, commit);
        if (isSilent) throw new Error('no answer in time');
      },
    };
    const consumer = run(silent);
    await testSite.deliver(testSite.event('a'));
    await consumer.replays.endReplay();
    isSilent = true;
    await expect(consumer.pause()).rejects.toThrow('no answer in time');
    isSilent = false;
    await testSite.append(testSite.event('b'));
    await testSite.pass(minuteMs);
    expect((await testSite.state()).pause?.cause).toBe('operator');
    expect(testSite.sender.accepted).toEqual(['a']);
  });
});

describe('an event that is sent again', () => {
  it('has a result for each possible case', async () => {
    const consumer = open();
    const old = testSite.event('old', { time: testSite.clock.now() - 7 * dayMs });
    const [sent = '', bot = '', dead = ''] = await testSite.deliver(
      testSite.event('sent'),
      testSite.event('bot', { bot: true }),
      old,
    );
    expect(await consumer.replays.resend([sent], false)).toEqual({ delivered: 1 });
    expect(await consumer.replays.resend([sent, bot, dead, '9999999999999999'], true)).toEqual({
      eligible: 1,
      skipped: 1,
      'too-old': 1,
      gone: 1,
    });
    await waitUntil(() => testSite.sender.accepted.length === 2);
    await consumer.pause();
    const [ahead = ''] = await testSite.append(testSite.event('ahead'));
    expect(await consumer.replays.resend([ahead], true)).toEqual({ waiting: 1 });
    expect(await consumer.replays.resend([sent], true)).toEqual({ eligible: 1 });
    expect(await consumer.replays.resend([sent], true)).toEqual({ waiting: 1 });
  });
});

describe('failed events', () => {
  const bad = { properties: { reject: true } };
  const listDeadLetters = async () =>
    (await testSite.store.listDeadLetters(testSite.consumerId, 1_000)).map(({ offset }) => offset).sort();
  const mended: BoundDestination = { ...tinyPlatform, map: (event) => tinyPlatform.map({ ...event, properties: {} }) };

  it('are sent again once their cause is fixed, selected ones or all, and then count as delivered', async () => {
    const consumer = open();
    const offsets = await testSite.deliver(...many(40).map((event) => ({ ...event, ...bad })));
    expect(await listDeadLetters()).toEqual(offsets);
    destination = mended;
    const [first = ''] = offsets;
    expect(await consumer.replays.retryDeadLetters([first, '9999999999999999'])).toEqual({ eligible: 1 });
    await testSite.waitUntilSettled(offsets);
    expect(await listDeadLetters()).toEqual(offsets.slice(1));
    expect(await consumer.replays.retryDeadLetters('all')).toEqual({ eligible: 39 });
    await testSite.waitUntilSettled(offsets);
    expect(await listDeadLetters()).toEqual([]);
    expect(testSite.sender.accepted).toHaveLength(40);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 40, dead: 0, waiting: 0 });
    expect(await testSite.countUnaccounted()).toBe(0);
    expect(await consumer.replays.retryDeadLetters('all')).toEqual({});
  });

  it('are failed events with the new reasons if they are refused again', async () => {
    const consumer = open();
    const [offset = ''] = await testSite.deliver(testSite.event('bad', bad));
    const [before] = await testSite.store.listDeadLetters(testSite.consumerId, 1);
    await testSite.pass(minuteMs);
    expect(await consumer.replays.retryDeadLetters('all')).toEqual({ eligible: 1 });
    await testSite.waitUntilSettled([offset]);
    const [after] = await testSite.store.listDeadLetters(testSite.consumerId, 1);
    expect(after?.at).toBeGreaterThan(before?.at ?? 0);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ dead: 1, waiting: 0 });
  });

  it('stay if they are expired or no longer in the log', async () => {
    const consumer = open();
    const [old = '', trimmed = ''] = await testSite.deliver(
      testSite.event('old', { ...bad, time: testSite.clock.now() - 7 * dayMs + hourMs + minuteMs }),
      testSite.event('trimmed', bad),
    );
    await testSite.pass(2 * minuteMs);
    destination = mended;
    expect(await consumer.replays.retryDeadLetters([old])).toEqual({ 'too-old': 1 });
    await testSite.log.trim(testSite.site, trimmed);
    expect(await consumer.replays.retryDeadLetters('all')).toEqual({ gone: 2 });
    expect(await listDeadLetters()).toEqual([old, trimmed]);
    expect(testSite.sender.accepted).toEqual([]);
  });

  it('are requeued page by page, and new events are sent in between', async () => {
    testSite = storage.createSite(20);
    destination = tinyPlatform;
    testSite.identity();
    const events = many(1_300);
    const offsets = await testSite.append(...events);
    const lease = await testSite.store.acquireLease(testSite.consumerId, 'one', hourMs);
    if (!lease) throw new Error('nobody else runs it');
    const dead = offsets.map((offset) => ({ offset, outcome: 'dead', issues: [] }) as const);
    await testSite.store.commitDelivery(lease, {
      state: buildConnectionState({ cursor: offsets.at(-1) ?? '' }),
      outcomes: dead,
      deadLetters: events.map((event, index) => {
        const bytes = encodeEvent(event);
        return {
          offset: offsets[index] ?? '',
          cause: 'rejected',
          issues: [],
          eventName: event.name,
          eventId: event.id,
          bytes,
          at: 1,
        };
      }),
    });
    const { promise: isRead, resolve: go } = Promise.withResolvers<void>();
    testSite.sender.answer = async () => {
      await isRead;
      return buildReply(200);
    };
    const consumer = run();
    expect(await consumer.replays.retryDeadLetters('all')).toEqual({ eligible: 1_300 });
    const [added = ''] = await testSite.append(testSite.event('new'));
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === added);
    go();
    await testSite.waitUntilSettled([...offsets, added]);
    expect(await listDeadLetters()).toEqual([]);
    expect(testSite.sender.accepted).toHaveLength(1_301);
    const at = testSite.sender.requests.findIndex((request) => getIds(request).includes('new'));
    expect(at).toBeLessThan(8);
  });

  it('can be removed, selected ones or all, with expired ranges; the outcomes of their events stay', async () => {
    const consumer = open();
    const offsets = await testSite.deliver(...many(4).map((event) => ({ ...event, ...bad })));
    const [first = ''] = offsets;
    expect(await consumer.replays.dropDeadLetters([first])).toBe(1);
    await consumer.pause();
    const late = await testSite.append(...many(7, 'late'));
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === late.at(-1));
    await consumer.expire(late.at(-1) ?? '');
    expect(await testSite.store.getUnsent(testSite.site, testSite.consumerId)).toMatchObject({ deadLetters: 10 });
    expect(await consumer.replays.dropDeadLetters([late.at(-1) ?? ''])).toBe(7);
    expect(await consumer.replays.dropDeadLetters('all')).toBe(3);
    expect(await consumer.replays.dropDeadLetters('all')).toBe(0);
    expect(await testSite.store.getUnsent(testSite.site, testSite.consumerId)).toEqual({
      identityCursor: late.at(-1),
      unread: 0,
      deferred: 0,
      deadLetters: 0,
      deadPurchases: 0,
    });
    expect(await testSite.getOutcomes(offsets)).toEqual(['dead', 'dead', 'dead', 'dead']);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('count by the receipt of their events, whatever happens to them', async () => {
    const consumer = open(2_000);
    const step = testSite.clock.now() - (testSite.clock.now() % countBucketMs);
    const offsets = await testSite.deliver(testSite.event('bad', bad));
    await testSite.pass(2 * countBucketMs);
    destination = mended;
    await consumer.replays.retryDeadLetters('all');
    await testSite.waitUntilSettled(offsets);
    const { connections } = await testSite.store.getEventCounts(
      testSite.site,
      [testSite.consumerId],
      step,
      step + 9 * countBucketMs,
      countBucketMs,
    );
    const outcomes = connections.get(testSite.consumerId)?.outcomes ?? [];
    expect(outcomes).toEqual([{ interval: expect.any(Number), outcome: 'delivered', events: 1 }]);
    expect(outcomes[0]?.interval).toBeLessThanOrEqual(1);
  });
});
