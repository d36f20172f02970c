import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { formatEventKey } from '../../event/event-key.ts';
import { sha256 } from '../../identity/hashing.ts';
import { LogUnavailableError, type NewRecord } from '../../storage/log/event-log.ts';
import { createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { connectionLimits, type RunningServer, startHttpServer } from '../http/http-server.ts';
import { now, secretKey, shop } from '../site.fixture.ts';

const defaultRates = createCollectorDeps(createMemoryLog()).rates;

let served: RunningServer | undefined;
afterEach(async () => {
  await served?.close(0);
  served = undefined;
});

async function start(parts: Partial<CollectorDeps> = {}, limits = connectionLimits) {
  const log = createMemoryLog();
  let idCount = 0;
  const app = createCollectorApp({
    ...createCollectorDeps(log),
    sites: () => [{ ...shop, id: 'other', secretKeyHashes: [] }, shop],
    newId: () => `fresh-${++idCount}`,
    ...parts,
  });
  const running = await startHttpServer(app, { host: '127.0.0.1', port: 0, limits });
  served = running;
  const post = async (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${running.url}/v1/events`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${secretKey}`, ...headers },
    });
    const json: unknown = await answer.json();
    return { status: answer.status, headers: answer.headers, json };
  };
  return {
    log,
    post,
    port: running.port,
    url: running.url,
    send: (events: readonly unknown[]) => post(JSON.stringify({ events })),
  };
}

const buildLead = (id: string) => ({ name: 'Lead', id, consent: { adStorage: 'granted' } });
const failure = (status: number, code: string) => ({ status, json: { error: { code, message: expect.any(String) } } });

/** Writes to a raw socket and resolves with all that the server sends until it closes, and with the duration. */
function sendRaw(
  port: number,
  write: (send: (text: string | Uint8Array) => void) => void,
): Promise<{ answer: string; ms: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => write((text) => void socket.write(text)));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined).on('close', () => resolve({ answer, ms: performance.now() - started }));
  });
}

const head = (more: string) =>
  `POST /v1/events HTTP/1.1\r\nHost: shop.example\r\nAuthorization: Bearer ${secretKey}\r\n${more}\r\n\r\n`;

describe('a distrusted secret key', () => {
  const distrusting = { ...shop, distrustedKeys: [sha256(secretKey)] };
  const order = { name: 'Purchase', id: 'purchase-1', commerce: { orderId: '1', value: 9, currency: 'USD' } };
  const refund = { name: 'Refund', id: 'refund-1', commerce: { orderId: '1' } };

  test("reports as a browser, whose address and agent are not the request's", async () => {
    const counted: unknown[] = [];
    const metrics = { countReceived: (...of: unknown[]) => counted.push(of), countResults: () => {}, countRefused: () => {} };
    const { log, send } = await start({ sites: () => [distrusting], metrics });
    const { status, json } = await send([{ ...order, user: { ip: '203.0.113.9' } }, refund]);
    expect([status, json]).toMatchObject([202, { accepted: 1, rejected: [{ issues: [{ code: 'adjustment-from-browser' }] }] }]);
    expect(log.stored()[0]).toMatchObject({ body: { reporter: 'browser', client: {} } });
    expect(counted).toEqual([['shop', 'browser', 2]]);
  });

  test('has the limits of a browser of its network', async () => {
    const { post } = await start({ sites: () => [distrusting], proxies: { trustedProxies: ['127.0.0.1'] } });
    const send = (from: number) =>
      post(JSON.stringify({ events: Array.from({ length: 150 }, (_, n) => ({ ...order, id: `purchase-${from + n}` })) }), {
        'x-forwarded-for': '203.0.113.7',
      });
    expect((await send(0)).status).toBe(202);
    expect(await send(150)).toMatchObject(failure(429, 'rate-limited'));
  });

  test('gets no outcomes from a dry run', async () => {
    const { log, post } = await start({ sites: () => [distrusting], planDryRun: () => Promise.reject(new Error('asked')) });
    const { json } = await post(JSON.stringify({ events: [order] }), { 'x-convey-dry-run': '1' });
    expect(json).toMatchObject({ dryRun: true, accepted: 1 });
    expect(json).not.toHaveProperty('plans');
    expect(log.calls).toEqual([]);
  });
});

describe('the server API', () => {
  test.each(['1', 'true', ''])('stores nothing if the header of a dry run is %j', async (value) => {
    const woken: string[] = [];
    const { log, post } = await start({ onAppended: (site) => void woken.push(site) });
    const body = JSON.stringify({ events: [buildLead('a'), buildLead('a'), { name: 'Lead', id: 'jane@shop.example' }] });
    const { status, json } = await post(body, { 'x-convey-dry-run': value });
    expect([status, json]).toMatchObject([
      202,
      { dryRun: true, accepted: 1, duplicates: 1, rejected: [{ index: 2 }], ids: ['a', 'a', null] },
    ]);
    expect([log.calls, woken]).toEqual([[], []]);
    expect((await post(body, { 'x-convey-dry-run': '0' })).json).not.toHaveProperty('dryRun');
    expect(log.stored().map(({ partition }) => partition)).toEqual(['shop', 'shop!rejected']);
  });

  test('stores the accepted events of a body in one append, and returns the result of each', async () => {
    const woken: string[] = [];
    const { log, send } = await start({ onAppended: (site) => void woken.push(site) });
    const bad = { name: 'Lead', id: 'jane@shop.example' };
    const { status, json } = await send([
      buildLead('a'),
      { name: 'page', page: { title: 7 } },
      bad,
      { ...buildLead('b'), time: 'x' },
      buildLead('a'),
    ]);
    expect(status).toBe(202);
    expect(json).toEqual({
      accepted: 2,
      duplicates: 1,
      rejected: [
        { index: 2, id: null, issues: [{ field: 'id', code: 'id-is-personal', message: expect.any(String) }] },
        { index: 3, id: 'b', issues: [{ field: 'time', code: 'time-unreadable', message: expect.any(String) }] },
      ],
      warnings: [{ index: 1, field: 'page.title', code: 'wrong-type', message: expect.any(String) }],
      ids: ['a', 'fresh-1', null, null, 'a'],
    });
    expect(log.calls[0]?.map(({ partition, key }) => [partition, key])).toEqual([
      ['shop', formatEventKey({ name: 'Lead', id: 'a', reporter: 'server' })],
      ['shop', formatEventKey({ name: 'PageView', id: 'fresh-1', reporter: 'server' })],
      ['shop', formatEventKey({ name: 'Lead', id: 'a', reporter: 'server' })],
    ]);
    expect(log.stored()[0]?.body).toMatchObject({ v: 1, site: 'shop', reporter: 'server', id: 'a', receivedAt: now });
    expect(woken).toEqual(['shop']);
  });

  test('stores names and codes of rejections, and no values', async () => {
    const { log, send } = await start();
    await send([{ name: 'Lead', id: 'jane@shop.example' }, 7]);
    expect(log.stored()).toEqual([
      {
        partition: 'shop!rejected',
        key: 'fresh-1',
        body: {
          v: 1,
          site: 'shop',
          reporter: 'server',
          receivedAt: now,
          name: 'Lead',
          issues: [{ field: 'id', code: 'id-is-personal' }],
        },
      },
      {
        partition: 'shop!rejected',
        key: 'fresh-2',
        body: { v: 1, site: 'shop', reporter: 'server', receivedAt: now, issues: [{ field: '', code: 'not-an-object' }] },
      },
    ]);
  });

  test('responds 202 even if a rejection could not be stored', async () => {
    const { send } = await start({ append: () => Promise.reject(new LogUnavailableError('full')) });
    expect((await send([7])).status).toBe(202);
  });

  test('responds to a repeated body with duplicates under the same ids, and wakes the consumers, because it may add a denial', async () => {
    const woken: string[] = [];
    const { send } = await start({ onAppended: (site) => void woken.push(site) });
    await send([buildLead('a')]);
    expect((await send([buildLead('a')])).json).toMatchObject({ accepted: 0, duplicates: 1, ids: ['a'] });
    expect(woken).toEqual(['shop', 'shop']);
  });

  test('accepts 500 events, and refuses 501 or none', async () => {
    const { send, log } = await start();
    const many = Array.from({ length: 501 }, (_, n) => buildLead(`e${n}`));
    expect((await send(many.slice(1))).json).toMatchObject({ accepted: 500, duplicates: 0 });
    expect(log.calls).toHaveLength(1);
    expect(await send(many)).toMatchObject(failure(400, 'event-count'));
    expect(await send([])).toMatchObject(failure(400, 'event-count'));
  });

  test.each(['', '{', '[]', '{}', '{"events":{}}', 'null', '\ud800', '{"events":[1]} x'])(
    'refuses an unreadable body (%j)',
    async (body) => {
      const { post, log } = await start();
      expect(await post(body)).toMatchObject(failure(400, 'body-unreadable'));
      expect(log.calls).toEqual([]);
    },
  );

  test('refuses a body of a hundred thousand brackets', async () => {
    const { post } = await start();
    expect(await post(`{"events":[{"a":${'['.repeat(100_000)}`)).toMatchObject(failure(400, 'body-too-deep'));
  });

  test.each([
    undefined,
    '',
    secretKey,
    'Bearer ',
    'Bearer sk_wrong',
    `Basic ${secretKey}`,
    `Bearer ${secretKey}x`,
    `Bearer ${shop.secretKeyHashes[0]}`,
  ])('refuses a request without a known secret key (%#)', async (authorization) => {
    const { url, log } = await start();
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', body: '{"events":[]}', headers });
    expect({ status: answer.status, json: await answer.json() }).toEqual(failure(401, 'not-authorised'));
    expect(log.calls).toEqual([]);
  });

  test('acknowledges nothing that the event log did not append, and wakes the consumers, because it may commit later', async () => {
    const woken: string[] = [];
    const { send } = await start({
      append: () => Promise.reject(new LogUnavailableError('full')),
      onAppended: (site) => void woken.push(site),
    });
    const answer = await send([buildLead('a')]);
    expect(answer).toMatchObject(failure(503, 'not-accepting'));
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(woken).toEqual(['shop']);
  });

  test('reports an internal fault without details to the sender', async () => {
    const faults: unknown[] = [];
    const fault = new Error('secret detail');
    const { send } = await start({ append: () => Promise.reject(fault), onFault: (one) => void faults.push(one) });
    const answer = await send([buildLead('a')]);
    expect(answer).toMatchObject(failure(500, 'internal'));
    expect(JSON.stringify(answer.json)).not.toContain('secret detail');
    expect(faults).toEqual([fault]);
  });

  test('limits a key beyond its rate, and no other key of the site', async () => {
    let time = now;
    const rates = { ...defaultRates, perSecretKey: { perSecond: 0.5, burst: 2 } };
    const keys = [...shop.secretKeyHashes, sha256('sk_other_0123456789abcdef')];
    const { send, post } = await start({ rates, now: () => time, sites: () => [{ ...shop, secretKeyHashes: keys }] });
    expect([(await send([buildLead('a')])).status, (await send([buildLead('b')])).status]).toEqual([202, 202]);
    const limited = await send([buildLead('c')]);
    expect(limited).toMatchObject(failure(429, 'rate-limited'));
    expect(limited.headers.get('retry-after')).toBe('2');
    const other = { authorization: 'Bearer sk_other_0123456789abcdef' };
    expect(await post(JSON.stringify({ events: [buildLead('c')] }), other)).toMatchObject({ status: 202, json: { accepted: 1 } });
    time += 2_000;
    expect(await send([buildLead('d')])).toMatchObject({ status: 202, json: { accepted: 1 } });
  });

  test('limits an address that tries many wrong keys, and no request with a valid key', async () => {
    const rates = { ...defaultRates, wrongKeys: { perSecond: 1, burst: 3 } };
    const { post, send } = await start({ rates, proxies: { trustedProxies: ['127.0.0.1'] } });
    const wrong = (address: string, key: string) => post('{}', { authorization: `Bearer ${key}`, 'x-forwarded-for': address });
    for (let n = 0; n < 3; n++) expect(await wrong('203.0.113.7', `sk_${n}`)).toMatchObject(failure(401, 'not-authorised'));
    const limited = await wrong('203.0.113.7', 'sk_3');
    expect(limited).toMatchObject(failure(429, 'rate-limited'));
    expect(limited.headers.get('retry-after')).toBe('1');
    expect(await wrong('203.0.113.8', 'sk_3')).toMatchObject(failure(401, 'not-authorised'));
    const headers = { authorization: `Bearer ${secretKey}`, 'x-forwarded-for': '203.0.113.7' };
    expect(await post(JSON.stringify({ events: [buildLead('a')] }), headers)).toMatchObject({ status: 202 });
    expect(await send([buildLead('b')])).toMatchObject({ status: 202 });
  });

  test('refuses events while 5,000 wait for the event log, and accepts them afterwards', async () => {
    const waiting: (() => void)[] = [];
    const append = async (records: readonly NewRecord[]) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return records.map((_, n) => ({ offset: String(n) }));
    };
    const { send } = await start({ append });
    const bodies = Array.from({ length: 10 }, (_, b) => send(Array.from({ length: 500 }, (_, n) => buildLead(`${b}-${n}`))));
    await expect.poll(() => waiting.length).toBe(10);
    const refused = await send([buildLead('x')]);
    expect(refused).toMatchObject(failure(503, 'not-accepting'));
    expect(refused.headers.get('retry-after')).toBe('1');
    for (const resume of waiting.splice(0)) resume();
    expect((await Promise.all(bodies)).map(({ status }) => status)).toEqual(Array(10).fill(202));
    const retried = send([buildLead('x')]);
    await expect.poll(() => waiting.length).toBe(1);
    for (const resume of waiting) resume();
    expect((await retried).status).toBe(202);
  });
});

describe('a body', () => {
  const padded = (length: number) => {
    const empty = JSON.stringify({ events: [buildLead('a')], pad: '' });
    return JSON.stringify({ events: [buildLead('a')], pad: 'x'.repeat(length - empty.length) });
  };

  test('is read up to 1 MiB, and refused beyond by its header', async () => {
    const { post } = await start();
    expect((await post(padded(1_048_576))).status).toBe(202);
    expect(await post(padded(1_048_577))).toMatchObject(failure(413, 'body-too-large'));
  });

  test('is accepted with 500 full orders in 1 MiB, and refused with only values', async () => {
    const { post, log } = await start();
    const orders = (items: number) =>
      JSON.stringify({
        events: Array.from({ length: 500 }, (_, n) => ({
          name: 'Purchase',
          id: `order-${n}`,
          consent: { adStorage: 'granted' },
          commerce: {
            currency: 'EUR',
            items: Array.from({ length: items }, (_, i) => ({ id: String(4_000 + i), price: 19.99, quantity: 1 })),
          },
        })),
      });
    for (const items of [30, 48]) {
      const body = orders(items);
      expect(body.length).toBeLessThan(1_048_576);
      const { status, json } = await post(body);
      expect({ status, json }).toMatchObject({ status: 202, json: { rejected: [], ids: { length: 500 } } });
    }
    expect(orders(49).length, 'there is no room for more').toBeGreaterThan(1_048_576);
    const calls = log.calls.length;
    expect(await post(`{"events":[${Array(110_000).fill('1').join(',')}]}`)).toMatchObject(failure(413, 'value-count'));
    expect(log.calls).toHaveLength(calls);
  });

  test('is counted as it arrives when it declares no length', async () => {
    const { port, log } = await start();
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const { answer } = await sendRaw(port, (send) =>
      send(head('Connection: close\r\nTransfer-Encoding: chunked') + chunk.repeat(17)),
    );
    expect(answer).toContain('413 Payload Too Large');
    expect(log.calls).toEqual([]);
  });

  test('may be compressed with gzip', async () => {
    const { post } = await start();
    const body = gzipSync(JSON.stringify({ events: [buildLead('a')] }));
    expect((await post(body, { 'content-encoding': 'gzip' })).json).toMatchObject({ accepted: 1 });
  });

  test('is refused when it unpacks to more than 20 times its size or over 1 MiB', async () => {
    const { post } = await start();
    const encoding = { 'content-encoding': 'gzip' };
    expect(await post(gzipSync(randomBytes(600_000).toString('hex')), encoding)).toMatchObject(failure(413, 'body-too-large'));
    expect(await post(gzipSync(Buffer.alloc(50_000_000)), encoding)).toMatchObject(failure(413, 'body-over-compressed'));
    expect(await post(gzipSync(padded(500_000)), encoding)).toMatchObject(failure(413, 'body-over-compressed'));
    expect(await post('not gzip', encoding)).toMatchObject(failure(400, 'body-unreadable'));
    expect(await post('', encoding)).toMatchObject(failure(400, 'body-unreadable'));
    expect(await post('{}', { 'content-encoding': 'br' })).toMatchObject(failure(415, 'encoding-unsupported'));
  });

  test('is cut off when too slow, stores nothing and leaves room for others', async () => {
    const { port, send, log } = await start(
      {},
      { ...connectionLimits, headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 50 },
    );
    const { answer, ms } = await sendRaw(port, (send) => {
      send(head('Content-Length: 100'));
      const drip = setInterval(() => send('{'), 100);
      setTimeout(() => clearInterval(drip), 20_000).unref();
    });
    expect(ms, 'sooner than the sender would have given up').toBeLessThan(20_000);
    expect(answer).not.toContain('202');
    expect(log.calls).toEqual([]);
    expect((await send([buildLead('a')])).status).toBe(202);
  });
});

describe('the collector', () => {
  test('is alive, is ready as the gateway reports, and hides the reason', async () => {
    const states = [{ ok: true }, { ok: false, why: 'The disk is full. Make room.' }];
    const { url } = await start({ ready: () => states.shift() ?? { ok: true } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect({ status: answer.status, json: await answer.json() }).toEqual({
      status: 503,
      json: { ok: false },
    });
  });

  test('names the allowed method, and responds 404 to other paths', async () => {
    const { url } = await start();
    const wrong = await fetch(`${url}/v1/events`);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect({ status: wrong.status, json: await wrong.json() }).toEqual(failure(405, 'method-not-allowed'));
    const nowhere = await fetch(`${url}/v1/other`);
    expect({ status: nowhere.status, json: await nowhere.json() }).toEqual(failure(404, 'not-found'));
  });

  test.each([
    ['headers over 16 KB', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, '431'],
    ['two lengths', head('Content-Length: 5\r\nContent-Length: 6'), '400'],
    ['a length and chunks', head('Content-Length: 5\r\nTransfer-Encoding: chunked'), '400'],
    ['a broken chunk', `${head('Transfer-Encoding: chunked\r\nConnection: close')}zz\r\n`, '400'],
    ['no HTTP', 'hello\r\n\r\n', '400'],
  ])('refuses %s', async (_what, text, status) => {
    const { port } = await start();
    expect((await sendRaw(port, (send) => send(text))).answer).toContain(`HTTP/1.1 ${status}`);
  });

  test('closes after the requests in flight, and cuts them off after the grace period', async () => {
    const waiting: (() => void)[] = [];
    const append = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return [{ offset: '1' }];
    };
    const { send } = await start({ append });
    const inFlight = send([buildLead('a')]);
    await expect.poll(() => waiting.length).toBe(1);
    const closed = served?.close(5_000);
    for (const resume of waiting.splice(0)) resume();
    expect((await inFlight).status).toBe(202);
    await closed;

    const restarted = await start({ append });
    const cut = restarted.send([buildLead('b')]).catch((fault: unknown) => fault);
    await expect.poll(() => waiting.length).toBe(1);
    await served?.close(10);
    expect(await cut).toBeInstanceOf(Error);
  });

  test('rejects when its port is in use', async () => {
    const { port } = await start();
    const app = createCollectorApp(createCollectorDeps(createMemoryLog()));
    await expect(startHttpServer(app, { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
  });
});
