import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../random.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { eachOf, shopSecrets, signature, startHostile } from './hostile-input.fixture.ts';

let hostile: Awaited<ReturnType<typeof startHostile>>;
beforeEach(async () => {
  hostile = await startHostile();
});
afterEach(() => hostile.close());

async function deliver(body: Uint8Array, signed: string | undefined, delivery = 'd-0', path = 'shopify/shop') {
  const answer = await fetch(`${hostile.url}/hooks/${path}`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: {
      'x-shopify-topic': 'orders/create',
      'x-shopify-webhook-id': delivery,
      ...(signed !== undefined && { 'x-shopify-hmac-sha256': signed }),
    },
  });
  const said: unknown = await answer.json();
  return { status: answer.status, said };
}

const order = (n: number) =>
  Buffer.from(JSON.stringify({ id: n, checkout_token: `token-${n}`, total_price: '10.00', currency: 'USD', line_items: [] }));

/** With one bit of it turned. */
function turned(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

it('answers every webhook without a valid signature alike', async (context) => {
  const runs = sized({ part: 400, whole: 1_000, nightly: 10_000 });
  const random = createRandom(context);
  const body = order(1);
  const right = signature(body);
  const digest = Buffer.from(right, 'base64');
  const forgeries: readonly ((n: number) => readonly [Uint8Array, string | undefined])[] = [
    () => [body, random.bytes(32).toString('base64')],
    (n) => [body, turned(digest, n).toString('base64')],
    (n) => [turned(body, n), right],
    (n) => [body, digest.subarray(0, n % 32).toString('base64')],
    (n) => [body, Buffer.concat([digest, random.bytes(1 + (n % 9))]).toString('base64')],
    (n) => [
      body,
      random
        .bytes(n % 90)
        .toString('latin1')
        .replaceAll(/[^\x21-\x7e]/g, '!'),
    ],
    () => [body, signature(body, 'shpss_of_another_shop')],
    () => [body, signature(body, '')],
    () => [body, digest.toString('hex')],
    () => [body, right.toLowerCase()],
    () => [body, `${right}, ${right}`],
    () => [body, right.replace(/=$/, '')],
    (n) => [order(n + 2), right],
    () => [Buffer.concat([body, Buffer.from(' ')]), right],
    () => [body, undefined],
    () => [body, ''],
  ];
  const heard = new Map<string, number>();
  await eachOf(Array(runs).keys(), 16, async (n) => {
    const [sent, signed] = forgeries[n % forgeries.length]?.(n) ?? [body, ''];
    for (const path of ['shopify/shop', 'shopify/no-such-site']) {
      const { status, said } = await deliver(sent, signed, `d-${n}`, path);
      const line = `${status} ${JSON.stringify(said)}`;
      heard.set(line, (heard.get(line) ?? 0) + 1);
    }
  });
  expect([...heard.keys()].map((line) => line.slice(0, 34))).toEqual(['401 {"error":{"code":"not-signed",']);
  expect([...heard.values()]).toEqual([2 * runs]);

  const [present, before] = shopSecrets;
  expect(await deliver(body, right, 'd-a')).toMatchObject({ status: 200, said: { accepted: 1 } });
  expect(await deliver(order(2), signature(order(2), before), 'd-b')).toMatchObject({ status: 200, said: { accepted: 1 } });
  expect(await deliver(body, right, 'd-a'), 'the same delivery').toMatchObject({
    status: 200,
    said: { accepted: 0, duplicates: 1 },
  });
  expect(await deliver(body, signature(body, before), 'd-c'), 'the same order').toMatchObject({
    said: { accepted: 0, duplicates: 1 },
  });
  expect(await deliver(body, signature(body, present), 'd-d', 'shopify/other')).toMatchObject({ status: 401 });
  expect(await hostile.stored()).toHaveLength(2);
  tell(context, {
    fault: 'B4',
    what: 'webhooks that nobody signed',
    times: `${runs} forgeries, two sites`,
    holds: '401, the same for each; both live secrets taken; a replay stores nothing',
    seen: `${2 * runs} × 401, in one form`,
  });
});

describe('unverified webhook bodies', () => {
  const largest = 2 * 1_048_576;

  beforeEach(async () => {
    await hostile.close();
    hostile = await startHostile({ trustedProxies: ['127.0.0.1'] });
  });

  /** Sends all of a body but its last byte. Resolves once the connection is closed. Without an address it seems to come from a proxy. */
  function holdBack(path: string, bytes: number, address: string | undefined, leaving?: AbortSignal): Promise<void> {
    const { port, hostname } = new URL(hostile.url);
    const head =
      `POST /hooks/${path} HTTP/1.1\r\nHost: shop.example\r\nX-Shopify-Hmac-Sha256: ${'A'.repeat(43)}=\r\n` +
      `${address === undefined ? '' : `X-Forwarded-For: ${address}\r\n`}Content-Length: ${bytes}\r\n\r\n`;
    return new Promise((resolve) => {
      const socket = connect({ port: Number(port), host: hostname }, () => {
        socket.write(head);
        socket.write(Buffer.alloc(bytes - 1, ' '));
      });
      const leave = () => socket.destroy();
      leaving?.addEventListener('abort', leave);
      socket.resume().on('error', () => undefined);
      socket.on('close', () => {
        leaving?.removeEventListener('abort', leave);
        resolve();
      });
    });
  }

  const signedOrder = (n: number) => {
    const note = 'x'.repeat(8 * 1_024);
    const body = { id: n, checkout_token: `token-${n}`, total_price: '10.00', currency: 'USD', line_items: [], note };
    return Buffer.from(JSON.stringify(body));
  };

  it.each([
    ['of a site that is not there', 'shopify/nosuchsite', 5],
    ['of the very site', 'shopify/shop', 8],
    ['through a proxy that is not listed', 'shopify/shop', undefined],
  ])(
    '%s leave room for an order that is signed',
    async (_what, path, addresses) => {
      const leaving = new AbortController();
      const callers = Array.from({ length: addresses ?? 5 }, (_, index) =>
        addresses === undefined ? undefined : `198.51.100.${index + 1}`,
      );
      // Each address holds as much as it may, and begins again once it is cut off.
      const holding = callers.flatMap((address) =>
        [1, 2].map(async () => {
          while (!leaving.signal.aborted) await holdBack(path, largest - 64, address, leaving.signal);
        }),
      );
      await sleep(1_000);
      const statuses: number[] = [];
      for (let n = 0; n < 40; n++) {
        const body = signedOrder(n);
        const answer = await fetch(`${hostile.url}/hooks/shopify/shop`, {
          method: 'POST',
          body,
          headers: {
            'x-shopify-topic': 'orders/create',
            'x-shopify-hmac-sha256': signature(body),
            ...(addresses !== undefined && { 'x-forwarded-for': '203.0.113.9' }),
          },
        });
        await answer.body?.cancel();
        statuses.push(answer.status);
        await sleep(200);
      }
      leaving.abort();
      await Promise.all(holding);
      expect(statuses).toEqual(Array(40).fill(200));
    },
    60_000,
  );

  it('are closed within seconds if the last byte does not arrive', async () => {
    const began = performance.now();
    await holdBack('shopify/shop', largest, '198.51.100.1');
    expect(performance.now() - began).toBeLessThan(12_000);
  }, 60_000);
});
