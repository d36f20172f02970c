import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expireEvents } from '../../delivery/consumers/expire-events.ts';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { buildReply } from '../../delivery/tiny-platform.fixture.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, minuteMs } from '../../event/units.ts';
import { compileRules } from '../../rules/evaluate.ts';
import { countBucketMs, countBucketStart } from '../../storage/ports/event-counts.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { TotalsView } from './schemas.ts';

let storage: TestStorage;
let testSite: TestSite;

beforeAll(async () => {
  storage = await TestStorage.open();
});
afterAll(() => storage.close());
beforeEach(() => {
  testSite = storage.createSite(100);
});
afterEach(() => testSite.dispose());

function api() {
  const { log, store, clock } = testSite;
  const [connection] = shop.connections;
  const site = { ...shop, id: testSite.site, connections: connection ? [connection] : [] };
  return createTestClient(createTestApi({ log, store, sites: () => [site], now: () => clock.now() }));
}

async function totals(since = 0, untilThen = testSite.clock.now() + dayMs): Promise<TotalsView> {
  const [site] = await api()('GET /api/totals', { since, until: untilThen });
  if (!site) throw new Error('there is one site');
  return site;
}

const account = async () => {
  const [connection] = (await totals()).connections;
  if (!connection) return undefined;
  const { money: _, ...counts } = connection;
  return counts;
};
const many = (count: number, prefix = 'e', more: Partial<Event> = {}) =>
  Array.from({ length: count }, (_, index) => testSite.event(`${prefix}-${index}`, more));
/** Resolves when this many reports are received and have a final outcome. */
const waitUntilSettled = (reports: number) =>
  waitUntil(async () => {
    // Read first: a connection that begins between the two reads has no undelivered event in the totals yet.
    const hasBegun = (await testSite.state()).cursor !== '';
    const { received, copies, connections } = await totals();
    const [connection] = connections;
    return (
      hasBegun &&
      received + copies === reports &&
      connection?.undelivered === 0 &&
      connection.unmerged === 0 &&
      (connection.outcomes.waiting ?? 0) === 0
    );
  });

describe('the totals of a time', () => {
  it('count every event once at any time', async () => {
    let answers = 0;
    testSite.sender.answer = () => {
      answers += 1;
      if (answers % 5 === 1) return buildReply(503);
      if (answers % 5 === 2) return buildReply(400, '{"bad":[0]}');
      if (answers % 5 === 3) return { unknown: 'timeout' };
      return buildReply(200);
    };
    testSite.identity();
    testSite.connection();
    const seen = new Set<number | undefined>();
    for (let round = 0; round < 12; round += 1) {
      const events = many(40, `r${round}`);
      await testSite.append(
        ...events,
        ...events.slice(0, 5).map((event) => ({ ...event, reporter: 'server' }) as const),
        testSite.event(`denied-${round}`, { consent: { stated: 'denied', effective: 'denied' } }),
        testSite.event(`bot-${round}`, { bot: true }),
        testSite.event(`bad-${round}`, { properties: { reject: true } }),
        testSite.event(`signal-${round}`, { name: '$consent' }),
      );
      for (let pass = 0; pass < 5; pass += 1) {
        seen.add((await account())?.lost);
        await testSite.pass(2_000);
      }
    }
    await waitUntilSettled(12 * 43 + 60);
    expect([...seen]).toEqual([0]);
    const { received, copies, connections } = await totals();
    expect({ received, copies }).toEqual({ received: 12 * 43, copies: 60 });
    expect(connections[0]).toMatchObject({ undelivered: 0, earlier: 0, lost: 0 });
    expect(connections[0]?.outcomes).toMatchObject({ duplicate: 60, bot: 12, 'consent-denied': 12 });
    const { counts } = (await api()('GET /api/connections'))[0] ?? {};
    expect(counts).toMatchObject({ ...connections[0]?.outcomes, waiting: 0 });
  });

  it('count events before the connection started, and unprocessed ones', async () => {
    const before = await testSite.append(...many(7, 'before'));
    const { consumer } = testSite.identity();
    const { stop } = testSite.connection({ startAt: before.at(-1) ?? '' });
    await testSite.append(...many(5, 'after'));
    await waitUntilSettled(12);
    expect(await totals()).toMatchObject({ received: 12, connections: [{ earlier: 7, undelivered: 0, lost: 0 }] });
    await stop();
    const rest = many(4, 'left');
    const duplicates = rest.slice(0, 3).map((event) => ({ ...event, reporter: 'server' }) as const);
    const left = await testSite.append(...rest, ...duplicates);
    await waitUntil(() => consumer.cursor === left.at(-1));
    const outcomes = { delivered: 5 };
    expect(await account()).toEqual({ connection: 'bing', outcomes, earlier: 7, undelivered: 4, unmerged: 3, lost: 0 });
    const [{ lag, undeliveredSince } = {}] = await api()('GET /api/connections');
    expect(lag?.events).toBe(4);
    expect(lag?.ms).toBeGreaterThan(0);
    expect(undeliveredSince).toBeLessThanOrEqual(testSite.clock.now());
  });

  it('count the events that rules add, for their connection alone', async () => {
    const { consumer } = testSite.identity();
    const also = { id: 'also', name: 'Also', when: { field: 'name', is: 'present' }, then: { also: { name: 'Extra' } } } as const;
    const rules = compileRules('bing', [{ ...also, enabled: true }]);
    if (!rules) throw new Error('no rules');
    const { stop } = testSite.connection({ rules });
    await testSite.append(...many(3));
    await waitUntil(async () => (await account())?.outcomes.delivered === 6);
    const done = { connection: 'bing', added: 3, outcomes: { delivered: 6 }, undelivered: 0, unmerged: 0, earlier: 0, lost: 0 };
    expect(await totals()).toMatchObject({ received: 3, copies: 0, connections: [done] });
    await stop();
    const addFor = (connection: string) => ({ reporter: 'server', addedBy: { rule: 'also', connection } }) as const;
    const left = await testSite.append(
      testSite.event('left'),
      testSite.event('left~also', addFor('bing')),
      testSite.event('left~also', addFor('other')),
    );
    await waitUntil(() => consumer.cursor === left.at(-1));
    expect(await account()).toEqual({ ...done, added: 4, undelivered: 2 });
  });

  it('count nothing as sent or lost for a connection that never ran', async () => {
    const { consumer } = testSite.identity();
    const offsets = await testSite.append(...many(3));
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    expect(await account()).toEqual({ connection: 'bing', outcomes: {}, earlier: 3, undelivered: 0, unmerged: 0, lost: 0 });
  });

  it('count events before the connection started after they left the log', async () => {
    const { consumer } = testSite.identity();
    const trimmed = await testSite.append(...many(3, 'gone'));
    await waitUntil(() => consumer.cursor === trimmed.at(-1));
    await testSite.pass(2 * countBucketMs);
    await testSite.log.trim(testSite.site, trimmed.at(-1) ?? '');
    testSite.connection();
    await testSite.append(...many(2, 'after'));
    await waitUntilSettled(5);
    expect(await account()).toEqual({
      connection: 'bing',
      outcomes: { delivered: 2 },
      earlier: 3,
      undelivered: 0,
      unmerged: 0,
      lost: 0,
    });
  });

  it('count expired events as dead, and erased events and duplicates as such', async () => {
    const { consumer } = testSite.identity();
    await testSite.prepare({ cursor: '' });
    const events = many(6, 'order', { name: 'Purchase', commerce: { value: 10.05, currency: 'EUR' } });
    const [first] = events;
    const offsets = await testSite.append(...events, ...(first ? [{ ...first, reporter: 'server' } as const] : []));
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    const { log, store, site, consumerId: pumpId } = testSite;
    await store.beginErasure({ site, offsets: offsets.slice(1, 3), visitors: [], now: testSite.clock.now() });
    expect(await account()).toMatchObject({ undelivered: 6, unmerged: 1, lost: 0 });
    const inEuro = (orders: number, amount: number) => ({
      orders,
      withoutValue: 0,
      amounts: [{ currency: 'EUR', amount, orders }],
    });
    expect(await totals()).toMatchObject({
      isComplete: false,
      reported: inEuro(1, 10.05),
      browsersAlone: inEuro(5, 50.25),
      connections: [{ money: { waiting: inEuro(4, 40.2), failed: { orders: 0 } } }],
    });
    const lease = await store.acquireLease(pumpId, 'one', dayMs);
    if (!lease) throw new Error('nobody else runs it');
    const through = offsets.at(-1) ?? '';
    for await (const delta of expireEvents({ consumer: pumpId, site, log, store }, await testSite.state(), through, 1))
      await store.commitDelivery(lease, delta);
    expect(await account()).toMatchObject({ outcomes: { dead: 4, erased: 2, duplicate: 1 }, undelivered: 0, lost: 0 });
    const [{ connections: [{ money } = {}] = [] } = {}] = await api()('GET /api/totals', {
      since: 0,
      until: testSite.clock.now() + dayMs,
    });
    expect(money).toMatchObject({ waiting: { orders: 0 }, failed: inEuro(4, 40.2), skipped: { orders: 0 } });
  });

  it('cover the requested period in whole buckets of 5 minutes, including rejections', async () => {
    testSite.identity();
    testSite.connection();
    await testSite.append(...many(3, 'first'));
    const rejection = { v: 1, receivedAt: 0, issues: [] };
    const refused = { partition: `${testSite.site}!rejected`, bytes: Buffer.from(JSON.stringify(rejection)) };
    await testSite.log.append(['a', 'b'].map((key) => ({ ...refused, key })));
    const first = testSite.clock.now();
    await testSite.pass(2 * countBucketMs);
    await testSite.append(...many(2, 'second'));
    await waitUntilSettled(5);
    const early = await totals(first, first);
    expect(early).toMatchObject({ received: 3, refused: 2, connections: [{ outcomes: { delivered: 3 }, lost: 0 }] });
    const late = await totals(countBucketStart(first) + 2 * countBucketMs);
    expect(late).toMatchObject({ received: 2, refused: 0, connections: [{ outcomes: { delivered: 2 }, lost: 0 }] });
    expect(await totals()).toMatchObject({ received: 5, refused: 2 });
    const since = countBucketStart(first) + 2 * countBucketMs;
    const [compared] = await api()('GET /api/totals', { since, until: since + countBucketMs, compare: 'before' });
    expect(compared).toMatchObject({ received: 2, countedSince: countBucketStart(first), isComplete: true });
    expect(compared?.before).toMatchObject({ since: since - countBucketMs, until: since, received: 0, isComplete: true });
    const [inside] = await api()('GET /api/totals', { since: since + minuteMs, until: since + countBucketMs, compare: 'before' });
    expect([inside?.received, inside?.before?.received]).toEqual([2, 0]);
    const ofSite = { site: testSite.site, since: first - dayMs, until: testSite.clock.now() };
    const days = await api()('GET /api/sites/:site/series', { ...ofSite, by: 'day' });
    expect(days.received.reduce((all, some) => all + some)).toBe(5);
    expect(days).toMatchObject({ starts: { length: days.received.length }, isComplete: false });
  });
});

describe('a series', () => {
  it.each([
    ['1h', 12, 5],
    ['24h', 48, 30],
    ['7d', 84, 120],
    ['14d', 672, 30],
    ['30d', 90, 480],
  ] as const)('has for %s %i buckets of %i minutes, including empty ones', async (range, steps, minutes) => {
    testSite.identity();
    testSite.connection();
    await testSite.append(...many(3));
    await waitUntilSettled(3);
    const series = await api()('GET /api/sites/:site/series', { site: testSite.site, range });
    expect(series.stepMs).toBe(minutes * minuteMs);
    expect(series.received).toHaveLength(steps);
    expect(series.received.reduce((all, some) => all + some)).toBe(3);
    expect(series.since + steps * series.stepMs).toBeGreaterThan(testSite.clock.now());
    expect(series.since % series.stepMs).toBe(0);
    const [connection] = series.connections;
    expect(connection?.outcomes.delivered).toEqual(series.received);
    expect(Object.keys(connection?.outcomes ?? {})).toEqual(['delivered']);
    const timed = connection?.deliveryTimes.flatMap(({ events }) => events).reduce((all, some) => all + some, 0);
    expect(timed).toBe(3);
  });

  it('contains only the requested connection, and rejects an unknown one', async () => {
    const ask = { site: testSite.site, range: '1h' } as const;
    expect((await api()('GET /api/sites/:site/series', { ...ask, connection: 'bing' })).connections).toHaveLength(1);
    await expect(api()('GET /api/sites/:site/series', { ...ask, connection: 'none' })).rejects.toThrow(/connection/);
  });
});
