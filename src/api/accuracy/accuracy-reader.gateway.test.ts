import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { buildReply, tinyPlatform } from '../../delivery/tiny-platform.fixture.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import { startOffset } from '../../storage/log/event-log.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import { accuracyReader, getLastWeek, toDayRange } from './accuracy-reader.ts';

const now = Date.parse('2026-11-25T13:00:00Z');

it('toDayRange includes today, and getLastWeek does not', () => {
  expect(toDayRange(undefined, undefined, now, 'UTC')).toEqual({ since: '2026-11-19', until: '2026-11-25' });
  expect(toDayRange('2026-11-20', undefined, now, 'UTC')).toEqual({ since: '2026-11-20', until: '2026-11-25' });
  expect(toDayRange(undefined, '2026-11-20', now, 'UTC')).toEqual({ since: '2026-11-14', until: '2026-11-20' });
  expect(getLastWeek(now, 'UTC')).toEqual({ since: '2026-11-18', until: '2026-11-24' });
});

describe('the accuracy of a site', () => {
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

  function api(platform: BoundDestination = tinyPlatform, takesLate = false) {
    const { log, store, clock } = testSite;
    const connections = shop.connections.map((one) => ({ ...one, enabled: one.id === 'bing', ...(takesLate && { takesLate }) }));
    const sites = () => [{ ...shop, id: testSite.site, connections }];
    return createTestClient(createTestApi({ log, store, sites, now: () => clock.now(), getPlatform: () => platform }));
  }
  const site = () => testSite.site;
  const purchase = (id: string, more: Partial<Event> = {}) =>
    testSite.event(id, { name: 'Purchase', reporter: 'webhook', commerce: { orderId: id }, ...more });

  it('omits a connection whose platform counts nothing, and explains skips in the words of the platform', async () => {
    testSite.identity();
    testSite.connection();
    await testSite.append(purchase('denied', { consent: { stated: 'denied', effective: 'denied' } }), purchase('sent'));
    await waitUntil(() => testSite.sender.accepted.includes('sent'));
    const skipTexts = { 'consent-denied': { why: 'The shopper opted out.', remedy: '' } };
    const read = async (isTest: boolean) =>
      (await api({ ...tinyPlatform, skipTexts, isTest })('GET /api/sites/:site/accuracy', { site: site() })).connections;
    await expect
      .poll(() => read(false))
      .toMatchObject([
        { connection: 'bing', accepted: 1, explained: 1, gaps: [{ gap: 'consent-denied', says: 'The shopper opted out.' }] },
      ]);
    expect(await read(true)).toEqual([]);
  });

  it('reports orders as claimed if a browser claimed them with another total, or denied them against a grant of the shop', async () => {
    testSite.identity();
    testSite.connection();
    const denial = { consent: { stated: 'denied', effective: 'denied' }, deniedId: '9'.repeat(32) } as const;
    const claims = [
      purchase('cheap', {
        reporter: 'browser',
        commerce: { value: 0.01, currency: 'USD' },
        time: testSite.clock.now() - 3 * dayMs,
      }),
      purchase('denied', { reporter: 'browser', ...denial }),
      purchase('crawled', { reporter: 'browser', bot: true }),
    ];
    await testSite.append(...claims);
    await waitUntil(() => testSite.sender.accepted.includes('cheap'));
    await testSite.append(...claims.map(({ id }) => purchase(id, { commerce: { orderId: id, value: 199, currency: 'USD' } })));
    await waitUntil(() => testSite.sender.accepted.includes('crawled'));
    const ask = api();
    const seen = async () => (await ask('GET /api/sites/:site/accuracy', { site: site() })).connections[0];
    await waitUntil(async () => {
      const { missing, accepted } = (await seen()) ?? {};
      return missing === 2 && accepted === 1;
    });
    expect(await seen()).toMatchObject({
      orders: 3,
      accepted: 1,
      explained: 0,
      gaps: [{ gap: 'claimed', orders: 2, isExplained: false }],
    });
    const { days } = (await seen()) ?? { days: [] };
    expect(days.at(-1)).toMatchObject({ orders: 3 });
    const refunds = [40, undefined].map((value, index) => {
      const commerce = { orderId: index === 0 ? 'cheap' : 'crawled', ...(value !== undefined && { value, currency: 'USD' }) };
      return testSite.event(`r-${index}`, { name: 'Refund', reporter: 'server', notSent: 'record-only', commerce });
    });
    await testSite.append(...refunds);
    await waitUntil(async () => (await seen())?.amounts[0]?.refunded === 239);
    // The amounts are the shop's, of each report before it too.
    expect(await seen()).toMatchObject({
      amounts: [{ currency: 'USD', amount: 597, refunded: 239, net: 358, accepted: 199, explained: 0, missing: 398 }],
      gaps: [{ amounts: [{ currency: 'USD', amount: 398 }] }],
    });
    const money = await ask('GET /api/sites/:site/money', { site: site(), connection: 'bing' });
    const inDollars = (orders: number, amount: number) => ({
      orders,
      withoutValue: 0,
      amounts: [{ currency: 'USD', amount, orders }],
    });
    expect(money).toMatchObject({
      reported: inDollars(3, 597),
      browsersAlone: { orders: 0 },
      connections: [
        {
          connection: 'bing',
          accepted: inDollars(2, 398),
          skippedBy: [{ reason: 'consent-denied', orders: inDollars(1, 199) }],
          waiting: { orders: 0 },
        },
      ],
    });
    expect(money.buckets.flatMap(({ reported }) => reported ?? [])).toEqual([inDollars(3, 597)]);
    expect((await ask('GET /api/order-days', { days: 2 })).map(({ orders }) => orders)).toEqual([[0, 3]]);
    const { orders } = await ask('GET /api/sites/:site/accuracy/orders', { site: site() });
    expect(orders.map((order) => order.money)).toEqual(Array.from({ length: 3 }, () => ({ currency: 'USD', amount: 199 })));
  });

  it('names the problem of the connection as the remedy of orders that wait', async () => {
    testSite.sender.answer = () => buildReply(503, '');
    testSite.identity();
    testSite.connection();
    await testSite.append(purchase('stuck'));
    const read = async () => (await api()('GET /api/sites/:site/accuracy', { site: site() })).connections;
    const remedy = expect.stringMatching(/^The connection is (?:degraded|unhealthy)\. .* HTTP 503, /);
    await expect.poll(read).toMatchObject([{ problem: remedy, gaps: [{ gap: 'waiting', orders: 1, remedy }] }]);
  });

  it('counts each order once, on its day, for the enabled connections', async () => {
    testSite.sender.answer = (request) => buildReply(request.body.includes('bad') ? 400 : 200, '{"bad":[0]}');
    testSite.identity();
    testSite.connection();
    const yesterday = testSite.clock.now() - dayMs;
    await testSite.append(
      purchase('both', { reporter: 'browser' }),
      purchase('both'),
      purchase('alone', { time: yesterday }),
      purchase('old', { time: yesterday - 7 * dayMs }),
      purchase('denied', { consent: { stated: 'denied', effective: 'denied' }, commerce: {} }),
      purchase('browsers', { reporter: 'browser' }),
      purchase('server', { reporter: 'server' }),
      purchase('test', { notSent: 'test-order' }),
      testSite.event('lead', { name: 'Lead', reporter: 'webhook' }),
    );
    await waitUntil(() => testSite.sender.accepted.length >= 5);
    await testSite.append(purchase('bad'));
    const ask = api();
    const seen = async () => (await ask('GET /api/sites/:site/accuracy', { site: site() })).connections[0];
    await waitUntil(async () => (await seen())?.missing === 1);
    const { connections, ...head } = await ask('GET /api/sites/:site/accuracy', { site: site() });
    expect(head).toMatchObject({
      site: site(),
      hasWebhooks: false,
      alertUnder: 0.9,
      unknownToShop: 1,
      keptSince: expect.any(Number),
    });
    expect(connections).toMatchObject([
      {
        connection: 'bing',
        orders: 5,
        accepted: 3,
        explained: 1,
        missing: 1,
        share: 0.8,
        notCounted: { 'test-order': 1 },
        gaps: [
          { gap: 'rejected', orders: 1, isExplained: false },
          { gap: 'consent-denied', orders: 1, isExplained: true },
        ],
        alert: { state: 'few', orders: 1 },
      },
    ]);
    const days = connections[0]?.days ?? [];
    expect(days).toHaveLength(7);
    expect(days.slice(-2)).toMatchObject([
      { orders: 1, accepted: 1 },
      { orders: 4, accepted: 2 },
    ]);
    const [line] = await ask('GET /api/accuracy');
    expect(line).toMatchObject({
      site: site(),
      connections: [{ connection: 'bing', orders: 5, missing: 1, alert: { state: 'few' } }],
    });
    expect((await ask('GET /api/sites/:site/accuracy', { site: site(), connection: 'other' })).connections).toEqual([]);
  });

  it('counts the orders that a site accepts late, and says which orders a period does not see', async () => {
    testSite.identity();
    testSite.connection();
    const placed = testSite.clock.now() - 20 * dayMs;
    await testSite.append(purchase('late', { time: placed }));
    const day = new Date(placed).toISOString().slice(0, 10);
    const read = (takesLate: boolean) =>
      api(tinyPlatform, takesLate)('GET /api/sites/:site/accuracy', { site: site(), since: day, until: day });
    await expect
      .poll(() => read(true))
      .toMatchObject({
        connections: [{ orders: 1 }],
        coverage: expect.stringMatching(
          /^Counts orders that were reported within 90 days .*, and since 20.* UTC, the first event/,
        ),
      });
    expect(await read(false)).toMatchObject({
      connections: [{ orders: 0 }],
      coverage: expect.stringContaining('within 7 days after they were placed'),
    });
    const purchases = await api(tinyPlatform, true)('GET /api/sites/:site/accuracy/orders', {
      ...{ site: site(), since: day, until: day, limit: 10 },
    });
    expect(purchases.orders).toMatchObject([{ eventId: 'late' }]);
  });

  it('reads the last whole week and the last seven days in one pass, and outcomes of their orders alone', async () => {
    testSite.identity();
    testSite.connection();
    const at = testSite.clock.now();
    const ids = ['today', 'yesterday', 'week', 'older'];
    const days = [0, 1, 7, 8];
    await testSite.append(...ids.map((id, index) => purchase(id, { time: at - (days[index] ?? 0) * dayMs })));
    const { log, store, clock } = testSite;
    await waitUntil(async () => (await store.listPurchases(site(), startOffset, '~', 9)).length === 4);
    const asked: number[] = [];
    const listed: string[] = [];
    const reader = accuracyReader({
      log,
      now: () => clock.now(),
      getPlatform: () => tinyPlatform,
      store: {
        listPurchases: (...of) => {
          listed.push(of[1]);
          return store.listPurchases(...of);
        },
        getOutcomes: (consumer, offsets) => {
          const all = [...offsets];
          asked.push(all.length);
          return store.getOutcomes(consumer, all);
        },
        listRefunds: (...of) => store.listRefunds(...of),
        getDeferredDeliveries: (...of) => store.getDeferredDeliveries(...of),
        getConnectionState: (...of) => store.getConnectionState(...of),
      },
    });
    const shown = { ...shop, id: site(), connections: shop.connections.filter(({ id }) => id === 'bing') };
    const week = getLastWeek(at, shown.timeZone);
    const running = toDayRange(undefined, undefined, at, shown.timeZone);
    reader.prepare(shown, [{ days: week }, { days: running }]);
    expect((await reader.of(shown, week)).connections).toMatchObject([{ orders: 2 }]);
    expect((await reader.of(shown, running)).connections).toMatchObject([{ orders: 2 }]);
    expect(listed).toHaveLength(1);
    expect(asked).toEqual([3]);
  });

  it('counts each order once if they take several pages', async () => {
    testSite.identity();
    testSite.connection();
    const orders = 380;
    await testSite.append(...Array.from({ length: orders }, (_, index) => purchase(`many-${index}`)));
    await waitUntil(() => testSite.sender.accepted.length === orders);
    const ask = api();
    await waitUntil(async () => {
      const { connections } = await ask('GET /api/sites/:site/accuracy', { site: site() });
      return connections[0]?.orders === orders && connections[0].accepted === orders;
    });
  });

  it('lists purchases in pages with their status', async () => {
    testSite.identity();
    testSite.connection();
    await testSite.append(...Array.from({ length: 7 }, (_, index) => purchase(`p-${index}`)));
    await waitUntil(() => testSite.sender.accepted.length === 7);
    const ask = api();
    const params = { site: site(), limit: 3 };
    const listed = [];
    for (let cursor: string | undefined, pages = 0; pages < 9; pages += 1) {
      const page = await ask('GET /api/sites/:site/accuracy/orders', { ...params, cursor });
      listed.push(...page.orders);
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(listed.map(({ orderId }) => orderId)).toEqual(Array.from({ length: 7 }, (_, index) => `p-${index}`));
    await waitUntil(
      async () => (await ask('GET /api/sites/:site/accuracy/orders', params)).orders[0]?.standings.bing === 'accepted',
    );
  });

  it('rejects too many days, and a period that ends before it starts', async () => {
    const ask = api();
    for (const since of ['2020-01-01', '2026-11-26'])
      await expect(ask('GET /api/sites/:site/accuracy', { site: site(), since, until: '2026-11-25' })).rejects.toThrow(
        /`since` must be a day up to `until`, in a range of at most 400 days/,
      );
    await expect(ask('GET /api/sites/:site/accuracy', { site: site(), connection: 'none' })).rejects.toThrow(
      /no such running connection/,
    );
  });
});
