import { globSync, readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { createActivityRecorder } from '../../activity/activity-recorder.ts';
import { createLogger } from '../../logger.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { createHostGuard } from './host-guard.ts';
import { createPasswordHasher } from './password-hash.ts';
import { createSessions } from './sessions.ts';
import type { DashboardEnv } from './sign-in.ts';
import { createSignInLinks, linkLifeMs, linkPath, mountSignInLink, type SignInLinks } from './sign-in-link.ts';

const host = '127.0.0.1:8081';
let emptied: EmptiedStore;
let now = 1_795_514_400_000;
let peer: string | undefined;
let links: SignInLinks;
let app: Hono<DashboardEnv>;

beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());

beforeEach(async () => {
  emptied.empty(() => now);
  peer = '127.0.0.1';
  const { store } = emptied;
  links = await createSignInLinks(store, 'demo', () => now);
  app = new Hono<DashboardEnv>();
  const findTrustedHost = createHostGuard({ host: '127.0.0.1', publicUrl: 'https://convey.shop.example' });
  app.use(async (c, next) => {
    const trusted = findTrustedHost(c.req.header('host'));
    if (trusted) c.set('host', trusted);
    await next();
  });
  const passwords = createPasswordHasher({ logN: 8, r: 8, p: 1 });
  const accounts = { store, passwords, now: () => now, logger: createLogger('silent', { write() {} }) };
  const sessions = createSessions(store, () => now);
  const recorder = createActivityRecorder({ activity: store, ...accounts });
  const signIn = {
    ...accounts,
    recorder,
    sessions,
    attempt: () => expect.fail('no password'),
    getNetwork: () => '',
    getPeer: () => peer,
  };
  mountSignInLink(app, signIn, links);
});

const open = (token: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  app.request(`http://${host}${linkPath}${token}`, { method, headers: { host, ...headers } });

describe('a sign-in link', () => {
  it('opens a session of the owner once, and then only leads a signed-in browser to the dashboard', async () => {
    const token = links.issue();
    const first = await open(token);
    expect([first.status, first.headers.get('location')]).toEqual([303, '/']);
    const [cookie = ''] = first.headers.getSetCookie();
    expect(cookie).toMatch(/^convey=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    const session = await createSessions(emptied.store, () => now).find(/=([\w-]+)/.exec(cookie)?.[1] ?? '');
    expect(session).toMatchObject({ account: 'demo', role: 'owner' });
    const second = await open(token);
    expect([second.status, await second.text()]).toEqual([410, expect.stringContaining('Press Enter')]);
    expect(second.headers.getSetCookie()).toEqual([]);
    expect((await open(token, { cookie: cookie.split(';', 1)[0] ?? '' })).headers.get('location')).toBe('/');
  });

  it('is refused when it is too old, replaced or invented', async () => {
    const replaced = links.issue();
    const expired = links.issue();
    for (const token of [replaced, 'x', `${expired}x`]) expect((await open(token)).status).toBe(410);
    now += linkLifeMs;
    expect((await open(expired)).status).toBe(410);
    now -= linkLifeMs;
    expect((await open(expired)).status).toBe(410);
  });

  it.each([
    ['a peer of the network', () => (peer = '198.51.100.7'), {}],
    ['an unknown peer', () => (peer = undefined), {}],
    ['a public host name', () => {}, { host: 'convey.shop.example' }],
    ['a prefetch', () => {}, { 'sec-purpose': 'prefetch;prerender' }],
  ])('is not found and not used up by %s', async (_, arrange, headers) => {
    const token = links.issue();
    arrange();
    expect((await open(token, headers)).status).toBe(404);
    expect((await open(token, {}, 'HEAD')).status).toBe(404);
    peer = '::ffff:127.0.0.1';
    expect((await open(token)).status).toBe(303);
  });

  it('needs a store without accounts', async () => {
    await expect(createSignInLinks(emptied.store, 'another', () => now)).rejects.toThrow('must be the first');
  });
});

test('only the demo starts a gateway with sign-in links', () => {
  const callers = globSync('src/**/*.ts', { exclude: ['**/*.test.ts'] }).filter((path) =>
    /demoAccount/.test(readFileSync(path, 'utf8').replaceAll(/options\.demoAccount/g, '')),
  );
  expect(callers.toSorted()).toEqual([
    'src/cli/demo/start-demo.ts',
    'src/gateway/gateway-context.ts', // the option
    'src/gateway/start-dashboard.ts',
    'src/gateway/start-gateway.ts', // its comment
  ]);
});
