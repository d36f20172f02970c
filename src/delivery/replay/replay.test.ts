import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { countBucketMs } from '../../storage/store/event-counts.ts';
import type { Store } from '../../storage/store/store.ts';
import type { ConnectionConsumer } from '../consumers/connection-consumer.ts';
import { aState, type Bench, bytesOf, Engines, idsIn, reply, tinyPlatform, until } from '../delivery.fixture.ts';

let engines: Engines;
let bench: Bench;
/** As it is by now: settings may change while events wait. */
let platform: BoundDestination;

beforeAll(async () => {
  engines = await Engines.open();
});
afterAll(() => engines.close());
afterEach(() => bench.dispose());

const leaveOut: BoundDestination = { ...tinyPlatform, map: () => ({ skip: 'filtered', issues: [] }) };

function open(factor = 100): ConnectionConsumer {
  bench = engines.bench(factor);
  platform = tinyPlatform;
  bench.identity();
  return run();
}

function run(store?: Store): ConnectionConsumer {
  const { decode, encode, show, unpack, probe, id, limits } = tinyPlatform;
  const now: BoundDestination = { id, limits, encode, show, decode, unpack, probe, map: (event) => platform.map(event) };
  return bench.connection({ platform: now, ...(store && { store }) }).pump;
}

const many = (count: number, prefix = 'e') => Array.from({ length: count }, (_, index) => bench.event(`${prefix}-${index}`));

async function settled(offsets: readonly Offset[]): Promise<void> {
  await until(async () => {
    const outcomes = await bench.outcomesOf(offsets);
    return outcomes.every((outcome) => outcome !== undefined && outcome !== 'waiting');
  });
}

async function deliver(...events: readonly Event[]): Promise<Offset[]> {
  const offsets = await bench.append(...events);
  await settled(offsets);
  return offsets;
}

const all = () => ({ since: 0, until: bench.clock.now() + dayMs, again: false });
const replay = async () => (await bench.state()).replay;
const ended = () => until(async () => (await replay())?.endedAt !== undefined);

/** Events received and copies, less all that stands under an outcome: 0 where each stands under one. */
async function unaccounted(): Promise<number> {
  const { received, connections } = await bench.store.getEventCounts(
    bench.site,
    [bench.pumpId],
    0,
    Number.MAX_SAFE_INTEGER,
    1e15,
  );
  const outcomes = connections.get(bench.pumpId)?.outcomes ?? [];
  return (
    received.reduce((sum, { events, duplicates: copies }) => sum + events + copies, 0) -
    outcomes.reduce((sum, { events }) => sum + events, 0)
  );
}

describe('a connection that looks through the log again', () => {
  /** Nothing is sent of what these come to be. */
  async function leave(count: number, prefix: string): Promise<Offset[]> {
    platform = leaveOut;
    const offsets = await deliver(...many(count, prefix));
    platform = tinyPlatform;
    return offsets;
  }

  it('sends what it had passed since it began, and nothing that came before', async () => {
    bench = engines.bench(100);
    platform = tinyPlatform;
    const before = await bench.append(...many(3, 'before'));
    bench.identity();
    const { decode, encode, show, unpack, probe, id, limits } = tinyPlatform;
    const changing: BoundDestination = { id, limits, encode, show, decode, unpack, probe, map: (event) => platform.map(event) };
    const { pump } = bench.connection({ platform: changing, startAt: before.at(-1) ?? '' });
    const left = await leave(5, 'left');
    await pump.again.lookAgain();
    await ended();
    await settled(left);
    expect(bench.sender.accepted).toEqual(left.map((_, index) => `left-${index}`));
  });

  it('may be asked before its pump holds the connection', async () => {
    await open().again.lookAgain();
    await ended();
    expect(await replay()).toMatchObject({ again: false, sent: 0 });
  });

  it('widens a replay that runs', async () => {
    const pump = open();
    const left = await leave(150, 'left');
    await pump.pause();
    await pump.again.replay({ since: 0, until: 1, again: false });
    await pump.again.lookAgain();
    expect(await replay()).toMatchObject({ since: 0, cursor: '', through: left.at(-1), again: false });
    await pump.resume();
    await ended();
    await settled(left);
    await until(() => bench.sender.accepted.length === 150);
  });

  it.each(['comes to its end', 'is ended'])(
    'waits until a replay of what was delivered %s, and sends no more of that again',
    async (how) => {
      const pump = open();
      const left = await leave(20, 'left');
      await bench.pass(minuteMs);
      const since = bench.clock.now();
      await deliver(...many(5, 'sent'));
      await pump.pause();
      await pump.again.replay({ since, until: bench.clock.now() + dayMs, again: true });
      const looking = pump.again.lookAgain();
      expect(await replay()).toMatchObject({ again: true });
      if (how === 'is ended') expect(await pump.again.endReplay()).toBe(true);
      await pump.resume();
      await looking;
      expect(await replay()).toMatchObject({ again: false });
      await ended();
      await settled(left);
      const sent = how === 'is ended' ? 25 : 30;
      await until(() => bench.sender.accepted.length === sent);
      expect(new Set(bench.sender.accepted).size).toBe(25);
    },
  );
});

describe('a replay', () => {
  it('sends what was left out before a setting changed, and nothing that was delivered', async () => {
    const pump = open();
    await deliver(...many(3, 'sent'));
    platform = leaveOut;
    const left = await deliver(...many(150, 'left'));
    expect(await bench.outcomesOf(left.slice(0, 1))).toEqual(['filtered']);
    platform = tinyPlatform;
    expect(await pump.again.replay(all())).toBe(153);
    await ended();
    await settled(left);
    expect(bench.sender.accepted.filter((id) => id.startsWith('sent'))).toHaveLength(3);
    expect(new Set(bench.sender.accepted).size).toBe(153);
    expect(bench.sender.accepted).toHaveLength(153);
    expect(await replay()).toMatchObject({ passed: 153, sent: 150, again: false });
    expect(await bench.store.countByOutcome(bench.pumpId)).toMatchObject({ delivered: 153, filtered: 0, waiting: 0 });
    expect(await unaccounted()).toBe(0);
  });

  it('sends what was delivered as well where it is asked to, under the same ids', async () => {
    const pump = open();
    const offsets = await deliver(...many(120));
    await pump.again.replay({ ...all(), again: true });
    await ended();
    await settled(offsets);
    await until(() => bench.sender.accepted.length === 240);
    expect(new Set(bench.sender.accepted).size).toBe(120);
    expect(await replay()).toMatchObject({ passed: 120, sent: 120 });
    expect(await bench.store.countByOutcome(bench.pumpId)).toEqual({ delivered: 120, waiting: 0 });
    const matches = await bench.store.getMatchCounts(bench.pumpId, '2000-01-01', '2100-01-01');
    expect(matches.map(({ delivered }) => delivered)).toEqual([120]);
  });

  it('passes over signals, copies, what was erased, what is too old and what would be skipped again', async () => {
    const pump = open();
    const denied = { stated: 'denied', effective: 'denied' } as const;
    const old = bench.event('old', { time: bench.clock.now() - 7 * dayMs });
    const event = bench.event('told-twice');
    const offsets = await deliver(
      event,
      bench.event('gone'),
      bench.event('denied', { consent: denied }),
      bench.event('bot', { bot: true }),
      old,
    );
    await deliver({ ...event, reporter: 'server' });
    const [signal] = await bench.append(bench.event('s', { name: '$consent' }));
    await until(async () => (await bench.state()).cursor === signal);
    const [, gone = ''] = offsets;
    await bench.store.beginErasure({ site: bench.site, offsets: [gone], visitors: [], now: bench.clock.now() });
    const before = bench.sender.accepted.length;
    await pump.again.replay({ ...all(), again: true });
    await ended();
    await until(() => bench.sender.accepted.length > before);
    expect(bench.sender.accepted.slice(before)).toEqual(['told-twice']);
    expect(await bench.outcomesOf(offsets)).toEqual(['delivered', 'delivered', 'consent-denied', 'bot', 'dead']);
    expect(await replay()).toMatchObject({ passed: 5, sent: 1 });
  });

  it('is of what was received in its period alone, and leaves what the first cursor has still to come to', async () => {
    const pump = open();
    platform = leaveOut;
    await deliver(...many(2, 'before'));
    await bench.pass(minuteMs);
    const since = bench.clock.now();
    await deliver(...many(2, 'in'));
    await bench.pass(minuteMs);
    const then = bench.clock.now();
    await deliver(...many(2, 'after'));
    platform = tinyPlatform;
    await pump.again.replay({ since, until: then, again: false });
    await ended();
    await until(() => bench.sender.accepted.length === 2);
    expect(bench.sender.accepted).toEqual(['in-0', 'in-1']);
    await pump.pause();
    await bench.append(...many(3, 'new'));
    await pump.again.replay({ since: then + dayMs, until: then + 2 * dayMs, again: true });
    await pump.resume();
    await ended();
    await until(() => bench.sender.accepted.includes('new-2'));
    expect(bench.sender.accepted).toHaveLength(5);
  });

  it('holds nothing up: what is new goes between its pages', async () => {
    const pump = open(20);
    const offsets = await deliver(...many(1_500, 'old'));
    const before = bench.sender.requests.length;
    await pump.again.replay({ ...all(), again: true });
    await until(() => bench.sender.requests.length >= before + 2);
    const asked = bench.sender.requests.length;
    await bench.append(bench.event('new'));
    await until(() => bench.sender.accepted.includes('new'));
    const at = bench.sender.requests.findIndex((request) => idsIn(request).includes('new'));
    expect(at - asked).toBeLessThanOrEqual(3);
    expect((await replay())?.endedAt).toBeUndefined();
    await ended();
    await settled(offsets);
    expect(bench.sender.accepted).toHaveLength(3_001);
  });

  it('runs once at a time, can be ended where it is, and another can begin', async () => {
    const pump = open();
    const offsets = await deliver(...many(450));
    await pump.pause();
    await pump.again.replay({ ...all(), again: true });
    expect(await pump.again.replay(all())).toBe('running');
    expect(await pump.again.endReplay()).toBe(true);
    expect(await pump.again.endReplay()).toBe(false);
    expect(await replay()).toMatchObject({ passed: 0, endedAt: expect.any(Number) });
    await pump.resume();
    await deliver(bench.event('later'));
    expect(bench.sender.accepted).toHaveLength(451);
    await pump.again.replay({ ...all(), again: true });
    await ended();
    await settled(offsets);
    await until(() => bench.sender.accepted.length === 902);
  });

  it('waits while the connection is paused, and goes on where it was when another process takes over', async () => {
    bench = engines.bench(100);
    platform = tinyPlatform;
    bench.identity();
    const first = bench.connection();
    const offsets = await deliver(...many(1_000));
    await first.pump.pause();
    await first.pump.again.replay({ ...all(), again: true });
    await bench.pass(minuteMs);
    expect(await replay()).toMatchObject({ passed: 0 });
    await first.pump.resume();
    await until(async () => ((await replay())?.passed ?? 0) >= 300);
    await first.stop();
    expect((await replay())?.passed).toBeLessThan(1_000);
    run();
    await ended();
    await settled(offsets);
    await until(() => bench.sender.accepted.length === 2_000);
    expect(new Set(bench.sender.accepted).size).toBe(1_000);
    expect(await replay()).toMatchObject({ passed: 1_000, sent: 1_000 });
  });

  it('puts up no more than a few while the platform is in trouble, and all of it comes to an end', async () => {
    const pump = open(2_000);
    const offsets = await deliver(...many(1_500));
    bench.sender.answer = () => reply(503);
    await pump.again.replay({ ...all(), again: true });
    await until(async () => (await bench.state()).breaker.failedProbes !== null);
    await bench.pass(hourMs / 2);
    expect((await replay())?.sent).toBeLessThanOrEqual(700);
    bench.sender.answer = () => reply(200);
    await ended();
    await settled(offsets);
    expect(bench.sender.accepted).toHaveLength(3_000);
    expect(await unaccounted()).toBe(0);
  });

  it('sends what came before the connection began, and that is accounted for', async () => {
    bench = engines.bench(100);
    platform = tinyPlatform;
    const before = await bench.append(...many(30, 'before'));
    bench.identity();
    const { pump } = bench.connection({ startAt: before.at(-1) ?? '' });
    await deliver(...many(2, 'after'));
    expect(await unaccounted()).toBe(30);
    await pump.again.replay(all());
    await ended();
    await settled(before);
    expect(bench.sender.accepted).toHaveLength(32);
    // Those that count as sent, less those that count as earlier no more.
    expect(await unaccounted()).toBe(30);
    const { connections } = await bench.store.getEventCounts(bench.site, [bench.pumpId], 0, Number.MAX_SAFE_INTEGER, 1e15);
    expect(connections.get(bench.pumpId)?.outcomes).toEqual([
      { interval: 0, outcome: 'delivered', events: 32 },
      { interval: 0, outcome: 'earlier', events: -30 },
    ]);
  });

  it('of what another connection of the same id had left out takes it from what came earlier', async () => {
    bench = engines.bench(100);
    platform = leaveOut;
    bench.identity();
    const first = bench.connection({ platform: leaveOut });
    const before = await deliver(...many(3));
    await first.stop();
    await bench.store.retireConnection(bench.site, 'bing', bench.clock.now());
    const { pump } = bench.connection({ startAt: before.at(-1) ?? '' });
    await pump.again.replay(all());
    await ended();
    await settled(before);
    expect(await bench.store.countByOutcome(bench.pumpId)).toEqual({ delivered: 3, waiting: 0 });
    const { connections } = await bench.store.getEventCounts(bench.site, [bench.pumpId], 0, Number.MAX_SAFE_INTEGER, 1e15);
    expect(connections.get(bench.pumpId)?.outcomes).toEqual([
      { interval: 0, outcome: 'delivered', events: 3 },
      { interval: 0, outcome: 'earlier', events: -3 },
    ]);
  });

  it('gives way to what expires: the log is about to forget it', async () => {
    const pump = open();
    const offsets = await deliver(...many(20));
    await pump.pause();
    await pump.again.replay({ ...all(), again: true });
    await pump.expire(offsets[9] ?? '');
    await pump.resume();
    await ended();
    expect(await replay()).toMatchObject({ passed: 10, sent: 10 });
  });

  it('is complete, and counts stay right, whatever step of it fails', async () => {
    bench = engines.bench(400);
    platform = leaveOut;
    bench.identity();
    let steps = 0;
    const faulty: Store = {
      ...bench.store,
      commitDelivery: (lease, delta) => {
        steps += 1;
        return steps % 3 === 0 ? Promise.reject(new Error('disk I/O error')) : bench.store.commitDelivery(lease, delta);
      },
    };
    const offsets = await bench.append(...many(500));
    const calm = bench.connection({ platform: leaveOut });
    await settled(offsets);
    await calm.stop();
    platform = tinyPlatform;
    const pump = run(faulty);
    await until(async () => (await pump.again.replay(all()).catch(() => undefined)) !== undefined);
    await ended();
    await settled(offsets);
    expect(new Set(bench.sender.accepted).size).toBe(500);
    // Only a request that was answered and not settled goes twice.
    expect(bench.sender.accepted.length - 500).toBeLessThanOrEqual((await bench.state()).inDoubt * 100);
    expect(await replay()).toMatchObject({ passed: 500, sent: 500 });
    expect(await unaccounted()).toBe(0);
    expect(await bench.store.countByOutcome(bench.pumpId)).toEqual({ delivered: 500, filtered: 0, waiting: 0 });
  });
});

describe('what an operator asked for', () => {
  it('holds where it was durable, also where the store could not say so', async () => {
    bench = engines.bench(400);
    platform = tinyPlatform;
    bench.identity();
    let isSilent = false;
    const silent: Store = {
      ...bench.store,
      async commitDelivery(lease, delta) {
        await bench.store.commitDelivery(lease, delta);
        if (isSilent) throw new Error('no answer in time');
      },
    };
    const pump = run(silent);
    await deliver(bench.event('a'));
    await pump.again.endReplay();
    isSilent = true;
    await expect(pump.pause()).rejects.toThrow('no answer in time');
    isSilent = false;
    await bench.append(bench.event('b'));
    await bench.pass(minuteMs);
    expect((await bench.state()).pause?.cause).toBe('operator');
    expect(bench.sender.accepted).toEqual(['a']);
  });
});

describe('an event that is sent again', () => {
  it('says of each what comes of it', async () => {
    const pump = open();
    const old = bench.event('old', { time: bench.clock.now() - 7 * dayMs });
    const [sent = '', bot = '', dead = ''] = await deliver(bench.event('sent'), bench.event('bot', { bot: true }), old);
    expect(await pump.again.resend([sent], false)).toEqual({ delivered: 1 });
    expect(await pump.again.resend([sent, bot, dead, '9999999999999999'], true)).toEqual({
      up: 1,
      skipped: 1,
      'too-old': 1,
      gone: 1,
    });
    await until(() => bench.sender.accepted.length === 2);
    await pump.pause();
    const [ahead = ''] = await bench.append(bench.event('ahead'));
    expect(await pump.again.resend([ahead], true)).toEqual({ waiting: 1 });
    expect(await pump.again.resend([sent], true)).toEqual({ up: 1 });
    expect(await pump.again.resend([sent], true)).toEqual({ waiting: 1 });
  });
});

describe('dead letters', () => {
  const bad = { properties: { reject: true } };
  const letters = async () => (await bench.store.listDeadLetters(bench.pumpId, 1_000)).map(({ offset }) => offset).sort();
  const mended: BoundDestination = { ...tinyPlatform, map: (event) => tinyPlatform.map({ ...event, properties: {} }) };

  it('go again once their cause is mended, those that were chosen or all, and count as delivered then', async () => {
    const pump = open();
    const offsets = await deliver(...many(40).map((event) => ({ ...event, ...bad })));
    expect(await letters()).toEqual(offsets);
    platform = mended;
    const [first = ''] = offsets;
    expect(await pump.again.retryDeadLetters([first, '9999999999999999'])).toEqual({ up: 1 });
    await settled(offsets);
    expect(await letters()).toEqual(offsets.slice(1));
    expect(await pump.again.retryDeadLetters('all')).toEqual({ up: 39 });
    await settled(offsets);
    expect(await letters()).toEqual([]);
    expect(bench.sender.accepted).toHaveLength(40);
    expect(await bench.store.countByOutcome(bench.pumpId)).toEqual({ delivered: 40, dead: 0, waiting: 0 });
    expect(await unaccounted()).toBe(0);
    expect(await pump.again.retryDeadLetters('all')).toEqual({});
  });

  it('that are refused again are dead letters again, with the reasons of now', async () => {
    const pump = open();
    const [offset = ''] = await deliver(bench.event('bad', bad));
    const [before] = await bench.store.listDeadLetters(bench.pumpId, 1);
    await bench.pass(minuteMs);
    expect(await pump.again.retryDeadLetters('all')).toEqual({ up: 1 });
    await settled([offset]);
    const [after] = await bench.store.listDeadLetters(bench.pumpId, 1);
    expect(after?.at).toBeGreaterThan(before?.at ?? 0);
    expect(await bench.store.countByOutcome(bench.pumpId)).toEqual({ dead: 1, waiting: 0 });
  });

  it('stay where they are too old, or where the log has them no longer', async () => {
    const pump = open();
    const [old = '', trimmed = ''] = await deliver(
      bench.event('old', { time: bench.clock.now() - 7 * dayMs }),
      bench.event('trimmed', bad),
    );
    platform = mended;
    expect(await pump.again.retryDeadLetters([old])).toEqual({ 'too-old': 1 });
    await bench.log.trim(bench.site, trimmed);
    expect(await pump.again.retryDeadLetters('all')).toEqual({ gone: 2 });
    expect(await letters()).toEqual([old, trimmed]);
    expect(bench.sender.accepted).toEqual([]);
  });

  it('go a page at a time however many there are, and what is new goes between them', async () => {
    bench = engines.bench(20);
    platform = tinyPlatform;
    bench.identity();
    const events = many(1_300);
    const offsets = await bench.append(...events);
    const lease = await bench.store.acquireLease(bench.pumpId, 'one', hourMs);
    if (!lease) throw new Error('nobody else runs it');
    const dead = offsets.map((offset) => ({ offset, outcome: 'dead', issues: [] }) as const);
    await bench.store.commitDelivery(lease, {
      state: aState({ cursor: offsets.at(-1) ?? '' }),
      outcomes: dead,
      deadLetters: events.map((event, index) => {
        const bytes = bytesOf(event);
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
    const pump = run();
    expect(await pump.again.retryDeadLetters('all')).toEqual({ up: 1_300 });
    await bench.append(bench.event('new'));
    await settled(offsets);
    expect(await letters()).toEqual([]);
    expect(bench.sender.accepted).toHaveLength(1_301);
    const at = bench.sender.requests.findIndex((request) => idsIn(request).includes('new'));
    expect(at).toBeLessThan(8);
  });

  it('are taken away, those that were chosen or all, stretches that expired among them; what became of the events stays known', async () => {
    const pump = open();
    const offsets = await deliver(...many(4).map((event) => ({ ...event, ...bad })));
    const [first = ''] = offsets;
    expect(await pump.again.dropDeadLetters([first])).toBe(1);
    await pump.pause();
    const late = await bench.append(...many(7, 'late'));
    await until(async () => (await bench.store.getIdentityCursor(bench.site)) === late.at(-1));
    await pump.expire(late.at(-1) ?? '');
    expect(await bench.store.getUnsent(bench.site, bench.pumpId)).toMatchObject({ deadLetters: 10 });
    expect(await pump.again.dropDeadLetters([late.at(-1) ?? ''])).toBe(7);
    expect(await pump.again.dropDeadLetters('all')).toBe(3);
    expect(await pump.again.dropDeadLetters('all')).toBe(0);
    expect(await bench.store.getUnsent(bench.site, bench.pumpId)).toEqual({ waiting: 0, deadLetters: 0 });
    expect(await bench.outcomesOf(offsets)).toEqual(['dead', 'dead', 'dead', 'dead']);
    expect(await unaccounted()).toBe(0);
  });

  it('count by when the events were received, wherever they go', async () => {
    const pump = open(2_000);
    const step = bench.clock.now() - (bench.clock.now() % countBucketMs);
    const offsets = await deliver(bench.event('bad', bad));
    await bench.pass(2 * countBucketMs);
    platform = mended;
    await pump.again.retryDeadLetters('all');
    await settled(offsets);
    const { connections } = await bench.store.getEventCounts(
      bench.site,
      [bench.pumpId],
      step,
      step + 9 * countBucketMs,
      countBucketMs,
    );
    const outcomes = connections.get(bench.pumpId)?.outcomes ?? [];
    expect(outcomes).toEqual([{ interval: expect.any(Number), outcome: 'delivered', events: 1 }]);
    expect(outcomes[0]?.interval).toBeLessThanOrEqual(1);
  });
});
