import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { createCollectorApp } from '../collector.ts';
import { type RunningServer, startHttpServer } from '../http/http-server.ts';
import { now, secretKey, shop } from '../site.fixture.ts';
import { basic, browserKey, segmentShop, serverKey } from './segment.fixture.ts';

/**
 * The requests of SDKs for servers, replayed over a socket: those of Python 2.3.4, PHP 3.8.2 and Ruby 2.5.0 as recorded (2026-11), those of Go 3
 * and Java by their sources. PHP and Python repeat a request without end unless the status is exactly 200, Ruby unless the body is an object.
 */

let log: ReturnType<typeof createMemoryLog>;
let server: RunningServer;
beforeAll(async () => {
  const second = { ...shop, id: 'second', writeKey: 'wk_second', secretKeyHashes: [] };
  const append: typeof log.append = (records) => log.append(records);
  const app = createCollectorApp({ ...createCollectorDeps({ append }), sites: () => [segmentShop, second] });
  server = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
});
beforeEach(() => {
  log = createMemoryLog();
});
afterAll(() => server.close(0));

interface Replayed {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Sends a request as it is, and reads the answer up to the end of the connection. */
async function replay({ path, headers, body }: Replayed) {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const fields = { Host: 'data.shop.example', ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  socket.write(body);
  const answer = await text(socket);
  const [head = '', content = ''] = answer.split('\r\n\r\n', 2);
  const json: unknown = JSON.parse(content);
  return { status: Number(head.split(' ', 2)[1]), json };
}

const time = new Date(now).toISOString();
const products = [{ product_id: 'sku1', price: 62.7, quantity: 2 }];
const properties = { order_id: '1001', checkout_id: 'c7f2a9b4d1e84f60', total: 125.4, currency: 'USD', products };
const track = { type: 'track', event: 'Order Completed', userId: 'cust-7', properties, timestamp: time };
const json = { 'Content-Type': 'application/json' };

const python = {
  path: '/v1/batch',
  headers: { 'User-Agent': 'analytics-python/2.3.4', 'Accept-Encoding': 'gzip, deflate', Accept: '*/*', ...json },
  body: {
    batch: [
      {
        ...track,
        integrations: {},
        anonymousId: null,
        context: { library: { name: 'analytics-python', version: '2.3.4' } },
        messageId: '3d8c1f6e-3c0f-4a77-9f0e-1d2a6f1b7c11',
      },
    ],
    sentAt: time,
  },
};
const php = {
  path: '/v1/batch',
  headers: { ...json, 'User-Agent': 'analytics-php/3.8.2', Accept: 'application/json' },
  body: {
    batch: [
      {
        ...track,
        context: { library: { name: 'analytics-php', version: '3.8.2', consumer: 'LibCurl' } },
        messageId: '9b0f4a52-7f58-4bb0-8a1f-2f6a1f0c7d12',
      },
    ],
    sentAt: time,
  },
};
const ruby = {
  path: '/v1/import',
  headers: { ...json, Accept: 'application/json', 'User-Agent': 'analytics-ruby/2.5.0' },
  body: {
    sentAt: time,
    batch: [
      {
        ...track,
        context: { library: { name: 'analytics-ruby', version: '2.5.0' } },
        messageId: 'e4a3a2de-0d33-4f6e-a7b5-1c0d9a1e2f13',
      },
    ],
  },
};
const go = {
  path: '/v1/batch',
  headers: { 'User-Agent': 'analytics-go (version: 3.0.0)', ...json },
  body: {
    messageId: 'JmVt3kq1w5',
    sentAt: time,
    batch: [{ ...track, messageId: 'q8sT0b2nXc' }],
    context: { library: { name: 'analytics-go', version: '3.0.0' } },
  },
};
const java = {
  path: '/v1/import/',
  headers: { 'Content-Type': 'application/json; charset=UTF-8', 'User-Agent': 'analytics-java/3.5.2' },
  body: {
    batch: [{ ...track, messageId: '5f8f6f0a-95ab-4d36-8a1c-3e4d5c6b7a14' }],
    sentAt: time,
    context: { library: { name: 'analytics-java', version: '3.5.2' } },
    sequence: 1,
  },
};

const authorization = (key: string) => ({ Authorization: basic(key) });
interface Recorded {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}
const write = ({ body, headers, path }: Recorded, more: Readonly<Record<string, string>> = {}): Replayed => ({
  path,
  headers: { ...headers, ...more },
  body: JSON.stringify(body),
});
const gzip = (request: Replayed): Replayed => ({
  ...request,
  headers: { ...request.headers, 'Content-Encoding': 'gzip' },
  body: gzipSync(request.body),
});

describe.each([
  ["the site's secret key", secretKey],
  ['a key of the kind `server`', serverKey],
])('a purchase with %s', (_, key) => {
  const inBody = write({ ...python, body: { ...python.body, writeKey: key } });
  const withAuthorization = [php, ruby, go, java].map((sdk) => write(sdk, authorization(key)));
  const [ofPhp = inBody, ofRuby = inBody, ofGo = inBody, ofJava = inBody] = withAuthorization;
  test.each<[string, Replayed]>([
    ['Python, with the key in the body alone', inBody],
    ['Python, compressed', gzip(inBody)],
    ['PHP', ofPhp],
    ['PHP, compressed', gzip(ofPhp)],
    ['Ruby', ofRuby],
    ['Go', ofGo],
    ['Java', ofJava],
    [
      'RudderStack for Node.js, compressed under the type of a form',
      gzip({ ...ofPhp, headers: { ...ofPhp.headers, 'Content-Type': 'application/x-www-form-urlencoded' } }),
    ],
  ])('of %s is stored, and answered with exactly 200 and an object', async (_sdk, request) => {
    expect(await replay(request)).toEqual({ status: 200, json: { success: true, ok: true } });
    expect(log.stored()).toMatchObject([
      { body: { id: 'purchase-c7f2a9b4d1e84f60', name: 'Purchase', reporter: 'server', via: 'segment', time: now } },
    ]);
  });
});

test('a null visitor of Python is none, and the customer stays', async () => {
  await replay(write({ ...python, body: { ...python.body, writeKey: serverKey } }));
  const [{ body } = { body: undefined }] = log.stored();
  expect(Object(body).identity).not.toHaveProperty('anonymousId');
  expect(JSON.stringify(body)).not.toContain('cust-7');
});

test.each<[string, Replayed]>([
  ['no key', write(python)],
  ['an empty key', write(php, authorization(''))],
  ['a wrong key', write(ruby, authorization('sk_a_strangers_guess_0123456789'))],
  ['a key that is no text', write({ ...python, body: { ...python.body, writeKey: { key: serverKey } } })],
  ['broken Basic', write(go, { Authorization: 'Basic %%%' })],
  ['keys of two sites', write({ ...java, body: { ...java.body, writeKey: 'wk_second' } }, authorization(serverKey))],
  ['a right key beside a wrong one', write({ ...php, body: { ...php.body, writeKey: 'wk_other' } }, authorization(serverKey))],
])('%s is answered with a code and a message at the top, which end the repeats', async (_, request) => {
  const { status, json: answer } = await replay(request);
  expect(status).toBe(401);
  expect(answer).toMatchObject({ success: false, code: 'write-key-unknown', message: expect.any(String) });
  expect(log.calls).toEqual([]);
});

test("a secret key beside a public one of its site is a browser's report", async () => {
  const mixed = write({ ...python, body: { ...python.body, writeKey: browserKey } }, authorization(serverKey));
  expect(await replay(mixed)).toMatchObject({ status: 200 });
  expect(log.stored()).toMatchObject([{ body: { reporter: 'browser' } }]);
});
