import { expect, test } from 'vitest';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { shop, now as start } from '../site.fixture.ts';

function open(parts: Partial<CollectorDeps> = {}) {
  let now = start;
  const app = createCollectorApp({ ...createCollectorDeps(createMemoryLog()), now: () => now, ...parts });
  return {
    pass: (ms: number) => {
      now += ms;
    },
    ask: async (path: string, address: string) => app.request(path, {}, buildConnectionInfo(address)),
    async admitted(times: number, path: string, getAddress: (index: number) => string) {
      let count = 0;
      for (let n = 0; n < times; n++)
        if ((await app.request(path, {}, buildConnectionInfo(getAddress(n)))).status !== 429) count += 1;
      return count;
    },
  };
}

const pixel = `/p.js?k=${shop.writeKey}`;

test('the pixel script and health have a burst of 1,000 and a rate of 200 per second and address', async () => {
  const { admitted, ask, pass } = open();
  const one = () => '203.0.113.9';
  expect(await admitted(600, pixel, one)).toBe(600);
  expect(await admitted(600, '/healthz', one)).toBe(400);
  const answer = await ask('/readyz', one());
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
    429,
    '1',
    { error: { code: 'rate-limited', message: expect.any(String) } },
  ]);
  expect((await ask(pixel, '203.0.113.10')).status).toBe(200);
  pass(1_000);
  expect(await admitted(300, '/p.js', one), 'also without a key').toBe(200);
});

test('an address with a higher report limit may load the script more often', async () => {
  const { rates } = createCollectorDeps(createMemoryLog());
  const { admitted } = open({ rates: { ...rates, perAddress: { perSecond: 1_000, burst: 200 } } });
  expect(await admitted(2_100, '/healthz', () => '203.0.113.9')).toBe(2_000);
});

test('clients of a /48 are limited together', async () => {
  const { admitted } = open({ proxies: { trustedProxies: [] } });
  expect(await admitted(17_000, '/healthz', (n) => `2001:db8:1:${n.toString(16)}::1`)).toBe(16_000);
});

test('health is never limited for a non-public address', async () => {
  expect(await open().admitted(1_500, '/healthz', () => '10.0.0.7')).toBe(1_500);
});
