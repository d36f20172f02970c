import { expect, test } from 'vitest';
import { toBudgetDay } from '../../event/browser-budget.ts';
import { hourMs } from '../../event/units.ts';
import { LogUnavailableError, type NewRecord } from '../../storage/log/event-log.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { createCollectorApp } from '../collector.ts';
import { createDailyBytes } from '../limits/daily-bytes.ts';
import { createLimitTable } from '../limits/limit-table.ts';
import { secretKey, shop } from '../site.fixture.ts';

const midnight = Date.parse('2026-12-02T00:00:00Z');
/** A burst that fills up once a day, as that of the config does. */
const usual = { perSecond: 777 / 16, burst: 67_108_864 / 16 };
const budget = 2_000_000_000;

function start(bytes: number) {
  const log = createMemoryLog();
  let failures = 0;
  const append = async (records: readonly NewRecord[]) => {
    if (failures-- > 0) throw new LogUnavailableError('The disk is full');
    return log.append(records);
  };
  let time = midnight;
  const clock = () => time;
  const deps = createCollectorDeps({ append });
  const dailyBytes = createDailyBytes(bytes, clock, createLimitTable(10_000));
  const app = createCollectorApp({
    ...deps,
    now: clock,
    rates: { ...deps.rates, bytesPerAddress: usual },
    dailyBytes,
  });
  let ids = 0;
  const send = async (
    path: string,
    address: string,
    events: readonly object[],
    headers: Readonly<Record<string, string>> = {},
    signals: readonly object[] = [],
  ) => {
    const body = JSON.stringify({ writeKey: shop.writeKey, events, signals });
    const answer = await app.request(path, { method: 'POST', body, headers }, buildConnectionInfo(address));
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text: await answer.text() };
  };
  const event = (length: number) => {
    const text = 'x'.repeat(8_000);
    const properties = Object.fromEntries(Array.from({ length: Math.floor(length / 8_000) }, (_, index) => [`p${index}`, text]));
    return { name: 'ViewContent', id: `v-${ids++}`, consent: { adStorage: 'granted' }, properties };
  };
  const storedBytes = () => log.calls.flat().reduce((sum, { key, bytes: body }) => sum + key.length + body.byteLength, 0);
  return {
    log,
    send,
    event,
    storedBytes,
    wait: (ms: number) => (time += ms),
    useUp: () => dailyBytes.raise(shop.id, toBudgetDay(time), bytes),
    fail: (times: number) => (failures = times),
  };
}

test('one address writes at most twice its burst in a day', async () => {
  const { send, event, storedBytes, wait } = start(budget);
  let isRefused = false;
  for (let hour = 0; hour < 24; hour += 1) {
    for (let body = 0; body < 100; body += 1) {
      const { status } = await send('/e', '198.51.100.7', [event(56_000)]);
      if (status === 202) continue;
      isRefused = true;
      break;
    }
    wait(hourMs);
  }
  expect(isRefused).toBe(true);
  expect(storedBytes()).toBeGreaterThan(usual.burst);
  expect(storedBytes()).toBeLessThan(2.02 * usual.burst);
});

test("a flood of few networks uses up at most their share of the site's day, and others are stored", async () => {
  const limit = 6_000_000;
  const { send, event, storedBytes } = start(limit);
  const networks = Array.from({ length: 10 }, (_, network) => (index: number) => `198.51.${network}.${index}`);
  const answers: Awaited<ReturnType<typeof send>>[] = [];
  for (let index = 1; index <= 30; index += 1)
    for (const network of networks) answers.push(await send('/e', network(index), [event(56_000)]));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(100);
  expect(new Set(refused.map(({ text }) => text.includes('budget-used-up')))).toEqual(new Set([true]));
  expect(refused[0]?.retryAfter).toBe(String(24 * 3_600));
  expect(storedBytes()).toBeLessThan(limit / 2 + 10 * (limit / 100) + 60_000);
  const order = { name: 'Purchase', consent: { adStorage: 'granted' }, commerce: { orderId: '1001' } };
  expect((await send('/e', '203.0.113.9', [order])).status).toBe(202);
  expect((await send('/e', '2001:db8::1', [event(0)])).status).toBe(202);
});

test('reports of servers are stored when the budget of browsers is used up', async () => {
  const { send, event } = start(1);
  expect((await send('/e', '198.51.100.7', [event(0)])).status).toBe(429);
  const headers = { authorization: `Bearer ${secretKey}` };
  expect((await send('/v1/events', '198.51.100.7', [event(0)], headers)).status).toBe(202);
});

test.each<[string, readonly object[], readonly object[]]>([
  ['event', [{ name: 'PageView', id: 'p1', consent: { adStorage: 'denied' } }], []],
  ['signal', [], [{ type: 'consent', id: 'c1', consent: { adStorage: 'denied' } }]],
])(
  "a shopper's denial by %s is stored when the budget of browsers is used up, within a reserve",
  async (_kind, events, signals) => {
    const { send, event, storedBytes, useUp } = start(10_000_000);
    useUp();
    expect((await send('/e', '203.0.113.9', [event(0)])).status).toBe(429);
    expect((await send('/e', '203.0.113.9', events, {}, signals)).status).toBe(202);
    expect(storedBytes()).toBeGreaterThan(0);
    const many = Array.from({ length: 40 }, () => ({ ...event(0), consent: { adStorage: 'denied' } }));
    expect((await send('/e', '203.0.113.9', many)).status, 'the share of its network').toBe(429);
  },
);

test('a request that could not be stored takes no bytes of the day', async () => {
  const { send, event, fail } = start(80_000);
  fail(5);
  const body = event(24_000);
  for (let repeat = 0; repeat < 5; repeat += 1) expect((await send('/e', '198.51.100.7', [body])).status).toBe(503);
  expect((await send('/e', '198.51.100.7', [body])).status).toBe(202);
});

test('a request that the day refuses takes no bytes of its address', async () => {
  const { send, event } = start(1);
  for (let repeat = 0; repeat < 80; repeat += 1) await send('/e', '198.51.100.7', [event(56_000)]);
  expect((await send('/e', '198.51.100.7', [event(0)])).text).toContain('budget-used-up');
});
