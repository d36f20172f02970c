import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { sha256 } from '../../src/identity/hashing.ts';
import { startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { makeFolder, secretKey, writeKey } from '../gateway.fixture.ts';
import { settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';
import { startWithTwoPlatforms } from './two-platforms.fixture.ts';

/** A CRM that signs as GitHub does reports a lead, which reaches two platforms. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const datasetId = '1234567890123456';
const secret = 'a secret of the CRM';
const events = [
  {
    when: [{ at: '/type', in: ['lead.created'] }],
    fields: {
      name: { const: 'Lead' },
      id: '/lead/id',
      time: { at: '/lead/at', unit: 'ms' },
      'user.email': '/lead/email',
      'user.anonymousId': '/lead/visitor',
      'clickIds.msclkid': '/lead/msclkid',
      'commerce.value': { at: '/lead/cents', unit: 'minor' },
      'consent.adStorage': { at: '/lead/ok', values: { true: 'granted', false: 'denied' } },
    },
  },
];
const signature = { scheme: 'hmac-sha256', header: 'X-Hub-Signature-256', prefix: 'sha256=' };

it('a lead of a signed hook reaches Meta and Microsoft as it was previewed, and a wrong signature reaches neither', async () => {
  const site = { hooks: [{ id: 'crm', source: 'custom', secrets: [secret], signature, events }] };
  const { folder, clock, meta, microsoft, gateway } = await startWithTwoPlatforms(site, cleanups);

  const lead = {
    ...{ id: 'lead-1', at: clock.now(), email: 'Jane@shop.example', cents: 1250, ok: true },
    ...{ visitor: '0123456789abcdef0123456789abcdef', msclkid: 'fedcba9876543210fedcba9876543210' },
  };
  const body = { type: 'lead.created', lead };
  const send = async (value: unknown, key = secret) => {
    const text = JSON.stringify(value);
    const digest = createHmac('sha256', key).update(text).digest('hex');
    const init = { method: 'POST', body: text, headers: { 'X-Hub-Signature-256': `sha256=${digest}` } };
    return (await fetch(`${gateway.url}/hooks/custom/shop/crm`, init)).status;
  };
  const of = { site: 'shop', hook: 'crm' };
  const preview = () => gateway.callApi('POST /api/sites/:site/hooks/:hook/preview', of, {});

  expect(await preview()).toMatchObject({ state: 'waiting' });
  expect(await send(body, 'another secret')).toBe(401);
  expect(await send(body)).toBe(200);
  expect(await send(body)).toBe(200);
  const shown = await preview();
  expect(shown).toMatchObject({ state: 'accepted', issues: [] });
  expect(JSON.stringify(shown)).not.toMatch(/jane/i);
  const { hooks } = await gateway.callApi('GET /api/sites/:site/hooks', { site: 'shop' });
  expect(hooks).toMatchObject([
    { id: 'crm', isSigned: true, lastRequest: { result: 'repeated' }, lastRefusedAt: expect.any(Number) },
  ]);

  await settleAll(gateway, clock);
  const values = Object.fromEntries(shown.fields.map(({ field, value }) => [field, value]));
  expect(meta.journalEvents().map(({ server }) => server.map(({ event }) => event))).toMatchObject([
    [
      {
        ...{ event_name: 'Lead', event_id: values.id, event_time: Math.floor(Date.parse(values.time ?? '') / 1_000) },
        user_data: { em: [sha256('jane@shop.example')] },
        custom_data: { value: Number(values['commerce.value']), currency: 'USD' },
      },
    ],
  ]);
  expect(microsoft.journalEvents()).toMatchObject([{ eventId: 'lead-1', counted: 'server' }]);
  const files = readdirSync(folder.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const stored = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString('latin1')).join('');
  expect(stored).toContain('lead-1');
  expect(stored + JSON.stringify(gateway.lines)).not.toMatch(/jane@/i);
  const [event] = (await gateway.callApi('GET /api/sites/:site/events', { site: 'shop' })).events;
  expect(event).toMatchObject({ name: 'Lead', reporter: 'webhook', via: 'hook:crm', commerce: { value: 12.5 } });
});

it('a hook that is not signed replaces no total, refunds nothing, and takes the consent of the page', async () => {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  const clock = createPacedClock();
  const meta = await startMetaSimulator({ port: 0, tokens: { [datasetId]: 'good-token' }, now: clock.now });
  cleanups.push(meta.close);
  const connections = [{ id: 'meta', destination: 'meta', settings: { datasetId, token: 'good-token', endpoint: meta.url } }];
  const fields = {
    ...{ name: '/name', id: '/id', 'user.email': '/email', 'user.anonymousId': '/visitor' },
    ...{ 'commerce.value': '/value', 'commerce.orderId': '/order', 'consent.adStorage': '/consent' },
  };
  const token = 'a long token of a service';
  const hook = { id: 'zap', source: 'custom', secrets: [token], signature: { scheme: 'header-token', header: 'X-Token' } };
  const site = { connections, consent: { policy: 'strict' }, purchaseHoldSeconds: 0, hooks: [{ ...hook, events: [{ fields }] }] };
  const gateway = await startPacedGateway(folder.writeConfig(meta.url, { site }), clock);
  cleanups.push(gateway.stop);

  const post = async (path: string, headers: Readonly<Record<string, string>>, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.json();
  };
  const send = (body: unknown, key = token) => post('/hooks/custom/shop/zap', { 'x-token': key }, body);
  const [granting, denying] = ['a', 'b'].map((digit) => digit.repeat(32));
  for (const [anonymousId, adStorage] of [
    [granting, 'granted'],
    [denying, 'denied'],
  ])
    await post(
      '/e',
      { origin: 'https://shop.example', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
      {
        writeKey,
        events: [{ id: `view-${adStorage}`, name: 'PageView', user: { anonymousId }, consent: { adStorage, explicit: true } }],
      },
    );
  const [email, consent] = ['jane@shop.example', 'granted'];
  const sale = {
    name: 'Purchase',
    id: 'ord-1',
    user: { email },
    commerce: { value: 20, orderId: '1' },
    consent: { adStorage: 'granted' },
  };
  await post('/v1/events', { authorization: `Bearer ${secretKey}` }, { events: [sale] });
  expect(await send({ name: 'Purchase', id: 'ord-1', order: '1', value: 999, consent })).toMatchObject({ accepted: 1 });
  expect(await send({ name: 'Refund', id: 'refund-1', order: '1', value: 20 })).toMatchObject({ accepted: 0 });
  await send({ name: 'Lead', id: 'waits', email, visitor: granting });
  await send({ name: 'Lead', id: 'contradicts', email, visitor: denying, consent });
  expect(await send({ name: 'Lead', id: 'wrong' }, 'a long token of a stranger')).toMatchObject({
    error: { code: 'not-signed' },
  });
  await settleAll(gateway, clock);

  const received = meta.journalEvents().flatMap(({ server }) => server.map(({ event }) => event));
  expect(received.map(({ event_id }) => event_id).toSorted()).toEqual(['ord-1', 'view-granted', 'waits']);
  expect(received.find(({ event_id }) => event_id === 'ord-1')).toMatchObject({ custom_data: { value: 20 } });
  const { events: rows } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 50 });
  const find = (id: string) => rows.find((row) => 'id' in row && row.id === id);
  expect(find('waits')).toMatchObject({ reportedBy: 'the hook zap, not signed', outcomes: [{ outcome: 'delivered' }] });
  expect(find('contradicts')).toMatchObject({ outcomes: [{ outcome: 'consent-denied' }] });
});
