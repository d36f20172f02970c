import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createLogger } from '../../logger.ts';
import { EmptiedLog } from '../../storage/log/emptied-log.fixture.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { createSettingsDeps, createTestApi, createTestRecorder, shop } from '../api.fixture.ts';
import type { AdminEnv } from '../http/handler.ts';
import { createDashboardApp, issueSetupToken } from './dashboard-app.ts';
import { createFailureMemory, createLoginThrottle } from './login-throttle.ts';
import { createPasswordHasher } from './password-hash.ts';
import { createSessions } from './sessions.ts';

const base = 'http://127.0.0.1:8081';
const start = 1_795_514_400_000;
export const secret = 'correct horse battery';
export const other = 'wrong horse, wrong battery';
const rival = { ...shop, id: 'rival', name: 'Rival', domains: ['rival.example'], writeKey: 'wk_rival' };
export const mark = { 'convey-request': '1' };

/** The dashboard's app with its store, as the running test left them. */
interface DashboardScene {
  log: EventLog;
  emptied: EmptiedStore;
  store: Store;
  now: number;
  logged: string;
  faults: unknown[];
  passed: string[];
  dashboardApp: ReturnType<typeof createDashboardApp>;
}

/** Starts the dashboard's app anew for each test of a file, with an empty store. */
export function useDashboardApp() {
  const scene: DashboardScene = Object();
  let log: EmptiedLog;
  beforeAll(async () => {
    scene.now = start;
    log = await EmptiedLog.open(() => scene.now);
    scene.log = log.log;
    scene.emptied = await EmptiedStore.open();
  });
  afterAll(() => {
    scene.emptied.close();
    log.close();
  });

  beforeEach(() => {
    scene.now = start;
    scene.emptied.empty(() => scene.now);
    scene.store = scene.emptied.store;
    [scene.logged, scene.faults, scene.passed] = ['', [], []];
    const accounts = {
      store: scene.store,
      passwords: createPasswordHasher({ logN: 8, r: 8, p: 1 }),
      now: () => scene.now,
      publicUrl: 'https://convey.shop.example',
      logger: createLogger('debug', {
        write: (line) => {
          scene.logged += line;
        },
      }),
    };
    const admin = new Hono<AdminEnv>();
    const settings = createSettingsDeps(scene, [shop, rival]);
    for (const path of ['/api/accounts/*', '/api/invitations/*'])
      admin.all(path, (c) => createTestApi({ store: scene.store, log: scene.log, accounts, settings }).fetch(c.req.raw, c.env));
    admin.all('*', async (c) => {
      scene.passed.push(`${c.req.method} ${c.req.path} ${await c.req.text()}`);
      return c.json({ passed: true }, 200, { 'cache-control': 'public', 'content-security-policy': "default-src '*'" });
    });
    scene.dashboardApp = createDashboardApp({
      ...accounts,
      recorder: createTestRecorder(scene.store),
      admin,
      pages: { respond: (c, nonce) => (c.req.path.startsWith('/assets/') ? undefined : c.html(`<script nonce="${nonce}">`)) },
      sessions: createSessions(scene.store, () => scene.now),
      attempt: createLoginThrottle(createFailureMemory(() => scene.now)),
      getNetwork: (c) => c.req.header('test-network') ?? '127.0.0.1',
      listening: { host: '127.0.0.1', publicUrl: 'https://convey.shop.example' },
      scrape: () => Promise.reject(new Error('nobody may ask here')),
      getPeer: () => '127.0.0.1',
      onFault: (fault) => scene.faults.push(fault),
    });
  });
  afterEach(() => expect(scene.faults).toEqual([]));

  async function ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await scene.dashboardApp.request(`${base}${path}`, {
      method,
      headers: { host: '127.0.0.1:8081', ...mark, ...headers },
      ...sent,
    });
    const text = await response.text();
    const setCookie = response.headers.getSetCookie()[0];
    return {
      status: response.status,
      headers: response.headers,
      text,
      code: /"code":"([\w-]+)"/.exec(text)?.[1],
      given: setCookie,
      cookie: { cookie: setCookie?.split(';', 1)[0] ?? '' },
    };
  }

  const makeOwner = async () =>
    ask('POST', '/api/setup', { token: await issueSetupToken(scene.store), name: 'Ada', password: secret });
  const signIn = (name: string, password: string, headers = {}) => ask('POST', '/api/session', { name, password }, headers);

  async function makeBoth() {
    const owner = (await makeOwner()).cookie;
    const added = await ask('POST', '/api/accounts', { name: 'vic', role: 'viewer', password: secret }, owner);
    expect(added.status).toBe(200);
    return { owner, viewer: (await signIn('vic', secret)).cookie };
  }

  return { scene, ask, makeOwner, signIn, makeBoth };
}
