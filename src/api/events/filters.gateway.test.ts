import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionConsumer } from '../../delivery/consumers/connection-consumer.ts';
import { createConsumerSite, createSha256, waitUntil } from '../../delivery/delivery.fixture.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { buildReply } from '../../delivery/tiny-platform.fixture.ts';
import { minuteMs } from '../../event/units.ts';
import { createTestApi, createTestClient, shop } from '../api.fixture.ts';
import type { ApiClient, EventFilters } from '../client.ts';

const email = { forms: { emailMicrosoft: createSha256('a') }, clickIds: {} };
const denied = { stated: 'denied', effective: 'denied' } as const;

describe('the filters of the admin API', () => {
  let storage: TestStorage;
  let testSite: TestSite;
  let consumer: ConnectionConsumer | undefined;
  let app: ReturnType<typeof createTestApi>;
  let ask: ApiClient;
  let start: number;

  beforeAll(async () => {
    storage = await TestStorage.open();
    testSite = storage.createSite(1);
    start = testSite.clock.now();
    const { log, store, clock } = testSite;
    const site = { ...shop, id: testSite.site, purchaseHoldSeconds: 0 };
    const control = (_: string, connection: string) => (connection === 'bing' ? consumer : undefined);
    app = createTestApi({ log, store, now: () => clock.now(), sites: () => [site], control });
    ask = createTestClient(app);
    await testSite.append(
      testSite.event('view-1', { name: 'PageView', time: start - 2 * minuteMs }),
      testSite.event('ord-1', { name: 'Purchase', time: start - minuteMs }),
      testSite.event('ord-2', { name: 'Purchase', reporter: 'server', identity: email, commerce: { orderId: 'S/77' } }),
      testSite.event('ord-1', { name: 'Purchase', reporter: 'server', identity: email, time: start - minuteMs }),
      testSite.event('lead-1', { name: 'Lead', consent: denied }),
    );
    testSite.identity();
    ({ consumer } = testSite.connection({ site: createConsumerSite(testSite.site, 0) }));
    await waitUntil(async () => (await testSite.state()).cursor === (await log.heads()).get(testSite.site));
  });
  afterAll(async () => {
    await testSite.dispose();
    storage.close();
  });

  const list = (filters: EventFilters & { limit?: number; cursor?: string | undefined; before?: string | undefined }) =>
    ask('GET /api/sites/:site/events', { site: testSite.site, ...filters });
  const ids = async (filters: EventFilters) => (await list(filters)).events.map((row) => ('gone' in row ? 'gone' : row.id));

  it('select events that match all of them, in log order', async () => {
    const expectations: [string[], EventFilters][] = [
      [['ord-1', 'ord-2'], { event: ['Purchase'] }],
      [['view-1', 'lead-1'], { event: ['page_view', 'LEAD'] }],
      [['ord-1', 'ord-2'], { reporter: ['server'] }],
      [['ord-1', 'ord-2'], { has: ['email'] }],
      [['view-1', 'lead-1'], { lacks: ['email'] }],
      [['view-1'], { lacks: ['email'], outcome: ['delivered'] }],
      [['lead-1'], { outcome: ['consent-denied'] }],
      [['ord-1'], { outcome: ['duplicate'] }],
      [[], { outcome: ['dead', 'waiting', 'bot'] }],
      [['view-1', 'ord-1', 'ord-2', 'lead-1'], { outcome: ['undelivered'] }],
      [[], { outcome: ['undelivered'], connection: 'bing' }],
      [['view-1', 'ord-1', 'ord-2'], { outcome: ['delivered'], connection: 'bing' }],
      [[], { outcome: ['delivered'], connection: 'other' }],
      [['ord-2'], { text: 's/7' }],
      [['view-1', 'ord-1'], { until: start }],
      [['ord-1'], { until: start, since: start - minuteMs }],
      [['ord-2', 'lead-1'], { among: 2 }],
      [['ord-2'], { event: ['Purchase'], has: ['email'], since: start, reporter: ['server', 'browser'] }],
    ];
    for (const [expected, filters] of expectations) expect(await ids(filters), JSON.stringify(filters)).toEqual(expected);
  });

  it('return the outcomes of the named connection, or of all', async () => {
    const outcomes = async (filters: EventFilters) =>
      (await list({ text: 'view', ...filters })).events.map((row) =>
        'gone' in row ? [] : row.outcomes.map(({ connection: id, outcome }) => `${id} ${outcome}`),
      );
    expect(await outcomes({})).toEqual([['bing delivered', 'other undelivered']]);
    expect(await outcomes({ connection: 'other' })).toEqual([['other undelivered']]);
  });

  const paged = async (filters: EventFilters, by: 'cursor' | 'before') => {
    const found: string[] = [];
    let from: string | undefined;
    do {
      const page = await list({ limit: 1, ...filters, [by]: from });
      for (const row of page.events) if (!('gone' in row)) found.push(row.id);
      from = by === 'cursor' ? page.next : page.before;
    } while (from !== undefined);
    return found;
  };

  it.each(['cursor', 'before'] as const)('are paginated with `%s`, without gaps and repeats', async (by) => {
    expect(await paged({ reporter: ['browser', 'server'] }, by)).toEqual(['lead-1', 'ord-2', 'ord-1', 'view-1']);
  });

  it('continue with `cursor` after a first page with `before`', async () => {
    const { before } = await list({ limit: 1, reporter: ['browser', 'server'] });
    const { next } = await list({ limit: 1, before });
    const { events } = await list({ limit: 1, before, cursor: next });
    expect(events).toMatchObject([{ id: 'ord-1' }]);
  });

  it('paginate every report without gaps and repeats if none is set', async () => {
    expect(await paged({}, 'cursor')).toEqual(['lead-1', 'ord-1', 'ord-2', 'ord-1', 'view-1']);
  });

  it('list every report and its position if none is set', async () => {
    const { events, through } = await list({});
    expect(events.map((row) => ('gone' in row ? 'gone' : row.id))).toEqual(['view-1', 'ord-1', 'ord-2', 'ord-1', 'lead-1']);
    expect(through).toBe(events.at(-1)?.offset);
  });

  it('are counted by value, each among the events that match the others', async () => {
    const count = (of: EventFilters) => ask('GET /api/sites/:site/events/facets', { site: testSite.site, ...of });
    const values = (list: readonly { readonly value: string; readonly events: number }[]) =>
      Object.fromEntries(list.map(({ value, events }) => [value, events]));
    const all = await count({});
    expect([all.events, all.isComplete, all.outcomesOf, all.areOutcomesComplete]).toEqual([4, true, 4, true]);
    expect(values(all.event)).toEqual({ Purchase: 2, PageView: 1, Lead: 1 });
    expect(values(all.reporter)).toEqual({ browser: 3, server: 2 });
    expect(values(all.consent)).toEqual({ granted: 3, denied: 1 });
    expect(values(all.outcome)).toEqual({ undelivered: 4, delivered: 3, 'consent-denied': 1 });
    expect(all.rejected).toEqual({ events: 0, reasons: [], isComplete: true });
    const some = await count({ event: ['Purchase'], outcome: ['delivered'], connection: 'bing' });
    expect(some.events).toBe(2);
    expect(values(some.event)).toEqual({ Purchase: 2, PageView: 1 });
    expect(values(some.outcome)).toEqual({ delivered: 2 });
    expect(values(some.connection)).toEqual({ bing: 2 });
  });

  it('select the neighbours of an event', async () => {
    const { events } = await list({ lacks: [] });
    const offsetOf = (id: string) => events.find((row) => 'id' in row && row.id === id)?.offset ?? '';
    const neighbours = async (id: string, of: EventFilters = {}) => {
      const found = await ask('GET /api/sites/:site/events/neighbours', { site: testSite.site, offset: offsetOf(id), ...of });
      return [found.newer?.id, found.older?.id];
    };
    expect(await neighbours('ord-1')).toEqual(['ord-2', 'view-1']);
    expect(await neighbours('view-1')).toEqual(['ord-1', undefined]);
    expect(await neighbours('lead-1', { event: ['PageView'] })).toEqual([undefined, 'view-1']);
    expect(await neighbours('view-1', { outcome: ['consent-denied'] })).toEqual(['lead-1', undefined]);
  });

  it('select the rows of a CSV file, which has a column for each connection', async () => {
    const answer = await app.request(`/api/sites/${testSite.site}/events.csv?event=Purchase&event=Lead`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment');
    const [head, ...lines] = (await answer.text()).trim().split('\r\n');
    expect(head).toMatch(/^time,received,event,id,value,currency,order,shopper,country,consent,source,removed,bing,other$/);
    expect(lines).toEqual([
      expect.stringMatching(/,Lead,lead-1,.*,denied,browser,,consent-denied,undelivered$/),
      expect.stringMatching(/,Purchase,ord-2,,,S\/77,.*,granted,server,,delivered,undelivered$/),
      expect.stringMatching(/,Purchase,ord-1,.*,granted,browser,,delivered,undelivered$/),
    ]);
  });

  it.each([
    ['event=not%20a%20name', ['event']],
    ['country=canary', ['country']],
    ['consent=canary', ['consent']],
    ['reason=', ['reason']],
    ['event=%24identify', ['event']],
    ['reporter=canary', ['reporter']],
    ['outcome=canary&outcome=delivered', ['outcome']],
    ['connection=canary', ['connection']],
    ['connection=bing&connection=other', ['connection']],
    ['has=canary', ['has']],
    ['lacks=canary&has=canary', ['has', 'lacks']],
    ['since=canary', ['since']],
    ['until=-1', ['until']],
    ['text=', ['text']],
    [`text=${'x'.repeat(129)}`, ['text']],
    ['among=0', ['among']],
    ['event=Lead&after=1', ['after']],
    ['after=canary', ['after']],
    ['before=-1', ['before']],
    ['cursor=canary&after=1', ['cursor']],
    ['limit=0', ['limit']],
    ['limit=1001', ['limit']],
    ['limit=canary', ['limit']],
    ['limit=1e2', ['limit']],
    ['limit=5&limit=6', ['limit']],
  ])('reject %s with the problem, and without the value', async (query, fields) => {
    const answer = await app.request(`/api/sites/${testSite.site}/events?${query}`);
    expect(answer.status).toBe(400);
    const body = await answer.text();
    expect(JSON.parse(body)).toMatchObject({
      error: { code: 'parameter-invalid' },
      issues: fields.map((field) => ({
        field,
        code: 'parameter-invalid',
        message: expect.stringMatching(`^\`${field}\` must be`),
      })),
    });
    expect(body).not.toMatch(/canary|not a name|xxx/);
  });

  it('reach the client as an error message if they are rejected', async () => {
    const asking = ask('GET /api/sites/:site/events', { site: testSite.site, limit: 0 });
    await expect(asking).rejects.toMatchObject({
      code: 'parameter-invalid',
      message: expect.stringMatching(/`limit` must be 1 to 1000/),
    });
  });

  it('leave out signals on request, so that each page is full', async () => {
    await testSite.append(...Array.from({ length: 7 }, (_, index) => testSite.event(`s-${index}`, { name: '$identify' })));
    const getPage = async (more: { signals?: 'omit'; cursor?: string | undefined } = {}) => {
      const { events, next } = await ask('GET /api/sites/:site/events', { site: testSite.site, limit: 2, ...more });
      return { ids: events.map((row) => ('gone' in row ? 'gone' : row.id)), next };
    };
    expect((await getPage()).ids).toEqual(['s-5', 's-6']);
    const first = await getPage({ signals: 'omit' });
    expect(first.ids).toEqual(['ord-1', 'lead-1']);
    const second = await getPage({ signals: 'omit', cursor: first.next });
    expect(second.ids).toEqual(['ord-1', 'ord-2']);
    const last = await getPage({ signals: 'omit', cursor: second.next });
    expect(last).toEqual({ ids: ['view-1'], next: undefined });
  });

  it('find the other events of a shopper by the visitor, without duplicate reports', async () => {
    const visitor = { forms: {}, clickIds: {}, anonymousId: 'd4'.repeat(16) };
    const [first, , copy] = await testSite.append(
      testSite.event('cart-1', { name: 'AddToCart', identity: visitor }),
      testSite.event('cart-2', { name: 'AddToCart' }),
      testSite.event('pay-1', { name: 'InitiateCheckout', identity: visitor }),
    );
    const find = (offset = '') => ask('GET /api/sites/:site/events/shopper', { site: testSite.site, offset });
    const ofFirst = await find(first);
    expect(ofFirst).toMatchObject({ isNamed: true, events: [{ id: 'pay-1' }] });
    const [row] = ofFirst.events;
    expect(row && 'shopper' in row ? row.shopper : undefined).toMatch(/^[0-9a-f]{8}$/);
    expect(JSON.stringify(ofFirst)).not.toContain(visitor.anonymousId);
    expect((await find(copy)).events).toMatchObject([{ id: 'cart-1' }]);
    const { events } = await list({ text: 'view-1' });
    expect(await find(events[0]?.offset)).toEqual({ events: [], isNamed: false });
  });

  it('select the failed events that are sent again, and no others', async () => {
    const [sender, failed] = [testSite.sender, { name: 'Subscribe' } as const];
    sender.answer = () => buildReply(400, '{"bad":[0]}');
    for (const id of ['sub-1', 'sub-2']) await testSite.deliver(testSite.event(id, failed));
    await testSite.deliver(testSite.event('trial-1', { name: 'StartTrial' }));
    sender.answer = () => buildReply(200);
    const requests = sender.requests.length;
    const retry = (dryRun: boolean, filters: EventFilters = { event: ['Subscribe'] }) =>
      ask('POST /api/sites/:site/events/retry', { site: testSite.site, ...filters }, { dryRun });

    const counts = { connection: 'bing', failed: 2, events: 2, tooOld: 0, gone: 0, isRunning: true };
    expect(await retry(true)).toMatchObject({ dryRun: true, events: 2, isComplete: true, connections: [counts] });
    expect(await retry(false, { connection: 'other' })).toMatchObject({ events: 0, connections: [] });
    expect(sender.requests).toHaveLength(requests);

    expect(await retry(false)).toMatchObject({ dryRun: false, says: '2 events will be sent.', events: 2, connections: [counts] });
    await waitUntil(async () => (await ids({ event: ['Subscribe'], outcome: ['delivered'] })).length === 2);
    expect(await ids({ event: ['StartTrial'], outcome: ['dead'] })).toEqual(['trial-1']);
    expect(sender.accepted.filter((id) => /^(sub|trial)/.test(id)).toSorted()).toEqual(['sub-1', 'sub-2']);
    expect(await retry(false)).toMatchObject({ events: 0, connections: [] });
    await expect(retry(false, { connection: 'canary' })).rejects.toMatchObject({ code: 'no-such-connection' });
  });
});
