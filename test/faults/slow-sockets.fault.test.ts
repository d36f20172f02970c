import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, post, purchase, secretKey, writeKey } from '../gateway.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { startTargetGateway } from './hostile-input.fixture.ts';

let target: Awaited<ReturnType<typeof startTargetGateway>>;
beforeEach(async () => {
  target = await startTargetGateway();
});
afterEach(() => target.close());

const sockets = pickByScale({ part: 600, whole: 2_000, nightly: 2_000 });
const mebibyte = 1_048_576;

/** Each request sends its first part at once, and the rest with one byte a second. */
const requests: readonly (readonly [first: string, rest: string])[] = [
  ['', ''],
  ['', `GET /healthz HTTP/1.1\r\nHost: shop.example\r\nJunk: ${'x'.repeat(100)}`],
  ['GET /p.js HTTP/1.1\r\nHost: shop.example\r\nJunk: ', 'x'.repeat(100)],
  [
    'POST /e HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 60000\r\n\r\n',
    `{"writeKey":"${writeKey}","events":[${' '.repeat(100)}`,
  ],
  [
    `POST /v1/events HTTP/1.1\r\nHost: shop.example\r\nAuthorization: Bearer ${secretKey}\r\nContent-Length: 900\r\n\r\n`,
    `{"events":[${' '.repeat(100)}`,
  ],
  [
    'POST /hooks/shopify/shop HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n' +
      `X-Shopify-Hmac-Sha256: ${'A'.repeat(43)}=\r\n\r\n`,
    `ff\r\n{${' '.repeat(100)}`,
  ],
];

/** Sends a request slowly. Resolves with the ms until the server closed the socket, or with infinity if it did not. */
function sendSlowly(port: number, [first, rest]: readonly [string, string], isOver: Promise<unknown>): Promise<number> {
  return new Promise((resolve) => {
    const opened = performance.now();
    let position = 0;
    const socket = connect({ port, host: '127.0.0.1' }, () => void socket.write(first));
    const interval = setInterval(() => {
      if (position < rest.length) socket.write(rest.slice(position, ++position));
    }, 1_000);
    const finish = (ms: number) => {
      clearInterval(interval);
      socket.destroy();
      resolve(ms);
    };
    socket.resume().on('error', () => undefined);
    socket.on('close', () => finish(performance.now() - opened));
    void isOver.then(() => finish(Number.POSITIVE_INFINITY));
  });
}

/** Sends single events until `isOver`. Returns the duration of each request in ms. @throws if an event is not accepted. */
async function load(url: string, prefix: string, isOver: () => boolean): Promise<readonly number[]> {
  const durationsMs: number[] = [];
  const runSender = async (sender: number) => {
    for (let n = 0; !isOver(); n++) {
      const startedAt = performance.now();
      await post(url, [purchase(`${prefix}-${sender}-${n}`)]);
      durationsMs.push(performance.now() - startedAt);
      await sleep(60);
    }
  };
  await Promise.all([0, 1, 2, 3].map(runSender));
  return durationsMs;
}

function p99(durationsMs: readonly number[]): number {
  return durationsMs.toSorted((a, b) => a - b)[Math.floor(durationsMs.length * 0.99)] ?? Number.NaN;
}

it('cuts slow sockets, and everybody else is answered meanwhile', async (context) => {
  const { url } = target;
  const startedAt = performance.now();
  const before = await load(url, 'before', () => performance.now() - startedAt > 3_000);
  const memoryBefore = await target.readResidentBytes();

  let isOver = false;
  const timeout = new AbortController();
  const timedOut = sleep(60_000, undefined, { signal: timeout.signal }).catch(() => undefined);
  const port = Number(new URL(url).port);
  const loading = load(url, 'during', () => isOver);
  let peakBytes = memoryBefore;
  const watching = (async () => {
    while (!isOver) {
      peakBytes = Math.max(peakBytes, await target.readResidentBytes());
      await sleep(500);
    }
  })();
  const closedAfterMs = await Promise.all(
    Array.from({ length: sockets }, (_, n) => sendSlowly(port, requests[n % requests.length] ?? ['', ''], timedOut)),
  );
  isOver = true;
  timeout.abort();
  const during = await loading;
  await watching;

  const longest = Math.max(...closedAfterMs) / 1_000;
  const grownMebibytes = (peakBytes - memoryBefore) / mebibyte;
  expect(longest).toBeLessThan(25);
  expect(grownMebibytes).toBeLessThan(300);
  expect(during.length).toBeGreaterThan(50);
  expect(p99(during)).toBeLessThan(5_000);
  addFaultRow(context, {
    fault: 'F13',
    scenario: 'slow sockets during normal load',
    amount: `${sockets} sockets`,
    expected: 'closed within 16 s, at most +100 MB, p99 of others at most doubled (bounds 25 s, 300 MB, 5 s)',
    observed: `${longest.toFixed(1)} s, +${grownMebibytes.toFixed(0)} MB, p99 ${p99(before).toFixed(0)} ms then ${p99(during).toFixed(0)} ms`,
  });
}, 180_000);

/** Requests a file of the dashboard `times` times without reading the responses. Resolves with the ms until the server closes the connection. */
function requestWithoutReading(port: number, path: string, times: number): Promise<number> {
  return new Promise((resolve) => {
    const opened = performance.now();
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(times));
    });
    // A paused socket detects its end only when it writes.
    socket.pause().on('error', () => undefined);
    const probe = setInterval(() => socket.write('\r\n'), 500);
    socket.on('close', () => {
      clearInterval(probe);
      resolve(performance.now() - opened);
    });
  });
}

it('cuts connections to the dashboard that read no answers, and keeps streams of events', async (context) => {
  const { dashboard } = target;
  const page = await (await fetch(dashboard)).text();
  const [, script = ''] = /"(\/assets\/index-[\w-]+\.js)"/.exec(page) ?? [];
  expect((await (await fetch(`${dashboard}${script}`)).arrayBuffer()).byteLength).toBeGreaterThan(100_000);

  const setup = await fetch(`${dashboard}/api/setup`, {
    method: 'POST',
    headers: { 'convey-request': '1', 'content-type': 'application/json' },
    body: JSON.stringify({ token: await target.waitForSetupToken(), name: 'ada', password: 'four words nobody guesses' }),
  });
  expect(setup.status).toBe(200);
  const cookie = setup.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const abort = new AbortController();
  const stream = () =>
    fetch(`${dashboard}/api/sites/shop/stream`, { headers: { cookie, 'convey-request': '1' }, signal: abort.signal });
  const streams = await Promise.all([stream(), stream(), stream(), stream()]);
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await stream()).status, 'a session may have four streams').toBe(429);
  const receivedBytes = streams.map(() => 0);
  let isEnded = false;
  const reading = streams.map(async ({ body }, index) => {
    for await (const part of body ?? []) receivedBytes[index] = (receivedBytes[index] ?? 0) + part.length;
    isEnded = true;
  });

  const memoryBefore = await target.readResidentBytes();
  const port = Number(new URL(dashboard).port);
  const unreadSockets = pickByScale({ part: 150, whole: 300, nightly: 300 });
  const closedAfterMs = await Promise.all(Array.from({ length: unreadSockets }, () => requestWithoutReading(port, script, 20)));
  const flood = await Promise.all(Array.from({ length: 20 }, () => requestWithoutReading(port, script, 200)));
  const grownMebibytes = ((await target.readResidentBytes()) - memoryBefore) / mebibyte;
  const seconds = Math.max(...closedAfterMs) / 1_000;
  expect(seconds).toBeLessThan(45);
  expect(Math.max(...flood), 'more queued requests than the limit').toBeLessThan(10_000);
  expect(grownMebibytes).toBeLessThan(300);

  // The gateway sends a comment to each stream every 15 s.
  expect(await eventually(() => receivedBytes.every((bytes) => bytes > 'retry: 1000\n\n: \n\n: \n\n'.length), 60_000)).toBe(true);
  expect(isEnded).toBe(false);
  abort.abort();
  await Promise.allSettled(reading);
  addFaultRow(context, {
    fault: 'F13',
    scenario: 'unread responses of the dashboard',
    amount: `${unreadSockets} sockets with 20 requests each`,
    expected: 'closed within 30 s, streams stay open (bounds 45 s, 300 MB)',
    observed: `${seconds.toFixed(1)} s, +${grownMebibytes.toFixed(0)} MB`,
  });
}, 180_000);
