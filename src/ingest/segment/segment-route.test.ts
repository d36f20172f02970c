import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../identity/hashing.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { buildConnectionInfo } from '../collector.fixture.ts';
import { now, secretKey, shop } from '../site.fixture.ts';
import { basic, browserKey, buildOrder, createSegmentCollector, segmentShop, serverKey, shopPage } from './segment.fixture.ts';

const taken = { status: 200, json: { success: true, ok: true } };

describe('the routes', () => {
  test.each<[string, object, string]>([
    ['/v1/track', { event: 'Lead Captured' }, 'Lead'],
    ['/v1/t', { event: 'Lead Captured' }, 'Lead'],
    ['/v1/page', {}, 'PageView'],
    ['/v1/p/', {}, 'PageView'],
    ['/v1/screen', { name: 'Home' }, 'ScreenView'],
    ['/v1/identify', { traits: { email: 'jane.doe@example.com' } }, '$identify'],
    ['/v1/a', { previousId: 'old' }, '$identify'],
    ['/api/s/track', { event: 'Lead Captured' }, 'Lead'],
    ['/api/s/s2s/page', {}, 'PageView'],
    ['/v1/batch', { batch: [{ type: 'track', event: 'Lead Captured', messageId: 'm', userId: 'u' }] }, 'Lead'],
    ['/v1/b', { batch: [{ type: 'page', messageId: 'm', userId: 'u' }] }, 'PageView'],
    ['/v1/import/', { batch: [{ type: 'page', messageId: 'm', userId: 'u' }] }, 'PageView'],
    ['/beacon/v1/batch', { batch: [{ type: 'page', messageId: 'm', userId: 'u' }] }, 'PageView'],
  ])('take %s', async (path, message, name) => {
    const { post, stored } = createSegmentCollector();
    expect(await post(path, { messageId: 'm', userId: 'u', ...message }, { authorization: basic(serverKey) })).toMatchObject(
      taken,
    );
    expect(stored().map(({ body }) => body)).toMatchObject([{ name, via: 'segment', reporter: 'server' }]);
  });

  test.each([['application/json'], ['text/plain'], ['application/x-www-form-urlencoded']])(
    'read JSON sent as %s',
    async (type) => {
      const { post, stored } = createSegmentCollector();
      const body = gzipSync(
        JSON.stringify({ batch: Array.from({ length: 200 }, (_, n) => ({ type: 'page', messageId: `m${n}` })) }),
      );
      const headers = { authorization: basic(serverKey), 'content-type': type, 'content-encoding': 'gzip' };
      expect(await post('/v1/batch', new Blob([new Uint8Array(body)]), headers)).toMatchObject(taken);
      expect(stored()).toHaveLength(200);
    },
  );

  test('drop telemetry and groups', async () => {
    const { post, log } = createSegmentCollector();
    expect(await post('/v1/m', { series: [] })).toMatchObject(taken);
    expect(await post('/v1/group', { groupId: 'g' }, { authorization: basic(serverKey) })).toMatchObject(taken);
    expect(log.stored()).toEqual([]);
  });

  test('take the messages beside one that is refused, and keep the refusal for the debugger', async () => {
    const { post, log } = createSegmentCollector();
    const large = { type: 'track', event: 'x', messageId: 'large', properties: { text: 'x'.repeat(33_000) } };
    const batch = [{ type: 'page', messageId: 'a' }, { type: 'nonsense', messageId: 'b' }, 7, large];
    expect(await post('/v1/batch', { batch }, { authorization: basic(serverKey) })).toMatchObject(taken);
    expect(log.stored().map(({ partition }) => partition)).toEqual(['shop', 'shop!rejected', 'shop!rejected']);
  });

  test.each<[string, number, string, string, unknown, Record<string, string>]>([
    ['no key', 401, 'write-key-unknown', '/v1/track', {}, {}],
    ['a wrong key', 401, 'write-key-unknown', '/v1/track', {}, { authorization: basic('wk_other') }],
    ['broken JSON', 400, 'body-unreadable', '/v1/track', '{"a":', { authorization: basic(serverKey) }],
    ['a batch that is no list', 400, 'body-unreadable', '/v1/batch', { batch: {} }, { authorization: basic(serverKey) }],
    [
      'one message over 32 KiB',
      400,
      'body-too-large',
      '/v1/track',
      { a: 'x'.repeat(33_000) },
      { authorization: basic(serverKey) },
    ],
    ['too many messages', 400, 'event-count', '/v1/batch', { batch: Array(2_501).fill({}) }, { authorization: basic(serverKey) }],
    [
      'a strange page',
      403,
      'origin-not-listed',
      '/v1/track',
      {},
      { authorization: basic(browserKey), origin: 'https://evil.example' },
    ],
  ])('refuse %s with a code at the top', async (_, status, code, path, body, headers) => {
    const { post, stored } = createSegmentCollector();
    const answer = await post(path, body, headers);
    expect(answer).toMatchObject({ status, json: { success: false, code, message: expect.any(String), error: { code } } });
    expect(stored()).toEqual([]);
  });

  test('ask for a repeat while the log cannot be written', async () => {
    const append = () => Promise.reject(new LogUnavailableError('full'));
    const { post } = createSegmentCollector(undefined, { append });
    const answer = await post('/v1/track', buildOrder(), { authorization: basic(serverKey) });
    expect(answer).toMatchObject({ status: 503, json: { code: 'not-accepting' } });
    expect(answer.headers.get('retry-after')).toBe('1');
  });
});

describe('a key', () => {
  test.each<[string, Record<string, string>, object, string]>([
    ['in Basic', { authorization: basic(serverKey) }, {}, 'server'],
    ['in the body', {}, { writeKey: serverKey }, 'server'],
    ['in the header, as Jitsu sends it', { 'x-write-key': `${serverKey}:x` }, { writeKey: '***' }, 'server'],
    ['beside a masked secret', { 'x-write-key': `${serverKey}:x` }, { writeKey: `${serverKey}:***` }, 'server'],
    ["of a server whose `fetch` is Node's", { authorization: basic(serverKey), 'sec-fetch-mode': 'cors' }, {}, 'server'],
    ["the site's secret key", { authorization: basic(secretKey) }, {}, 'server'],
    ["the site's write key", { authorization: basic(shop.writeKey) }, {}, 'browser'],
    ['of the kind `browser`', { authorization: basic(browserKey) }, {}, 'browser'],
    ['of the kind `server` beside a public one', { authorization: basic(serverKey) }, { writeKey: browserKey }, 'browser'],
  ])('%s gives the trust', async (_, headers, parts, reporter) => {
    const { post, stored } = createSegmentCollector();
    expect(await post('/v1/track', buildOrder({}, parts), headers)).toMatchObject(taken);
    expect(stored().map(({ body }) => body)).toMatchObject([{ reporter, via: 'segment', name: 'Purchase' }]);
  });

  test('in the query is read, as of a beacon', async () => {
    const { post, stored } = createSegmentCollector();
    expect(await post(`/beacon/v1/batch?writeKey=${browserKey}`, { batch: [buildOrder()] }, shopPage)).toMatchObject(taken);
    expect(stored()).toHaveLength(1);
  });

  test.each<[string, string, object]>([
    ['unknown', serverKey, { writeKey: 'wk_other' }],
    ["another site's", serverKey, { writeKey: 'wk_second' }],
  ])('beside one that is %s is refused', async (_, key, parts) => {
    const second = { ...shop, id: 'second', writeKey: 'wk_second', secretKeyHashes: [] };
    const { post, log } = createSegmentCollector(segmentShop, { sites: () => [segmentShop, second] });
    expect(await post('/v1/track', buildOrder({}, parts), { authorization: basic(key) })).toMatchObject({ status: 401 });
    expect(log.stored()).toEqual([]);
  });

  test.each<[string, Record<string, string>, object]>([
    ['an origin', { origin: 'https://www.shop.example' }, {}],
    ['what a browser adds', { 'sec-fetch-site': 'cross-site' }, {}],
    ["a library's place", {}, { context: { library: { name: '@jitsu/js', env: 'browser' } } }],
    ["a page's library", {}, { context: { library: { name: 'analytics.js' } } }],
  ])('that is secret is no longer trusted beside %s', async (_, headers, parts) => {
    const { post, stored } = createSegmentCollector();
    await post('/v1/track', buildOrder({}, parts), { authorization: basic(serverKey), ...headers });
    expect(stored().map(({ body }) => body)).toMatchObject([{ reporter: 'browser' }]);
  });

  test('that is public never refunds an order', async () => {
    const { post, log, stored } = createSegmentCollector();
    await post('/v1/track', buildOrder({}, { event: 'Order Refunded' }), { authorization: basic(browserKey), ...shopPage });
    expect(stored()).toEqual([]);
    expect(log.stored().map(({ body }) => body)).toMatchObject([{ issues: [{ code: 'adjustment-from-browser' }] }]);
  });
});

test.each([['Order Completed'], ['OrderCompleted'], ['completed_order'], ['purchase'], ['Checkout Completed']])(
  'purchases under the name %s count against the limit of their network',
  async (event) => {
    const { post, stored } = createSegmentCollector();
    const send = (from: number, count: number) => {
      const batch = Array.from({ length: count }, (_, n) => buildOrder({ checkout_id: `c-${from + n}` }, { event }));
      return post('/v1/batch', { batch }, { authorization: basic(browserKey), ...shopPage });
    };
    expect(await send(0, 200)).toMatchObject(taken);
    expect(stored()).toHaveLength(200);
    expect(await send(200, 1)).toMatchObject({ status: 429, json: { code: 'rate-limited' } });
  },
);

describe('the shopper', () => {
  test("has the request's address and agent only if a page sent it", async () => {
    const { post, stored } = createSegmentCollector();
    const library = { library: { name: '@segment/analytics-node' } };
    await post('/v1/track', buildOrder({}, { messageId: 'a' }), { authorization: basic(browserKey), ...shopPage });
    await post('/v1/t', buildOrder({ checkout_id: 'c2' }, { context: library }), {
      authorization: basic(browserKey),
      ...shopPage,
    });
    await post('/v1/t', buildOrder({ checkout_id: 'c3' }), { authorization: basic(browserKey), 'user-agent': 'server' });
    const clients = stored().map(({ body }) => Object(body).client);
    expect(clients).toEqual([{ ip: '203.0.113.7', userAgent: shopPage['user-agent'] }, {}, {}]);
  });

  test('of each message is the one that it names, in one batch of many shoppers', async () => {
    const { post, stored } = createSegmentCollector();
    const batch = ['a', 'b', undefined].map((name, index) =>
      buildOrder(
        { checkout_id: `c${index}` },
        { anonymousId: name, context: { traits: name ? { email: `${name}@example.com` } : {} } },
      ),
    );
    await post('/v1/batch', { batch }, { authorization: basic(browserKey), ...shopPage });
    const people = stored().map(({ body }) => [
      Object(body).identity.anonymousId,
      Object.keys(Object(body).identity.forms).length > 0,
    ]);
    expect(people).toEqual([
      ['a', true],
      ['b', true],
      [undefined, false],
    ]);
  });

  test('who sends Global Privacy Control denies, unless the page states an explicit choice', async () => {
    const { post, stored } = createSegmentCollector();
    const consent = { context: { consent: { categoryPreferences: { C0004: true } } } };
    await post('/v1/track', buildOrder({}, consent), { authorization: basic(browserKey), ...shopPage, 'sec-gpc': '1' });
    const [event] = stored().map(({ body }) => body);
    expect(event).toMatchObject({ name: 'Purchase', consent: { effective: 'denied', source: 'gpc' } });
  });

  test('whose clock is wrong has the time of our clock, and a server has its own', async () => {
    const { post, stored } = createSegmentCollector();
    const hour = 3_600_000;
    const at = (ms: number) => new Date(ms).toISOString();
    const message = buildOrder({}, { timestamp: at(now - 2 * hour - 5_000), sentAt: at(now - 2 * hour) });
    await post('/v1/track', message, { authorization: basic(browserKey), ...shopPage });
    await post('/v1/track', message, { authorization: basic(serverKey) });
    expect(stored().map(({ body }) => Object(body).time)).toEqual([now - 5_000, now - 2 * hour - 5_000]);
  });
});

test('reports of pixel and SDK under one id are both stored, and a repeat of each is not', async () => {
  const { app, post, stored } = createSegmentCollector();
  const pixel = {
    id: 'purchase-c7f2a9b4d1e84f60',
    name: 'Purchase',
    commerce: { orderId: '1001', value: 125.4, currency: 'USD' },
  };
  const send = async () => {
    const body = JSON.stringify({ writeKey: shop.writeKey, sentAt: now, events: [pixel] });
    await app.fetch(
      new Request('http://collector/e', { method: 'POST', headers: shopPage, body }),
      buildConnectionInfo('203.0.113.7'),
    );
    await post('/v1/track', buildOrder(), { authorization: basic(browserKey), ...shopPage });
  };
  await send();
  await send();
  expect(stored().map(({ key }) => key)).toEqual([
    'Purchase\u001fpurchase-c7f2a9b4d1e84f60\u001fbrowser',
    'Purchase\u001fpurchase-c7f2a9b4d1e84f60\u001fbrowser@segment',
  ]);
});

describe('the first requests of browsers', () => {
  test('analytics.js learns that it sends here alone', async () => {
    const { get } = createSegmentCollector();
    const answer = await get(`/v1/projects/${browserKey}/settings`, { host: 'gw.shop.example', origin: shopPage.origin });
    expect(answer.headers.get('access-control-allow-origin')).toBe(shopPage.origin);
    expect(await answer.json()).toEqual({
      integrations: { 'Segment.io': { apiKey: browserKey, apiHost: 'gw.shop.example/v1', protocol: 'https' } },
      metrics: { sampleRate: 0 },
    });
    expect((await get('/v1/projects/wk_other/settings')).status).toBe(401);
  });

  test.each([
    ['gw.shop.example:8443', 'gw.shop.example:8443/v1'],
    ['gw.shop.example', 'gw.shop.example/v1'],
  ])('analytics.js learns the address %s with its port', async (host, apiHost) => {
    const { app } = createSegmentCollector();
    const headers = { host, origin: shopPage.origin };
    const request = new Request(`http://${host}/v1/projects/${browserKey}/settings`, { headers });
    const answer = await app.fetch(request, buildConnectionInfo('203.0.113.7'));
    expect(await answer.json()).toMatchObject({ integrations: { 'Segment.io': { apiHost } } });
  });

  test.each([
    ['the site', { publicUrl: 'https://shop.example/data' }, {}],
    ['the collector', {}, { publicUrl: 'https://shop.example/data/' }],
  ])('analytics.js learns the path in the public URL of %s', async (_, site, deps) => {
    const { get } = createSegmentCollector({ ...segmentShop, ...site }, deps);
    const ask = async (host: string) =>
      (await get(`/v1/projects/${browserKey}/settings`, { host, origin: shopPage.origin })).json();
    expect(await ask('shop.example')).toMatchObject({ integrations: { 'Segment.io': { apiHost: 'shop.example/data/v1' } } });
    expect(await ask('gw.shop.example')).toMatchObject({ integrations: { 'Segment.io': { apiHost: 'gw.shop.example/v1' } } });
  });

  test("RudderStack's SDK learns that it may send", async () => {
    const { get } = createSegmentCollector();
    const answer = await get(`/sourceConfig/?writeKey=${browserKey}&p=npm`, { origin: shopPage.origin });
    expect(await answer.json()).toMatchObject({ source: { enabled: true, writeKey: browserKey, destinations: [], config: {} } });
    expect((await get('/sourceConfig/?writeKey=wk_other')).status).toBe(401);
  });

  test('a preflight of a page of the shop allows the headers of the SDKs', async () => {
    const { app } = createSegmentCollector();
    const headers = { origin: shopPage.origin, 'access-control-request-headers': 'authorization' };
    const answer = await app.request('/v1/t', { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, shopPage.origin]);
    expect(answer.headers.get('access-control-allow-headers')).toContain('rsa-retry-attempt');
    const stranger = await app.request('/v1/t', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    expect(stranger.status).toBe(403);
  });
});

describe('a dry run', () => {
  const dry = { 'x-convey-dry-run': '1', authorization: basic(browserKey), ...shopPage };

  test('of a public key is validated, and takes from no limit but that of requests', async () => {
    const received: unknown[] = [];
    const metrics = {
      countReceived: () => received.push('events'),
      countResults: () => undefined,
      countRefused: () => undefined,
    };
    const { post, log } = createSegmentCollector(undefined, { metrics, planDryRun: () => Promise.reject(new Error('asked')) });
    const batch = Array.from({ length: 150 }, (_, n) => buildOrder({ checkout_id: `c-${n}` }));
    for (let time = 0; time < 3; time += 1) {
      const answer = await post('/v1/batch', { batch }, dry);
      expect(answer).toMatchObject({ status: 200, json: { success: true, dryRun: true, accepted: 150, rejected: [] } });
      expect(answer.json).not.toHaveProperty('plans');
    }
    expect([log.calls, received]).toEqual([[], []]);
    const { 'x-convey-dry-run': _, ...stored } = dry;
    expect(await post('/v1/batch', { batch }, stored)).toMatchObject(taken);
    expect(log.calls).toHaveLength(1);
  });

  test('of a secret key in a page is that of a public key', async () => {
    const { post } = createSegmentCollector(undefined, { planDryRun: () => Promise.reject(new Error('asked')) });
    const answer = await post('/v1/track', buildOrder(), { ...dry, authorization: basic(serverKey) });
    expect(answer).toMatchObject({ status: 200, json: { dryRun: true, accepted: 1 } });
  });

  test('counts indexes from the start of the body, past messages that are left out', async () => {
    const { post } = createSegmentCollector(undefined, { planDryRun: async (_, records) => records.map(() => []) });
    const large = { type: 'page', messageId: 'large', properties: { text: 'x'.repeat(33_000) } };
    const batch = [large, { type: 'group', groupId: 'g' }, 7, buildOrder()];
    const { json } = await post('/v1/batch', { batch }, { 'x-convey-dry-run': '1', authorization: basic(serverKey) });
    expect(json).toMatchObject({
      rejected: [{ index: 2 }],
      plans: [{ index: 3, id: 'purchase-c7f2a9b4d1e84f60', connections: [] }],
    });
  });

  test('may be asked for by a page, at the routes of messages alone', async () => {
    const { app } = createSegmentCollector();
    const headers = { origin: shopPage.origin, 'access-control-request-headers': 'x-convey-dry-run' };
    const isAllowed = async (path: string) =>
      (await app.request(path, { method: 'OPTIONS', headers })).headers.get('access-control-allow-headers')?.includes('dry-run');
    expect([await isAllowed('/v1/t'), await isAllowed('/v1/m'), await isAllowed('/sourceConfig/')]).toEqual([true, false, false]);
  });
});

describe('a secret key that a page uses', () => {
  const createReporting = (site = segmentShop) => {
    const leaked: string[] = [];
    const onLeakedKey = (id: string, key: string) => void leaked.push(`${id} ${key}`);
    return { ...createSegmentCollector(site, { onLeakedKey }), leaked };
  };
  const used = `shop ${sha256(serverKey)}`;
  const page = { origin: 'https://evil.example' };

  test.each<[string, Record<string, string>, object]>([
    ['an origin, even a strange one', page, {}],
    ['what a browser adds', { 'sec-fetch-site': 'cross-site' }, {}],
    ["a page's library", {}, { context: { library: { name: 'analytics.js' } } }],
    ['a public key', page, { writeKey: browserKey }],
  ])('is reported beside %s', async (_, headers, parts) => {
    const { post, leaked } = createReporting();
    await post('/v1/track', buildOrder({}, parts), { authorization: basic(serverKey), ...headers });
    expect(leaked).toEqual([used]);
  });

  test('is reported by the request for the settings of the SDK, and by a preflight that names it', async () => {
    const { app, get, leaked } = createReporting();
    await get(`/v1/projects/${serverKey}/settings`, page);
    await get(`/sourceConfig/?writeKey=${serverKey}`, page);
    await app.request(`/beacon/v1/batch?writeKey=${serverKey}`, { method: 'OPTIONS', headers: page });
    expect(leaked).toEqual([used, used, used]);
  });

  test('is reported neither by the right server, nor by a stranger, nor by a dry run', async () => {
    const { app, get, post, leaked } = createReporting();
    await post('/v1/track', buildOrder(), { authorization: basic(serverKey), 'sec-fetch-mode': 'cors' });
    for (const key of [`${serverKey}x`, sha256(serverKey), browserKey]) {
      await post('/v1/track', buildOrder(), { authorization: basic(key), ...page });
      await get(`/v1/projects/${key}/settings`, page);
      await app.request(`/v1/t?writeKey=${key}`, { method: 'OPTIONS', headers: page });
    }
    await post('/v1/track', buildOrder(), { authorization: basic(serverKey), ...page, 'x-convey-dry-run': '1' });
    expect(leaked).toEqual([]);
  });

  test("counts as a browser's in every request from then on, and is not reported again", async () => {
    const { post, stored, leaked } = createReporting({ ...segmentShop, distrustedKeys: [sha256(serverKey)] });
    const client = { context: { ip: '203.0.113.9', userAgent: 'Mozilla/5.0' } };
    await post('/v1/track', buildOrder({}, client), { authorization: basic(serverKey) });
    await post('/v1/track', buildOrder(), { authorization: basic(serverKey), ...page });
    expect(stored().map(({ body }) => body)).toMatchObject([{ reporter: 'browser', client: {} }]);
    expect(leaked).toEqual([]);
  });
});

test.each<[string, readonly number[], Record<string, string>, object]>([
  ["a server's library", [2], { authorization: basic(browserKey) }, { name: 'analytics-python' }],
  ["a page's library", [], { authorization: basic(browserKey), ...shopPage }, { name: 'analytics.js' }],
  ['no library', [], { authorization: basic(browserKey) }, {}],
  ["a server's library and a secret key", [], { authorization: basic(serverKey) }, { name: 'analytics-python' }],
])('a public key beside %s is reported as that of a server: %j', async (_, reported, headers, library) => {
  const noted: number[] = [];
  const { post } = createSegmentCollector(undefined, { onPublicKeyOnServer: (_site, count) => noted.push(count) });
  const batch = ['a', 'b'].map((messageId) => ({ type: 'page', messageId, userId: 'u', context: { library } }));
  await post('/v1/batch', { batch }, headers);
  expect(noted).toEqual(reported);
});
