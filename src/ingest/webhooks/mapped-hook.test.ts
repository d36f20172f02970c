import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Hook } from '../../event/hook.ts';
import type { HookSignature } from '../../event/hook-signature.ts';
import { parseStoredEvent } from '../../event/parse-stored-event.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';
import { previewHook } from './preview-hook.ts';
import type { HookReport } from './webhook-route.ts';

const secret = 'a secret of the CRM';
const github: HookSignature = {
  ...{ scheme: 'hmac-sha256', header: 'X-Hub-Signature-256', encoding: 'hex', prefix: 'sha256=' },
  ...{ signs: 'body', toleranceSeconds: 300 },
};
const crm = {
  id: 'crm',
  source: 'custom',
  secrets: [secret],
  signature: github,
  events: [
    {
      when: [{ at: '/type', in: ['lead.created'] }],
      fields: {
        name: { const: 'Lead' },
        id: '/lead/id',
        time: { at: '/lead/at', unit: 'seconds' },
        'user.email': '/lead/email',
        'commerce.value': { at: '/lead/cents', unit: 'minor' },
        'commerce.currency': { const: 'EUR' },
        'consent.adStorage': { at: '/lead/ok', values: { true: 'granted', false: 'denied' } },
      },
    },
    { when: [{ at: '/type', in: ['money.back'] }], fields: { name: '/name', 'commerce.orderId': '/order', id: '/id' } },
  ],
} as const satisfies Hook;

const lead = {
  type: 'lead.created',
  lead: { id: 'lead-1', at: Math.floor(now / 1_000), email: 'jane@shop.example', cents: 1250, ok: true },
};
const refund = { type: 'money.back', name: 'Refund', order: 'ord-1', id: 'refund-1' };

function hex(body: string, key = secret): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

function listEvents(log: ReturnType<typeof createMemoryLog>) {
  const { calls } = log;
  const seen = new Set<string>();
  return calls.flat().flatMap(({ key, bytes }) => {
    const event = seen.has(key) ? undefined : parseStoredEvent(bytes);
    seen.add(key);
    return event ?? [];
  });
}

function open(hook: Hook = crm) {
  const log = createMemoryLog();
  const reports: (readonly [string, string, HookReport])[] = [];
  const site = { ...shop, hooks: [hook] };
  const app = createCollectorApp({
    ...createCollectorDeps(log),
    sites: () => [site],
    onHook: (...report) => void reports.push(report),
  });
  const post = async (
    body: string,
    headers: Readonly<Record<string, string>>,
    path = `/hooks/${hook.source}/shop/${hook.id}`,
  ) => {
    const answer = await app.request(path, { method: 'POST', body, headers: { ...headers } }, buildConnectionInfo('203.0.113.9'));
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
  const postLead = (value: object, key = secret) => {
    const body = JSON.stringify(value);
    return post(body, { 'X-Hub-Signature-256': `sha256=${hex(body, key)}` });
  };
  return { log, site, reports, post, postLead };
}

const accepted = { status: 200, json: { accepted: 1, rejected: [] } };
const refused = { status: 401, json: { error: { code: 'not-signed' } } };

describe('a mapped hook', () => {
  it('accepts a body that is declared to be uncompressed', async () => {
    const { post } = open();
    const body = JSON.stringify(lead);
    const headers = { 'X-Hub-Signature-256': `sha256=${hex(body)}` };
    expect(await post(body, { ...headers, 'Content-Encoding': 'identity' })).toMatchObject(accepted);
    expect(await post(body, { ...headers, 'Content-Encoding': 'gzip' })).toMatchObject({ status: 415 });
    expect(await post(body, { ...headers, 'Content-Encoding': 'identity, gzip' })).toMatchObject({ status: 415 });
  });

  it('explains the limits of webhooks, not those of the server API alone', async () => {
    const { post } = open();
    const send = async (body: string, headers = {}) => {
      const { json } = await post(body, { 'X-Hub-Signature-256': `sha256=${hex(body)}`, ...headers });
      return JSON.stringify(json);
    };
    expect(await send('{}', { 'Content-Length': String(2 * 1_048_576 + 1) })).toContain('2 MiB from a webhook');
    expect(await send('[]')).toContain('webhooks: any JSON object');
    expect(await send('{}', { 'Content-Encoding': 'gzip' })).toContain('of a webhook only uncompressed');
  });

  it('makes an event of a signed request, under its own way in, without raw data of the person', async () => {
    const { log, reports, postLead } = open();
    expect(await postLead(lead)).toMatchObject(accepted);
    expect(listEvents(log)).toMatchObject([
      {
        ...{ name: 'Lead', id: 'lead-1', reporter: 'webhook', via: 'hook:crm' },
        consent: { effective: 'granted' },
        commerce: { value: 12.5, currency: 'EUR' },
        identity: { forms: { emailPlain: expect.any(String) } },
      },
    ]);
    expect(JSON.stringify(listEvents(log))).not.toContain('jane');
    expect(reports).toEqual([['shop', 'crm', { result: 'accepted', body: JSON.stringify(lead) }]]);
  });

  it('has one purchase of an order, also if the service pads the name', async () => {
    const events = [{ fields: { name: '/name', 'commerce.orderId': '/order' } }];
    const { log, postLead } = open({ ...crm, events });
    for (const name of ['Purchase', ' Purchase ', 'purchase']) await postLead({ name, order: 'ord-1' });
    expect(listEvents(log).map(({ id }) => id)).toEqual(['purchase-ord-1']);
  });

  it('changes nothing by a repeat', async () => {
    const { log, reports, postLead } = open();
    await postLead(lead);
    expect(await postLead(lead)).toMatchObject({ status: 200, json: { accepted: 0, duplicates: 1 } });
    expect(listEvents(log)).toHaveLength(1);
    expect(reports[1]).toMatchObject(['shop', 'crm', { result: 'repeated' }]);
  });

  it('takes equal bodies without an id for one event', async () => {
    const { id: _, ...fields } = crm.events[0].fields;
    const { log, postLead } = open({ ...crm, events: [{ fields }] });
    for (const one of [lead, lead, { ...lead, more: 1 }]) await postLead(one);
    expect(listEvents(log).map(({ id }) => id)).toEqual([
      expect.stringMatching(/^crm-[0-9a-f]{32}$/),
      expect.stringMatching(/^crm-/),
    ]);
  });

  it('refuses another secret, a changed body, and an address without a hook', async () => {
    const { log, reports, post, postLead } = open();
    expect(await postLead(lead, 'another secret')).toMatchObject(refused);
    const signed = { 'X-Hub-Signature-256': `sha256=${hex(JSON.stringify(lead))}` };
    expect(await post(JSON.stringify({ ...lead, more: 1 }), signed)).toMatchObject(refused);
    expect(await post(JSON.stringify(lead), {})).toMatchObject(refused);
    for (const path of ['/hooks/custom/shop/other', '/hooks/custom/other/crm', '/hooks/typeform/shop/crm'])
      expect(await post(JSON.stringify(lead), signed, path), path).toMatchObject(refused);
    expect([listEvents(log), reports]).toEqual([[], []]);
  });

  it('reports a request without the header of its proof, as it does one with a wrong proof', async () => {
    const unsigned: unknown[] = [];
    const site = { ...shop, hooks: [crm] };
    const deps = {
      ...createCollectorDeps(createMemoryLog()),
      sites: () => [site],
      onUnsigned: (...all: unknown[]) => void unsigned.push(all),
    };
    const init = { method: 'POST', body: JSON.stringify(lead) };
    const answer = await createCollectorApp(deps).request('/hooks/custom/shop/crm', init, buildConnectionInfo('203.0.113.9'));
    expect([answer.status, unsigned]).toEqual([401, [['shop', true, 'crm']]]);
  });

  it('ignores a request that no event fits, and reports why one is rejected', async () => {
    const { log, reports, postLead } = open();
    expect(await postLead({ type: 'lead.deleted' })).toMatchObject({ status: 200, json: { ignored: expect.any(String) } });
    expect(await postLead({ ...lead, lead: { ...lead.lead, at: 'soon' } })).toMatchObject({
      status: 200,
      json: { rejected: [{ issues: [{ field: 'time', code: 'time-unreadable' }] }] },
    });
    expect(listEvents(log)).toEqual([]);
    expect(reports.map(([, , { result }]) => result)).toEqual(['ignored', 'rejected']);
  });
});

const signatures: readonly (readonly [string, HookSignature, (body: string) => Readonly<Record<string, string>>])[] = [
  [
    'HMAC of time and body',
    {
      ...{ scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'base64', signs: '{timestamp}.{body}' },
      ...{ timestampHeader: 'X-Time', toleranceSeconds: 300 },
    },
    (body) => {
      const time = String(Math.floor(now / 1_000));
      const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('base64');
      return { 'X-Sig': digest, 'X-Time': time };
    },
  ],
  [
    'HMAC of time and body in one header',
    { scheme: 'timestamped', header: 'Calendly-Webhook-Signature', toleranceSeconds: 300 },
    (body) => {
      const time = Math.floor(now / 1_000);
      return { 'Calendly-Webhook-Signature': `t=${time},v1=${hex(`${time}.${body}`)}` };
    },
  ],
  [
    "HubSpot's third version",
    { scheme: 'hubspot-v3' },
    (body) => {
      const text = `POSThttps://data.shop.example/hooks/custom/shop/crm${body}${now}`;
      const digest = createHmac('sha256', secret).update(text).digest('base64');
      return { host: 'data.shop.example', 'X-HubSpot-Signature-v3': digest, 'X-HubSpot-Request-Timestamp': String(now) };
    },
  ],
  ['a token', { scheme: 'header-token', header: 'X-Token' }, () => ({ 'X-Token': secret })],
  ['a bearer token', { scheme: 'header-token', header: 'Authorization' }, () => ({ Authorization: `Bearer ${secret}` })],
];

describe('the proof of a hook', () => {
  it.each(signatures)('%s is accepted with the right secret alone', async (_, signature, sign) => {
    const body = JSON.stringify(lead);
    const right = open({ ...crm, signature });
    expect(await right.post(body, sign(body))).toMatchObject(accepted);
    const wrong = open({ ...crm, signature, secrets: ['another secret'] });
    expect(await wrong.post(body, sign(body))).toMatchObject(refused);
    expect(listEvents(wrong.log)).toEqual([]);
  });

  it('user and password are accepted, and no others', async () => {
    const { post } = open({ ...crm, signature: { scheme: 'basic' }, secrets: ['convey:a password'] });
    const send = (text: string) => {
      return post(JSON.stringify(lead), { Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    };
    expect(await send('convey:a password')).toMatchObject(accepted);
    expect(await send('convey:another')).toMatchObject(refused);
  });

  it('Standard Webhooks are accepted as the library signs them', async () => {
    const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const { post } = open({ ...crm, signature: { scheme: 'standard-webhooks' }, secrets: [key] });
    const body = JSON.stringify(lead);
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': new Webhook(key).sign('msg_1', new Date(now), body),
    };
    expect(await post(`${body} `, headers)).toMatchObject(refused);
    expect(await post(body, headers)).toMatchObject(accepted);
  });

  it.each(signatures.filter(([title]) => !title.includes('token')))(
    '%s changes nothing when it is old',
    async (_, signature, sign) => {
      const body = JSON.stringify(lead);
      const log = createMemoryLog();
      const site = { ...shop, hooks: [{ ...crm, signature }] };
      const app = createCollectorApp({ ...createCollectorDeps(log), now: () => now + 301_000, sites: () => [site] });
      const init = { method: 'POST', body, headers: { ...sign(body) } };
      const answer = await app.request('/hooks/custom/shop/crm', init, buildConnectionInfo('203.0.113.9'));
      expect(answer.status).toBe(401);
      expect(listEvents(log)).toEqual([]);
    },
  );

  it('that is not signed makes a report with the trust of a browser, and none of a refund', async () => {
    const { log, post } = open({ ...crm, signature: { scheme: 'header-token', header: 'X-Token' } });
    await post(JSON.stringify(lead), { 'X-Token': secret });
    expect(listEvents(log)).toMatchObject([{ reporter: 'browser', via: 'hook:crm' }]);
    for (const name of ['Refund', 'order_refunded', 'OrderCancelled', ' Refund', 'ordercancelled\n'])
      expect(await post(JSON.stringify({ ...refund, name }), { 'X-Token': secret })).toMatchObject({
        status: 200,
        json: { accepted: 0, rejected: [{ issues: [{ code: 'adjustment-not-signed' }] }] },
      });
    expect(listEvents(log)).toHaveLength(1);
    const signed = open();
    expect(await signed.postLead(refund)).toMatchObject(accepted);
  });
});

it('a hook that is not signed waits for consent as a server does, and a denial names its way in', async () => {
  const [{ fields }] = crm.events;
  const events = [{ fields: { ...fields, 'user.anonymousId': '/visitor' } }];
  const { log, post } = open({ ...crm, signature: { scheme: 'header-token', header: 'X-Token' }, events });
  const visitor = '0123456789abcdef0123456789abcdef';
  const send = (more: object) =>
    post(JSON.stringify({ ...lead, visitor, lead: { ...lead.lead, ...more } }), { 'X-Token': secret });
  await send({ id: 'lead-1', ok: null });
  await send({ id: 'lead-2', ok: false });
  expect(listEvents(log).map(({ name, reporter, via, consent }) => [name, reporter, via, consent.effective])).toEqual([
    ['Lead', 'browser', 'hook:crm', expect.not.stringMatching('denied')],
    ['Lead', 'browser', 'hook:crm', 'denied'],
    ['$denial', 'browser', 'hook:crm', 'denied'],
  ]);
});

describe('the preview of a hook', () => {
  it('equals the event that is accepted, with data of the person named alone', async () => {
    const { log, site, postLead } = open();
    const preview = previewHook(site, crm, lead, now, () => 'new');
    await postLead(lead);
    const [event] = listEvents(log);
    const shown = Object.fromEntries(preview.fields.map(({ field, value }) => [field, value]));
    expect(preview).toMatchObject({ state: 'accepted', entry: 0, issues: event?.warnings });
    expect(shown).toEqual({
      ...{ name: event?.name, id: event?.id, time: new Date(event?.time ?? 0).toISOString() },
      'consent.adStorage': event?.consent.effective,
      'user.email': 'Hashed before it is stored',
      'commerce.value': String(event?.commerce.value),
      'commerce.currency': event?.commerce.currency,
    });
    expect(JSON.stringify(preview)).not.toContain('jane');
  });

  it('names the field of a value that cannot be read', () => {
    const { site } = open();
    const body = { ...lead, lead: { ...lead.lead, at: 'soon', cents: '12.50' } };
    expect(previewHook(site, crm, body, now, () => 'new')).toMatchObject({
      state: 'rejected',
      issues: [{ field: 'time' }, { field: 'commerce.value' }],
    });
    expect(previewHook(site, crm, { type: 'other' }, now, () => 'new')).toMatchObject({ state: 'ignored' });
  });
});
