import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countEvents } from '../../api/connections/event-counts.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, minuteMs, secondMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { DeliveryCommit } from '../../storage/store/consumers.ts';
import { countBucketMs } from '../../storage/store/event-counts.ts';
import type { Store } from '../../storage/store/store.ts';
import {
  buildReply,
  createConsumerSite,
  getIds,
  isProbe,
  type TestSite,
  tinyPlatform,
  useTestStorage,
  waitUntil,
} from '../delivery.fixture.ts';

const storage = useTestStorage();
let testSite: TestSite;

const browsers = (count: number, prefix = 'b') =>
  Array.from({ length: count }, (_, index) => testSite.event(`${prefix}${index}`));
const server = (id: string, more: Partial<Event> = {}) => testSite.event(id, { reporter: 'server', ...more });
const waitUntilSettled = (offsets: readonly Offset[]) =>
  waitUntil(async () => {
    const { cursor } = await testSite.state();
    const outcomes = await testSite.getOutcomes(offsets);
    return cursor === offsets.at(-1) && outcomes.every((outcome) => outcome !== undefined && outcome !== 'waiting');
  });
/** Waits until the identity consumer has read everything, so that the connection starts with the whole backlog. */
async function backlog(...events: readonly Event[]): Promise<Offset[]> {
  const { consumer } = testSite.identity();
  const offsets = await testSite.append(...events);
  await waitUntil(() => consumer.cursor === offsets.at(-1));
  return offsets;
}

describe('trusted reports', () => {
  it('overtake a backlog of browser events, and everything is delivered once', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...browsers(1_000), server('sale'), ...browsers(50, 'more'), server('lead'));
    const rows: number[] = [];
    testSite.connection({ onCommit: ({ putDeferred: putStragglers }) => rows.push(putStragglers?.length ?? 0) });
    await waitUntilSettled(offsets);
    const findRequestIndex = (id: string) => testSite.sender.requests.findIndex((request) => getIds(request).includes(id));
    expect(findRequestIndex('sale')).toBe(1);
    expect(findRequestIndex('lead')).toBe(1);
    expect(testSite.sender.accepted).toHaveLength(1_052);
    expect(new Set(testSite.sender.accepted).size).toBe(1_052);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 1_052, waiting: 0 });
    expect(await testSite.countUnaccounted()).toBe(0);
    expect(Math.max(...rows)).toBe(0);
    expect(await testSite.state()).not.toHaveProperty('ahead');
  });

  it("overtake if they are duplicates of browsers' reports, with merged values", async () => {
    testSite = storage.createSite(100);
    const page = { url: 'https://shop.example/thanks' };
    const offsets = await backlog(
      ...browsers(150),
      testSite.event('late', { page }),
      ...browsers(500, 'more'),
      server('late', { commerce: { value: 125.4 } }),
    );
    testSite.connection();
    await waitUntilSettled(offsets);
    const requests = testSite.sender.requests.filter((request) => getIds(request).includes('late'));
    expect(requests.map(({ body }) => JSON.parse(body))).toEqual([
      [{ id: 'late', value: 125.4, url: page.url, reporters: ['browser', 'server'] }],
    ]);
    expect(testSite.sender.requests.indexOf(requests[0] ?? { method: 'GET', url: '', headers: {}, body: '' })).toBe(1);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 651, duplicate: 1, waiting: 0 });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("overtake if the connection skipped the browser's report of the event before", async () => {
    testSite = storage.createSite(100);
    const { consumer } = testSite.identity();
    testSite.connection();
    const claims = await testSite.append(testSite.event('sale', { bot: true }));
    await waitUntilSettled(claims);
    expect(await testSite.getOutcomes(claims)).toEqual(['bot']);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    testSite.sender.answer = async (_, index) => {
      if (index === 0) await released;
      return buildReply(200);
    };
    const offsets = await testSite.append(...browsers(1_000), server('sale'), ...browsers(50, 'more'));
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    release();
    await waitUntilSettled([...claims, ...offsets]);
    const findRequestIndex = (id: string) => testSite.sender.requests.findIndex((request) => getIds(request).includes(id));
    expect(findRequestIndex('sale')).toBeGreaterThan(0);
    expect(findRequestIndex('sale')).toBeLessThanOrEqual(5);
    expect(testSite.sender.accepted.filter((id) => id === 'sale')).toHaveLength(1);
    expect(testSite.sender.accepted).toHaveLength(1_051);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({
      bot: 0,
      delivered: 1_051,
      duplicate: 1,
      waiting: 0,
    });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('overtake if an earlier trusted report of the event was settled ahead of the cursor without a delivery', async () => {
    testSite = storage.createSite(100);
    const { consumer } = testSite.identity();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    testSite.sender.answer = async (_, index) => {
      if (index === 3) await released;
      return buildReply(200);
    };
    const time = testSite.clock.now() - 8 * dayMs;
    const reports = [testSite.event('sale', { time }), testSite.event('sale', { time, reporter: 'webhook' })];
    const offsets = await testSite.append(...browsers(1_000), ...reports);
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length === 4);
    expect(await testSite.getOutcomes(offsets.slice(-2))).toEqual(['dead', undefined]);
    offsets.push(...(await testSite.append(server('sale'))));
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    release();
    await waitUntilSettled(offsets);
    expect(testSite.sender.requests.length).toBeGreaterThan(9);
    const request = testSite.sender.requests.findIndex((one) => getIds(one).includes('sale'));
    expect([request >= 4, request < 8]).toEqual([true, true]);
    expect(testSite.sender.accepted.filter((id) => id === 'sale')).toHaveLength(1);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('are counted as delivered and no longer as undelivered while they are ahead of the cursor', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...browsers(300), server('sale'));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    testSite.sender.answer = async (_, index) => {
      if (index === 2) await released;
      return buildReply(200);
    };
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length === 3);
    const since = testSite.clock.now() - (testSite.clock.now() % countBucketMs) - countBucketMs;
    const stretches = { since, until: since + 10 * countBucketMs, stretchMs: 10 * countBucketMs };
    const connections = [{ id: 'bing', destination: 'tiny', enabled: true, settings: {} }];
    const counts = await countEvents({ id: testSite.site, connections }, testSite, stretches);
    expect(counts.connections).toMatchObject([{ outcomes: { delivered: [101] }, undelivered: [200] }]);
    release();
    await waitUntilSettled(offsets);
    const after = await countEvents({ id: testSite.site, connections }, testSite, stretches);
    expect(after.connections).toMatchObject([{ outcomes: { delivered: [301] }, undelivered: [0] }]);
  });

  it('do not overtake if no browser event is before them: the log is read in order', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...Array.from({ length: 350 }, (_, index) => server(`s${index}`)));
    const states: DeliveryCommit['state'][] = [];
    testSite.connection({ onCommit: ({ state }) => states.push(state) });
    await waitUntilSettled(offsets);
    expect(testSite.sender.requests.map((request) => getIds(request).length)).toEqual([100, 100, 100, 50]);
    expect(states.filter(({ ahead }) => ahead !== undefined)).toEqual([]);
  });

  it('are searched for only if the connection is behind', async () => {
    testSite = storage.createSite(100);
    testSite.identity();
    let searches = 0;
    const store: Store = {
      ...testSite.store,
      findTrustedReports: (...params) => {
        searches += 1;
        return testSite.store.findTrustedReports(...params);
      },
    };
    testSite.connection({ store });
    for (let round = 0; round < 5; round += 1)
      await waitUntilSettled(await testSite.append(...browsers(20, `r${round}-`), server(`s${round}`)));
    expect(searches).toBe(0);
  });

  it('create no deferred delivery and are delivered once if the platform fails in between', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...browsers(400), server('sale'), server('lead'));
    const rows: number[] = [];
    testSite.sender.answer = (_, index) => (index === 1 || index === 2 ? buildReply(503) : buildReply(200));
    testSite.connection({ onCommit: ({ putDeferred: putStragglers }) => rows.push(putStragglers?.length ?? 0) });
    await waitUntilSettled(offsets);
    expect(testSite.sender.accepted).toHaveLength(402);
    expect(new Set(testSite.sender.accepted).size).toBe(402);
    expect(Math.max(...rows)).toBe(0);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('are not sent if they were erased while they waited, and count as erased', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...browsers(250), server('sale'));
    const sale = offsets.at(-1) ?? '';
    const erasure = { site: testSite.site, offsets: [sale], visitors: [], now: testSite.clock.now() };
    await testSite.store.beginErasure(erasure);
    await testSite.log.redact(testSite.site, [sale]);
    testSite.connection();
    await waitUntilSettled(offsets);
    expect(testSite.sender.accepted).not.toContain('sale');
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 250, erased: 1, waiting: 0 });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('do not expire with the backlog once they are delivered', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...browsers(300), server('sale'));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    testSite.sender.answer = async (_, index) => {
      if (index === 2) await released;
      return index === 2 ? buildReply(503) : buildReply(200);
    };
    const { consumer } = testSite.connection();
    await waitUntil(() => testSite.sender.requests.length === 3);
    const expired = consumer.expire(offsets.at(-1) ?? '');
    release();
    await expired;
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 101, dead: 200, waiting: 0 });
    expect((await testSite.store.listExpiredRanges(testSite.consumerId)).map(({ events }) => events)).toEqual([200]);
    expect(await testSite.countUnaccounted()).toBe(0);
    expect(await testSite.state()).toMatchObject({ cursor: offsets.at(-1) });
    expect(await testSite.state()).not.toHaveProperty('ahead');
  });

  it('can be sent again by an operator before the cursor reaches them', async () => {
    testSite = storage.createSite(100);
    const offsets = await backlog(...browsers(300), server('sale'));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    testSite.sender.answer = async (_, index) => {
      if (index === 2) await released;
      return buildReply(200);
    };
    const { consumer } = testSite.connection();
    await waitUntil(() => testSite.sender.requests.length === 3);
    const resends = [consumer.replays.resend(offsets.slice(-2), false), consumer.replays.resend(offsets.slice(-1), true)];
    release();
    expect(await Promise.all(resends)).toEqual([{ waiting: 1, delivered: 1 }, { eligible: 1 }]);
    await waitUntilSettled(offsets);
    expect(testSite.sender.accepted.filter((id) => id === 'sale')).toHaveLength(2);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toEqual({ delivered: 301, waiting: 0 });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('are sent before waiting browser events after a hold for a duplicate', async () => {
    // The hold is long enough to read the whole backlog, even on a busy machine.
    testSite = storage.createSite(300);
    const siteWithHold = createConsumerSite(testSite.site, 900, ['a secret']);
    // All of them are due at the same time.
    const purchase = { name: 'Purchase', receivedAt: testSite.clock.now() } as const;
    const offsets = await backlog(
      ...Array.from({ length: 300 }, (_, index) => testSite.event(`o${index}`, purchase)),
      server('sale', purchase),
    );
    testSite.sender.answer = async () => {
      await testSite.pass(5 * secondMs);
      return buildReply(200);
    };
    testSite.connection({ site: siteWithHold });
    await waitUntilSettled(offsets);
    expect(getIds(testSite.sender.requests[0] ?? { method: 'GET', url: '', headers: {}, body: '[]' })).toEqual(['sale']);
    expect(new Set(testSite.sender.accepted).size).toBe(301);
    expect(testSite.sender.accepted).toHaveLength(301);
  });
});

describe('a connection that paused for too many rejections', () => {
  const paused = { cause: 'schema', issue: { field: '', code: 'schema', message: '' }, since: 0, probeAt: null } as const;
  const isRejected = (id: string) => id.startsWith('bad');
  const rejecting = (request: Parameters<typeof getIds>[0]) => {
    const bad = getIds(request).flatMap((id, index) => (isRejected(id) ? [index] : []));
    return bad.length > 0 ? buildReply(400, JSON.stringify({ bad })) : buildReply(200);
  };

  it('tests a few trusted events after 15 minutes, and resumes when they are delivered', async () => {
    testSite = storage.createSite(1_000);
    await testSite.prepare({ pause: paused, verdicts: '1'.repeat(51) });
    const offsets = await backlog(...browsers(200), ...Array.from({ length: 8 }, (_, index) => server(`s${index}`)));
    const from = testSite.clock.now();
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length > 0);
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(15 * minuteMs);
    expect(getIds(testSite.sender.requests[0] ?? { method: 'GET', url: '', headers: {}, body: '[]' })).toEqual([
      's0',
      's1',
      's2',
      's3',
      's4',
    ]);
    await waitUntilSettled(offsets);
    expect((await testSite.state()).pause).toBeNull();
    expect(testSite.sender.accepted).toHaveLength(208);
    expect(new Set(testSite.sender.accepted).size).toBe(208);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('stays paused without dead letters while they are rejected, and tests others the next time', async () => {
    testSite = storage.createSite(20_000);
    await testSite.prepare({ pause: paused });
    testSite.sender.answer = rejecting;
    const bad = Array.from({ length: 15 }, (_, index) => server(`bad${index}`));
    const offsets = await backlog(...browsers(50), ...bad);
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length >= 3);
    const tried = testSite.sender.requests.flatMap(getIds);
    expect(testSite.sender.requests.every((request) => getIds(request).length <= 5 && !isProbe(request))).toBe(true);
    expect(new Set(tried).size).toBeGreaterThan(5);
    expect((await testSite.state()).pause?.cause).toBe('schema');
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
    testSite.sender.answer = () => buildReply(200);
    await waitUntilSettled(offsets);
    expect((await testSite.state()).pause).toBeNull();
    expect(testSite.sender.accepted).toHaveLength(65);
    expect(new Set(testSite.sender.accepted).size).toBe(65);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is not resumed by events that only browsers reported', async () => {
    testSite = storage.createSite(20_000);
    await testSite.prepare({ pause: paused });
    await backlog(...browsers(50));
    testSite.connection();
    await testSite.pass(dayMs / 8);
    expect(testSite.sender.requests).toEqual([]);
    expect((await testSite.state()).pause?.cause).toBe('schema');
  });
});

/** The contents of a backlog, and the moment when its consumer is cut off or its platform fails. */
const scene = fc.record({
  reports: fc.array(fc.constantFrom('browser', 'server', 'both', 'shop-first', 'bot', 'bad', 'bad-server'), {
    minLength: 20,
    maxLength: 120,
  }),
  faults: fc.array(fc.constantFrom('ok', 'ok', 'ok', 'busy', 'lost', 'dies'), { minLength: 3, maxLength: 12 }),
});

it('any backlog is settled once and counted once, wherever its consumer is cut off', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ reports, faults }) => {
      testSite = storage.createSite(2_000);
      const reject = { properties: { reject: true } };
      const first = (kind: string, id: string): Event => {
        if (kind === 'browser' || kind === 'both') return testSite.event(id);
        if (kind === 'bot') return testSite.event(id, { bot: true });
        if (kind === 'bad') return testSite.event(id, reject);
        return server(id, kind === 'bad-server' ? reject : {});
      };
      const copies = reports.flatMap((kind, index) => {
        const id = `${kind}-${index}`;
        return kind === 'both' ? [server(id)] : kind === 'shop-first' ? [testSite.event(id)] : [];
      });
      const offsets = await backlog(...reports.map((kind, index) => first(kind, `${kind}-${index}`)), ...copies);
      const dying: (() => void)[] = [];
      let requestCount = 0;
      testSite.sender.answer = () => {
        const fault = faults[requestCount++] ?? 'ok';
        if (fault === 'busy') return buildReply(503);
        if (fault === 'lost') return { unknown: 'ECONNRESET' };
        if (fault === 'dies') for (const die of dying.splice(0)) die();
        return buildReply(200);
      };
      const destination = { ...tinyPlatform, limits: { ...tinyPlatform.limits, batchSize: 10 } };
      const start = () => {
        let isDead = false;
        // A dead process writes nothing after its request.
        const store: Store = {
          ...testSite.store,
          commitDelivery: (lease, commit) =>
            isDead ? Promise.reject(new Error('killed')) : testSite.store.commitDelivery(lease, commit),
        };
        dying.push(() => {
          isDead = true;
          void running.stop().then(start);
        });
        const running = testSite.connection({ destination, store, site: createConsumerSite(testSite.site, 0) });
      };
      start();
      await waitUntilSettled(offsets);
      const dead = reports.filter((kind) => kind.startsWith('bad')).length;
      const bots = reports.filter((kind) => kind === 'bot').length;
      const expected = { delivered: reports.length - dead - bots, dead, bot: bots, duplicate: copies.length, waiting: 0 };
      const counts = await testSite.store.countByOutcome(testSite.consumerId);
      expect({ delivered: 0, dead: 0, bot: 0, duplicate: 0, ...counts }).toEqual(expected);
      expect(await testSite.countUnaccounted()).toBe(0);
      // Only a request whose response was lost, or whose process died before storing it, may be sent twice.
      const seen = new Map<string, number>();
      for (const id of testSite.sender.accepted) seen.set(id, (seen.get(id) ?? 0) + 1);
      const doubts = faults.filter((fault) => fault === 'dies').length;
      if (doubts === 0) expect([...seen.values()].every((times) => times === 1)).toBe(true);
      expect(seen.size).toBe(expected.delivered);
      await testSite.dispose();
    }),
    { numRuns: 12 },
  );
});
