import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { readConfig } from '../src/config/config.ts';
import { type Gateway, startGateway } from '../src/gateway/start-gateway.ts';
import { buildShopifyHeaders, shopifyBodies } from '../src/ingest/webhooks/shopify.fixture.ts';
import { createLogger } from '../src/logger.ts';
import { eventually, type Folder, makeFolder, purchase, secretKey, startSink, writeKey } from './gateway.fixture.ts';

/** The collector on two threads. Each request has a connection of its own, and the kernel decides which thread gets it. */

const metricsToken = 'm9'.repeat(20);
const webhookSecret = 'shpss_0123456789abcdef';
const wrongKeys = { perSecond: 1, burst: 30 };
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
/** Enough that each thread gets some. */
const many = 40;

let folder: Folder;
let sink: Awaited<ReturnType<typeof startSink>>;
let gateway: Gateway;
let log = '';

beforeAll(async () => {
  folder = makeFolder();
  sink = await startSink();
  const site = { consent: { policy: 'granted' }, webhooks: { secrets: [webhookSecret] }, purchaseHoldSeconds: 0 };
  gateway = await start(folder, { port: 0, threads: 2, wrongKeys }, site);
});
afterAll(async () => {
  await gateway.stop(0);
  await sink.close();
  folder.remove();
});

async function start(
  { writeConfig, dir }: Folder,
  collector: Readonly<Record<string, unknown>>,
  site: Readonly<Record<string, unknown>> = {},
): Promise<Gateway> {
  const file = writeConfig(sink.url, { collector, site, dashboard: { port: 0, metricsToken }, metrics: { perConnection: true } });
  const read = readConfig(readFileSync(file, 'utf8'), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const write = (line: string) => {
    log += line;
  };
  return startGateway(read.config, { version: 'test', logger: createLogger('info', { write }) });
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request on a new connection. */
async function send(path: string, { method = 'POST', headers = {}, body = '' }: Sent = {}) {
  const outgoing = request(`${gateway.url}${path}`, { method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  return { status: Number(incoming.statusCode), body: await text(incoming) };
}

const sendEvents = (events: readonly unknown[], key = secretKey) =>
  send('/v1/events', { headers: { authorization: `Bearer ${key}` }, body: JSON.stringify({ events }) });
const sendMany = <T>(one: (index: number) => Promise<T>, count = many) =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));
/** Counts responses by status. */
const countStatuses = (responses: readonly { readonly status: number }[]) =>
  Object.fromEntries([...Map.groupBy(responses, ({ status }) => status)].map(([status, all]) => [status, all.length]));
const countMetric = async (name: string) => {
  const answer = await fetch(`${gateway.dashboard.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
  const line = (await answer.text()).split('\n').find((one) => one.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? 0);
};

it('two threads listen on the port, and store an event that each gets once', async () => {
  const port = Number(new URL(gateway.url).port);
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${hexPort} 00000000:0000 0A`));
  expect(listening).toHaveLength(2);
  const responses = await sendMany(() => sendEvents([purchase('o-1')]));
  expect(countStatuses(responses)).toEqual({ 202: many });
  const results = responses.map(({ body }) => JSON.parse(body));
  expect(results.filter(({ accepted }) => accepted === 1)).toHaveLength(1);
  expect(results.filter(({ duplicates }) => duplicates === 1)).toHaveLength(many - 1);
  expect(await eventually(() => sink.events().length > 0)).toBe(true);
  expect(sink.events().map(({ eventId }) => eventId)).toEqual(['o-1']);
});

it('threads share the bucket of a limit', async () => {
  const from = performance.now();
  const { 401: admitted = 0, 429: limited = 0 } = countStatuses(
    await sendMany(() => sendEvents([], 'sk_wrong_0123456789'), 3 * many),
  );
  const seconds = Math.ceil((performance.now() - from) / 1_000);
  expect(admitted).toBeGreaterThanOrEqual(wrongKeys.burst);
  expect(admitted).toBeLessThanOrEqual(wrongKeys.burst + seconds * wrongKeys.perSecond);
  expect(admitted + limited).toBe(3 * many);
});

it('every thread knows a change of a site when the change is answered', async () => {
  const ask = connectToGateway(folder);
  const site = 'other';
  const created = await ask('POST /api/sites', {}, { id: site, domains: ['other.example'] });
  const { key, id } = await ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  expect(countStatuses(await sendMany((index) => sendEvents([purchase(`k-${index}`)], key)))).toEqual({ 202: many });
  const load = () => send(`/p.js?k=${created.writeKey}`, { method: 'GET', headers: { 'user-agent': agent } });
  expect(countStatuses(await sendMany(load))).toEqual({ 200: many });
  const isPixelSeen = async () => (await ask('GET /api/sites/:site/checklist', { site })).pixelLoadedAt !== undefined;
  expect(await eventually(isPixelSeen)).toBe(true);
  await ask('DELETE /api/sites/:site/keys/:key', { site, key: id });
  const refused = await sendMany((index) => sendEvents([purchase(`l-${index}`)], key), 10);
  expect(refused.every(({ status }) => status === 401 || status === 429)).toBe(true);
  await ask('DELETE /api/sites/:site', { site });
  expect(countStatuses(await sendMany(load))).toEqual({ 401: many });
});

it('browsers and webhooks reach each thread, and a customer is erased by one', async () => {
  const origin = 'https://www.shop.example';
  const report = (id: string, from = origin) =>
    send('/e', {
      headers: { origin: from, 'user-agent': agent },
      body: JSON.stringify({ writeKey, events: [{ ...purchase(id), name: 'AddToCart' }] }),
    });
  expect(countStatuses(await sendMany((index) => report(`cart-${index}`)))).toEqual({ 202: many });
  expect((await report('cart-x', 'https://stranger.example')).status).toBe(403);
  const redaction = JSON.stringify(shopifyBodies['customers/redact']);
  const headers = buildShopifyHeaders(redaction, 'customers/redact', webhookSecret);
  const erased = await send('/hooks/shopify/shop', { headers, body: redaction });
  expect(erased.status).toBe(200);
  expect(
    (await send('/hooks/shopify/shop', { headers: { ...headers, 'x-shopify-hmac-sha256': `${'A'.repeat(43)}=` } })).status,
  ).toBe(401);
  expect((await sendEvents([{ name: '' }])).status).toBe(202);
  const names = ['person erased', 'page refused: its domain is not listed', 'webhook refused: not signed', 'event rejected'];
  await expect.poll(() => names.filter((name) => !log.includes(name))).toEqual([]);
});

it('metrics are the sums of all threads', async () => {
  const browser = 'convey_events_accepted_total{site="shop",reporter="browser"}';
  expect(await eventually(async () => (await countMetric(browser)) === many)).toBe(true);
  expect(await countMetric('convey_events_accepted_total{site="shop",reporter="server"}')).toBe(1);
  expect(await countMetric('convey_events_duplicate_total{site="shop",reporter="server"}')).toBe(many - 1);
  expect(await countMetric('convey_requests_refused_total{reason="origin-not-listed"}')).toBe(1);
  expect(await countMetric('convey_requests_refused_total{reason="rate-limited"}')).toBeGreaterThan(many);
  // Each acknowledged request had one append, and each of the browsers' was one.
  const acknowledged = await countMetric('convey_acknowledge_seconds_count');
  expect(acknowledged).toBeGreaterThanOrEqual(2 * many);
  expect(await countMetric('convey_append_seconds_count')).toBeGreaterThanOrEqual(acknowledged);
  expect(await countMetric('convey_acknowledge_seconds_bucket{le="300"}')).toBe(acknowledged);
  const platform = 'destination="microsoft",site="shop",connection="bing"';
  expect(await countMetric(`convey_delivery_seconds_count{${platform}}`)).toBeGreaterThan(0);
  expect(await countMetric(`convey_delivery_seconds_bucket{${platform},le="300"}`)).toBeGreaterThan(0);
  expect(await countMetric(`convey_platform_request_seconds_count{${platform}}`)).toBeGreaterThan(0);
});

it('threads acknowledge events while the main thread does nothing else', async () => {
  // A client on a thread of its own sends one event after another while the main thread is held, and counts the acknowledgements.
  const code = `
    const { workerData } = require('node:worker_threads');
    const { url, headers, shared } = workerData;
    const [hold, acknowledged] = [0, 1];
    (async () => {
      Atomics.wait(shared, hold, 0);
      for (let index = 0; Atomics.load(shared, hold) === 1; index += 1) {
        const body = workerData.body.replace('o-0', 'held-' + index);
        const { status } = await fetch(url, { method: 'POST', headers, body });
        if (status === 202) Atomics.add(shared, acknowledged, 1);
        Atomics.notify(shared, acknowledged);
      }
    })();`;
  const [hold, acknowledged] = [0, 1];
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const workerData = {
    url: `${gateway.url}/v1/events`,
    headers: { authorization: `Bearer ${secretKey}`, connection: 'close' },
    body: JSON.stringify({ events: [purchase('o-0')] }),
    shared,
  };
  const client = new Worker(code, { eval: true, workerData });
  const ended = once(client, 'exit');
  await once(client, 'online');
  Atomics.store(shared, hold, 1);
  Atomics.notify(shared, hold);
  const until = performance.now() + 20_000;
  for (let count = 0; count < 2 && performance.now() < until; count = Atomics.load(shared, acknowledged))
    Atomics.wait(shared, acknowledged, count, until - performance.now());
  const count = Atomics.load(shared, acknowledged);
  Atomics.store(shared, hold, 2);
  await ended;
  expect(count).toBeGreaterThan(1);
});

it('the port is refused to a second gateway', async () => {
  const second = makeFolder();
  const port = Number(new URL(gateway.url).port);
  await expect(start(second, { port, threads: 2 })).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port}: another process uses the port`,
  );
  second.remove();
});

it('a stop reports not ready at once, answers what it has read, and keeps what it acknowledged', async () => {
  expect((await send('/readyz', { method: 'GET' })).status).toBe(200);
  const acknowledged: string[] = [];
  let isRunning = true;
  const load = async (client: number) => {
    for (let index = 0; isRunning; index += 1) {
      const id = `s-${client}-${index}`;
      const sent = await sendEvents([purchase(id)]).catch(() => undefined);
      if (sent === undefined) return;
      if (sent.status === 202) acknowledged.push(id);
    }
  };
  const clients = [load(0), load(1), load(2), load(3)];
  expect(await eventually(() => acknowledged.length > many)).toBe(true);
  const stopped = gateway.stop(1_000);
  expect(await eventually(async () => (await send('/readyz', { method: 'GET' })).status === 503)).toBe(true);
  await stopped;
  isRunning = false;
  await Promise.all(clients);
  await expect(send('/readyz', { method: 'GET' })).rejects.toThrow('ECONNREFUSED');
  gateway = await start(folder, { port: 0, threads: 2 });
  const again = await sendEvents(acknowledged.slice(-400).map((id) => purchase(id)));
  expect(JSON.parse(again.body)).toMatchObject({ accepted: 0, duplicates: Math.min(400, acknowledged.length) });
});

it('the end of a thread ends the process, and a stop does not wait for the thread', async () => {
  const posts = vi.spyOn(Worker.prototype, 'postMessage');
  await connectToGateway(folder)('POST /api/sites', {}, { id: 'last', domains: ['last.example'] });
  const index = posts.mock.calls.findIndex(([message]) => Object.hasOwn(Object(message), 'sites'));
  const thread = posts.mock.contexts[index];
  posts.mockRestore();
  if (!(thread instanceof Worker)) throw new Error('a change of a site is sent to each thread');
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const { promise: uncaught, resolve } = Promise.withResolvers<Error>();
  process.once('uncaughtException', resolve);
  try {
    await thread.terminate();
    expect(await uncaught).toMatchObject({ message: 'a thread of the collector has ended' });
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
});
