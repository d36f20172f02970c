import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConnectionInput, createFacts, createSiteFacts } from '../../issues/facts/facts.fixture.ts';
import type { LogHealth } from '../../storage/log/event-log.ts';
import { createSettingsDeps, createTestIssues, noExports, openApi, shop } from '../api.fixture.ts';
import { listRoutes, splitRouteKey } from '../http/route.ts';
import type { Access, SiteRole } from '../http/site-roles.ts';
import { routes } from '../routes.ts';

/** Calls every route of the table with each role, on the account's own site and on another one. */

const rival = { ...shop, id: 'rival', name: 'Rival', domains: ['rival.example'], writeKey: 'wk_rival' };
let api: Awaited<ReturnType<typeof openApi>>;
let app: ReturnType<Awaited<ReturnType<typeof openApi>>['app']>;
beforeAll(async () => {
  api = await openApi();
  const settings = createSettingsDeps(api, [{ ...shop, domains: ['127.0.0.1'] }, rival]);
  const exported = new Map([shop, rival].map(({ id }) => [id, 1]));
  const exports = { ...noExports, askedByShops: async () => exported };
  const getCollectorUrl = () => ({ url: 'https://data.shop.example', isGuess: false });
  const fetching = { userAgent: 'convey/test', allowPrivate: true };
  app = api.app({ sites: () => [shop, rival], settings: { ...settings, getCollectorUrl, fetching }, exports, onFault: () => {} });
});
afterAll(() => api.dispose());

const ownerRoutes = new Set([
  'DELETE /api/sites/:site',
  'POST /api/sites/:site/keys/:key/trust',
  'POST /api/sites/:site/simulator',
  'POST /api/sites/:site/erase',
  'GET /api/sites/:site/erase',
  'POST /api/sites/:site/simulator',
  'POST /api/sites/:site/export',
  'POST /api/sites/:site/visitors/drop',
  'GET /api/sites/:site/exports',
  'GET /api/sites/:site/exports/:export',
  'DELETE /api/sites/:site/exports/:export',
  'POST /api/sites/:site/account-sign-ins',
  'GET /api/sites/:site/account-links/:link/accounts',
  'POST /api/sites/:site/account-links/:link/tags',
  'POST /api/sites/:site/account-links/:link/tag',
  'POST /api/sites/:site/account-links/:link/account',
  'DELETE /api/sites/:site/connections/:connection/account',
  'POST /api/sites/:site/connections/:connection/goals',
  'PUT /api/sites/:site/connections/:connection/late-purchases',
]);
const gatewayRoutes = new Set([
  'POST /api/sites',
  'POST /api/secrets/rotate',
  'POST /api/backup',
  'GET /api/accounts',
  'POST /api/accounts',
  'PATCH /api/accounts/:name',
  'DELETE /api/accounts/:name',
  'PUT /api/alerts/settings',
  'POST /api/alerts/channels/:channel/test',
  'GET /api/activity/verify',
  'PUT /api/account-platforms/:destination/app',
  'DELETE /api/account-platforms/:destination/app',
]);
const siteOwnerRoutes = new Set([
  'GET /api/invitations',
  'POST /api/invitations',
  'DELETE /api/invitations/:invitation',
  'GET /api/activity',
  'GET /api/activity/export',
]);

/** Returns the right that a route must require: by default, a change of a site requires an editor. */
function expectRight(key: string): SiteRole | 'account' | 'site-owner' | 'gateway-owner' {
  if (siteOwnerRoutes.has(key)) return 'site-owner';
  if (gatewayRoutes.has(key)) return 'gateway-owner';
  if (ownerRoutes.has(key)) return 'owner';
  if (!key.includes('/api/sites/:site')) return 'account';
  return key.startsWith('GET') && key !== 'GET /api/sites/:site/account-links/:link' ? 'viewer' : 'editor';
}

const query: Readonly<Record<string, string>> = { 'GET /api/totals': '?since=0&until=1' };

/** Calls a route without a body, so that a permitted change fails at its validation. */
async function call(key: string, site: string, access: Access | undefined) {
  const [method, path] = splitRouteKey(key);
  const filled = path.replace(':site', site).replace(':action', 'pause').replace(/:\w+/g, 'missing');
  const signedIn = access && { account: 'vera', session: 'hash', origin: 'http://127.0.0.1', access };
  const response = await app.request(`${filled}${query[key] ?? ''}`, { method }, signedIn);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  return { status: response.status, text, code: /"code":"([\w-]+)"/.exec(text)?.[1] };
}

const onAll = (role: SiteRole): Access => ({ role, sites: [] });
const onShop = (role: SiteRole): Access => ({ role: 'per-site', sites: [{ site: 'shop', role }] });
const refusals: readonly (string | undefined)[] = ['no-such-site', 'owner-only', 'editor-only'];

const keys = listRoutes(routes).map(([key]) => key);

it.each(keys)('%s requires its right and reveals nothing of another site', async (key) => {
  const right = expectRight(key);
  expect(routes[key].right).toBe(right);
  const permitted = {
    viewer: ['viewer', 'editor', 'owner'],
    editor: ['editor', 'owner'],
    owner: ['owner'],
    'site-owner': ['owner'],
  };
  for (const role of ['viewer', 'editor', 'owner'] as const) {
    const mayOnAll = right === 'account' || (right === 'gateway-owner' ? role === 'owner' : permitted[right].includes(role));
    const mayOnShop = right === 'account' || (right !== 'gateway-owner' && permitted[right].includes(role));
    for (const [access, may] of [
      [onAll(role), mayOnAll],
      [onShop(role), mayOnShop],
    ] as const)
      expect([access, refusals.includes((await call(key, 'shop', access)).code)]).toEqual([access, !may]);
  }
  expect(refusals).not.toContain((await call(key, 'shop', undefined)).code);

  const other = await call(key, 'rival', onShop('owner'));
  expect(other.text.toLowerCase()).not.toMatch(/\brival/);
  if (!key.includes(':site')) return;
  expect([other.status, other.code]).toEqual([404, 'no-such-site']);
  expect(other).toEqual(await call(key, 'nowhere', onShop('owner')));
});

it('the consent doctor names the other site of a snippet only to an account that sees it', async () => {
  const html = `<script src="https://data.shop.example/p.js?k=${rival.writeKey}"></script>`;
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const page = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  const diagnose = async (access: Access) => {
    const init = { method: 'POST', body: JSON.stringify({ page }) };
    return (await app.request('/api/sites/shop/doctor', init, { account: 'vera', session: 'hash', access })).text();
  };
  expect(await diagnose(onAll('editor'))).toContain('the write key of the site rival');
  expect(await diagnose(onShop('editor'))).toContain('an unknown write key');
  server.close();
});

it('the lists contain the own site, and both sites for an account on all sites', async () => {
  for (const key of ['GET /api/sites', 'GET /api/status', 'GET /api/connections', 'GET /api/totals', 'GET /api/accuracy']) {
    expect([key, (await call(key, '', onShop('viewer'))).text.includes('"shop"')]).toEqual([key, true]);
    expect([key, (await call(key, '', onAll('viewer'))).text.includes('"rival"')]).toEqual([key, true]);
  }
  expect((await call('GET /api/exports', '', onShop('owner'))).text).toBe('[{"site":"shop","files":1}]');
  expect((await call('GET /api/exports', '', onShop('editor'))).text).toBe('[]');
  expect((await call('GET /api/exports', '', onAll('owner'))).text).toContain('rival');
});

it('an account sees the alerts of its sites, and with a role on all sites those of the gateway, and the channels', async () => {
  const texts = { kind: 'began', isUrgent: false, sentence: '', figures: [], path: '/' };
  for (const site of ['shop', 'rival', undefined]) {
    const key = `paused/${site}`;
    const content = { ...texts, on: 'paused', title: `Alert of ${site}`, ...(site !== undefined && { site }) };
    await api.store.beginAlert({ key, id: key, beganAt: 1, content, channels: [] }, []);
  }
  const own = await call('GET /api/alerts', '', onShop('owner'));
  expect(JSON.parse(own.text)).toMatchObject({ open: [{ title: 'Alert of shop' }], messages: [] });
  expect(JSON.parse(own.text)).not.toHaveProperty('settings');
  const all = JSON.parse((await call('GET /api/alerts', '', onAll('viewer'))).text);
  expect([all.open.length, all.settings.channels]).toEqual([3, []]);
});

it('an account sees the issues of its sites, and those of the gateway without details, and an editor decides about them', async () => {
  const vera = { name: 'vera', role: 'owner', sites: [], password: 'stretched', createdAt: 1 } as const;
  for (const name of ['ada', 'vera']) await api.store.addAccount({ ...vera, name });
  const paused = createConnectionInput({ pause: { cause: 'blocked', since: 0 } });
  const sites = ['shop', 'rival'].map((site) => createSiteFacts([paused], { site, name: site }));
  const facts = createFacts(sites, { freeBytes: 1, node: { id: 'n1', host: 'secret-host' } });
  const withIssues = api.app({ issues: createTestIssues(api.store, facts) });
  const ask = async (method: string, path: string, access: Access | undefined, body = {}) => {
    const init = { method, ...(method === 'POST' && { body: JSON.stringify(body) }) };
    const response = await withIssues.request(path, init, access && { account: 'vera', session: 'hash', access });
    return { status: response.status, json: await response.json() };
  };
  const own = await ask('GET', '/api/issues', onShop('viewer'));
  expect(own.json).toMatchObject([{ site: 'shop' }, { title: 'The disk of the gateway is nearly full', figures: [] }]);
  expect(JSON.stringify(own.json)).not.toMatch(/secret-host|rival/);
  const all = await ask('GET', '/api/issues', undefined);
  expect(JSON.stringify(all.json)).toMatch(/secret-host.*rival|rival.*secret-host/);
  const ids = new Map<unknown, string>(all.json.map(({ id, site }: { id: string; site?: string }) => [site, id]));
  const acknowledge = (site: string | undefined, access: Access) =>
    ask('POST', `/api/issues/${ids.get(site)}/acknowledge`, access).then(
      ({ status, json }) => json.state ?? [status, json.error.code],
    );
  expect(await acknowledge('shop', onShop('viewer'))).toEqual([403, 'editor-only']);
  expect(await acknowledge('rival', onShop('owner'))).toEqual([404, 'no-such-issue']);
  expect(await acknowledge(undefined, onShop('owner'))).toEqual([403, 'editor-only']);
  expect(await acknowledge('shop', onShop('editor'))).toBe('acknowledged');
  expect(await acknowledge(undefined, onAll('editor'))).toBe('acknowledged');
  expect((await ask('GET', `/api/issues/${ids.get(undefined)}`, onShop('owner'))).json.history).toMatchObject([
    ...[{ change: 'began' }],
  ]);
  const path = `/api/issues/${ids.get('shop')}`;
  expect(await ask('POST', `${path}/snooze`, undefined, { minutes: 43_201 })).toMatchObject({ status: 400 });
  expect((await ask('POST', `${path}/assign`, undefined, { account: 'nobody' })).json.error.code).toBe('no-such-account');
  expect((await ask('POST', `${path}/assign`, onShop('viewer'), { account: 'nobody' })).json.error.code).toBe('editor-only');
  expect((await ask('POST', `${path}/open`, undefined)).json.state).toBe('open');
  expect((await ask('GET', path, onShop('viewer'))).json.history).toMatchObject([
    ...[{ change: 'began' }, { change: 'acknowledged', by: 'vera' }, { change: 'opened' }],
  ]);
  expect((await ask('POST', `${path}/assign`, undefined, { account: 'vera' })).json.assignee).toBe('vera');
  await api.store.removeAccount('vera');
  await api.store.addAccount({ ...vera, createdAt: Number.MAX_SAFE_INTEGER });
  const removed = 'an account that was removed';
  expect((await ask('GET', path, onShop('viewer'))).json).toMatchObject({
    assignee: removed,
    history: [{}, { by: removed }, {}, { to: removed }],
  });
  expect((await ask('GET', '/api/issues', undefined)).json).toContainEqual(expect.objectContaining({ assignee: removed }));
  await api.store.removeAccount('vera');
});

it('the size and the problems of the disk are shown in detail only to an account on all sites', async () => {
  const full = {
    writable: false,
    problem: 'The disk has 1 MiB left.',
    browserProblem: 'The disk has 1 MiB left.',
    records: 7,
    bytes: 9,
  };
  const healthy = { writable: true, records: 7, bytes: 9 };
  const read = async (health: LogHealth, access: Access) => {
    const withHealth = api.app({ log: { ...api.log, health: async () => health } });
    return JSON.parse(await (await withHealth.request('/api/status', {}, { account: 'vera', access })).text()).log;
  };
  const problem = 'The gateway cannot store them. Inform an owner of all sites.';
  expect(await read(full, onShop('owner'))).toEqual({ writable: false, problem, browserProblem: problem });
  expect(await read(healthy, onShop('owner'))).toEqual({ writable: true });
  for (const health of [full, healthy]) expect(await read(health, onAll('viewer'))).toEqual(health);
});

it('an owner of single sites sees the activity of these sites alone, and no names', async () => {
  const account = { name: 'ada@shop.example', role: 'owner', sites: [], password: 'stretched', createdAt: 1 } as const;
  await api.store.addAccount(account);
  const { id = '' } = (await api.store.listAccountIds()).find(({ name }) => name === account.name) ?? {};
  for (const site of ['shop', 'rival'])
    await api.store.appendActivity({ kind: 'connection-paused', at: 1, actor: id, site, connection: 'bing' });
  await api.store.appendActivity({ kind: 'account-password-changed', at: 2, actor: 'cli', account: id });
  const list = async (access: Access | undefined, query = '') => {
    const response = await app.request(`/api/activity${query}`, {}, access && { account: 'vera', access });
    return JSON.parse(await response.text()).rows;
  };
  const own = await list(onShop('owner'), '?kind=connection-paused');
  expect(own).toMatchObject([{ site: 'shop', actor: id, text: 'Paused the connection', subject: 'Connections' }]);
  expect(JSON.stringify(own)).not.toContain('ada@');
  expect(await list(onShop('owner'), '?site=rival')).toEqual([]);
  for (const access of [onAll('owner'), undefined]) {
    expect(await list(access, '?kind=connection-paused')).toMatchObject([
      { site: 'rival' },
      { site: 'shop', actorName: account.name },
    ]);
    expect(await list(access, '?actor=cli&limit=1')).toMatchObject([
      { text: `Changed the password of the account ${account.name}` },
    ]);
  }
  const lines = async (access: Access) => {
    const response = await app.request('/api/activity/export?kind=connection-paused', {}, { account: 'vera', access });
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    return (await response.text()).split('\n').filter((line) => line !== '');
  };
  expect((await lines(onShop('owner'))).map((line) => JSON.parse(line))).toMatchObject([
    { seq: own[0].seq, entry: { site: 'shop' } },
  ]);
  expect((await lines(onAll('owner'))).join()).not.toContain('ada@');
  const verified = await app.request('/api/activity/verify');
  expect(await verified.json()).toMatchObject({ ok: true, gaps: [] });
});
