import { describe, expect, it } from 'vitest';
import { countEvents } from '../../api/connections/event-counts.ts';
import { dayMs, secondMs } from '../../event/units.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { countBucketMs } from '../../storage/ports/event-counts.ts';
import type { Store } from '../../storage/ports/store.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds } from '../tiny-platform.fixture.ts';
import { createLane } from './priority-lane.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openLane = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { backlog, browsers, server, waitUntilSettled } = createLane(() => testSite);

describe('trusted reports', () => {
  it('overtake a backlog of browser events, and everything is delivered once', async () => {
    openLane(100);
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
    openLane(100);
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
    openLane(100);
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
    openLane(100);
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
    expect(await testSite.getOutcomes(offsets.slice(-2))).toEqual(['too-old-on-arrival', undefined]);
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
    openLane(100);
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
    openLane(100);
    const offsets = await backlog(...Array.from({ length: 350 }, (_, index) => server(`s${index}`)));
    const states: DeliveryCommit['state'][] = [];
    testSite.connection({ onCommit: ({ state }) => states.push(state) });
    await waitUntilSettled(offsets);
    expect(testSite.sender.requests.map((request) => getIds(request).length)).toEqual([100, 100, 100, 50]);
    expect(states.filter(({ ahead }) => ahead !== undefined)).toEqual([]);
  });

  it('are searched for only if the connection is behind', async () => {
    openLane(100);
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
    openLane(100);
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
    openLane(100);
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
    openLane(100);
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
    openLane(100);
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
    openLane(300);
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
