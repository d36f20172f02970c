import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newKeyText, readKey } from '../../config/master-key.ts';
import { destinations } from '../../destinations/destinations.ts';
import { minuteMs } from '../../event/units.ts';
import { account, createAccountWorld, tagId } from '../../platform-accounts/account-world.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../simulators/microsoft/simulator.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { AccountLinks } from '../account-links/account-links.ts';
import { createAccountLinkHandlers } from '../account-links/handlers.ts';
import { createSettingsDeps, openApi, shop } from '../api.fixture.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { ApiCaller } from '../http/handler.ts';
import { createPlatformAccountHandlers } from './handlers.ts';
import { signInInput } from './parameters.ts';
import { platformAccountRoutes } from './routes.ts';

/** Connects an account at the simulator, as the dashboard does. */

const start = 1_795_514_400_000;
const ada: ApiCaller = { account: 'ada', session: 's-ada', origin: 'https://convey.example' };
const key = readKey(newKeyText());
const keys = {
  present: () => {
    if (!key) throw new Error('a new key can be read');
    return key;
  },
  find: () => key,
};

let api: Awaited<ReturnType<typeof openApi>>;
let emptied: EmptiedStore;
let simulator: MicrosoftSimulator;
let now: number;
let isLimited: boolean;
beforeAll(async () => {
  api = await openApi();
  emptied = await EmptiedStore.open();
  simulator = await startMicrosoftSimulator({ port: 0, clients: { app: 'app-secret' }, now: () => now });
});
afterAll(async () => {
  emptied.close();
  api.dispose();
  await simulator.close();
});
beforeEach(() => {
  [now, isLimited] = [start, false];
  emptied.empty();
});

function open() {
  const { store } = emptied;
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `g-${ids}`;
  };
  const world = createAccountWorld({ store, endpoint: simulator.url, now: () => now, newId });
  const connections = [{ id: 'bing', destination: 'microsoft', enabled: true, settings: {} }];
  const settings = createSettingsDeps({ log: api.log, store }, [
    { ...shop, connections },
    { ...shop, id: 'rival', connections },
  ]);
  const deps = {
    ...settings,
    ...{ destinations, accounts: world.accounts, apps: world.apps, goalChecks: world.goalChecks, grants: store },
    accountLinks: new AccountLinks({ store, keys, now: () => now }),
    admitTrial: () => (isLimited ? 6 : undefined),
  };
  return { ...world, handlers: { ...createAccountLinkHandlers(deps), ...createPlatformAccountHandlers(deps) } };
}
type World = ReturnType<typeof open>;

const draft = { destination: 'microsoft', settings: {} };
const begin = ({ handlers }: World, body: object = {}, caller = ada, site = 'shop') =>
  handlers['POST /api/sites/:site/account-sign-ins']({ site }, { ...draft, ...body }, caller);
const getCode = (result: unknown) => (result instanceof ApiErrorResult ? result.code : 'ok');

/** Begins an attempt, and accepts on the page of the platform. */
async function consent(world: World, body: object = {}) {
  const begun = await begin(world, body);
  if (begun instanceof ApiErrorResult) throw new Error(begun.code);
  const page = await (await fetch(begun.url)).text();
  const href = /href="([^"]+)">Continue as owner@/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const { searchParams } = new URL(href);
  return { link: begun.link, state: searchParams.get('state') ?? '', code: searchParams.get('code') ?? '' };
}
const finish = ({ handlers }: World, { state, code }: { state: string; code: string }, caller = ada) =>
  handlers['POST /api/account-links/finish']({}, { state, code }, caller);
const choose = ({ handlers }: World, link: string, caller = ada, site = 'shop') =>
  handlers['POST /api/sites/:site/account-links/:link/tag']({ site, link }, { ...account, tagId }, caller);
const listAccounts = ({ handlers }: World, link: string, caller = ada, site = 'shop') =>
  handlers['GET /api/sites/:site/account-links/:link/accounts']({ site, link }, {}, caller);

test('each change of a connected account is for owners, and reading one for every account of the site', () => {
  const rights = Object.entries(platformAccountRoutes).map(([route, { right }]) => [route, right]);
  const changes = rights.filter(([route = '']) => !route.startsWith('GET ') && !route.endsWith('/check'));
  expect(new Set(changes.map(([, right]) => right))).toEqual(new Set(['owner', 'gateway-owner']));
  expect(rights.filter(([route = '']) => route.includes('/account-links/')).every(([, right]) => right === 'owner')).toBe(true);
});

test('an owner signs in, chooses a tag, and saves the connection with the account', async () => {
  const world = open();
  const { link, ...answer } = await consent(world, { connection: 'bing' });
  expect(await finish(world, answer)).toEqual({ link, site: 'shop', destination: 'microsoft', connection: 'bing' });
  expect(await listAccounts(world, link)).toContainEqual(expect.objectContaining(account));
  const view = await choose(world, link);
  expect(view).toMatchObject({ state: 'connected', settings: { tagId }, secrets: ['token'] });
  const used = world.handlers['POST /api/sites/:site/account-links/:link/account'];
  expect(await used({ site: 'shop', link }, account, ada)).toMatchObject({ connection: 'bing' });
  expect(await world.store.findGrantOf('shop', 'bing')).toMatchObject({ account, userName: 'o…@shop.example' });
  expect(getCode(await used({ site: 'shop', link }, account, ada))).toBe('no-such-link');
  const disconnect = world.handlers['DELETE /api/sites/:site/connections/:connection/account'];
  const bing = { site: 'shop', connection: 'bing' };
  expect(getCode(await disconnect({ ...bing, site: 'none' }, {}, ada))).toBe('no-such-site');
  expect([getCode(await disconnect(bing, {}, ada)), getCode(await disconnect(bing, {}, ada))]).toEqual(['ok', 'not-connected']);
});

test('a state counts in the session that began, once, and not for a person who is an owner no longer', async () => {
  const world = open();
  const { link, ...answer } = await consent(world);
  const eve = { ...ada, account: 'eve', session: 's-eve' };
  expect(getCode(await finish(world, answer, eve))).toBe('no-such-link');
  expect(getCode(await finish(world, answer))).toBe('ok');
  expect(getCode(await finish(world, answer))).toBe('no-such-link');
  for (const read of [listAccounts, choose]) {
    expect(getCode(await read(world, link, eve))).toBe('no-such-link');
    expect(getCode(await read(world, link, {}))).toBe('no-such-link');
  }
  const { link: _, ...next } = await consent(world);
  const editor = { ...ada, access: { role: 'per-site', sites: [{ site: 'shop', role: 'editor' }] } } as const;
  expect(getCode(await finish(world, next, editor))).toBe('no-such-link');
  expect(await world.store.listGrants()).toHaveLength(1);
});

test('an attempt expires ten minutes after it began, and its sign-in an hour later', async () => {
  const world = open();
  const { link: _, ...late } = await consent(world);
  now += 10 * minuteMs;
  expect(getCode(await finish(world, late))).toBe('no-such-link');
  const { link, ...answer } = await consent(world);
  expect(getCode(await finish(world, answer))).toBe('ok');
  now += 60 * minuteMs;
  expect(getCode(await choose(world, link))).toBe('no-such-link');
});

test('an attempt of one site does nothing on another, and gives a connection of another platform no account', async () => {
  const world = open();
  const { link, ...answer } = await consent(world, { connection: 'gone' });
  await finish(world, answer);
  for (const read of [listAccounts, choose]) {
    expect(getCode(await read(world, link, ada, 'rival'))).toBe('no-such-link');
    expect(getCode(await read(world, link, ada, 'none'))).toBe('no-such-site');
  }
  const use = world.handlers['POST /api/sites/:site/account-links/:link/account'];
  expect(getCode(await use({ site: 'rival', link }, account, ada))).toBe('no-such-link');
  expect(getCode(await use({ site: 'shop', link }, account, ada))).toBe('no-such-connection');
  expect(await world.store.findGrantOf('rival', 'bing')).toBeUndefined();
});

test('each thing that keeps a sign-in from its begin has its error', async () => {
  const world = open();
  expect(getCode(await begin(world, {}, {}))).toBe('dashboard-only');
  expect(getCode(await begin(world, {}, ada, 'none'))).toBe('no-such-site');
  expect(getCode(await begin(world, {}, { ...ada, origin: 'http://192.0.2.7:8081' }))).toBe('redirect-insecure');
  expect(getCode(await begin(world, { destination: 'webhook' }))).toBe('parameter-invalid');
  expect(getCode(await begin(world, { identityProvider: 'Google' }))).toBe('parameter-invalid');
  isLimited = true;
  expect(getCode(await begin(world))).toBe('rate-limited');
});

test.each([
  ['connection', { connection: 'c'.repeat(64) }, "a connection's id, at most 63 characters"],
  ['connection', { connection: '' }, "a connection's id, at most 63 characters"],
  ['destination', { destination: 'd'.repeat(64) }, "a platform's id, at most 63 characters"],
  ['identityProvider', { identityProvider: 'i'.repeat(41) }, 'the name of a sign-in service, at most 40 characters'],
  [
    'settings',
    { settings: Object.fromEntries(Array.from({ length: 51 }, (_, nth) => [`s${nth}`, 1])) },
    'an object of at most 50 settings',
  ],
])('the field `%s` of a sign-in is bounded', async (field, change, rule) => {
  expect(signInInput.safeParse(draft).success).toBe(true);
  const response = await api
    .app()
    .request('/api/sites/shop/account-sign-ins', { method: 'POST', body: JSON.stringify({ ...draft, ...change }) });
  expect(response.status).toBe(400);
  const message = expect.stringMatching(new RegExp(`^.${field}. must be ${rule}\\. (Correct it, or omit it|Change it)\\.$`));
  expect(await response.json()).toMatchObject({ issues: [{ field, message }] });
});
