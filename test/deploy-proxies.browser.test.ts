import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildWooOrder } from '../src/ingest/webhooks/woocommerce.fixture.ts';
import { buildSnippet } from '../src/pixel/pixel.fixture.ts';
import { launchBrowser } from './browser.fixture.ts';
import { eventually, makeFolder, root, secretKey, startSink, writeKey } from './gateway.fixture.ts';
import { startLocalGateway } from './paced-gateway.fixture.ts';
import {
  edgeSecret,
  isInstalled,
  type ProxyRequest,
  type ProxyRoute,
  sendToWorker,
  shopperAddress,
  startCaddy,
  startNginx,
  startRecorder,
  startWorker,
} from './proxy.fixture.ts';

const hookSecret = 'whsec-of-the-shop';
const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const withCaddy = isInstalled('caddy', 'version');
const withNginx = isInstalled('nginx', '-v') && isInstalled('openssl', 'version');

const ways: readonly (readonly [string, boolean, (upstreamPort: number) => Promise<ProxyRoute>])[] = [
  ['deploy/Caddyfile', withCaddy, (port) => startCaddy('Caddyfile', port)],
  ['deploy/Caddyfile.cluster with a gateway that is down', withCaddy, (port) => startCaddy('Caddyfile.cluster', port)],
  ['deploy/Caddyfile.same-host', withCaddy, (port) => startCaddy('Caddyfile.same-host', port)],
  ['deploy/nginx.conf', withNginx, startNginx],
  ['deploy/cloudflare-worker.js before deploy/Caddyfile', withCaddy, startWorker],
];

const answerSchema = z.object({ accepted: z.number(), visitorId: z.string().nullable() });
const sentSchema = z.looseObject({ userData: z.looseObject({ clientIpAddress: z.string().optional() }) });

let recorder: Awaited<ReturnType<typeof startRecorder>>;
let sink: Awaited<ReturnType<typeof startSink>>;
const ending: (() => unknown)[] = [];

/** Starts the gateway of `deploy/convey.json`, with paths and addresses of this machine instead of the container's. */
beforeAll(async () => {
  const folder = makeFolder();
  sink = await startSink();
  const values: Readonly<Record<string, string>> = {
    COLLECTOR_HOST: 'data.shop.example',
    SHOP_DOMAIN: 'shop.example',
    UET_TAG_ID: '187012345',
    MICROSOFT_CAPI_TOKEN: 'good-token',
    CONVEY_WRITE_KEY: writeKey,
    COLLECTOR_URL: 'https://data.shop.example',
    CONVEY_SECRET_KEY: secretKey,
  };
  const shipped = readFileSync(join(root, 'deploy/convey.json'), 'utf8');
  const config = JSON.parse(shipped.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? ''));
  Object.assign(config, { dataDir: folder.dataDir, allowPrivateDestinations: true });
  Object.assign(config.collector, { host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'] });
  config.dashboard.port = 0;
  config.sites[0].connections[0].settings.endpoint = sink.url;
  Object.assign(config.sites[0], { webhooks: { secrets: [hookSecret] }, purchaseHoldSeconds: 0 });
  const file = join(folder.dir, 'convey.json');
  writeFileSync(file, JSON.stringify(config));
  const gateway = await startLocalGateway(file);
  recorder = await startRecorder(gateway.url);
  ending.push(recorder.end, gateway.stop, sink.close, folder.remove);
});
afterAll(async () => {
  for (const end of ending) await end();
});

let counted = 0;
const newId = () => `lead-${++counted}`;

/** Builds the body that the pixel posts. */
function report(
  id: string,
  changes: Partial<ProxyRequest> = {},
  event: Readonly<Record<string, unknown>> = granted,
): ProxyRequest {
  const body = JSON.stringify({ writeKey, events: [{ id, name: 'Lead', user: { externalId: id }, ...event }] });
  const headers = { 'content-type': 'text/plain', origin: 'https://shop.example', 'user-agent': agent, ...changes.headers };
  return { path: '/e', method: 'POST', body, ...changes, headers };
}
const granted = { consent: { adStorage: 'granted', source: 'call', explicit: true } };
const silent = {};

describe.each(ways)('%s', (_, isThere, start) => {
  let route: ProxyRoute;
  beforeAll(async () => {
    if (!isThere) return undefined;
    route = await start(recorder.port);
    return () => route.stop();
  });
  const itIfInstalled = it.runIf(isThere);

  itIfInstalled('forwards the pixel, with the headers of the gateway', async () => {
    const { status, headers, body } = await route.send({ path: `/p.js?k=${writeKey}` });
    expect(status, body).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff' });
    expect(body).toContain(writeKey);
    // The default consent depends on the country, so the response is private to one shopper.
    expect(headers['cache-control']).toMatch(/^private/);
  });

  itIfInstalled('forwards an event, and cookies that are Secure and on the domain of the shop', async () => {
    const { status, headers, body } = await route.send(report(newId(), { headers: { cookie: `_cv_id=${'ab'.repeat(16)}` } }));
    expect(status, body).toBe(202);
    expect(answerSchema.parse(JSON.parse(body))).toEqual({ accepted: 1, visitorId: 'ab'.repeat(16) });
    expect(headers['access-control-allow-origin']).toBe('https://shop.example');
    const cookie = headers['set-cookie']?.find((one) => one.startsWith('_cv_id='));
    for (const part of ['Domain=shop.example', 'Secure', 'HttpOnly', 'SameSite=Lax', 'Max-Age=34560000'])
      expect(cookie?.split('; ')).toContain(part);
  });

  itIfInstalled("reports the connection's address, and ignores the client's own headers", async () => {
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-convey-edge': 'a guess',
      'x-convey-address': '203.0.113.9',
      'x-convey-country': 'US',
      'cf-ipcountry': 'US',
    };
    const id = newId();
    const { status, headers: responseHeaders } = await route.send(report(id, { headers }));
    expect(status).toBe(202);
    const forwarded = recorder.newest();
    expect(forwarded['x-forwarded-for']).toBe(shopperAddress);
    expect(forwarded['x-forwarded-proto']).toBe('https');
    expect(forwarded['x-convey-country'] ?? '').toBe('');
    expect([forwarded['x-convey-edge'], forwarded['x-convey-address']]).toEqual([undefined, undefined]);
    expect(responseHeaders['set-cookie']?.join()).toContain('Domain=shop.example; ');
    expect(responseHeaders['set-cookie']?.join()).not.toContain('evil');
    expect((await waitForSentEvent(id)).userData.clientIpAddress).toBeUndefined();

    // The country's default consent would be granted.
    const withoutConsent = await route.send(report(newId(), { headers }, silent));
    expect(answerSchema.parse(JSON.parse(withoutConsent.body))).toEqual({ accepted: 1, visitorId: null });
  });

  itIfInstalled('trusts address and country of a CDN that knows the secret', async () => {
    const id = newId();
    const response = await route.sendThroughEdge(report(id, {}, silent), '203.0.113.42', 'US');
    expect(answerSchema.parse(JSON.parse(response.body)).visitorId).not.toBeNull();
    expect((await waitForSentEvent(id)).userData.clientIpAddress).toBe('203.0.113.42');
    expect(recorder.newest()['x-convey-edge']).toBeUndefined();
    const german = await route.sendThroughEdge(report(newId(), {}, silent), '2001:db8::7', 'DE');
    expect(answerSchema.parse(JSON.parse(german.body)).visitorId).toBeNull();
  });

  itIfInstalled('brings the webhook of a shop byte for byte', async () => {
    const at = new Date().toISOString().slice(0, 19);
    const id = 5_000 + ++counted;
    const body = JSON.stringify(
      buildWooOrder({ id, date_created_gmt: at, date_paid_gmt: at, date_modified_gmt: at, note: ' ü\u00e9\r\n ' }),
    );
    const signature = createHmac('sha256', hookSecret).update(body).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'x-wc-webhook-topic': 'order.updated',
      'x-wc-webhook-signature': signature,
    };
    const path = '/hooks/woocommerce/shop';
    expect((await route.send({ path, method: 'POST', headers, body })).status).toBe(200);
    expect((await route.send({ path, method: 'POST', headers, body: `${body} ` })).status).toBe(401);
  });

  itIfInstalled('brings events of a server', async () => {
    const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ events: [{ id: newId(), name: 'Lead' }] });
    expect((await route.send({ path: '/v1/events', method: 'POST', headers, body })).status).toBe(202);
  });

  itIfInstalled('lets the gateway refuse what is over 64 KiB, in a way that the page may read', async () => {
    const { status, headers, body } = await route.send(report(newId(), { body: ' '.repeat(65_537) }));
    expect([status, body]).toEqual([413, expect.stringContaining('body-too-large')]);
    expect(headers['access-control-allow-origin']).toBe('https://shop.example');
  });

  itIfInstalled('reaches neither the dashboard nor the admin API', async () => {
    for (const path of ['/', '/setup', '/api/sites', '/api/session', '/metrics'])
      expect([path, (await route.send({ path })).status]).toEqual([path, 404]);
  });
});

it.runIf(withCaddy)('keeps one visitor over two visits of a browser, at a path of the host of the shop', async () => {
  const script = `https://shop.example/data/p.js?k=${writeKey}`;
  const consent = "<script>convey('consent', { adStorage: 'granted' })</script>";
  const shop = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end(`<!doctype html><title>Shop</title>${buildSnippet(script)}${consent}`);
  });
  await once(shop.listen(0, '127.0.0.1'), 'listening');
  const address = shop.address();
  const shopPort = typeof address === 'object' && address !== null ? address.port : 0;
  const caddy = await startCaddy('Caddyfile.same-host', recorder.port, shopPort);
  const browser = await launchBrowser({ flags: [`--host-resolver-rules=MAP shop.example:443 127.0.0.1:${caddy.port}`] });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const visit = async () => {
      const page = await context.newPage();
      const response = page.waitForResponse('https://shop.example/data/e');
      await page.goto('https://shop.example/');
      const answer = await response;
      expect(answer.status()).toBe(202);
      await page.close();
      const cookies = await context.cookies();
      return cookies.find(({ name }) => name === '_cv_id');
    };
    const first = await visit();
    expect(first).toMatchObject({ domain: '.shop.example', secure: true, httpOnly: true, sameSite: 'Lax' });
    expect((await visit())?.value).toBe(first?.value);
    expect(recorder.newest().cookie).toContain(`_cv_id=${first?.value}`);
  } finally {
    await browser.close();
    await caddy.stop();
    shop.close();
  }
});

it.runIf(withNginx)('nginx.conf bounds what one address sends to `e`, and lets servers and webhooks through', async () => {
  const nginx = await startNginx(recorder.port);
  try {
    const requestStatuses = async (request: ProxyRequest, times: number) => {
      const answers = await Promise.all(Array.from({ length: times }, () => nginx.send(request)));
      return { refused: answers.filter(({ status }) => status === 429), all: new Set(answers.map(({ status }) => status)) };
    };
    const from = performance.now();
    const flood = await requestStatuses({ path: '/e', method: 'POST', body: '{}' }, 250);
    const seconds = Math.ceil((performance.now() - from) / 1_000);
    expect(flood.all).toEqual(new Set([401, 429]));
    expect(flood.refused.length).toBeGreaterThanOrEqual(250 - 101 - 20 * seconds);
    for (const { headers } of flood.refused) expect(headers['retry-after']).toBe('1');
    const requestFromNetworks = async (getAddress: (index: number) => string) => {
      const ask = (_: unknown, index: number) =>
        nginx.sendThroughEdge({ path: '/e', method: 'POST', body: '{}' }, getAddress(index), 'US');
      return new Set((await Promise.all(Array.from({ length: 250 }, ask))).map(({ status }) => status));
    };
    const one = await requestFromNetworks((index) => `2001:db8:1:2:${index}::9`);
    expect(one, 'a household has 64 bits of addresses').toEqual(new Set([401, 429]));
    expect(await requestFromNetworks((index) => `2001:db8:1:${index + 3}::9`)).toEqual(new Set([401]));
    const headers = { authorization: `Bearer ${secretKey}` };
    expect((await requestStatuses({ path: '/v1/events', method: 'POST', headers, body: '{}' }, 250)).all).toEqual(new Set([400]));
    expect((await requestStatuses({ path: `/p.js?k=${writeKey}` }, 250)).all).toEqual(new Set([200]));
  } finally {
    await nginx.stop();
  }
});

describe('deploy/cloudflare-worker.js', () => {
  const env = () => ({ GATEWAY: `http://127.0.0.1:${recorder.port}`, EDGE_SECRET: edgeSecret });

  it('forwards pixel and event, and identifies the shopper in its own headers', async () => {
    expect((await sendToWorker({ path: `/p.js?k=${writeKey}` }, env(), '203.0.113.42')).status).toBe(200);
    const headers = { 'x-convey-address': '203.0.113.9', 'x-convey-country': 'US', 'x-forwarded-for': '203.0.113.9' };
    const response = await sendToWorker(report(newId(), { headers }), env(), '203.0.113.42', 'DE');
    expect([response.status, response.body]).toEqual([202, expect.stringContaining('"accepted":1')]);
    expect(response.headers['set-cookie']?.join()).toContain('_cv_id=');
    expect(recorder.newest()).toMatchObject({
      'x-convey-edge': edgeSecret,
      'x-convey-address': '203.0.113.42',
      'x-convey-country': 'DE',
    });
    expect(recorder.newest()['x-forwarded-for']).toBeUndefined();
  });

  it('requests the gateway only, for every path', async () => {
    expect((await sendToWorker({ path: '//evil.example/e' }, env(), '203.0.113.42')).status).toBe(404);
    expect(recorder.newest().host).toBe(`127.0.0.1:${recorder.port}`);
  });

  it('reports a missing setting', async () => {
    const { status, body } = await sendToWorker({ path: '/p.js' }, { GATEWAY: env().GATEWAY }, '203.0.113.42');
    expect([status, body]).toEqual([500, expect.stringContaining('EDGE_SECRET')]);
  });
});

/** Returns the fields of an event that the platform received. */
async function waitForSentEvent(id: string) {
  const found = () => sink.events().find(({ eventId }) => eventId === id);
  expect(await eventually(() => found() !== undefined)).toBe(true);
  return sentSchema.parse(found());
}
