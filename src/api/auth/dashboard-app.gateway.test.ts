import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import { other, secret, useDashboardApp } from './dashboard-app.fixture.ts';
import { issueSetupToken } from './dashboard-app.ts';
import { createPasswordHasher } from './password-hash.ts';

const { scene, ask, makeOwner, signIn } = useDashboardApp();

describe('the setup token', () => {
  it('creates one owner, signs them in, and becomes invalid', async () => {
    const token = await issueSetupToken(scene.store);
    const created = await ask('POST', '/api/setup', { token, name: 'Ada', password: secret });
    expect([created.status, created.text]).toEqual([200, '{"name":"ada","role":"owner"}']);
    expect((await ask('GET', '/api/me', undefined, created.cookie)).text).toBe('{"name":"ada","role":"owner"}');
    const second = await ask('POST', '/api/setup', { token, name: 'eve', password: secret });
    expect([second.status, second.code]).toEqual([403, 'setup-refused']);
    expect(await issueSetupToken(scene.store)).toBeUndefined();
  });

  it('is invalid after a restart, and cannot be empty', async () => {
    const earlier = await issueSetupToken(scene.store);
    await issueSetupToken(scene.store);
    for (const token of [earlier, '', 'x', 'null', '0'.repeat(43)])
      expect((await ask('POST', '/api/setup', { token, name: 'eve', password: secret })).code).toBe('setup-refused');
    expect(await scene.store.listAccounts()).toEqual([]);
  });

  it('has no other way in: a sign-in link of the demo opens no session here', async () => {
    await makeOwner();
    const { given } = await ask('GET', `/demo-sign-in/${'x'.repeat(43)}`);
    expect(given).toBeUndefined();
  });

  it('is protected by the throttle', async () => {
    await issueSetupToken(scene.store);
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
    scene.now += 1_000;
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
    await scene.store.addAccount({ name: 'ada', role: 'owner', sites: [], password: weak, createdAt: scene.now });
    const { status, cookie } = await signIn('ada', secret);
    expect(status).toBe(200);
    expect((await scene.store.findAccount('ada'))?.password).toMatch(/^scrypt\$8\$8\$1\$/);
    expect((await ask('GET', '/api/me', undefined, cookie)).status).toBe(200);
    expect((await signIn('ada', secret)).status).toBe(200);
  });
});

describe('a session', () => {
  it('ends 12 h after its last use', async () => {
    const { cookie } = await makeOwner();
    for (let hours = 0; hours < 30; hours += 10) {
      scene.now += 10 * hourMs;
      expect((await ask('GET', '/api/me', undefined, cookie)).status).toBe(200);
    }
    scene.now += 12 * hourMs;
    expect((await ask('GET', '/api/me', undefined, cookie)).code).toBe('not-signed-in');
  });

  it('ends 30 days after it started, even if it is used', async () => {
    const { cookie } = await makeOwner();
    const until = scene.now + 30 * dayMs;
    while (scene.now + 11 * hourMs < until) {
      scene.now += 11 * hourMs;
      expect((await ask('GET', '/api/me', undefined, cookie)).status).toBe(200);
    }
    scene.now = until;
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
    expect(scene.passed).toEqual([]);
  });
});
