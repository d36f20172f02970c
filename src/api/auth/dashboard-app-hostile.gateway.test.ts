import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { other, secret, useDashboardApp } from './dashboard-app.fixture.ts';
import { issueSetupToken } from './dashboard-app.ts';

const { scene, ask, makeOwner, signIn, makeBoth } = useDashboardApp();

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
        ['POST', '/api/invitations/accept'],
        ['PUT', '/api/me/password'],
      ] as const) {
        const { status, code } = await ask(method, path, { name: 'ada', password: secret }, headers);
        expect([path, status, code]).toEqual([path, 403, 'not-our-page']);
      }
    expect(scene.passed).toEqual([]);
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
        ['POST', '/api/invitations/accept'],
        ['PUT', '/api/me/password'],
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
    expect((await scene.store.listAccounts()).length).toBe(1);
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
    expect(answer.text).toContain('Accepted: `name`, `role`, `sites`, `password`');
    for (const value of [other, 'hunter2']) expect(answer.text).not.toContain(value);
  });

  it('is rejected above 64 KiB', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(70_000) });
    expect((await ask('POST', '/api/session', large)).code).toBe('request-too-large');
    expect(scene.passed).toEqual([]);
  });

  it('is answered without details if the disk fails, and reported to the gateway', async () => {
    const { cookie } = await makeOwner();
    await scene.store.close();
    const answer = await ask('GET', '/api/me', undefined, cookie);
    expect([answer.status, answer.code, answer.headers.get('cache-control')]).toEqual([500, 'internal', 'no-store']);
    expect(answer.text).not.toContain('database');
    expect(scene.faults).toHaveLength(1);
    scene.faults = [];
    scene.emptied = await EmptiedStore.open();
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
    expect(scene.passed).toEqual([]);
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
        'convey-time': String(scene.now),
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
    const token = await issueSetupToken(scene.store);
    const answers = [await ask('POST', '/api/setup', { token, name: 'ada', password: secret })];
    const session = answers[0]?.cookie.cookie.replace('convey=', '') ?? '';
    answers.push(await signIn('ada', other), await signIn(other, secret), await signIn('ada', secret));
    const storedText = ['', '-wal'].map((part) => readFileSync(scene.emptied.file + part).toString('latin1')).join('');
    for (const canary of [token ?? '', session, secret, other]) {
      expect(canary.length).toBeGreaterThan(15);
      expect(scene.logged).not.toContain(canary);
      expect(storedText).not.toContain(canary);
      for (const { text } of answers) expect(text).not.toContain(canary);
    }
    expect(scene.logged).toContain('signed in');
    expect(scene.logged).toContain('sign-in refused');
    expect(storedText).toContain('scrypt$');
  });
});
