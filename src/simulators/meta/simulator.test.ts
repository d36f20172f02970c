import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sendToHost } from '../kit/http/host-guard.fixture.ts';
import type { Fault } from './faults.ts';
import {
  agent,
  createEvent,
  createPurchase,
  dataset,
  emailHash,
  nowSeconds,
  post,
  sendBeacon,
  start,
  token,
} from './meta.fixture.ts';
import type { MetaSimulator } from './simulator.ts';

const traceId = 'AsNHyw0peTw8';

async function read(answer: Response): Promise<[number, unknown]> {
  return [answer.status, await answer.json()];
}

const errorWith = (error: Record<string, unknown>) => ({ error: expect.objectContaining({ fbtrace_id: traceId, ...error }) });

describe('the events endpoint', () => {
  it('returns the number of received events', async () => {
    const running = await start();
    expect(await read(await post(running, [createEvent(), createPurchase()]))).toEqual([
      200,
      { events_received: 2, messages: [], fbtrace_id: traceId },
    ]);
    expect(running.journalEvents().map(({ eventId }) => eventId)).toEqual(['lead-1', 'ord-1001']);
  });

  it('accepts the token in the header, the query or the body, and a form', async () => {
    const running = await start({ tokens: { [dataset]: token } });
    const path = `/v25.0/${dataset}/events`;
    const form = new URLSearchParams({ data: JSON.stringify([createEvent()]), access_token: token });
    for (const sent of [
      {},
      { authorization: `OAuth ${token}` },
      { authorization: null, path: `${path}?access_token=${token}` },
      { authorization: null, root: { access_token: token } },
      { authorization: null, body: form },
    ])
      expect((await post(running, [createEvent()], sent)).status).toBe(200);
    expect(running.journal().map(({ tokenPlace }) => tokenPlace)).toEqual(['header', 'header', 'query', 'body', 'body']);
    expect(JSON.stringify(running.journal())).not.toContain(token);
  });

  it.each([
    ['no token', { authorization: null }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['an unknown token', { authorization: 'Bearer other' }],
  ])('refuses %s with 401 and code 190', async (_, sent) => {
    const running = await start({ tokens: { [dataset]: token } });
    const [status, body] = await read(await post(running, [], sent));
    expect([status, body]).toEqual([401, errorWith({ code: 190, type: 'OAuthException' })]);
    expect(body).not.toHaveProperty('error.error_subcode');
  });

  it('refuses the dataset of another token, and a malformed one, with subcode 33', async () => {
    const running = await start({ tokens: { [dataset]: token, '55555': 'other' } });
    for (const id of ['55555', '66666', 'abc', '1234'])
      expect(await read(await post(running, [createEvent()], { path: `/v26.0/${id}/events` })), id).toEqual([
        400,
        errorWith({ code: 100, error_subcode: 33, type: 'GraphMethodException' }),
      ]);
  });

  it('checks method, version, token, dataset and content in this order', async () => {
    const running = await start({ tokens: { [dataset]: token } });
    const old = `/v20.0/x/events`;
    const bad = { authorization: 'Bearer other', body: '{' };
    expect(await read(await post(running, [], { ...bad, path: old, method: 'GET' }))).toEqual([405, errorWith({ code: 100 })]);
    expect(await read(await post(running, [], { ...bad, path: old }))).toEqual([400, errorWith({ code: 2635 })]);
    expect(await read(await post(running, [], { ...bad, path: '/v26.0/x/events' }))).toEqual([401, errorWith({ code: 190 })]);
    expect(await read(await post(running, [], { body: '{', path: '/v26.0/x/events' }))).toEqual([
      400,
      errorWith({ code: 100, error_subcode: 33 }),
    ]);
    expect(await read(await post(running, [], { body: '{' }))).toEqual([
      400,
      errorWith({ code: 100, message: '(#100) param data must be non-empty.' }),
    ]);
  });

  it('accepts the living versions only', async () => {
    const running = await start();
    const codeOf = async (path: string) => (await (await post(running, [createEvent()], { path })).json()).error?.code;
    expect(await codeOf(`/v21.0/${dataset}/events`)).toBeUndefined();
    expect(await codeOf(`/v27.0/${dataset}/events`)).toBeUndefined();
    expect(await codeOf(`/v9.0/${dataset}/events`)).toBe(2635);
    expect(await codeOf(`/${dataset}/events`)).toBe(2635);
    expect(await codeOf(`/v99.0/${dataset}/events`)).toBe(2500);
    expect(await codeOf(`/v26.0/${dataset}/other`)).toBe(2500);
  });

  it.each([
    ['no JSON', '{"data":'],
    ['an empty list', '{"data":[]}'],
    ['another type of list', '{"data":{}}'],
    ['a list instead of an object', '[]'],
    ['JSON that is nested too deeply', `{"data":${'['.repeat(80)}${']'.repeat(80)}}`],
  ])('refuses %s without a subcode', async (_, body) => {
    const [status, answer] = await read(await post(await start(), [], { body }));
    expect([status, answer]).toEqual([400, errorWith({ code: 100, is_transient: false })]);
    expect(answer).not.toHaveProperty('error.error_subcode');
  });

  it('refuses over 1,000 events, a body of another content type, and a body over the limit', async () => {
    const running = await start();
    expect(
      (
        await post(
          running,
          Array.from({ length: 1_001 }, () => 1),
        )
      ).status,
    ).toBe(400);
    expect((await post(running, [createEvent()], { headers: { 'content-type': 'text/plain' } })).status).toBe(400);
    expect((await post(running, [], { body: 'x'.repeat(1_000_001) })).status).toBe(413);
    expect(
      (
        await post(
          running,
          Array.from({ length: 1_000 }, () => createEvent()),
        )
      ).status,
    ).toBe(200);
  });

  it('refuses all events for one invalid event and keeps none of them', async () => {
    const running = await start();
    const answer = await post(running, [createEvent(), createEvent({ event_time: 1 }), createEvent()]);
    expect(await read(answer)).toEqual([400, errorWith({ code: 100, error_subcode: 2804003, message: 'Invalid parameter' })]);
    expect(running.journalEvents()).toEqual([]);
  });

  it('reports its usage once the token is known', async () => {
    const running = await start({ overrides: { callsPerHour: 4 } });
    await post(running, [createEvent()]);
    const answer = await post(running, [createEvent()]);
    expect(JSON.parse(answer.headers.get('x-business-use-case-usage') ?? '')).toEqual({
      [dataset]: [
        { type: 'ads_management', call_count: 50, total_cputime: 50, total_time: 50, estimated_time_to_regain_access: 0 },
      ],
    });
    expect(JSON.parse(answer.headers.get('x-app-usage') ?? '')).toEqual({ call_count: 50, total_cputime: 50, total_time: 50 });
    expect((await post(running, [], { authorization: null })).headers.has('x-app-usage')).toBe(false);
  });
});

describe('a fault', () => {
  const set = ({ url }: MetaSimulator, fault: unknown) => fetch(`${url}/faults`, { method: 'POST', body: JSON.stringify(fault) });

  it.each<[Fault, number, Record<string, unknown> | undefined]>([
    [{ mode: '401' }, 401, { code: 190 }],
    [{ mode: '403' }, 403, { code: 10 }],
    [{ mode: '404' }, 404, { code: 803 }],
    [{ mode: '413' }, 413, undefined],
    [{ mode: '429', retryAfter: 7 }, 429, undefined],
    [{ mode: '500' }, 500, { code: 1, is_transient: false }],
    [{ mode: 'transient' }, 500, { code: 2, is_transient: true }],
    [{ mode: 'permission' }, 400, { code: 100, message: '(#100) Missing Permission' }],
    [{ mode: '400-no-details' }, 400, { code: 100, message: 'Invalid parameter' }],
    [{ mode: 'html' }, 502, undefined],
    [{ mode: 'throttle' }, 400, { code: 17, error_subcode: 2446079 }],
    [{ mode: 'throttle', code: 80_004 }, 400, { code: 80_004 }],
  ])('%o replaces the response and processes no event', async (fault, status, error) => {
    const running = await start();
    expect((await set(running, fault)).status).toBe(200);
    const answer = await post(running, [createEvent()]);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(fault.retryAfter === undefined ? null : String(fault.retryAfter));
    if (error !== undefined) expect(await answer.json()).toEqual(errorWith(error));
    else expect(await answer.text()).not.toContain('{');
    expect(running.journalEvents()).toEqual([]);
  });

  it('throttle reports the minutes until access returns, and ends after its count', async () => {
    const running = await start();
    running.faults({ mode: 'throttle', minutes: 9, count: 1 });
    const usage = (await post(running, [createEvent()])).headers.get('x-business-use-case-usage') ?? '';
    expect(JSON.parse(usage)[dataset][0]).toMatchObject({ call_count: 100, estimated_time_to_regain_access: 9 });
    expect((await post(running, [createEvent()])).status).toBe(200);
    expect(running.faults()).toEqual({ mode: 'ok' });
  });

  it('reject refuses the named events, with or without a path', async () => {
    const running = await start();
    running.faults({ mode: 'reject', eventIds: ['b'] });
    const events = ['a', 'b', 'c'].map((event_id) => createEvent({ event_id }));
    const [, named] = await read(await post(running, events));
    expect(named).toEqual(
      errorWith({
        error_subcode: 2804019,
        error_user_msg: expect.stringContaining(`"$['data'][1]"`),
        error_data: { blame_field_specs: [['data']] },
      }),
    );
    running.faults({ mode: 'reject', eventIds: ['b'], details: 'none' });
    const [status, unnamed] = await read(await post(running, events));
    expect([status, JSON.stringify(unnamed)]).toEqual([400, expect.not.stringContaining("['data'][")]);
    expect((await post(running, [createEvent()])).status).toBe(200);
  });

  it('french translates the texts for people and keeps message, codes and path', async () => {
    const running = await start();
    running.faults({ mode: 'french' });
    expect(await read(await post(running, [createEvent({ em: 1 })]))).toEqual([
      400,
      errorWith({
        message: 'Invalid parameter',
        error_subcode: 2804019,
        error_user_title: 'Paramètre non valide',
        error_user_msg: `Clé inattendue "em" dans le paramètre "$['data'][0]".`,
      }),
    ]);
    expect((await post(running, [createEvent()])).status).toBe(200);
  });

  it('version-warning adds a header and processes the events', async () => {
    const running = await start();
    expect((await post(running, [createEvent()])).headers.has('x-ad-api-version-warning')).toBe(false);
    running.faults({ mode: 'version-warning' });
    const answer = await post(running, [createEvent({ event_id: 'b' })]);
    expect([answer.status, answer.headers.has('x-ad-api-version-warning')]).toEqual([200, true]);
  });

  it('short-count and slow process the events', async () => {
    const running = await start({ overrides: { slowMs: 1 } });
    running.faults({ mode: 'short-count' });
    expect((await (await post(running, [createEvent(), createPurchase()])).json()).events_received).toBe(1);
    running.faults({ mode: 'slow' });
    expect((await post(running, [createEvent({ event_id: 'b' })])).status).toBe(200);
    expect(running.journalEvents()).toHaveLength(3);
  });

  it.each([
    ['reset', 0, ''],
    ['200-then-drop', 1, ''],
    ['truncated', 1, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\{"events_rec/],
  ] as const)('%s breaks the connection', async (mode, events, received) => {
    const running = await start();
    running.faults({ mode });
    const answer = await postRaw(running);
    expect(answer).toMatch(received);
    expect(answer).not.toContain('fbtrace_id":"AsNHyw0peTw8"}');
    expect(running.journalEvents()).toHaveLength(events);
  });

  it('hang never responds', async () => {
    const running = await start();
    running.faults({ mode: 'hang' });
    const asked = post(running, [createEvent()]);
    await expect.poll(() => running.journal()).toMatchObject([{ status: null, answered: 'none', fault: 'hang' }]);
    await running.close();
    await expect(asked).rejects.toThrow();
  });

  it('applies to its dataset only, and an invalid one is refused', async () => {
    const running = await start();
    running.faults({ mode: '500', datasetId: '77777' });
    expect((await post(running, [createEvent()])).status).toBe(200);
    expect((await post(running, [createEvent()], { path: '/v26.0/77777/events' })).status).toBe(500);
    const refused = await set(running, { mode: 'unknown' });
    expect([refused.status, (await refused.json()).error.code]).toEqual([400, 'BadFault']);
    expect((await (await fetch(`${running.url}/faults`)).json()).mode).toBe('500');
  });
});

/** Posts one event over a raw socket and returns all received data when it closes. */
function postRaw({ port }: MetaSimulator): Promise<string> {
  const body = JSON.stringify({ data: [createEvent()] });
  const lines = [
    `POST /v26.0/${dataset}/events HTTP/1.1`,
    'Host: x',
    'Authorization: Bearer t',
    'Content-Type: application/json',
  ];
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
    socket.write(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}

describe('the journal', () => {
  it('masks tokens and unhashed personal data, and keeps hashes', async () => {
    const running = await start();
    const user_data = { em: ['jane@shop.example', emailHash], ph: '16505551212', fbp: 'fb.1.1789990000123.1098115397' };
    const event = createEvent({ user_data, custom_data: { note: 'by jane@shop.example' } });
    await post(running, [event], { authorization: null, root: { access_token: token, test_event_code: 'TEST1' } });
    await sendBeacon(running, { 'ud[em]': 'jane@shop.example', dl: 'https://shop.example/?email=jane@shop.example' });
    const all = await (await fetch(`${running.url}/journal`)).text();
    const events = await (await fetch(`${running.url}/journal/events`)).text();
    for (const text of [all, events]) {
      expect(text).not.toMatch(/jane|16505551212|EAAexampletoken/);
      expect(text).toContain(emailHash);
    }
    expect(JSON.parse(all).requests[0]).toMatchObject({
      datasetId: dataset,
      version: 'v26.0',
      token: '***',
      status: 200,
      body: { access_token: '***', test_event_code: 'TEST1', data: [{ user_data: { em: ['***', emailHash], ph: '***' } }] },
    });
    expect(running.journalEvents()[0]).toMatchObject({ testEventCodes: ['TEST1'], matchedBy: ['em', 'fbp'] });
  });

  it('never repeats identity in an error', async () => {
    const running = await start();
    const events = [
      createEvent({ 'jane@shop.example': 1 }),
      createEvent({ user_data: { em: 'jane@shop.example' } }),
      createEvent({ action_source: 'jane@shop.example' }),
      createPurchase({ custom_data: { value: 1, currency: 'jane@shop.example' } }),
    ];
    for (const event of events) {
      const answer = await post(running, [event]);
      expect([answer.status, await answer.text()]).toEqual([400, expect.not.stringContaining('jane')]);
    }
    expect(JSON.stringify(running.journal())).not.toContain('jane');
  });

  it('is emptied by DELETE', async () => {
    const running = await start();
    await post(running, [createEvent()]);
    await sendBeacon(running, { eid: 'ord-1' });
    expect((await fetch(`${running.url}/journal`, { method: 'DELETE' })).status).toBe(204);
    expect([running.journal(), running.journalEvents()]).toEqual([[], []]);
  });

  it('is closed to other sites and foreign host names', async () => {
    const running = await start();
    const cross = await fetch(`${running.url}/journal`, { method: 'DELETE', headers: { 'sec-fetch-site': 'cross-site' } });
    expect(cross.status).toBe(403);
    const closed = ['GET /', 'GET /journal', 'DELETE /journal', 'GET /journal/events', 'GET /faults', 'POST /faults'];
    for (const each of closed) {
      const [method = '', path = ''] = each.split(' ');
      expect(await sendToHost(running.port, 'shop.example', method, path), each).toMatch(/^403 Unknown host name\./);
    }
    for (const path of ['/en_US/fbevents.js', '/tr/?id=1', '/tr?id=1'])
      expect(await sendToHost(running.port, 'shop.example', 'GET', path)).toMatch(/^200 /);
    expect(await sendToHost(running.port, `localhost:${running.port}`, 'GET', '/faults')).toMatch(/^200 /);
  });

  it('holds a beacon as an event of the Conversions API', async () => {
    const running = await start();
    const answer = await sendBeacon(running, {
      eid: 'ord-1001',
      ts: String(nowSeconds * 1_000),
      dl: 'https://shop.example/thanks',
      'cd[value]': '129.9',
      'cd[currency]': 'EUR',
      'cd[content_ids]': '["sku-1"]',
      'ud[em]': emailHash,
      fbp: 'fb.1.1789990000123.1098115397',
    });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'image/gif',
      '*',
    ]);
    expect(running.journalEvents()[0]?.browser[0]?.event).toEqual({
      event_name: 'Purchase',
      event_time: nowSeconds,
      event_id: 'ord-1001',
      action_source: 'website',
      event_source_url: 'https://shop.example/thanks',
      user_data: {
        em: emailHash,
        fbp: 'fb.1.1789990000123.1098115397',
        client_user_agent: agent,
        client_ip_address: '127.0.0.1',
      },
      custom_data: { value: 129.9, currency: 'EUR', content_ids: ['sku-1'] },
    });
    expect((await fetch(`${running.url}/tr/?id=1`, { method: 'HEAD' })).status).toBe(405);
  });
});
