import { describe, expect, it } from 'vitest';
import { createLogger } from '../../logger.ts';
import { createAccountDeps, createTestApi } from '../api.fixture.ts';
import { other, secret, useDashboardApp } from './dashboard-app.fixture.ts';

const { scene, ask, signIn, makeBoth } = useDashboardApp();

describe('the own password', () => {
  const change = (password: string, newPassword: string, cookie: { readonly cookie: string }) =>
    ask('PUT', '/api/me/password', { password, newPassword }, cookie);

  it('is changed with the current one, also by a viewer, and ends the other sessions of the account', async () => {
    const { owner, viewer } = await makeBoth();
    const elsewhere = (await signIn('vic', secret)).cookie;
    const changed = await change(secret, other, viewer);
    expect([changed.status, changed.text]).toEqual([200, '{"ok":true}']);
    const statuses = await Promise.all(
      [viewer, elsewhere, owner].map(async (cookie) => (await ask('GET', '/api/me', undefined, cookie)).status),
    );
    expect(statuses).toEqual([200, 401, 200]);
    expect([(await signIn('vic', secret)).status, (await signIn('vic', other)).status]).toEqual([401, 200]);
    expect(scene.logged).toContain('own password changed');
  });

  it('is not changed with a wrong current one, which counts as a failed sign-in', async () => {
    const { viewer } = await makeBoth();
    for (let index = 0; index < 5; index += 1) {
      const refused = await change('not the password', other, viewer);
      expect([refused.status, refused.code]).toEqual([403, 'password-refused']);
    }
    expect((await change(secret, other, viewer)).code).toBe('rate-limited');
    expect((await ask('GET', '/api/me', undefined, viewer)).status).toBe(200);
    scene.now += 1_000;
    expect((await signIn('vic', secret)).status).toBe(200);
  });

  it('counts a new one that is easy to guess as a failed sign-in', async () => {
    const { viewer } = await makeBoth();
    for (let index = 0; index < 5; index += 1) expect((await change(secret, 'passwordpassword', viewer)).status).toBe(400);
    expect((await change(secret, 'passwordpassword', viewer)).code).toBe('rate-limited');
    scene.now += 1_000;
    expect((await change(secret, other, viewer)).status).toBe(200);
    expect((await change(other, secret, viewer)).status).toBe(200);
  });

  it('is not changed without the current one, also not by an owner', async () => {
    const { owner } = await makeBoth();
    const refused = await ask('PATCH', '/api/accounts/ada', { password: other }, owner);
    expect([refused.status, refused.code]).toEqual([400, 'parameter-invalid']);
    expect((await signIn('ada', other)).code).toBe('sign-in-refused');
    expect((await ask('PATCH', '/api/accounts/vic', { password: other }, owner)).status).toBe(200);
  });

  it('is not changed to one that is short or easy to guess, or without a session', async () => {
    const { viewer } = await makeBoth();
    for (const easy of ['short', 'passwordpassword']) {
      const refused = await change(secret, easy, viewer);
      expect([refused.status, refused.text.includes('"field":"newPassword"')]).toEqual([400, true]);
      expect(refused.text).not.toContain(easy === 'short' ? '"short"' : easy);
    }
    expect((await change(secret, other, { cookie: '' })).code).toBe('not-signed-in');
    expect((await signIn('vic', secret)).status).toBe(200);
  });
});

describe('the permissions of an account', () => {
  it('permit an owner everything', async () => {
    const { owner } = await makeBoth();
    expect((await ask('GET', '/api/status?x=1', undefined, owner)).text).toBe('{"passed":true}');
    await ask('POST', '/api/sites/shop/erase', { email: 'jane.doe@example.com' }, owner);
    expect(scene.passed).toEqual(['GET /api/status ', 'POST /api/sites/shop/erase {"email":"jane.doe@example.com"}']);
  });

  it('permit a viewer to read and to sign out only', async () => {
    const { viewer } = await makeBoth();
    expect((await ask('GET', '/api/status', undefined, viewer)).status).toBe(200);
    expect((await ask('HEAD', '/api/status', undefined, viewer)).status).toBe(200);
    scene.passed = [];
    for (const [method, path, code] of [
      ['POST', '/api/accounts', 'owner-only'],
      ['PATCH', '/api/accounts/vic', 'owner-only'],
      ['DELETE', '/api/accounts/ada', 'owner-only'],
      ['POST', '/api/invitations', 'owner-only'],
      ['OPTIONS', '/api/accounts', 'not-found'],
      ['PROPFIND', '/api/accounts', 'not-found'],
    ] as const)
      expect([method, (await ask(method, path, undefined, viewer)).code]).toEqual([method, code]);
    const disguised = { ...viewer, 'x-http-method-override': 'GET' };
    expect((await ask('POST', '/api/accounts?_method=GET', undefined, disguised)).code).toBe('owner-only');
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
    expect(scene.passed.filter((one) => !one.startsWith('GET'))).toEqual([]);
    expect((await ask('DELETE', '/api/session', undefined, viewer)).status).toBe(204);
  });

  it('are logged with the account of each change, which a request cannot fake', async () => {
    const { owner } = await makeBoth();
    expect((await ask('DELETE', '/api/accounts/vic', undefined, { ...owner, account: 'eve' })).status).toBe(200);
    const lines = scene.logged.split('\n').filter((line) => line.includes('admin action'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { account: 'ada', what: 'POST /api/accounts' },
      { account: 'ada', what: 'DELETE /api/accounts/:name', name: 'vic' },
    ]);
    await createTestApi({
      store: scene.store,
      log: scene.log,
      accounts: {
        ...createAccountDeps(scene.store),
        logger: createLogger('info', {
          write: (line) => {
            scene.logged = line;
          },
        }),
      },
    }).request('/api/sites/shop/send-test', { method: 'POST' });
    expect(JSON.parse(scene.logged)).toMatchObject({ via: 'socket', what: 'POST /api/sites/:site/send-test', site: 'shop' });
  });

  it('let an owner manage accounts, with immediate effect', async () => {
    const { owner, viewer } = await makeBoth();
    const list = await ask('GET', '/api/accounts', undefined, owner);
    expect(JSON.parse(list.text)).toEqual([
      { name: 'ada', role: 'owner', sites: [], createdAt: scene.now },
      { name: 'vic', role: 'viewer', sites: [], createdAt: scene.now },
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

describe('the activity', () => {
  it('has each sign-in and each change of the own account by its id, and failures without a name', async () => {
    const { viewer } = await makeBoth();
    await signIn('vic', other);
    await ask('PUT', '/api/me/password', { password: secret, newPassword: other }, viewer);
    await ask('DELETE', '/api/session?everywhere=1', undefined, viewer);
    const rows = await scene.store.readActivity(0, 100);
    const names = new Map((await scene.store.listAccountIds()).map(({ id, name }) => [id, name]));
    expect(rows.map(({ kind, actor }) => [kind, names.get(actor)])).toEqual([
      ['account-added', 'ada'],
      ['signed-in', 'ada'],
      ['account-added', 'ada'],
      ['signed-in', 'vic'],
      ['account-password-changed', 'vic'],
      ['sessions-ended', 'vic'],
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/"(?:ada|vic)"/);
  });

  it('has a record, or a reason for none, of every route of the port that changes something', () => {
    // The admin API has its own table: see `route-activity.ts`.
    const ownRoutes: Readonly<Record<string, string>> = {
      'POST /api/session': 'signed-in',
      'POST /api/setup': 'account-added',
      'POST /api/invitations/accept': 'account-added',
      'PUT /api/me/password': 'account-password-changed',
      'DELETE /api/session': 'sessions-ended, if it ends all; a sign-out changes nothing else',
    };
    const changing = scene.dashboardApp.routes.filter(({ method }) => !['GET', 'ALL'].includes(method));
    expect(new Set(changing.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set(Object.keys(ownRoutes)));
  });
});
