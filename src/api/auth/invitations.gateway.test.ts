import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hourMs } from '../../event/units.ts';
import { other, secret, useDashboardApp } from './dashboard-app.fixture.ts';

const { scene, ask, makeBoth } = useDashboardApp();

describe('an invitation', () => {
  const invite = async (body: object, cookie: { readonly cookie: string }) => {
    const { text } = await ask('POST', '/api/invitations', body, cookie);
    return z
      .object({ id: z.string(), token: z.string(), path: z.string(), url: z.string(), expiresAt: z.number() })
      .parse(JSON.parse(text));
  };
  const accept = (token: string, name: string, password = other, headers = {}) =>
    ask('POST', '/api/invitations/accept', { token, name, password }, headers);
  const onShop = { role: 'per-site', sites: [{ site: 'shop', role: 'editor' }] };

  it('lets the invited person choose name and password, once', async () => {
    const { owner } = await makeBoth();
    const { token, path, url, expiresAt } = await invite({ ...onShop, label: 'Vera' }, owner);
    expect(url).toBe(`https://convey.shop.example/invitation#${token}`);
    expect([path, expiresAt - scene.now]).toEqual([`/invitation#${token}`, 72 * hourMs]);
    expect((await accept(token, 'vic')).code).toBe('account-exists');
    const accepted = await accept(token, 'Vera');
    const me = '{"name":"vera","role":"per-site","sites":[{"site":"shop","role":"editor"}]}';
    expect([accepted.status, accepted.text]).toEqual([200, me]);
    expect((await ask('GET', '/api/me', undefined, accepted.cookie)).text).toBe(me);
    expect((await ask('GET', '/api/accounts', undefined, accepted.cookie)).code).toBe('owner-only');
    expect((await accept(token, 'eve')).code).toBe('invitation-refused');
    expect((await ask('GET', '/api/invitations', undefined, owner)).text).toBe('[]');
    const stored = ['', '-wal'].map((part) => readFileSync(scene.emptied.file + part).toString('latin1')).join('');
    for (const place of [stored, scene.logged]) expect(place).not.toContain(token);
  });

  it('is listed without its token until it expires or is revoked', async () => {
    const { owner } = await makeBoth();
    const short = await invite({ role: 'viewer', hours: 1, label: 'One hour' }, owner);
    const long = await invite(onShop, owner);
    const list = async () => (await ask('GET', '/api/invitations', undefined, owner)).text;
    expect(await list()).toContain('"label":"One hour"');
    for (const { token } of [short, long]) expect(await list()).not.toContain(token);
    scene.now += hourMs;
    expect([await list(), (await accept(short.token, 'eve')).code]).toEqual([
      expect.not.stringContaining(short.id),
      'invitation-refused',
    ]);
    expect((await ask('DELETE', `/api/invitations/${long.id}`, undefined, owner)).status).toBe(200);
    expect((await ask('DELETE', `/api/invitations/${long.id}`, undefined, owner)).code).toBe('no-such-invitation');
    expect([await list(), (await accept(long.token, 'eve')).code]).toEqual(['[]', 'invitation-refused']);
  });

  it('is limited by the throttle if its token is guessed', async () => {
    await makeBoth();
    for (let index = 0; index < 10; index += 1) expect((await accept('x', 'eve')).code).toBe('invitation-refused');
    expect((await accept('x', 'eve')).code).toBe('rate-limited');
  });

  it.each([
    ['the name of an account', 'vic', other, 'account-exists'],
    ['a password that is easy to guess', 'eve', 'passwordpassword', 'parameter-invalid'],
  ])('is limited by the throttle if its holder repeats %s', async (_, name, password, code) => {
    const { owner } = await makeBoth();
    const { token } = await invite(onShop, owner);
    for (let index = 0; index < 10; index += 1) expect((await accept(token, name, password)).code).toBe(code);
    expect((await accept(token, name, password)).code).toBe('rate-limited');
    scene.now += 1_000;
    expect((await accept(token, 'eve')).status).toBe(200);
  });

  it('hashes no password for the name of an account, so the queue stays free', async () => {
    const { owner } = await makeBoth();
    const { token } = await invite(onShop, owner);
    const all = Array.from({ length: 30 }, (_, index) => accept(token, 'vic', other, { 'test-network': `203.0.113.${index}` }));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 409));
  });

  it.each([
    [{ role: 'per-site' }],
    [{ role: 'per-site', sites: [] }],
    [{ role: 'viewer', sites: [{ site: 'shop', role: 'viewer' }] }],
    [{ role: 'per-site', sites: ['viewer', 'owner'].map((role) => ({ site: 'shop', role })) }],
    [{ role: 'per-site', sites: [{ site: 'nowhere', role: 'viewer' }] }],
    [{ role: 'per-site', sites: [{ site: 'shop', role: 'per-site' }] }],
  ])('and an account refuse the roles %j', async (roles) => {
    const { owner } = await makeBoth();
    for (const [method, path, more] of [
      ['POST', '/api/invitations', {}],
      ['POST', '/api/accounts', { name: 'vera', password: secret }],
      ['PATCH', '/api/accounts/vic', {}],
    ] as const) {
      const { status, text } = await ask(method, path, { ...more, ...roles }, owner);
      expect([path, status, text.includes('"field":"sites')]).toEqual([path, 400, true]);
    }
    expect((await scene.store.findAccount('vic'))?.role).toBe('viewer');
  });
});
