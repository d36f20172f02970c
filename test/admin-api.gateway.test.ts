import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Route, splitRouteKey } from '../src/api/http/route.ts';
import { type RouteKey, routeKeys, routes } from '../src/api/routes.ts';
import { eventually, type Folder, makeFolder, post, purchase, startSink } from './gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from './paced-gateway.fixture.ts';

/** Checks that responses on the socket match the schemas of the table of routes exactly. */

const importId = 'ab'.repeat(16);

/** The requests to each route. */
const requests: { readonly [A in RouteKey]: readonly { readonly path: string; readonly body?: string }[] } = {
  'GET /api/status': [{ path: '/api/status' }],
  'POST /api/backup': [{ path: '/api/backup' }],
  'GET /api/connections': [{ path: '/api/connections' }],
  'GET /api/sites/:site/connections/:connection/errors': [{ path: '/api/sites/shop/connections/bing/errors' }],
  'GET /api/sites/:site/connections/:connection/dead-letters/groups': [
    { path: '/api/sites/shop/connections/bing/dead-letters/groups' },
  ],
  'POST /api/sites/:site/connections/:connection/:action': ['pause', 'resume', 'probe'].map((action) => ({
    path: `/api/sites/shop/connections/bing/${action}`,
  })),
  'GET /api/sites/:site/match-quality': [
    { path: '/api/sites/shop/match-quality' },
    { path: '/api/sites/shop/match-quality?connection=bing&since=2026-01-01' },
  ],
  'GET /api/sites/:site/match-quality/days': [
    { path: '/api/sites/shop/match-quality/days?event=Purchase' },
    { path: '/api/sites/shop/match-quality/days?connection=bing&since=2026-01-01' },
  ],
  'GET /api/sites/:site/consent': ['', '?since=2026-01-01&until=2026-01-02'].map((query) => ({
    path: `/api/sites/shop/consent${query}`,
  })),
  'GET /api/accuracy': [{ path: '/api/accuracy' }],
  'GET /api/sites/:site/accuracy': [
    { path: '/api/sites/shop/accuracy' },
    { path: '/api/sites/shop/accuracy?connection=bing&since=2026-01-01&until=2026-01-01' },
  ],
  'GET /api/sites/:site/accuracy/orders': ['', '?limit=1', '?until=2026-01-01'].map((query) => ({
    path: `/api/sites/shop/accuracy/orders${query}`,
  })),
  'POST /api/sites/:site/send-test': [{ path: '/api/sites/shop/send-test?live=1' }],
  'GET /api/sites/:site/events': [
    { path: '/api/sites/shop/events' },
    { path: '/api/sites/shop/events?limit=1' },
    { path: '/api/sites/shop/events?event=Purchase&limit=1' },
    { path: '/api/sites/shop/events?after=' },
  ],
  'GET /api/sites/:site/events/facets': ['', '?outcome=delivered&connection=bing'].map((query) => ({
    path: `/api/sites/shop/events/facets${query}`,
  })),
  'GET /api/sites/:site/events/neighbours': [
    { path: '/api/sites/shop/events/neighbours?offset=0000000000000002&event=Purchase' },
  ],
  'GET /api/sites/:site/events/shopper': [{ path: '/api/sites/shop/events/shopper?offset=0000000000000002' }],
  'POST /api/sites/:site/events/retry': [
    { path: '/api/sites/shop/events/retry', body: '{"dryRun":true}' },
    { path: '/api/sites/shop/events/retry?event=Lead', body: '{"dryRun":false}' },
  ],
  'GET /api/sites/:site/events.csv': [],
  'GET /api/sites/:site/imports': [{ path: '/api/sites/made/imports' }],
  'POST /api/sites/:site/imports': [{ path: '/api/sites/made/imports', body: JSON.stringify({ id: importId }) }],
  'POST /api/sites/:site/imports/:import/rows': [
    {
      path: `/api/sites/made/imports/${importId}/rows`,
      body: '{"after":0,"through":3,"events":[{"name":"Lead","consent":{"adStorage":"granted"}},{"name":""}],"isFinished":true}',
    },
  ],
  'GET /api/sites/:site/imports/:import': [{ path: `/api/sites/made/imports/${importId}` }],
  'POST /api/sites/:site/imports/dry-run': [
    { path: '/api/sites/made/imports/dry-run', body: '{"events":[{"name":"Lead"},{"name":""}]}' },
  ],
  'POST /api/sites/:site/views': [{ path: '/api/sites/shop/views', body: '{"name":"Failed","query":"outcome=dead"}' }],
  'GET /api/sites/:site/views': [{ path: '/api/sites/shop/views' }],
  'DELETE /api/sites/:site/views/:view': [],
  'GET /api/sites/:site/timelines': ['ord-1', 'ord-2', 'nothing'].map((id) => ({ path: `/api/sites/shop/timelines?id=${id}` })),
  'GET /api/sites/:site/seen': ['ord-1', 'nothing'].map((id) => ({ path: `/api/sites/shop/seen?id=${id}` })),
  'GET /api/sites/:site/rejections': [{ path: '/api/sites/shop/rejections' }, { path: '/api/sites/shop/rejections?limit=1' }],
  'GET /api/sites/:site/dead-letters': [{ path: '/api/sites/shop/dead-letters' }],
  'POST /api/sites/:site/erase': [
    { path: '/api/sites/shop/erase', body: '{"orderId":"ord-2","dryRun":true}' },
    { path: '/api/sites/shop/erase', body: '{"orderId":"ord-2"}' },
  ],
  'GET /api/sites/:site/erase': [{ path: '/api/sites/shop/erase' }],
  'POST /api/sites/:site/visitors/drop': [
    { path: '/api/sites/shop/visitors/drop', body: '{"largerThan":65536,"dryRun":true}' },
    { path: '/api/sites/shop/visitors/drop', body: '{"anonymousId":"nobody"}' },
  ],
  'POST /api/sites/:site/export': [{ path: '/api/sites/shop/export', body: '{"orderId":"ord-1"}' }],
  'GET /api/exports': [{ path: '/api/exports' }],
  'GET /api/sites/:site/exports': [{ path: '/api/sites/shop/exports' }],
  'GET /api/sites/:site/exports/:export': [],
  'DELETE /api/sites/:site/exports/:export': [],
  'GET /api/destinations': [{ path: '/api/destinations' }],
  'GET /api/sites': [{ path: '/api/sites' }],
  'POST /api/sites': ['made', 'gone'].map((id) => ({
    path: '/api/sites',
    body: JSON.stringify({ id, domains: ['made.example'], defaultCountry: 'us' }),
  })),
  'PUT /api/sites/:site/hooks/:hook': [
    {
      path: '/api/sites/made/hooks/crm',
      body: JSON.stringify({
        source: 'custom',
        signature: { scheme: 'header-token', header: 'X-Token' },
        events: [{ fields: { name: { const: 'Lead' }, 'user.email': '/email' } }],
        secret: 'a secret of the CRM',
      }),
    },
    { path: '/api/sites/made/hooks/forms', body: '{"source":"typeform"}' },
  ],
  'GET /api/sites/:site/hooks': ['shop', 'made'].map((site) => ({ path: `/api/sites/${site}/hooks` })),
  'POST /api/sites/:site/hooks/:hook/preview': [
    { path: '/api/sites/made/hooks/crm/preview', body: '{}' },
    { path: '/api/sites/made/hooks/crm/preview', body: '{"body":{"email":"jane@shop.example"}}' },
  ],
  'DELETE /api/sites/:site/hooks/:hook/secrets/:secret': [],
  'DELETE /api/sites/:site/hooks/:hook': [{ path: '/api/sites/made/hooks/forms' }],
  'PUT /api/sites/:site/rules': [
    {
      path: '/api/sites/made/rules',
      body: '{"rules":[{"id":"a","when":{"field":"name","is":"equals","value":"Purchase"},"then":{"skip":true}}]}',
    },
  ],
  'GET /api/sites/:site/rules': ['shop', 'made'].map((site) => ({ path: `/api/sites/${site}/rules` })),
  'GET /api/sites/:site/rules/counts': [{ path: `/api/sites/shop/rules/counts?since=0&until=${Date.now()}` }],
  'GET /api/sites/:site/rules/fields': [{ path: '/api/sites/shop/rules/fields' }],
  'POST /api/sites/:site/rules/preview': [
    { path: '/api/sites/shop/rules/preview', body: '{}' },
    {
      path: '/api/sites/shop/rules/preview',
      body: '{"connection":"bing","rules":[{"id":"a","when":{"field":"name","is":"present"},"then":{"skip":true}}]}',
    },
  ],
  'GET /api/sites/:site': ['shop', 'made'].map((site) => ({ path: `/api/sites/${site}` })),
  'PATCH /api/sites/:site': [
    {
      path: '/api/sites/made',
      body: '{"name":"Made","defaultCountry":null,"uet":{"mode":"load","tagId":"187012345"},"accuracy":{"alertUnder":0}}',
    },
  ],
  'DELETE /api/sites/:site': [{ path: '/api/sites/gone' }],
  'POST /api/sites/:site/keys': ['secret', 'write', 'segment-server', 'segment-browser'].map((kind) => ({
    path: '/api/sites/made/keys',
    body: JSON.stringify({ kind }),
  })),
  'DELETE /api/sites/:site/keys/:key': [],
  'POST /api/sites/:site/keys/:key/trust': [],
  'POST /api/sites/:site/webhook-secrets': [
    { path: '/api/sites/made/webhook-secrets', body: '{"secret":"what-the-shop-shows"}' },
  ],
  'DELETE /api/sites/:site/webhook-secrets/:secret': [],
  'POST /api/sites/:site/page-sessions': [{ path: '/api/sites/made/page-sessions' }],
  'GET /api/sites/:site/seen-events': [{ path: '/api/sites/made/seen-events' }],
  'PUT /api/sites/:site/connections/:connection': ['shop', 'made'].map((site) => ({
    path: `/api/sites/${site}/connections/second`,
    body: '{"destination":"microsoft","settings":{"tagId":"97012345","token":"good-token"}}',
  })),
  'DELETE /api/sites/:site/connections/:connection': [{ path: '/api/sites/shop/connections/second' }],
  'POST /api/sites/:site/simulator': [{ path: '/api/sites/made/simulator', body: '{"destination":"meta"}' }],
  'POST /api/sites/:site/try-connection': [
    {
      path: '/api/sites/made/try-connection',
      body: '{"connection":"second","destination":"microsoft","settings":{"tagId":"97012345"}}',
    },
    { path: '/api/sites/made/try-connection', body: '{"destination":"microsoft","settings":{"tagId":"no"}}' },
  ],
  // Only for the dashboard.
  'POST /api/sites/:site/account-links': [],
  'POST /api/account-links/finish': [],
  'GET /api/sites/:site/account-links/:link': [],
  'POST /api/sites/:site/account-sign-ins': [],
  'GET /api/sites/:site/account-links/:link/accounts': [],
  'POST /api/sites/:site/account-links/:link/tags': [],
  'POST /api/sites/:site/account-links/:link/tag': [],
  'POST /api/sites/:site/account-links/:link/account': [],
  'GET /api/account-platforms': [{ path: '/api/account-platforms' }],
  'PUT /api/account-platforms/:destination/app': [
    { path: '/api/account-platforms/microsoft/app', body: '{"clientId":"app","developerToken":"dev"}' },
  ],
  'DELETE /api/account-platforms/:destination/app': [{ path: '/api/account-platforms/microsoft/app' }],
  'GET /api/sites/:site/connections/:connection/account': [{ path: '/api/sites/shop/connections/bing/account' }],
  // Tested with the simulator.
  'DELETE /api/sites/:site/connections/:connection/account': [],
  'GET /api/sites/:site/connections/:connection/goals': [],
  'POST /api/sites/:site/connections/:connection/goals/check': [],
  'POST /api/sites/:site/connections/:connection/goals': [],
  'GET /api/sites/:site/connections/:connection/late-purchases': [],
  'PUT /api/sites/:site/connections/:connection/late-purchases': [],
  'GET /api/sites/:site/paid-clicks': [{ path: '/api/sites/shop/paid-clicks' }],
  'POST /api/sites/:site/connections/:connection/paid-clicks/check': [],
  'GET /api/sites/:site/checklist': ['shop', 'made'].map((site) => ({ path: `/api/sites/${site}/checklist` })),
  'POST /api/sites/:site/doctor': [{ path: '/api/sites/shop/doctor', body: '{}' }],
  'POST /api/secrets/rotate': [{ path: '/api/secrets/rotate' }],
  'GET /api/totals': [{ path: '/api/totals?since=0&until=9999999999999' }],
  'GET /api/order-days': [{ path: '/api/order-days' }, { path: '/api/order-days?days=2' }],
  'GET /api/sites/:site/money': [
    { path: '/api/sites/shop/money' },
    { path: '/api/sites/shop/money?since=1&until=9000000&by=hour&connection=bing' },
  ],
  'GET /api/sites/:site/series': [
    { path: '/api/sites/shop/series?range=1h' },
    { path: '/api/sites/shop/series?range=30d&connection=bing' },
    { path: '/api/sites/shop/series?since=1&until=9000000&by=hour' },
  ],
  'POST /api/sites/:site/connections/:connection/replay': ['{"eventId":"ord-1"}', '{"since":0,"until":9999999999999}'].map(
    (body) => ({ path: '/api/sites/shop/connections/bing/replay', body }),
  ),
  'DELETE /api/sites/:site/connections/:connection/replay': [{ path: '/api/sites/shop/connections/bing/replay' }],
  'GET /api/sites/:site/stream': [{ path: '/api/sites/shop/stream' }, { path: '/api/sites/shop/stream?after=0000000000000001' }],
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': ['{"all":true}', '{"offsets":["0000000000000001"]}'].map(
    (body) => ({ path: '/api/sites/shop/connections/bing/dead-letters/retry', body }),
  ),
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': [
    { path: '/api/sites/shop/connections/bing/dead-letters/drop', body: '{"all":true}' },
  ],
  'GET /api/present': [{ path: '/api/present' }],
  'GET /api/issues': ['', '?state=resolved', '?state=open&site=shop'].map((query) => ({ path: `/api/issues${query}` })),
  // The ids of issues are random. `route-rights.gateway.test.ts` calls these.
  'GET /api/issues/:issue': [],
  'POST /api/issues/:issue/acknowledge': [],
  'POST /api/issues/:issue/snooze': [],
  'POST /api/issues/:issue/assign': [],
  'POST /api/issues/:issue/open': [],
  'GET /api/alerts': [{ path: '/api/alerts' }],
  'GET /api/alerts/channel-types': [{ path: '/api/alerts/channel-types' }],
  'PUT /api/alerts/settings': [
    {
      path: '/api/alerts/settings',
      body: JSON.stringify({
        settings: {
          channels: [{ id: 'ops', type: 'slack', url: 'http://127.0.0.1:1/hook' }],
          rules: [{ on: 'paused', threshold: 5, sites: ['shop'], for: ['ops'] }],
          quietHours: { from: '22:00', to: '07:00' },
          digest: 'weekly',
        },
      }),
    },
  ],
  'POST /api/alerts/channels/:channel/test': [{ path: '/api/alerts/channels/ops/test' }],
  'PUT /api/sites/:site/connections/:connection/mute': [
    { path: '/api/sites/shop/connections/bing/mute', body: '{"hours":1}' },
    { path: '/api/sites/shop/connections/bing/mute', body: '{}' },
  ],
  'DELETE /api/sites/:site/connections/:connection/mute': [{ path: '/api/sites/shop/connections/bing/mute' }],
  'GET /api/accounts': [{ path: '/api/accounts' }],
  'POST /api/accounts': ['owner', 'viewer'].map((role) => ({
    path: '/api/accounts',
    body: JSON.stringify({ name: `the-${role}`, role, password: 'four words nobody guesses' }),
  })),
  'PATCH /api/accounts/:name': [{ path: '/api/accounts/The-Viewer', body: '{"role":"owner"}' }],
  'DELETE /api/accounts/:name': [{ path: '/api/accounts/the-viewer' }],
  'GET /api/invitations': [{ path: '/api/invitations' }],
  'POST /api/invitations': [
    { path: '/api/invitations', body: '{"role":"per-site","sites":[{"site":"shop","role":"editor"}],"label":"Vera"}' },
  ],
  'DELETE /api/invitations/:invitation': [],
  'GET /api/activity': ['', '?site=shop&kind=connection-muted&limit=1', '?since=0&until=9999999999999&actor=cli'].map(
    (query) => ({
      path: `/api/activity${query}`,
    }),
  ),
  'GET /api/activity/export': [{ path: '/api/activity/export?site=shop' }],
  'GET /api/activity/verify': [{ path: '/api/activity/verify' }],
  'GET /api/openapi.json': [{ path: '/api/openapi.json' }],
  'GET /api': [{ path: '/api' }],
};

/** Returns the first chunk, and closes the connection. */
async function readFirstChunk(incoming: IncomingMessage): Promise<string> {
  const [chunk]: Buffer[] = await once(incoming, 'data');
  incoming.destroy();
  return String(chunk);
}

describe('the admin API of a running gateway', () => {
  let folder: Folder;
  let sink: Awaited<ReturnType<typeof startSink>>;
  let gateway: PacedGateway;

  beforeAll(async () => {
    folder = makeFolder();
    sink = await startSink();
    gateway = await startLocalGateway(folder.writeConfig(sink.url));
    const goal = { commerce: { value: 'much', items: [{ id: 'sku1', price: 2, quantity: 1 }], pageType: 'purchase' } };
    await post(gateway.url, [
      purchase('ord-1'),
      purchase('ord-2', { user: { email: 'jane@shop.example' } }),
      { name: 'Lead', id: 'lead-1', ...goal },
      { name: 'Lead', id: 'lead-2', consent: { adStorage: 'denied' } },
      { name: '' },
      { name: 'Lead', id: 'old', time: '2020-01-01T00:00:00Z' },
    ]);
    expect(await eventually(() => sink.events().length >= 2)).toBe(true);
  });
  afterAll(async () => {
    await gateway.stop();
    await sink.close();
    folder.remove();
  });

  const ask = async (method: string, path: string, body?: string) => {
    const outgoing = request({ socketPath: join(folder.dataDir, 'admin.sock'), path, method });
    outgoing.end(body);
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    if (!incoming) throw new Error('no response');
    const type = incoming.headers['content-type'];
    const isEndless = type?.startsWith('text/event-stream') ?? false;
    return { status: incoming.statusCode, type, body: isEndless ? await readFirstChunk(incoming) : await text(incoming) };
  };

  it.each(routeKeys)('%s returns exactly the members of its schema', async (address) => {
    const route: Route = routes[address];
    const [method] = splitRouteKey(address);
    for (const { path, body } of requests[address]) {
      const answer = await ask(method, path, body);
      expect(answer.status, `${path}: ${answer.body}`).toBe(200);
      expect(answer.type).toMatch(route.mediaType ?? 'application/json');
      const received: unknown = route.mediaType === undefined ? JSON.parse(answer.body) : answer.body;
      expect(route.response.parse(received), path).toEqual(received);
    }
  });

  it('returns rows of all kinds, so that the schemas are tested', async () => {
    const rows = (await ask('GET', '/api/sites/shop/events')).body;
    for (const part of ['"gone":true', '"outcome":"delivered"', '"warnings":[{', '"stated":"denied"'])
      expect(rows).toContain(part);
    const { body: rejections } = await ask('GET', '/api/sites/shop/rejections');
    expect(rejections).toContain('"reporter":"server"');
    expect(rejections).toContain('"code":"too-old","message":"Must be at most 7 days old');
    expect((await ask('GET', '/api/sites/shop/timelines?id=ord-1')).body).toContain('"result":"delivered"');
  });

  it('creates a secret key that is valid immediately, and returns it only once', async () => {
    const { id, key } = JSON.parse((await ask('POST', '/api/sites/made/keys', '{"kind":"secret"}')).body);
    const send = () =>
      fetch(`${gateway.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ events: [{ name: 'Lead' }] }),
      });
    expect((await send()).status).toBe(202);
    expect((await ask('GET', '/api/sites')).body).not.toContain(key);
    expect((await ask('DELETE', `/api/sites/made/keys/${id}`)).body).toBe('{"ok":true}');
    expect((await send()).status).toBe(401);
  });

  it('keeps an export file until it is deleted', async () => {
    const { id } = JSON.parse((await ask('POST', '/api/sites/shop/export', '{"eventId":"ord-1"}')).body);
    const path = `/api/sites/shop/exports/${id}`;
    const file = await ask('GET', path);
    expect([file.status, file.type]).toEqual([200, expect.stringMatching('application/json')]);
    const exported: unknown = JSON.parse(file.body);
    expect(routes['GET /api/sites/:site/exports/:export'].response.parse(exported)).toEqual(exported);
    expect(exported).toMatchObject({ namedBy: ['eventId'], events: [{ id: 'ord-1' }], received: [{ connection: 'bing' }] });
    expect((await ask('GET', `/api/sites/made/exports/${id}`)).status).toBe(404);
    expect((await ask('DELETE', path)).body).toBe('{"ok":true}');
    expect((await ask('GET', path)).body).toContain('no-such-export');
    expect((await ask('DELETE', path)).status).toBe(404);
  });

  it('accounts for every event of the site', async () => {
    const answer: { site: string }[] = JSON.parse((await ask('GET', '/api/totals?since=0&until=9999999999999')).body);
    // The fifth is the test event.
    const connections = [{ connection: 'bing', earlier: 0, lost: 0 }];
    expect(answer.find(({ site }) => site === 'shop')).toMatchObject({ received: 5, copies: 0, refused: 2, connections });
  });

  it('streams an event when it arrives and when it is delivered, and ends when the client disconnects', async () => {
    const outgoing = request({ socketPath: join(folder.dataDir, 'admin.sock'), path: '/api/sites/shop/stream' });
    outgoing.end();
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    let streamed = '';
    incoming?.on('data', (chunk) => {
      streamed += chunk;
    });
    expect(await eventually(() => streamed.startsWith('retry: '))).toBe(true);
    await post(gateway.url, [purchase('streamed')]);
    expect(await eventually(() => /"id":"streamed".*"outcome":"delivered"/.test(streamed))).toBe(true);
    expect(streamed).toMatch(/^event: row\nid: \d{16}\ndata: \{.*"id":"streamed"/m);
    incoming?.destroy();
    for (let opened = 0; opened < 40; opened += 1) expect((await ask('GET', '/api/sites/shop/stream')).status).toBe(200);
  });

  it('paginates all events and rejections', async () => {
    for (const list of ['events', 'rejections']) {
      const whole = JSON.parse((await ask('GET', `/api/sites/shop/${list}`)).body)[list];
      const found: unknown[] = [];
      let cursor = '';
      do {
        const page = JSON.parse((await ask('GET', `/api/sites/shop/${list}?limit=1${cursor}`)).body);
        expect(page[list], list).toHaveLength(1);
        found.unshift(...page[list]);
        cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
      } while (cursor !== '');
      expect(found.length, list).toBeGreaterThan(1);
      expect(found, list).toEqual(whole);
    }
  });
});
