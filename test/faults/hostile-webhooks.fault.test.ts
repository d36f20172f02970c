import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../random.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { forEachConcurrently, shopSecrets, signBody, startTargetGateway } from './hostile-input.fixture.ts';

type Target = Awaited<ReturnType<typeof startTargetGateway>>;

async function deliver(
  target: Target,
  body: Uint8Array,
  headerValue: string | undefined,
  delivery = 'd-0',
  path = 'shopify/shop',
) {
  const response = await fetch(`${target.url}/hooks/${path}`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: {
      'x-shopify-topic': 'orders/create',
      'x-shopify-webhook-id': delivery,
      ...(headerValue !== undefined && { 'x-shopify-hmac-sha256': headerValue }),
    },
  });
  const result: unknown = await response.json();
  return { status: response.status, result };
}

const buildOrder = (n: number) =>
  Buffer.from(JSON.stringify({ id: n, checkout_token: `token-${n}`, total_price: '10.00', currency: 'USD', line_items: [] }));

/** Returns a copy with one flipped bit. */
function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

it('answers every webhook without a valid signature alike', async (context) => {
  const target = await startTargetGateway();
  onTestFinished(target.close);
  const runs = pickByScale({ part: 200, whole: 1_000, nightly: 10_000 });
  const random = createRandom(context);
  const body = buildOrder(1);
  const validSignature = signBody(body);
  const digest = Buffer.from(validSignature, 'base64');
  const forgeries: readonly ((n: number) => readonly [Uint8Array, string | undefined])[] = [
    () => [body, random.bytes(32).toString('base64')],
    (n) => [body, flipBit(digest, n).toString('base64')],
    (n) => [flipBit(body, n), validSignature],
    (n) => [body, digest.subarray(0, n % 32).toString('base64')],
    (n) => [body, Buffer.concat([digest, random.bytes(1 + (n % 9))]).toString('base64')],
    (n) => [
      body,
      random
        .bytes(n % 90)
        .toString('latin1')
        .replaceAll(/[^\x21-\x7e]/g, '!'),
    ],
    () => [body, signBody(body, 'shpss_of_another_shop')],
    () => [body, signBody(body, '')],
    () => [body, digest.toString('hex')],
    () => [body, validSignature.toLowerCase()],
    () => [body, `${validSignature}, ${validSignature}`],
    () => [body, validSignature.replace(/=$/, '')],
    (n) => [buildOrder(n + 2), validSignature],
    () => [Buffer.concat([body, Buffer.from(' ')]), validSignature],
    () => [body, undefined],
    () => [body, ''],
  ];
  const responses = new Map<string, number>();
  await forEachConcurrently(Array(runs).keys(), 16, async (n) => {
    const [sent, headerValue] = forgeries[n % forgeries.length]?.(n) ?? [body, ''];
    for (const path of ['shopify/shop', 'shopify/no-such-site']) {
      const { status, result } = await deliver(target, sent, headerValue, `d-${n}`, path);
      const line = `${status} ${JSON.stringify(result)}`;
      responses.set(line, (responses.get(line) ?? 0) + 1);
    }
  });
  expect([...responses.keys()].map((line) => line.slice(0, 34))).toEqual(['401 {"error":{"code":"not-signed",']);
  expect([...responses.values()]).toEqual([2 * runs]);

  const [presentSecret, previousSecret] = shopSecrets;
  expect(await deliver(target, body, validSignature, 'd-a')).toMatchObject({ status: 200, result: { accepted: 1 } });
  expect(await deliver(target, buildOrder(2), signBody(buildOrder(2), previousSecret), 'd-b')).toMatchObject({
    status: 200,
    result: { accepted: 1 },
  });
  expect(await deliver(target, body, validSignature, 'd-a'), 'the same delivery').toMatchObject({
    status: 200,
    result: { accepted: 0, duplicates: 1 },
  });
  expect(await deliver(target, body, signBody(body, previousSecret), 'd-c'), 'the same order').toMatchObject({
    result: { accepted: 0, duplicates: 1 },
  });
  expect(await deliver(target, body, signBody(body, presentSecret), 'd-d', 'shopify/other')).toMatchObject({ status: 401 });
  expect(await target.stopAndReadRecords()).toHaveLength(2);
  addFaultRow(context, {
    fault: 'B4',
    scenario: 'webhooks without a valid signature',
    amount: `${runs} forgeries, two sites`,
    expected: 'the same 401 for each; both secrets accepted; a repeated delivery stores nothing',
    observed: `${2 * runs} × 401, all identical`,
  });
});

describe('unverified webhook bodies', () => {
  const maxBodyBytes = 2 * 1_048_576;
  const blanks = Buffer.alloc(maxBodyBytes, ' ');

  let target: Target;
  beforeAll(async () => {
    target = await startTargetGateway({ trustedProxies: ['127.0.0.1'] });
  });
  afterAll(() => target.close());

  /** Sends a body without its last byte. Resolves when the connection closes. If `address` is undefined, the request seems to come from a proxy. */
  function withholdLastByte(path: string, bytes: number, address: string | undefined, abort?: AbortSignal): Promise<void> {
    const { port, hostname } = new URL(target.url);
    const head =
      `POST /hooks/${path} HTTP/1.1\r\nHost: shop.example\r\nX-Shopify-Hmac-Sha256: ${'A'.repeat(43)}=\r\n` +
      `${address === undefined ? '' : `X-Forwarded-For: ${address}\r\n`}Content-Length: ${bytes}\r\n\r\n`;
    return new Promise((resolve) => {
      const socket = connect({ port: Number(port), host: hostname }, () => {
        socket.write(head);
        socket.write(blanks.subarray(0, bytes - 1));
      });
      const destroy = () => socket.destroy();
      abort?.addEventListener('abort', destroy);
      socket.resume().on('error', () => undefined);
      socket.on('close', () => {
        abort?.removeEventListener('abort', destroy);
        resolve();
      });
    });
  }

  let orders = 0;
  const buildLargeOrder = () => {
    const n = ++orders;
    const note = 'x'.repeat(8 * 1_024);
    const body = { id: n, checkout_token: `token-${n}`, total_price: '10.00', currency: 'USD', line_items: [], note };
    return Buffer.from(JSON.stringify(body));
  };

  it.each([
    ['for an unknown site', 'shopify/nosuchsite', 5],
    ['for the same site', 'shopify/shop', 8],
    ['through an unlisted proxy', 'shopify/shop', undefined],
  ])(
    '%s leave room for an order that is signed',
    async (_name, path, addresses) => {
      const abort = new AbortController();
      const callers = Array.from({ length: addresses ?? 5 }, (_, index) =>
        addresses === undefined ? undefined : `198.51.100.${index + 1}`,
      );
      // Each address holds the maximum number of bytes, and starts again soon after it is disconnected. An endless loop of connections that
      // are refused at once would occupy both processes.
      const attacks = callers.flatMap((address) =>
        [1, 2].map(async () => {
          while (!abort.signal.aborted) {
            await withholdLastByte(path, maxBodyBytes - 64, address, abort.signal);
            await sleep(50);
          }
        }),
      );
      await sleep(1_000);
      const statuses: number[] = [];
      for (let n = 0; n < 40; n++) {
        const body = buildLargeOrder();
        const response = await fetch(`${target.url}/hooks/shopify/shop`, {
          method: 'POST',
          body,
          headers: {
            'x-shopify-topic': 'orders/create',
            'x-shopify-hmac-sha256': signBody(body),
            ...(addresses !== undefined && { 'x-forwarded-for': '203.0.113.9' }),
          },
        });
        await response.body?.cancel();
        statuses.push(response.status);
        await sleep(100);
      }
      abort.abort();
      await Promise.all(attacks);
      expect(statuses).toEqual(Array(40).fill(200));
    },
    60_000,
  );

  it('are closed within seconds if the last byte does not arrive', async () => {
    const startedAt = performance.now();
    await withholdLastByte('shopify/shop', maxBodyBytes, '198.51.100.1');
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  }, 60_000);
});
