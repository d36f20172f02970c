import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  makeFolder,
  post,
  purchase,
  type RunningGateway,
  secretKey,
  startGatewayProcess,
  startSink,
} from '../gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { forEachConcurrently } from './hostile-input.fixture.ts';
import { sendRaw } from './raw-http.fixture.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
let gateway: RunningGateway;
beforeAll(async () => {
  const folder = makeFolder();
  const sink = await startSink();
  gateway = await startGatewayProcess(folder.writeConfig(sink.url));
  cleanups.push(folder.remove, sink.close, () => gateway.kill());
});
afterAll(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

const crlf = '\r\n';
const key = `Authorization: Bearer ${secretKey}`;
const small = '{"events":[{"name":"Lead"}]}';
const head = (first: string, ...lines: readonly string[]) => [first, 'Host: shop.example', ...lines, '', ''].join(crlf);
/** Builds a request to the server API that is valid except for the given lines and body. */
const events = (lines: readonly string[], body = small) =>
  head('POST /v1/events HTTP/1.1', key, 'Connection: close', ...lines) + body;
const sizedEvents = (body: string | Uint8Array, ...lines: readonly string[]) => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return Buffer.concat([Buffer.from(events([`Content-Length: ${bytes.length}`, ...lines], '')), bytes]);
};
const chunked = (body: string, ...lines: readonly string[]) => events(['Transfer-Encoding: chunked', ...lines], body);
const length = `Content-Length: ${small.length}`;
/** Builds a request to another route, with a body of two bytes. */
const call = (target: string, ...lines: readonly string[]) =>
  `${head(`POST ${target} HTTP/1.1`, 'Content-Length: 2', 'Connection: close', ...lines)}{}`;
const get = (target: string) => head(`GET ${target} HTTP/1.1`, 'Connection: close');

/** Requests that the server rejects with any 4xx, or by closing the connection. */
const rejectedRequests: Readonly<Record<string, string | Uint8Array>> = {
  'a length and chunks': events([length, 'Transfer-Encoding: chunked'], `0${crlf}${crlf}`),
  'chunks and a length': events(['Transfer-Encoding: chunked', length], `0${crlf}${crlf}`),
  'two lengths': events([length, 'Content-Length: 1']),
  'two lengths in one': events(['Content-Length: 28, 1']),
  'a length with a sign': events(['Content-Length: +28']),
  'a negative length': events(['Content-Length: -28']),
  'a length in hexadecimal': events(['Content-Length: 0x1c']),
  'a length with an exponent': events(['Content-Length: 28e0']),
  'a length that is no number': events(['Content-Length: many']),
  'a length beyond the number range': events([`Content-Length: ${'9'.repeat(40)}`]),
  'a length over the limit': events(['Content-Length: 1048577']),
  'a length that is too large': events(['Content-Length: 500']),
  'chunks that are not the last encoding': chunked(small, 'Transfer-Encoding: gzip'),
  'an unknown transfer encoding': events(['Transfer-Encoding: xchunked']),
  'a chunk without a size': chunked(`zz${crlf}${small}${crlf}0${crlf}${crlf}`),
  'a chunk with a prefix': chunked(`0x1c${crlf}${small}${crlf}0${crlf}${crlf}`),
  'a negative chunk size': chunked(`-1${crlf}${small}${crlf}0${crlf}${crlf}`),
  'a chunk beyond the number range': chunked(`${'F'.repeat(20)}${crlf}${small}${crlf}0${crlf}${crlf}`),
  'a chunk longer than its size': chunked(`5${crlf}${small}${crlf}0${crlf}${crlf}`),
  'a chunk that ends by a line feed': chunked(`1c\n${small}\n0\n\n`),
  'chunks without an end': chunked(`1c${crlf}${small}${crlf}`),
  'an endless chunk extension': chunked(`1c;${'x'.repeat(40_000)}${crlf}${small}${crlf}0${crlf}${crlf}`),
  'an endless trailer': chunked(`1c${crlf}${small}${crlf}0${crlf}X: ${'x'.repeat(40_000)}${crlf}${crlf}`),
  'a header without a colon': events([length, 'Junk']),
  'a space before the colon': events([length, 'Junk : 1']),
  'a header without a name': events([length, ': 1']),
  'a null in a header': events([length, 'Junk: a\u0000b']),
  'a lone carriage return in a header': events([length, 'Junk: a\rb']),
  'a folded header': events([length, 'Junk: a', ' Transfer-Encoding: chunked']),
  'a header name that is no token': events([length, 'Ju"nk: 1']),
  'no host': `POST /v1/events HTTP/1.1${crlf}${key}${crlf}${length}${crlf}${crlf}${small}`,
  'headers over the limit': events([length, `Junk: ${'x'.repeat(17_000)}`]),
  'very many headers': events([length, ...Array.from({ length: 3_000 }, (_, n) => `H${n}: 1`)]),
  'a URL over the limit': get(`/${'x'.repeat(20_000)}`),
  'a query over the limit': get(`/p.js?k=${'x'.repeat(20_000)}`),
  'a method in lower case': head('post /v1/events HTTP/1.1', key, length) + small,
  'an unknown method': head('FETCH /v1/events HTTP/1.1', key, length) + small,
  'no version': `GET /healthz${crlf}${crlf}`,
  'version 9.9': head('GET /healthz HTTP/9.9'),
  'a null in the URL': get('/health\u0000z'),
  'a CONNECT request': head('CONNECT shop.example:443 HTTP/1.1'),
  'the preface of HTTP/2': `PRI * HTTP/2.0${crlf}${crlf}SM${crlf}${crlf}`,
  'the hello of TLS': Uint8Array.from([
    0x16,
    0x03,
    0x01,
    0x02,
    0x00,
    0x01,
    0x00,
    0x01,
    0xfc,
    0x03,
    0x03,
    ...Array(200).fill(0x41),
  ]),
  'a greeting of SSH': `SSH-2.0-OpenSSH_9.9${crlf}`,
  'nothing but zeros': new Uint8Array(1_000),
  'nothing but line feeds': '\n'.repeat(30_000),
  'an unknown expectation': events([length, 'Expect: a-miracle']),
  'invalid gzip': sizedEvents('not packed at all', 'Content-Encoding: gzip'),
  'truncated gzip': sizedEvents(gzipSync(small).subarray(0, 30), 'Content-Encoding: gzip'),
  'gzip of nothing': sizedEvents('', 'Content-Encoding: gzip'),
  'gzip with a wrong checksum': sizedEvents(flipBit(gzipSync(small), -8), 'Content-Encoding: gzip'),
  'gzip with a wrong length': sizedEvents(flipBit(gzipSync(small), -1), 'Content-Encoding: gzip'),
  'gzip that grows a thousandfold': sizedEvents(gzipSync(Buffer.alloc(1_000_000, ' ')), 'Content-Encoding: gzip'),
  'gzip over the limit': sizedEvents(gzipSync(createNoise(1_200_000)), 'Content-Encoding: gzip'),
  'gzip in gzip': sizedEvents(gzipSync(gzipSync(small)), 'Content-Encoding: gzip, gzip'),
  'gzip in gzip, declared once': sizedEvents(gzipSync(gzipSync(small)), 'Content-Encoding: gzip'),
  deflate: sizedEvents(deflateSync(small), 'Content-Encoding: deflate'),
  'deflate declared as gzip': sizedEvents(deflateSync(small), 'Content-Encoding: gzip'),
  brotli: sizedEvents(small, 'Content-Encoding: br'),
  'a form': sizedEvents('events=%5B%5D', 'Content-Type: application/x-www-form-urlencoded'),
  'a multipart form': sizedEvents('--x\r\n\r\n{}\r\n--x--', 'Content-Type: multipart/form-data; boundary=x'),
  'another method': head('PUT /v1/events HTTP/1.1', key, length, 'Connection: close') + small,
  'another method by a header': head('GET /v1/events HTTP/1.1', key, 'X-HTTP-Method-Override: POST', 'Connection: close'),
  'a key in the URL': head(`POST /v1/events?key=${secretKey} HTTP/1.1`, length, 'Connection: close') + small,
  'path traversal': get('/../../etc/passwd'),
  'encoded path traversal': get('/%2e%2e/%2e%2e/etc/passwd'),
  'path traversal in a site': call('/hooks/shopify/..%2f..%2fshop'),
  'a site that is not UTF-8': call('/hooks/shopify/%ff%fe'),
  'an invalid percent escape': call('/hooks/shopify/%zz'),
  'a write key that is not UTF-8': get('/p.js?k=%ff%00'),
  'a foreign absolute URL': get('http://169.254.169.254/latest/meta-data/'),
  'an invalid URL': get('http://[::1'),
};

/** Unusual but valid requests, with the expected statuses. */
const acceptedRequests: Readonly<Record<string, readonly [request: string | Uint8Array, ...statuses: readonly number[]]>> = {
  'an expectation to go on': [events([length, 'Expect: 100-continue']), 100, 202],
  chunks: [chunked(`5${crlf}${small.slice(0, 5)}${crlf}17${crlf}${small.slice(5)}${crlf}0${crlf}${crlf}`), 202],
  'an extension of a chunk': [chunked(`1c;a=b${crlf}${small}${crlf}0${crlf}${crlf}`), 202],
  'a trailer': [chunked(`1c${crlf}${small}${crlf}0${crlf}X-Sum: 1${crlf}${crlf}`), 202],
  gzip: [sizedEvents(gzipSync(small), 'Content-Encoding: gzip'), 202],
  'gzip in two members': [
    sizedEvents(Buffer.concat([gzipSync(small.slice(0, 9)), gzipSync(small.slice(9))]), 'Content-Encoding: gzip'),
    202,
  ],
  'a body of another content type': [sizedEvents(small, 'Content-Type: image/png'), 202],
  'an unsupported version in the form of HTTP/1': [head('GET /healthz HTTP/2.0'), 200],
  'two spaces in the first line': [head('GET  /healthz HTTP/1.1', 'Connection: close'), 200],
  'an upgrade request': [events([length, 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']), 202],
  'pipelined requests': [
    Array(20).fill(head('GET /healthz HTTP/1.1')).join('') + get('/healthz'),
    ...Array<number>(21).fill(200),
  ],
  'a request in the body of another': [sizedEvents(`{"events":[{"name":"Lead","id":"${'GET /readyz HTTP/1.1'}"}]}`), 202],
};

it('rejects invalid HTTP requests and accepts unusual valid ones', async (context) => {
  const problems: string[] = [];
  await forEachConcurrently(Object.entries(rejectedRequests), 16, async ([name, bytes]) => {
    const { statuses, isClosed } = await sendRaw(gateway.url, bytes, 2_000);
    const isRejected = statuses.length <= 1 && statuses.every((status) => status >= 400 && status < 500);
    if (!isRejected || !isClosed) problems.push(`${name}: ${statuses}, ${isClosed ? 'closed' : 'left open'}`);
  });
  for (const [name, [bytes, ...expected]] of Object.entries(acceptedRequests)) {
    const { statuses } = await sendRaw(gateway.url, bytes);
    if (statuses.join() !== expected.join()) problems.push(`${name}: ${statuses}, expected ${expected}`);
  }
  expect(problems).toEqual([]);
  await checkGateway('after-edge-cases');
  addFaultRow(context, {
    fault: 'B3',
    scenario: 'edge cases of HTTP',
    amount: `${Object.keys(rejectedRequests).length} to reject, ${Object.keys(acceptedRequests).length} to accept`,
    expected: '4xx or closed connection, no crash',
    observed: 'as expected',
  });
});

const validRequests = [
  Buffer.from(events([length])),
  Buffer.from(chunked(`1c${crlf}${small}${crlf}0${crlf}${crlf}`)),
  sizedEvents(gzipSync(small), 'Content-Encoding: gzip'),
  Buffer.from(get('/p.js?k=wk_test_0123')),
  Buffer.from(call('/e', 'Origin: https://shop.example', 'Cookie: _cv_id=1')),
  Buffer.from(head('OPTIONS /e HTTP/1.1', 'Origin: https://shop.example', 'Connection: close')),
  Buffer.from(call('/hooks/shopify/shop', `X-Shopify-Hmac-Sha256: ${'A'.repeat(43)}=`)),
];
const junk = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc
    .constantFrom(
      '\r\n',
      '\n',
      '\r',
      '\u0000',
      ' ',
      ':',
      '\t',
      'chunked',
      'Content-Length: 5\r\n',
      '0\r\n\r\n',
      '%',
      '\u00ff',
      '-',
    )
    .map((text) => Buffer.from(text, 'latin1')),
);
/** A position in ten-thousandths of the length, the number of removed bytes, and the inserted bytes. */
const change = fc.tuple(fc.noBias(fc.nat(9_999)), fc.constantFrom(0, 0, 1, 1, 4, 20), junk);
const corrupted = fc
  .tuple(fc.constantFrom(...validRequests), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([request, changes]) =>
    changes.reduce<Uint8Array>((bytes, [share, removed, inserted]) => {
      const at = Math.floor((share * bytes.length) / 10_000);
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
    }, request),
  );

it('survives randomly corrupted requests', async (context) => {
  const runs = pickByScale({ part: 250, whole: 5_000, nightly: 50_000 });
  const problems: string[] = [];
  const statusCounts = new Map<number, number>();
  let sent = 0;
  for (let seed = 1; sent < runs; seed++) {
    const batch = fc.sample(corrupted, { numRuns: Math.min(500, runs - sent), seed });
    sent += batch.length;
    await forEachConcurrently(batch, 32, async (bytes) => {
      const { statuses, isClosed } = await sendRaw(gateway.url, bytes, 300);
      for (const status of statuses) statusCounts.set(status, (statusCounts.get(status) ?? 0) + 1);
      if (!isClosed || statuses.some((status) => status >= 500))
        problems.push(
          `seed ${seed}: ${statuses}, ${isClosed ? 'closed' : 'left open'}: ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`,
        );
    });
  }
  expect(problems).toEqual([]);
  await checkGateway('after-corruption');
  addFaultRow(context, {
    fault: 'B3',
    scenario: 'randomly corrupted requests',
    amount: `${sent} requests`,
    expected: 'no 5xx, every connection ends, no crash',
    observed: [...statusCounts]
      .toSorted(([a], [b]) => a - b)
      .map(([status, times]) => `${times} × ${status}`)
      .join(', '),
  });
}, 3_600_000);

async function checkGateway(id: string): Promise<void> {
  expect(await post(gateway.url, [purchase(id)])).toMatchObject({ accepted: 1 });
  expect(gateway.output()).not.toContain('request fault');
}

function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const position = copy.length + at;
  copy[position] = (copy[position] ?? 0) ^ 1;
  return copy;
}

/** Returns bytes that hardly compress; the same for each call. */
function createNoise(count: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state >> 16;
  });
}
