import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { openSqliteLog } from '../../storage/log/sqlite-log.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import type { Store } from '../../storage/store/store.ts';
import { createAccountDeps, createTestApi } from '../api.fixture.ts';
import type { AdminEnv } from '../http/handler.ts';
import { createDashboardApp, issueSetupToken } from './dashboard-app.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { createPasswordHasher } from './password-hash.ts';
import { createSessions } from './sessions.ts';

const base = 'http://127.0.0.1:8081';
const secret = 'correct horse battery';
const other = 'wrong horse, wrong battery';
const mark = { 'convey-request': '1' };

let dir: string;
let log: EventLog;
let emptied: EmptiedStore;
let store: Store;
let now: number;
let logged: string;
let faults: unknown[];
let passed: string[];
let dashboardApp: ReturnType<typeof createDashboardApp>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-door-'));
  log = await openSqliteLog(join(dir, 'log.db'), { now: () => now });
  emptied = await EmptiedStore.open();
});
afterAll(async () => {
  await emptied.close();
  await log.close();
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  now = 1_795_514_400_000;
  emptied.empty(() => now);
  store = emptied.store;
  [logged, faults, passed] = ['', [], []];
  const accounts = {
    store,
    passwords: createPasswordHasher({ logN: 8, r: 8, p: 1 }),
    now: () => now,
    logger: createLogger('debug', {
      write: (line) => {
        logged += line;
      },
    }),
  };
  const admin = new Hono<AdminEnv>();
  admin.all('/api/accounts/*', (c) => createTestApi({ store, log, accounts }).fetch(c.req.raw, c.env));
  admin.all('*', async (c) => {
    passed.push(`${c.req.method} ${c.req.path} ${await c.req.text()}`);
    return c.json({ passed: true }, 200, { 'cache-control': 'public', 'content-security-policy': "default-src '*'" });
  });
  dashboardApp = createDashboardApp({
    ...accounts,
    admin,
    pages: { respond: (c, nonce) => (c.req.path.startsWith('/assets/') ? undefined : c.html(`<script nonce="${nonce}">`)) },
    sessions: createSessions(store, () => now),
    attempt: createLoginThrottle(() => now),
    getNetwork: (c) => c.req.header('test-network') ?? '127.0.0.1',
    listening: { host: '127.0.0.1', publicUrl: 'https://convey.shop.example' },
    scrape: () => Promise.reject(new Error('nobody may ask here')),
    getPeer: () => '127.0.0.1',
    onFault: (fault) => faults.push(fault),
  });
});
afterEach(() => expect(faults).toEqual([]));

async function ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await dashboardApp.request(`${base}${path}`, {
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

const makeOwner = async () => ask('POST', '/api/setup', { token: await issueSetupToken(store), name: 'Ada', password: secret });
const signIn = (name: string, password: string, headers = {}) => ask('POST', '/api/session', { name, password }, headers);

async function makeBoth() {
  const owner = (await makeOwner()).cookie;
  const added = await ask('POST', '/api/accounts', { name: 'vic', role: 'viewer', password: secret }, owner);
  expect(added.status).toBe(200);
  return { owner, viewer: (await signIn('vic', secret)).cookie };
}

describe('the setup token', () => {
  it('creates one owner, signs them in, and becomes invalid', async () => {
    const token = await issueSetupToken(store);
    const created = await ask('POST', '/api/setup', { token, name: 'Ada', password: secret });
    expect([created.status, created.text]).toEqual([200, '{"name":"ada","role":"owner"}']);
    expect((await ask('GET', '/api/me', undefined, created.cookie)).text).toBe('{"name":"ada","role":"owner"}');
    const second = await ask('POST', '/api/setup', { token, name: 'eve', password: secret });
    expect([second.status, second.code]).toEqual([403, 'setup-refused']);
    expect(await issueSetupToken(store)).toBeUndefined();
  });

  it('is invalid after a restart, and cannot be empty', async () => {
    const earlier = await issueSetupToken(store);
    await issueSetupToken(store);
    for (const token of [earlier, '', 'x', 'null', '0'.repeat(43)])
      expect((await ask('POST', '/api/setup', { token, name: 'eve', password: secret })).code).toBe('setup-refused');
    expect(await store.listAccounts()).toEqual([]);
  });

  it('is protected by the throttle', async () => {
    await issueSetupToken(store);
    for (let index = 0; index < 10; index += 1) await ask('POST', '/api/setup', { token: 'x', name: 'eve', password: secret });
    const slowed = await ask('POST', '/api/setup', { token: 'x', name: 'eve', password: secret });
    expect([slowed.status, slowed.code, slowed.headers.get('retry-after')]).toEqual([429, 'rate-limited', '1']);
  });
});

describe('signing in', () => {
  it('sets an HttpOnly cookie, with the `__Host-` prefix over HTTPS', async () => {
    await makeOwner();
    expect((await signIn(' ADA ', secret)).given).toMatch(
      /^convey=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const secure = await signIn('ada', secret, { host: 'convey.shop.example', origin: 'https://convey.shop.example' });
    expect(secure.given).toMatch(/^__Host-convey=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(secure.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const plain = { cookie: secure.cookie.cookie.replace('__Host-', ''), host: 'convey.shop.example' };
    expect((await ask('GET', '/api/me', undefined, plain)).status).toBe(401);
    expect((await ask('GET', '/api/me', undefined, { ...plain, ...secure.cookie })).status).toBe(200);
  });

  it('answers a wrong name and a wrong password in the same way', async () => {
    await makeOwner();
    const [wrong, nobody] = [await signIn('ada', other), await signIn('nobody', other)];
    expect([wrong.status, wrong.code]).toEqual([401, 'sign-in-refused']);
    expect(nobody.text).toBe(wrong.text);
    expect(nobody.given).toBeUndefined();
  });

  it('replaces the previous session of the browser', async () => {
    const { cookie } = await makeOwner();
    const next = await signIn('ada', secret, cookie);
    expect(next.cookie).not.toEqual(cookie);
    expect((await ask('GET', '/api/me', undefined, cookie)).code).toBe('not-signed-in');
    expect((await ask('GET', '/api/me', undefined, next.cookie)).status).toBe(200);
  });

  it('must wait after failures, even with the right password', async () => {
    await makeOwner();
    const from = { 'test-network': '203.0.113.9' };
    for (let index = 0; index < 5; index += 1) expect((await signIn('ada', other, from)).status).toBe(401);
    const slowed = await signIn('ada', secret, from);
    expect([slowed.status, slowed.headers.get('retry-after')]).toEqual([429, '1']);
    now += 1_000;
    expect((await signIn('ada', secret, from)).status).toBe(200);
  });

  it('must wait if too many passwords are being checked, without counting as a failure', async () => {
    await makeOwner();
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) => signIn(`name-${index}`, other, { 'test-network': `203.0.113.${index}` })),
    );
    const rateLimited = all.filter(({ status }) => status === 429);
    expect(rateLimited.length).toBeGreaterThan(5);
    for (const { headers, code } of rateLimited) expect([code, headers.get('retry-after')]).toEqual(['rate-limited', '1']);
    expect((await signIn('ada', secret)).status).toBe(200);
  });

  it('rehashes a password with an outdated cost, and keeps the session', async () => {
    const weak = await createPasswordHasher({ logN: 6, r: 8, p: 1 }).hash(secret);
    await store.addAccount({ name: 'ada', role: 'owner', password: weak, createdAt: now });
    const { status, cookie } = await signIn('ada', secret);
    expect(status).toBe(200);
    expect((await store.findAccount('ada'))?.password).toMatch(/^scrypt\$8\$8\$1\$/);
    expect((await ask('GET', '/api/me', undefined, cookie)).status).toBe(200);
    expect((await signIn('ada', secret)).status).toBe(200);
  });
});

describe('a session', () => {
  it('ends 12 h after its last use', async () => {
    const { cookie } = await makeOwner();
    for (let hours = 0; hours < 30; hours += 10) {
      now += 10 * hourMs;
      expect((await ask('GET', '/api/me', undefined, cookie)).status).toBe(200);
    }
    now += 12 * hourMs;
    expect((await ask('GET', '/api/me', undefined, cookie)).code).toBe('not-signed-in');
  });

  it('ends 30 days after it started, even if it is used', async () => {
    const { cookie } = await makeOwner();
    const until = now + 30 * dayMs;
    while (now + 11 * hourMs < until) {
      now += 11 * hourMs;
      expect((await ask('GET', '/api/me', undefined, cookie)).status).toBe(200);
    }
    now = until;
    expect((await ask('GET', '/api/me', undefined, cookie)).code).toBe('not-signed-in');
  });

  it('ends in this browser, or everywhere', async () => {
    const [one, two, three] = [await makeOwner(), await signIn('ada', secret), await signIn('ada', secret)];
    const out = await ask('DELETE', '/api/session', undefined, one.cookie);
    expect([out.status, out.given]).toEqual([204, 'convey=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict']);
    const alive = async () =>
      Promise.all([one, two, three].map(async ({ cookie }) => (await ask('GET', '/api/me', undefined, cookie)).status));
    expect(await alive()).toEqual([401, 200, 200]);
    await ask('DELETE', '/api/session?everywhere=1', undefined, two.cookie);
    expect(await alive()).toEqual([401, 401, 401]);
  });

  it.each([
    '',
    'convey=',
    'convey=x',
    `convey=${'A'.repeat(43)}`,
    `convey="${'A'.repeat(43)}`,
    'convey=%00',
    '__proto__=1',
    ';;;=',
  ])('rejects the invented cookie %j', async (cookie) => {
    await makeOwner();
    expect((await ask('GET', '/api/status', undefined, { cookie })).code).toBe('not-signed-in');
    expect(passed).toEqual([]);
  });
});

describe('the permissions of an account', () => {
  it('permit an owner everything', async () => {
    const { owner } = await makeBoth();
    expect((await ask('GET', '/api/status?x=1', undefined, owner)).text).toBe('{"passed":true}');
    await ask('POST', '/api/sites/shop/erase', { email: 'jane.doe@example.com' }, owner);
    expect(passed).toEqual(['GET /api/status ', 'POST /api/sites/shop/erase {"email":"jane.doe@example.com"}']);
  });

  it('permit a viewer to read and to sign out only', async () => {
    const { viewer } = await makeBoth();
    expect((await ask('GET', '/api/status', undefined, viewer)).status).toBe(200);
    expect((await ask('HEAD', '/api/status', undefined, viewer)).status).toBe(200);
    passed = [];
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
      expect([method, (await ask(method, '/api/sites/shop/send-test', undefined, viewer)).code]).toEqual([method, 'owner-only']);
    const disguised = { ...viewer, 'x-http-method-override': 'GET' };
    expect((await ask('POST', '/api/status?_method=GET', undefined, disguised)).code).toBe('owner-only');
    for (const path of [
      '/api/accounts',
      '/api/accounts/',
      '/api/accounts/ada',
      '/api//accounts',
      '/api/x/../accounts',
      '/api/%61ccounts',
      '/%61pi/accounts',
    ])
      expect([path, (await ask('GET', path, undefined, viewer)).text.includes('createdAt')]).toEqual([path, false]);
    expect((await ask('GET', '/api/accounts', undefined, viewer)).code).toBe('owner-only');
    expect(passed.filter((one) => !one.startsWith('GET'))).toEqual([]);
    expect((await ask('DELETE', '/api/session', undefined, viewer)).status).toBe(204);
  });

  it('are logged with the account of each change, which a request cannot fake', async () => {
    const { owner } = await makeBoth();
    expect((await ask('DELETE', '/api/accounts/vic', undefined, { ...owner, account: 'eve' })).status).toBe(200);
    const lines = logged.split('\n').filter((line) => line.includes('admin action'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { account: 'ada', what: 'POST /api/accounts' },
      { account: 'ada', what: 'DELETE /api/accounts/:name', name: 'vic' },
    ]);
    await createTestApi({
      store,
      log,
      accounts: {
        ...createAccountDeps(store),
        logger: createLogger('info', {
          write: (line) => {
            logged = line;
          },
        }),
      },
    }).request('/api/sites/shop/send-test', { method: 'POST' });
    expect(JSON.parse(logged)).toMatchObject({ via: 'socket', what: 'POST /api/sites/:site/send-test', site: 'shop' });
  });

  it('let an owner manage accounts, with immediate effect', async () => {
    const { owner, viewer } = await makeBoth();
    const list = await ask('GET', '/api/accounts', undefined, owner);
    expect(JSON.parse(list.text)).toEqual([
      { name: 'ada', role: 'owner', createdAt: now },
      { name: 'vic', role: 'viewer', createdAt: now },
    ]);
    expect((await ask('PATCH', '/api/accounts/vic', { role: 'owner' }, owner)).status).toBe(200);
    expect((await ask('GET', '/api/accounts', undefined, viewer)).status).toBe(200);
    expect((await ask('PATCH', '/api/accounts/ada', { role: 'viewer' }, viewer)).status).toBe(200);
    expect((await ask('GET', '/api/accounts', undefined, owner)).code).toBe('owner-only');
    expect((await ask('PATCH', '/api/accounts/ada', { password: other }, viewer)).status).toBe(200);
    expect((await ask('GET', '/api/me', undefined, owner)).code).toBe('not-signed-in');
    expect((await signIn('ada', other)).status).toBe(200);
    expect((await ask('DELETE', '/api/accounts/ada', undefined, viewer)).status).toBe(200);
    expect((await signIn('ada', other)).code).toBe('sign-in-refused');
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { role: 'viewer' }],
    ] as const)
      expect((await ask(method, '/api/accounts/vic', body, viewer)).code).toBe('owner-needed');
    expect((await ask('DELETE', '/api/accounts/nobody', undefined, viewer)).code).toBe('no-such-account');
    expect((await ask('POST', '/api/accounts', { name: 'VIC', role: 'owner', password: secret }, viewer)).code).toBe(
      'account-exists',
    );
  });
});

describe('hostile input', () => {
  it('is rejected from another page before any other check', async () => {
    const { owner } = await makeBoth();
    const otherOrigin = { ...owner, origin: 'http://127.0.0.1:3000' };
    for (const headers of [otherOrigin, { ...owner, 'sec-fetch-site': 'cross-site' }, { ...owner, 'convey-request': '' }])
      for (const [method, path] of [
        ['POST', '/api/sites/shop/erase'],
        ['DELETE', '/api/session'],
        ['POST', '/api/session'],
        ['POST', '/api/setup'],
      ] as const) {
        const { status, code } = await ask(method, path, { name: 'ada', password: secret }, headers);
        expect([path, status, code]).toEqual([path, 403, 'not-our-page']);
      }
    expect(passed).toEqual([]);
    expect((await ask('GET', '/api/me', undefined, owner)).status).toBe(200);
    expect((await ask('GET', '/api/me', undefined, otherOrigin)).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is rejected under a rebound host name', async () => {
    const { owner } = await makeBoth();
    for (const host of ['evil.shop.example', 'evil.shop.example:8081', '127.0.0.1.shop.example'])
      for (const path of ['/', '/api/me', '/api/session']) {
        const { status, code } = await ask('GET', path, undefined, { ...owner, host });
        expect([status, code]).toEqual([421, 'host-unknown']);
      }
  });

  it.each(['', '{', 'null', '[]', '1', '"x"', '{"__proto__":{"role":"owner"}}', '{"name":{},"password":[]}', '['.repeat(30_000)])(
    'is rejected as the body %j',
    async (body) => {
      const { cookie } = await makeOwner();
      for (const [method, path] of [
        ['POST', '/api/session'],
        ['POST', '/api/setup'],
        ['POST', '/api/accounts'],
        ['PATCH', '/api/accounts/ada'],
      ] as const)
        expect((await ask(method, path, body, cookie)).code).toBe('parameter-invalid');
    },
  );

  it.each([
    ['name', { name: 'a/../b' }],
    ['name', { name: '' }],
    ['name', { name: `a${'x'.repeat(100)}` }],
    ['name', { name: '<script>' }],
    ['role', { role: 'admin' }],
    ['password', { password: 'short' }],
    ['password', { password: 'x'.repeat(257) }],
    ['password', { name: 'ada.of.the.shop', password: 'Ada.Of.The.Shop' }],
    ['password', { password: 1_234_567_890_123_456 }],
  ])('is rejected as an account without a valid %s, without repeating the value', async (field, bad) => {
    const { cookie } = await makeOwner();
    const answer = await ask('POST', '/api/accounts', { name: 'vic', role: 'viewer', password: secret, ...bad }, cookie);
    expect([answer.status, answer.code]).toEqual([400, 'parameter-invalid']);
    expect(answer.text).toContain(`"field":"${field}"`);
    for (const value of Object.values(bad).map(String)) if (value !== '') expect(answer.text).not.toContain(value);
    expect((await store.listAccounts()).length).toBe(1);
  });

  it('is not repeated if it is the name of a field', async () => {
    const { cookie } = await makeOwner();
    const answer = await ask(
      'POST',
      '/api/accounts',
      { name: 'vic', role: 'viewer', password: secret, [other]: 1, hunter2: 1 },
      cookie,
    );
    expect([answer.status, answer.code]).toEqual([400, 'parameter-invalid']);
    expect(answer.text).toContain('Accepted: `name`, `role`, `password`');
    for (const value of [other, 'hunter2']) expect(answer.text).not.toContain(value);
  });

  it('is rejected above 64 KiB', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(70_000) });
    expect((await ask('POST', '/api/session', large)).code).toBe('request-too-large');
    expect(passed).toEqual([]);
  });

  it('is answered without details if the disk fails, and reported to the gateway', async () => {
    const { cookie } = await makeOwner();
    await emptied.close();
    const answer = await ask('GET', '/api/me', undefined, cookie);
    expect([answer.status, answer.code, answer.headers.get('cache-control')]).toEqual([500, 'internal', 'no-store']);
    expect(answer.text).not.toContain('database');
    expect(faults).toHaveLength(1);
    faults = [];
    emptied = await EmptiedStore.open();
  });

  it('gets the page for paths outside the API, and never reaches the API', async () => {
    for (const path of [
      '/',
      '/setup',
      '/sites/shop',
      '/API/status',
      '/apix',
      '//api/status',
      '/admin.sock',
      '/..%2fapi/status',
    ]) {
      const { status, text, headers } = await ask('GET', path);
      const [, nonce] = /^<script nonce="([^"]+)">$/.exec(text) ?? [];
      expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'no-cache']);
      expect(headers.get('content-security-policy')).toContain(`script-src 'self' 'nonce-${nonce}'`);
    }
    expect((await ask('GET', '/assets/none.js')).code).toBe('not-found');
    expect((await ask('POST', '/sites/shop')).code).toBe('not-found');
    expect(passed).toEqual([]);
  });
});

describe('every response', () => {
  it('has the security headers, even if the admin API sends others', async () => {
    const { owner } = await makeBoth();
    for (const [path, headers, status] of [
      ['/api/status', owner, 200],
      ['/api/status', {}, 401],
      ['/api/status', { host: 'evil.shop.example' }, 421],
      ['/api/status', { 'sec-fetch-site': 'cross-site' }, 403],
    ] as const) {
      const answer = await ask('GET', path, undefined, headers);
      expect(answer.status).toBe(status);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(answer.headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('permits the API reference only inline styles', async () => {
    const { viewer } = await makeBoth();
    const { status, headers } = await ask('GET', '/api', undefined, viewer);
    expect([status, headers.get('content-security-policy')]).toEqual([
      200,
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data:",
    ]);
  });

  it('permits a page only scripts and styles with its nonce, which differs each time', async () => {
    const policies = await Promise.all(
      ['/', '/'].map(async (path) => (await ask('GET', path)).headers.get('content-security-policy')),
    );
    for (const policy of policies) {
      expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'nonce-([\w+/]{22}==)'; style-src 'self' 'nonce-\1';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    }
    expect(policies[0]).not.toBe(policies[1]);
  });

  it('contains no password or token, and neither does any log line or file', async () => {
    const token = await issueSetupToken(store);
    const answers = [await ask('POST', '/api/setup', { token, name: 'ada', password: secret })];
    const session = answers[0]?.cookie.cookie.replace('convey=', '') ?? '';
    answers.push(await signIn('ada', other), await signIn(other, secret), await signIn('ada', secret));
    const storedText = ['', '-wal'].map((part) => readFileSync(emptied.file + part).toString('latin1')).join('');
    for (const canary of [token ?? '', session, secret, other]) {
      expect(canary.length).toBeGreaterThan(15);
      expect(logged).not.toContain(canary);
      expect(storedText).not.toContain(canary);
      for (const { text } of answers) expect(text).not.toContain(canary);
    }
    expect(logged).toContain('signed in');
    expect(logged).toContain('sign-in refused');
    expect(storedText).toContain('scrypt$');
  });
});
