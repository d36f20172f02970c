import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock/clock.ts';
import { eventually, type Folder, makeFolder, purchase, secretKey, startSink, writeKey } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';

/** Dry runs at a gateway with several collector threads on files, and at one on PostgreSQL. */

const stores = hasPostgres ? (['files', 'a database'] as const) : (['files'] as const);

describe.each(stores)('a dry run of a gateway on %s', (kind) => {
  let folder: Folder;
  let database: TestDatabase | undefined;
  let sink: Awaited<ReturnType<typeof startSink>>;
  let gateway: PacedGateway;

  beforeAll(async () => {
    folder = makeFolder();
    sink = await startSink();
    database = kind === 'files' ? undefined : await createTestDatabase();
    const when = { field: 'name', is: 'equals', value: 'Lead' };
    const rules = [{ id: 'no-leads', name: 'No leads', when, then: { skip: true } }];
    const site = { purchaseHoldSeconds: 60, webhooks: { secrets: ['shpss_0123456789abcdef'] }, rules };
    const store = database && `${database.url}?sslmode=disable`;
    const collector = database ? {} : { threads: 2 };
    const config = folder.writeConfig(sink.url, { site, collector, ...(store !== undefined && { store }) });
    gateway = await startPacedGateway(config, systemClock, { env: { CONVEY_SECRETS_KEY: 'c7'.repeat(32) } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await sink?.close();
    await database?.drop();
    folder?.remove();
  });

  const send = async (path: string, body: object, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const json: unknown = await response.json();
    return { status: response.status, json, cookie: response.headers.get('set-cookie') };
  };
  const dry = { authorization: `Bearer ${secretKey}`, 'x-convey-dry-run': '1' };
  const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  const consent = { adStorage: 'denied' };
  const events = [
    purchase('sent-1', { user: { email: 'jane.doe@example.com', anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' } }),
    purchase('denied-1', { consent }),
    { name: 'Lead', id: 'lead-1', consent: { adStorage: 'granted' }, user: { email: 'jane.doe@example.com' } },
    { name: 'Lead', id: 'jane.doe@example.com' },
  ];
  const plan = (index: number, id: string, one: object) => ({ index, id, connections: [{ connection: 'bing', ...one }] });

  it('answers as the request would be answered, with the outcome of each event at each connection', async () => {
    const { status, json, cookie } = await send('/v1/events', { events }, dry);
    expect(status).toBe(202);
    expect(json).toMatchObject({
      dryRun: true,
      accepted: 3,
      ids: ['sent-1', 'denied-1', 'lead-1', null],
      rejected: [{ index: 3 }],
      plans: [
        plan(0, 'sent-1', { platform: 'Microsoft Advertising', outcome: 'sent', waitSeconds: 60, issues: [], rules: [] }),
        plan(1, 'denied-1', { outcome: 'consent-denied', says: expect.stringContaining('denied') }),
        plan(2, 'lead-1', { outcome: 'rule', rules: [expect.stringContaining('No leads')] }),
      ],
    });
    expect(JSON.stringify(json)).not.toMatch(/jane|[0-9a-f]{64}/);
    expect(cookie).toBeNull();
  });

  it("of Segment's routes shows the outcomes to a secret key alone", async () => {
    const order = { order_id: '77', total: 9, currency: 'USD', products: [{ product_id: 'a', price: 9 }] };
    const track = { type: 'track', event: 'Order Completed', messageId: 'm-1', userId: 'cust-7', properties: order };
    const batch = { batch: [{ type: 'group', groupId: 'g' }, { type: 'nonsense', messageId: 'm' }, track] };
    const secret = await send('/v1/batch', batch, { ...dry, authorization: basic(secretKey) });
    expect(secret).toMatchObject({
      status: 200,
      json: {
        ...{ success: true, ok: true, dryRun: true, accepted: 1, rejected: [{ index: 1 }] },
        plans: [{ index: 2, id: 'purchase-77', connections: [{ connection: 'bing' }] }],
      },
    });
    const open = await send('/v1/batch', batch, { ...dry, authorization: basic(writeKey) });
    expect(open).toMatchObject({ status: 200, json: { dryRun: true, accepted: 1, rejected: [{ index: 1 }] } });
    expect(open.json).not.toHaveProperty('plans');
  });

  it('stores, counts and sends nothing, so that the same event is new afterwards', async () => {
    const countEvents = async () =>
      (await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 50 })).events.length;
    await send('/v1/events', { events }, dry);
    expect(await countEvents()).toBe(0);
    expect(sink.requests).toEqual([]);
    const stored = await send('/v1/events', { events: [events[2]] }, { authorization: `Bearer ${secretKey}` });
    expect(stored.json).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await eventually(async () => (await countEvents()) > 0)).toBe(true);
  });
});
