import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { startGateway } from '../src/gateway/start-gateway.ts';
import { createLogger } from '../src/logger.ts';
import { convey } from './cli.fixture.ts';
import { eventually, makeFolder, post, purchase, secretKey, startSink, writeKey } from './gateway.fixture.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const flooder = { 'x-forwarded-for': '198.51.100.7' };

/** Starts a gateway behind a trusted proxy, with these rates in addition to the defaults. */
async function start(rates: Readonly<Record<string, unknown>>, site: Readonly<Record<string, unknown>>) {
  const folder = makeFolder();
  const sink = await startSink();
  ending.push(folder.remove, sink.close);
  const file = folder.writeConfig(sink.url, { site });
  const written: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  const dataDir = join(folder.dir, 'rates');
  const collector = { host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'], ...rates };
  writeFileSync(file, JSON.stringify({ ...written, dataDir, collector }));
  const read = readConfig(readFileSync(file, 'utf8'), {}, folder.dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const gateway = await startGateway(read.config, { version: 'test', logger: createLogger('silent', process.stderr) });
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await gateway.stop(0);
    isStopped = true;
  };
  ending.push(stop);
  return { url: gateway.url, dataDir, sink, file, stop };
}

it('each rate of the config file limits its own requests only', async () => {
  const few = (burst: number) => ({ perSecond: 1, burst });
  const rates = { perAddress: few(10), perSecretKey: few(20), wrongKeys: few(30), unsignedWebhooks: few(40) };
  const { url } = await start(rates, { webhooks: { secrets: ['shpss_0123456789'] } });

  const ask = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const allHeaders = { ...flooder, ...headers };
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: allHeaders });
    return answer.status;
  };
  /** The first status, the number of responses before the first 429, and the number that a rate of 1 per second may have added. */
  const countUntil429 = async (send: () => Promise<number>) => {
    const from = performance.now();
    const first = await send();
    let times = 1;
    while ((await send()) !== 429 && times < 1_000) times += 1;
    return { first, times, more: Math.ceil((performance.now() - from) / 1_000) };
  };
  const events = { events: [purchase('o-1')] };
  const requests = {
    perAddress: () => ask('/e', { writeKey, ...events }),
    wrongKeys: () => ask('/v1/events', events, { authorization: 'Bearer sk_wrong' }),
    unsignedWebhooks: () => ask('/hooks/shopify/shop', {}),
    perSecretKey: () => ask('/v1/events', events, { authorization: `Bearer ${secretKey}` }),
  };
  const expected = { perAddress: [202, 10], wrongKeys: [401, 30], unsignedWebhooks: [401, 40], perSecretKey: [202, 20] } as const;
  for (const name of ['perAddress', 'wrongKeys', 'unsignedWebhooks', 'perSecretKey'] as const) {
    const { first, times, more } = await countUntil429(requests[name]);
    const [status, burst] = expected[name];
    expect(first, name).toBe(status);
    expect(times, name).toBeGreaterThanOrEqual(burst);
    expect(times, name).toBeLessThanOrEqual(burst + more);
  }
});

it('one address fills neither the disk nor the way of a server with bodies full of signals', async () => {
  // The requests of 10 s at the default rate, each sent as soon as the previous one has its response.
  const bodies = 200;
  const { url, dataDir, sink } = await start(
    { perAddress: { perSecond: 100_000, burst: 1_000_000 } },
    { consent: { policy: 'granted' } },
  );
  const signal = (id: string) => ({
    type: 'identify',
    id,
    user: { anonymousId: id, email: `${id}@b.example`, phone: `425555${id.slice(-4).padStart(4, '1')}` },
  });
  const flood = async (body: number, reports: number) => {
    const signals = Array.from({ length: reports }, (_, index) => signal(String(body * reports + index)));
    const answer = await fetch(`${url}/e`, { method: 'POST', body: JSON.stringify({ writeKey, signals }), headers: flooder });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await flood(0, 500), 'more than a browser may send at once').toBe(400);
  const statuses: number[] = [];
  const from = performance.now();
  let next = 1;
  const sendNext = async () => {
    while (next < bodies) statuses.push(await flood(next++, 100));
  };
  await Promise.all([sendNext(), sendNext(), sendNext(), sendNext()]);
  const seconds = Math.ceil((performance.now() - from) / 1_000);
  const acceptedCount = statuses.filter((status) => status === 202).length * 100;
  expect(new Set(statuses)).toEqual(new Set([202, 429]));
  expect(acceptedCount).toBeGreaterThanOrEqual(1_000);
  expect(acceptedCount).toBeLessThanOrEqual(1_000 + 20 * seconds);

  await post(url, [purchase('o-1')]);
  expect(await eventually(() => sink.events().some(({ eventId }) => eventId === 'o-1'))).toBe(true);
  // The gateway's reserve for a full disk has a fixed size.
  const files = readdirSync(dataDir).filter((name) => !name.startsWith('reserve'));
  const bytes = files.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0);
  expect(bytes / 1024 / 1024).toBeLessThan(16);
});

it('purchases of browsers beyond the daily budget are kept and not sent, and `convey check` reports it', async () => {
  const rates = { browserBudget: { purchases: 2 } };
  const { url, sink, file, stop } = await start(rates, { purchaseHoldSeconds: 0 });
  const report = async (id: string) => {
    const body = JSON.stringify({ writeKey, events: [purchase(id)] });
    expect((await fetch(`${url}/e`, { method: 'POST', body, headers: { ...flooder, 'user-agent': agent } })).status).toBe(202);
  };
  const waitForArrival = (id: string) => eventually(() => sink.events().some(({ eventId }) => eventId === id));
  const check = async () => (await convey('check', '--config', file)).stdout;
  await report('p-1');
  expect(await waitForArrival('p-1')).toBe(true);
  expect(await check()).not.toContain('browserBudget');
  for (const id of ['p-2', 'p-3', 'p-4']) await report(id);
  await post(url, [purchase('s-1')]);
  expect(await waitForArrival('s-1')).toBe(true);
  expect(await waitForArrival('p-2')).toBe(true);
  // A trusted report overtakes those of browsers.
  const isKept = async (id: string) => (await convey('event', id, '--config', file)).stdout.includes('over-budget');
  for (const id of ['p-3', 'p-4']) expect(await eventually(() => isKept(id)), id).toBe(true);
  expect(
    sink
      .events()
      .map(({ eventId }) => eventId)
      .toSorted(),
  ).toEqual(['p-1', 'p-2', 's-1']);
  const budgetWarning = /warning {2}shop: Browsers have used up .*`collector\.browserBudget\.purchases`/;
  expect(await check(), 'of the gateway that runs').toMatch(budgetWarning);
  await stop();
  expect(await check(), 'of its files').toMatch(budgetWarning);
});

it("a flood of purchases from few networks leaves room for a shopper of another network in the day's budget", async () => {
  const { url, sink, stop } = await start({ browserBudget: { purchases: 100 } }, { purchaseHoldSeconds: 0 });
  const report = async (address: string, ids: readonly string[]) => {
    const body = JSON.stringify({ writeKey, events: ids.map((id) => purchase(id)) });
    const headers = { 'x-forwarded-for': address, 'user-agent': agent };
    expect((await fetch(`${url}/e`, { method: 'POST', body, headers })).status).toBe(202);
  };
  const list = (name: string) => Array.from({ length: 40 }, (_, index) => `${name}-${index}`);
  for (const third of [0, 256, 512]) await report(`2001:db8:7:${third.toString(16)}::1`, list(`v6-${third}`));
  for (const host of [1, 2, 3]) await report(`198.51.100.${host}`, list(`v4-${host}`));
  await report('203.0.113.9', ['honest']);
  expect(await eventually(() => sink.events().some(({ eventId }) => eventId === 'honest'))).toBe(true);
  // The half that is free for all, the part of each of the two networks, and the shopper.
  expect(sink.events().length).toBeLessThanOrEqual(50 + 2 * 10 + 1);
  await stop();
});
