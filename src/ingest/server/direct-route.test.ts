import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { type RunningServer, startHttpServer } from '../http/http-server.ts';
import { now, secretKey } from '../site.fixture.ts';

const ending: RunningServer[] = [];
afterEach(async () => {
  for (const server of ending.splice(0)) await server.close(0);
});

/** Serves a collector. Its requests are handled by Hono alone, or first by the direct route. */
async function serve(way: 'direct' | 'Hono', parts: Partial<CollectorDeps> = {}) {
  const log = createMemoryLog();
  const seen: string[] = [];
  const taken: boolean[] = [];
  const app = createCollectorApp({
    ...createCollectorDeps(log),
    metrics: {
      countReceived: (site, reporter, events) => seen.push(`${site} ${reporter} received ${events}`),
      countResults: (site, reporter, result) => seen.push(`${site} ${reporter} ${JSON.stringify(result)}`),
      countRefused: (reason) => seen.push(`refused ${reason}`),
    },
    onAppended: (site) => void seen.push(`appended ${site}`),
    onFault: (fault) => void seen.push(`fault ${String(fault)}`),
    ...parts,
  });
  const handleDirectly: typeof app.handleDirectly = (incoming, outgoing) => {
    const isTaken = app.handleDirectly(incoming, outgoing);
    taken.push(isTaken);
    return isTaken;
  };
  const server = await startHttpServer(way === 'direct' ? { fetch: app.fetch, handleDirectly } : { fetch: app.fetch }, {
    host: '127.0.0.1',
    port: 0,
  });
  ending.push(server);
  return { log, seen, taken, port: server.port };
}

/** Sends bytes on one connection, and returns what arrives until the server closes it. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let received = '';
  socket.on('data', (part) => {
    received += String(part);
  });
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return received
    .replace(/^date: .*\r\n/gim, '')
    .replace(/(HTTP\/1.*\r\n)((?:.+\r\n)+)/g, (_, status: string, headers: string) => {
      // Neither the order nor the case of headers has a meaning.
      return status + headers.toLowerCase().split('\r\n').toSorted().join('\r\n');
    });
}

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly authorization: string;
  readonly headers: string;
  readonly body: string;
  readonly framing: string;
}

const good: Parts = {
  method: 'POST',
  path: '/v1/events',
  host: 'gateway.example',
  authorization: `authorization: Bearer ${secretKey}\r\n`,
  headers: '',
  body: JSON.stringify({ events: [{ name: 'Lead', id: 'a', user: { email: 'jane@mail.example' } }, { id: 'b' }] }),
  framing: 'length',
};

function toText({ method, path, host, authorization, headers, body, framing }: Partial<Parts> = {}, last = true): string {
  const all = { ...good, ...(body !== undefined && { body }) };
  const bytes = Buffer.byteLength(all.body);
  const framings: Record<string, readonly [string, string]> = {
    length: [`content-length: ${bytes}\r\n`, all.body],
    chunked: ['transfer-encoding: chunked\r\n', `${bytes === 0 ? '' : `${bytes.toString(16)}\r\n${all.body}\r\n`}0\r\n\r\n`],
    none: ['', ''],
  };
  const [frame = '', content = ''] = framings[framing ?? good.framing] ?? [];
  const head = `${method ?? good.method} ${path ?? good.path} HTTP/1.1\r\nhost: ${host ?? good.host}\r\n`;
  return `${head}${authorization ?? good.authorization}${headers ?? ''}${frame}${last ? 'connection: close\r\n' : ''}\r\n${content}`;
}

const lead = (id: string) => JSON.stringify({ events: [{ name: 'Lead', id }] });

test.each<readonly [string, boolean, string]>([
  ['a good request', true, toText()],
  ['two requests on one connection', true, toText({ body: lead('a') }, false) + toText({ body: lead('a') })],
  ['a wrong key', true, toText({ authorization: 'authorization: Bearer sk_wrong\r\n' })],
  ['no key', true, toText({ authorization: '' })],
  ['another content type', true, toText({ headers: 'content-type: text/csv\r\n' })],
  ['a body that is no JSON', true, toText({ body: '{"events":[' })],
  ['a body that is no UTF-8', true, `${toText({ body: '' }).replace('content-length: 0', 'content-length: 2')}\xff\xff`],
  ['too many events', true, toText({ body: JSON.stringify({ events: Array(501).fill({}) }) })],
  ['too many values', true, toText({ body: `{"events":[${'1,'.repeat(110_000)}1]}` })],
  ['a body that is too deep', true, toText({ body: `{"events":[${'['.repeat(40)}` })],
  ['an expectation to continue', true, toText({ headers: 'expect: 100-continue\r\n' })],
  ['a body of 1 MiB', true, toText({ body: lead('a').padEnd(1_048_576) })],
  ['a body over 1 MiB', false, toText({ body: lead('a').padEnd(1_048_577) })],
  ['a chunked body', false, toText({ framing: 'chunked' })],
  ['no body', false, toText({ framing: 'none' })],
  ['an encoding', false, toText({ headers: 'content-encoding: gzip\r\n' })],
  ['two keys', false, toText({ headers: `authorization: Bearer ${secretKey}\r\n` })],
  ['a repeated header', false, toText({ headers: 'x-a: 1\r\nx-a: 2\r\n' })],
  ['a host that Hono refuses', false, toText({ host: 'gateway.example/x' })],
  ['another method', false, toText({ method: 'PUT' })],
  ['a query', false, toText({ path: '/v1/events?x=1' })],
  ['another path', false, toText({ path: '/v1/other' })],
])('%s has the same outcome on the direct route and on Hono', async (_, isTaken, text) => {
  const [direct, hono] = [await serve('direct'), await serve('Hono')];
  const response = await exchange(direct.port, text);
  expect(response).toMatch(/^HTTP\/1\.1 \d{3}/);
  expect(response).toBe(await exchange(hono.port, text));
  expect(new Set(direct.taken)).toEqual(new Set([isTaken]));
  expect(direct.seen).toEqual(hono.seen);
  expect(direct.log.calls).toEqual(hono.log.calls);
});

test('a request whose reply fails ends its connection, and the next one is answered', async () => {
  let failures = 1;
  const countRefused = () => {
    if (failures-- > 0) throw new Error('a bug');
  };
  const { port, seen, taken } = await serve('direct', {
    metrics: { countReceived: () => {}, countResults: () => {}, countRefused },
  });
  const wrong = toText({ authorization: 'authorization: Bearer sk_wrong\r\n' });
  expect(await exchange(port, wrong)).toBe('');
  expect(await exchange(port, wrong)).toContain('HTTP/1.1 401 ');
  expect([taken, seen]).toEqual([[true, true], ['fault Error: a bug']]);
});

test.each([
  ['is full', () => Promise.reject(new LogUnavailableError('full')), '503'],
  ['has a fault', () => Promise.reject(new Error('a bug')), '500'],
])('both routes report a log that %s', async (_, append, status) => {
  const [direct, hono] = [await serve('direct', { append }), await serve('Hono', { append })];
  const response = await exchange(direct.port, toText());
  expect(response).toContain(`HTTP/1.1 ${status} `);
  expect(response).toBe(await exchange(hono.port, toText()));
  expect(direct.taken).toEqual([true]);
  expect(direct.seen).toEqual(hono.seen);
});

test.each(['direct', 'Hono'] as const)('an aborted body gives back its share of the bytes in flight: %s', async (way) => {
  const { port, seen, log } = await serve(way);
  // Four more than fit.
  for (let n = 0; n < 20; n++) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${toText({ body: '' }).replace('content-length: 0', 'content-length: 1048576')}{"events":[`);
    socket.resetAndDestroy();
    await expect.poll(() => seen.length, { interval: 5 }).toBe(n + 1);
  }
  expect(new Set(seen)).toEqual(new Set(['refused body-unreadable']));
  expect(await exchange(port, toText({ body: lead('a').padEnd(1_048_576) }))).toContain('202 Accepted');
  expect(log.stored()).toHaveLength(1);
});

test('any mixture of requests has the same outcome on both routes, and one bucket limits both', async () => {
  const body = fc.constantFrom(
    good.body,
    lead('a'),
    lead('b'),
    '',
    '{',
    '[]',
    '{"events":[]}',
    '{"events":[7]}',
    ' '.repeat(70_000),
  );
  const request = fc.record<Parts>({
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS'),
    path: fc.constantFrom('/v1/events', '/v1/events', '/v1/events', '/v1/events/', '/v1//events', '/V1/events', '/v1/events#'),
    host: fc.constantFrom(
      'gateway',
      'Gateway.Example',
      'gateway:8080',
      'gateway:99999',
      '[::1]:8080',
      '',
      'a b',
      '..',
      '1.2.3.4',
    ),
    authorization: fc.constantFrom(
      good.authorization,
      good.authorization,
      `Authorization:bearer   ${secretKey} \r\n`,
      'authorization: Basic eA==\r\n',
      '',
      `authorization: Bearer ${secretKey}\r\nAuthorization: x\r\n`,
    ),
    headers: fc.constantFrom(
      '',
      '',
      'x-forwarded-for: 203.0.113.7\r\n',
      'x-forwarded-for: 203.0.113.7, 10.0.0.1\r\n',
      'x-forwarded-for: unknown\r\n',
      'content-encoding: identity\r\n',
      'content-encoding: br\r\n',
      'expect: 200-ok\r\n',
      '__proto__: x\r\nconstructor: y\r\n',
      'cookie: a=1\r\ncookie: b=2\r\n',
      'origin: https://shop.example\r\naccess-control-request-method: POST\r\n',
    ),
    body,
    framing: fc.constantFrom('length', 'length', 'length', 'chunked', 'none'),
  });
  const rates = {
    ...createCollectorDeps(createMemoryLog()).rates,
    perSecretKey: { perSecond: 0.4, burst: 2 },
    wrongKeys: { perSecond: 0.2, burst: 2 },
  };
  let time = now;
  const proxies = { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] };
  const parts = { rates, proxies, now: () => time };
  const [direct, hono] = [await serve('direct', parts), await serve('Hono', parts)];
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      time += 1_000;
      const text = toText(sent);
      expect(await exchange(direct.port, text)).toBe(await exchange(hono.port, text));
      expect(direct.seen).toEqual(hono.seen);
    }),
    { seed: 22, numRuns: 400, endOnFailure: true },
  );
  expect(direct.log.calls).toEqual(hono.log.calls);
  expect(direct.taken).toContain(true);
  for (const code of ['rate-limited', 'not-authorised', 'event-count', 'body-unreadable', 'encoding-unsupported'])
    expect(direct.seen).toContain(`refused ${code}`);
});
