import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from './faults.ts';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from './simulator.ts';
import { startMicrosoftSimulator } from './simulator.ts';

const nowSeconds = 1_744_430_100;
const tag = '187012345';
const token = '0f8fad5b-d9cb-469f-a165-70867728950e';

let simulator: MicrosoftSimulator | undefined;
afterEach(() => simulator?.close());

async function start(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  simulator = await startMicrosoftSimulator({
    port: 0,
    now: () => nowSeconds * 1_000,
    newId: () => 'b0d1f2c3-4a5e-4f0f',
    ...options,
  });
  return simulator;
}

const event = (eventId: string) => ({
  eventType: 'custom',
  eventId,
  eventName: 'purchase',
  eventTime: nowSeconds,
  userData: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' },
});

interface Sent {
  readonly tagId?: string;
  readonly authorization?: string | null;
  readonly contentType?: string;
  readonly method?: string;
  readonly body?: string;
}

function post({ url }: MicrosoftSimulator, events: readonly unknown[], sent: Sent = {}): Promise<Response> {
  const { tagId = tag, authorization = `Bearer ${token}`, contentType = 'application/json', method = 'POST' } = sent;
  return fetch(`${url}/v1/${tagId}/events`, {
    method,
    headers: { 'content-type': contentType, ...(authorization === null ? {} : { authorization }) },
    ...(method === 'GET' ? {} : { body: sent.body ?? JSON.stringify({ data: events }) }),
  });
}

function get({ url }: MicrosoftSimulator, path: string): Promise<Response> {
  return fetch(`${url}${path}`);
}

function setFault({ url }: MicrosoftSimulator, fault: unknown): Promise<Response> {
  return fetch(`${url}/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

/** Posts one event over a raw socket and returns all received data when it closes. */
function postRaw({ port }: MicrosoftSimulator): Promise<{ received: string; error: string | undefined }> {
  const body = JSON.stringify({ data: [event('ord-1')] });
  const lines = [`POST /v1/${tag}/events HTTP/1.1`, 'Host: x', 'Authorization: Bearer t', 'Content-Type: application/json'];
  return new Promise((resolve) => {
    let received = '';
    let error: string | undefined;
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('error', ({ message }) => {
      error = message;
    });
    socket.on('close', () => resolve({ received, error }));
    socket.write(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}

const received = (running: MicrosoftSimulator): unknown[] => running.journalEvents().map(({ eventId }) => eventId);

const unauthorized = {
  error: { code: 'Unauthorized', message: 'You are not authorized to access this resource.' },
  traceId: 'b0d1f2c34a5e4f0f',
};

describe('the events endpoint', () => {
  it('returns the number of processed events', async () => {
    const running = await start();
    const answer = await post(running, [event('a'), event('b')]);
    expect([answer.status, await answer.json()]).toEqual([200, { eventsReceived: 2, traceId: 'b0d1f2c34a5e4f0f' }]);
    expect(received(running)).toEqual(['a', 'b']);
  });

  it.each([
    ['no token', { authorization: null }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['a malformed tag', { tagId: 'abc' }],
    ['a tag of zeros', { tagId: '000' }],
    ['a tag of 21 digits', { tagId: '1'.repeat(21) }],
  ])('rejects %s', async (_, sent) => {
    const answer = await post(await start(), [event('a')], sent);
    expect([answer.status, await answer.json()]).toEqual([401, unauthorized]);
  });

  it('accepts any token without a list of tokens', async () => {
    expect((await post(await start(), [event('a')], { authorization: 'Bearer anything', tagId: '7' })).status).toBe(200);
  });

  it("accepts only the tag's own token with a list of tokens", async () => {
    const running = await start({ tokens: { [tag]: token, '5': 'other' } });
    expect((await post(running, [event('a')])).status).toBe(200);
    expect((await post(running, [event('a')], { authorization: 'Bearer other' })).status).toBe(401);
    expect((await post(running, [event('a')], { tagId: '6' })).status).toBe(401);
  });

  it('checks the token before the body by default', async () => {
    const running = await start();
    expect((await post(running, [], { authorization: null })).status).toBe(401);
    expect((await post(running, [])).status).toBe(400);
    await running.close();
    const other = await start({ overrides: { authBeforeBody: false } });
    expect((await post(other, [], { authorization: null, body: '{' })).status).toBe(400);
    expect((await post(other, [], { authorization: null })).status).toBe(401);
  });

  it('rejects other methods than POST', async () => {
    const answer = await post(await start(), [], { method: 'GET' });
    expect([answer.status, answer.headers.get('allow'), await answer.text()]).toEqual([405, 'POST', '']);
  });

  it('rejects other content types than JSON, unless the preset is lenient', async () => {
    const running = await start();
    const answer = await post(running, [event('a')], { contentType: 'text/plain' });
    expect([answer.status, await answer.text()]).toEqual([415, '']);
    expect((await post(running, [event('a')], { contentType: 'application/json; charset=utf-8' })).status).toBe(200);
    await running.close();
    expect((await post(await start({ preset: 'lenient' }), [event('a')], { contentType: 'text/plain' })).status).toBe(200);
  });

  it.each(['{"data":', '[]', 'null', '"x"', `{"data":${'['.repeat(80)}${']'.repeat(80)}}`])(
    'rejects the body %s as a bad request',
    async (body) => {
      const answer = await post(await start(), [], { body });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: { code: 'BadRequest', message: expect.any(String) },
        traceId: 'b0d1f2c34a5e4f0f',
      });
    },
  );

  it('ignores brackets inside a string when it measures nesting', async () => {
    const answer = await post(await start(), [{ ...event('a'), pageTitle: `\\"${'['.repeat(100)}` }]);
    expect(answer.status).toBe(200);
  });

  it('rejects a body over the limit and does not store it', async () => {
    const running = await start({ overrides: { maxBodyBytes: 1_000 } });
    const answer = await post(running, [{ ...event('a'), pageTitle: 'x'.repeat(200_000) }]);
    expect([answer.status, await answer.text()]).toEqual([413, '']);
    expect(running.journal()).toMatchObject([{ status: 413, body: null }]);
    expect((await post(running, [event('a')])).status).toBe(200);
  });

  it('uses the configured statuses', async () => {
    const statuses = { unknownTag: 403, wrongMethod: 404, wrongContentType: 400, tooLarge: 400, malformed: 422 };
    const running = await start({ overrides: { statuses } });
    expect((await post(running, [], { authorization: null })).status).toBe(403);
    expect((await post(running, [], { method: 'GET' })).status).toBe(404);
    expect((await post(running, [], { body: '{' })).status).toBe(422);
  });
});

describe('the journal', () => {
  it('stores request and response without the token', async () => {
    const running = await start();
    await post(running, [event('a')]);
    await post(running, [event('b')], { authorization: null });
    const text = await (await get(running, '/journal')).text();
    expect(text).not.toContain(token);
    expect(JSON.parse(text)).toEqual({
      requests: [
        {
          id: 1,
          at: '2025-04-12T03:55:00.000Z',
          tagId: tag,
          token: '***',
          status: 200,
          answered: 'whole',
          fault: 'ok',
          body: { data: [event('a')] },
          verdict: { eventsReceived: 1, traceId: 'b0d1f2c34a5e4f0f' },
        },
        {
          id: 2,
          at: '2025-04-12T03:55:00.000Z',
          tagId: tag,
          token: null,
          status: 401,
          answered: 'whole',
          fault: 'ok',
          body: { data: [event('b')] },
          verdict: unauthorized,
        },
      ],
    });
    expect(await (await get(running, '/')).text()).not.toContain(token);
  });

  it('returns each processed event without removed fields', async () => {
    const running = await start();
    await post(running, [{ ...event('a'), referrerUrl: 'x' }]);
    await post(running, [{ ...event('b'), eventTime: 1 }]);
    const answer = await get(running, '/journal/events');
    expect(await answer.json()).toMatchObject({
      events: [
        {
          tagId: tag,
          eventId: 'a',
          eventName: 'purchase',
          eventType: 'custom',
          server: [{ event: event('a'), warnings: [{ propertyName: 'data[0].referrerUrl' }] }],
          browser: [],
          counted: 'server',
          goals: ['purchase'],
          reason: 'conversion',
          why: 'Counts for the goal purchase: the first report with this tag, event id and event name.',
        },
      ],
    });
    expect(running.journalEvents()[0]?.server[0]?.event).not.toHaveProperty('referrerUrl');
    expect(received(running)).toEqual(['a']);
  });

  it('is cleared by DELETE', async () => {
    const running = await start();
    await post(running, [event('a')]);
    expect((await fetch(`${running.url}/journal`, { method: 'DELETE' })).status).toBe(204);
    expect(await (await get(running, '/journal')).json()).toEqual({ requests: [] });
    expect(await (await get(running, '/journal/events')).json()).toEqual({ events: [] });
  });

  it('rejects requests of another site', async () => {
    const running = await start();
    await post(running, [event('a')]);
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await fetch(`${running.url}/journal`, { method: 'DELETE', headers })).status).toBe(403);
    expect((await fetch(`${running.url}/faults`, { method: 'POST', headers, body: '{"mode":"500"}' })).status).toBe(403);
    expect([running.journal().length, running.faults()]).toEqual([1, { mode: 'ok' }]);
  });

  it('returns 404 for an unknown path and 405 for another method', async () => {
    const running = await start();
    expect((await get(running, '/nowhere')).status).toBe(404);
    const answer = await fetch(`${running.url}/journal`, { method: 'PUT' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, DELETE']);
  });
});

describe('faults', () => {
  const faultCases: [Fault['mode'], number, unknown][] = [
    ['401', 401, unauthorized],
    ['403', 403, { error: { code: 'Forbidden', message: expect.any(String) }, traceId: 'b0d1f2c34a5e4f0f' }],
    ['404', 404, ''],
    ['413', 413, ''],
    ['429', 429, { error: { code: 'TooManyRequests', message: expect.any(String) }, traceId: 'b0d1f2c34a5e4f0f' }],
    ['500', 500, ''],
    ['400-no-details', 400, { error: { code: 'ValidationError', message: expect.stringContaining('see details') } }],
  ];

  it.each(faultCases)('%s returns the documented response and processes no event', async (mode, status, expected) => {
    const running = await start();
    running.faults({ mode });
    const answer = await post(running, [event('a')]);
    const text = await answer.text();
    expect([answer.status, text === '' ? '' : JSON.parse(text)]).toEqual([status, expected]);
    expect(received(running)).toEqual([]);
    expect(running.journal()).toMatchObject([{ status, fault: mode, answered: 'whole', body: { data: [event('a')] } }]);
  });

  it('html returns 503 with a page', async () => {
    const running = await start();
    running.faults({ mode: 'html' });
    const answer = await post(running, [event('a')]);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain('<!doctype html>');
    expect(received(running)).toEqual([]);
  });

  it('429 has a Retry-After of 30 s or of the fault, as number or text', async () => {
    const running = await start();
    for (const [fault, header] of [
      [{ mode: '429' }, '30'],
      [{ mode: '429', retryAfter: 2 }, '2'],
      [{ mode: '500', retryAfter: 'Wed, 25 Nov 2026 10:00:00 GMT' }, 'Wed, 25 Nov 2026 10:00:00 GMT'],
      [{ mode: '500' }, null],
    ] as const) {
      running.faults(fault);
      expect((await post(running, [event('a')])).headers.get('retry-after')).toBe(header);
    }
  });

  it('hang reads the request and sends no response before close', async () => {
    const running = await start();
    running.faults({ mode: 'hang' });
    const answer = post(running, [event('a')]).then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => running.journal()).toMatchObject([{ status: null, answered: 'none', fault: 'hang', verdict: null }]);
    // A later request is answered while the first one hangs.
    const later = fetch(`${running.url}/journal/events`).then(() => 'hanging');
    expect(await Promise.race([answer, later])).toBe('hanging');
    expect(received(running)).toEqual([]);
    await running.close();
    expect(await answer).toBe('cut');
  });

  it('reset resets the connection and processes no event', async () => {
    const running = await start();
    running.faults({ mode: 'reset' });
    expect(await postRaw(running)).toEqual({ received: '', error: expect.stringContaining('ECONNRESET') });
    expect(received(running)).toEqual([]);
    expect(running.journal()).toMatchObject([{ status: null, answered: 'none', fault: 'reset' }]);
  });

  it('200-then-drop processes the events and sends no byte', async () => {
    const running = await start();
    running.faults({ mode: '200-then-drop' });
    expect((await postRaw(running)).received).toBe('');
    expect(received(running)).toEqual(['ord-1']);
    expect(running.journal()).toMatchObject([
      { status: 200, answered: 'none', fault: '200-then-drop', verdict: { eventsReceived: 1 } },
    ]);
  });

  it('truncated processes the events and sends half of the announced response', async () => {
    const running = await start();
    running.faults({ mode: 'truncated' });
    const { received: text } = await postRaw(running);
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const promised = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(body).toBe('{"eventsReceived":1,"traceId":"b0d1f2c34a5e4f0f"}'.slice(0, Math.floor(promised / 2)));
    expect(body.length).toBeLessThan(promised);
    expect(received(running)).toEqual(['ord-1']);
    const answer = await post(running, [event('ord-2')]);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('short-count processes all events and returns one fewer', async () => {
    const running = await start();
    running.faults({ mode: 'short-count' });
    expect(await (await post(running, [event('a'), event('b')])).json()).toMatchObject({ eventsReceived: 1 });
    expect(received(running)).toEqual(['a', 'b']);
  });

  it.each([
    ['count-spelling', 200, '{"EventsReceived":"1","traceId":"b0d1f2c34a5e4f0f"}', ['a']],
    ['no-count', 200, '{"traceId":"b0d1f2c34a5e4f0f"}', ['a']],
    ['warnings-200', 200, expect.stringContaining('"isWarning":true'), ['a']],
    ['other-json', 200, '{"status":"ok"}', ['a']],
    ['empty-object', 200, '{}', ['a']],
    ['empty', 200, '', ['a']],
    ['204', 204, '', ['a']],
    ['error-200', 200, expect.stringContaining('"code":"Forbidden"'), []],
    ['text', 200, 'OK', []],
    ['html-200', 200, expect.stringContaining('<!doctype html>'), []],
    ['reject-200', 200, expect.stringContaining('"index":0'), []],
  ] as const)('%s is a success without the documented count', async (mode, status, body, stored) => {
    const running = await start();
    running.faults({ mode });
    const answer = await post(running, [event('a')]);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(received(running)).toEqual(stored);
  });

  it('slow returns the correct response late', async () => {
    const running = await start({ overrides: { slowMs: 150 } });
    running.faults({ mode: 'slow' });
    const began = performance.now();
    expect(await (await post(running, [event('a')])).json()).toMatchObject({ eventsReceived: 1 });
    expect(performance.now() - began).toBeGreaterThan(140);
  });

  it('close does not wait for a slow response', async () => {
    const running = await start({ overrides: { slowMs: 60_000 } });
    running.faults({ mode: 'slow' });
    const answer = post(running, [event('a')]).catch(() => 'cut');
    await expect.poll(() => running.journal()).toHaveLength(1);
    await running.close();
    expect(await answer).toBe('cut');
  });

  it('reject names at most ten events as errors and processes no event', async () => {
    const running = await start();
    const eventIds = Array.from({ length: 12 }, (_, at) => `bad-${at}`);
    running.faults({ mode: 'reject', eventIds });
    const answer = await post(running, [event('good'), ...eventIds.map(event)]);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: {
        code: 'ValidationError',
        details: Array.from({ length: 10 }, (_, at) => ({
          index: at + 1,
          propertyName: `data[${at + 1}].eventId`,
          errorCode: 'Refused',
          isWarning: false,
        })),
      },
    });
    expect(received(running)).toEqual([]);
  });

  it('reject accepts a batch without the named events', async () => {
    const running = await start();
    running.faults({ mode: 'reject', eventIds: ['bad'] });
    expect((await post(running, [event('good')])).status).toBe(200);
    expect(running.journal()).toMatchObject([{ fault: 'ok' }]);
  });

  it('reject skips only the named events when continueOnValidationError is true', async () => {
    const running = await start();
    running.faults({ mode: 'reject', eventIds: ['bad'] });
    const body = JSON.stringify({ data: [event('bad'), event('good')], continueOnValidationError: true });
    expect(await (await post(running, [], { body })).json()).toMatchObject({
      eventsReceived: 1,
      error: { details: [{ index: 0 }] },
    });
    expect(received(running)).toEqual(['good']);
  });

  it('reject without details names no event', async () => {
    const running = await start();
    running.faults({ mode: 'reject', eventIds: ['bad'], details: 'none' });
    const answer = await post(running, [event('good'), event('bad')]);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: { code: 'ValidationError', message: expect.any(String) } },
    ]);
    expect(received(running)).toEqual([]);
    expect((await post(running, [event('bad')], { authorization: null })).status).toBe(401);
  });

  it('a fault applies only to its tag and events', async () => {
    const running = await start();
    running.faults({ mode: '500', tagId: '5' });
    expect((await post(running, [event('a')])).status).toBe(200);
    expect((await post(running, [event('a')], { tagId: '5' })).status).toBe(500);
    running.faults({ mode: '500', eventIds: ['poison'] });
    expect((await post(running, [event('a')])).status).toBe(200);
    expect((await post(running, [event('a'), event('poison')])).status).toBe(500);
  });

  it('a fault ends after `count` matching requests', async () => {
    const running = await start();
    expect(await (await setFault(running, { mode: '500', count: 2, tagId: tag })).json()).toEqual({
      mode: '500',
      count: 2,
      tagId: tag,
    });
    const statuses: number[] = [];
    for (const tagId of [tag, '5', tag, tag]) statuses.push((await post(running, [event('a')], { tagId })).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
    expect(await (await get(running, '/faults')).json()).toEqual({ mode: 'ok' });
  });

  it('a fault stays until another is set, and `ok` ends it', async () => {
    const running = await start();
    await setFault(running, { mode: '500' });
    for (let at = 0; at < 3; at += 1) expect((await post(running, [event('a')])).status).toBe(500);
    await setFault(running, { mode: 'ok' });
    expect((await post(running, [event('a')])).status).toBe(200);
  });

  it.each([
    [{ mode: 'secret-value' }, 'mode'],
    [{ mode: '500', count: 0 }, 'count'],
    [{ mode: '500', retryAfter: 'a\r\nset-cookie: secret-value' }, 'retryAfter'],
    [{ mode: 'reject', eventIds: 'secret-value' }, 'eventIds'],
    ['secret-value', ''],
  ])('rejects the fault %j, names the field and keeps the current fault', async (fault, field) => {
    const running = await start();
    running.faults({ mode: '404' });
    const answer = await setFault(running, fault);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'BadFault', issues: [{ field }] } });
    expect(text).not.toContain('secret-value');
    expect(running.faults()).toEqual({ mode: '404' });
  });
});

describe('the journal bound', () => {
  it('counts the bytes of bodies and of queries as received', async () => {
    const running = await start({ overrides: { journalBytes: 3_000 } });
    const filler = 'x'.repeat(1_000);
    for (const eventId of ['ord-1', 'ord-2', 'ord-3']) await post(running, [{ ...event(eventId), filler }]);
    expect(running.journal().map(({ id }) => id)).toEqual([2, 3]);
    await get(running, `/action/0?ti=1&evt=custom&filler=${filler}`);
    expect(running.journal().map(({ id }) => id)).toEqual([3]);
    expect(running.journalEvents().map(({ server, browser }) => [server.length, browser.length])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe('startMicrosoftSimulator', () => {
  it('rejects when the port is taken', async () => {
    const running = await start();
    await expect(startMicrosoftSimulator({ port: running.port })).rejects.toThrow('EADDRINUSE');
  });

  it('can be closed twice', async () => {
    const running = await start();
    await running.close();
    await expect(running.close()).resolves.toBeUndefined();
  });
});
