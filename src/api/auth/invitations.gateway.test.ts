import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hourMs } from '../../event/units.ts';
import { other, secret, useDashboardApp } from './dashboard-app.fixture.ts';

const { scene, ask, signIn, makeBoth } = useDashboardApp();

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

  describe('an owner of one site', () => {
    const on = (...sites: readonly (readonly [site: string, role: string])[]) => ({
      role: 'per-site',
      sites: sites.map(([site, role]) => ({ site, role })),
    });
    const makeAccount = async (owner: { readonly cookie: string }, name: string, roles: object) => {
      const added = await ask('POST', '/api/accounts', { name, password: secret, ...roles }, owner);
      expect(added.status).toBe(200);
      return (await signIn(name, secret)).cookie;
    };
    const makeSiteOwner = async () => {
      const { owner } = await makeBoth();
      return { owner, siteOwner: await makeAccount(owner, 'sam', on(['shop', 'owner'], ['rival', 'editor'])) };
    };

    it.each(['owner', 'editor', 'viewer'])('grants the role %s on that site', async (role) => {
      const { siteOwner } = await makeSiteOwner();
      const { token, expiresAt } = await invite(on(['shop', role]), siteOwner);
      expect(expiresAt - scene.now).toBe(72 * hourMs);
      expect(await accept(token, 'eve')).toMatchObject({ status: 200 });
      expect(await scene.store.findAccount('eve')).toMatchObject(on(['shop', role]));
    });

    it.each([
      ['a role on all sites', { role: 'viewer' }, 403, 'owner-only', 'role'],
      ["the role of the gateway's owner", { role: 'owner' }, 403, 'owner-only', 'role'],
      ['a site on which it is an editor', on(['rival', 'viewer']), 403, 'owner-only', 'sites'],
      ['such a site beside its own', on(['shop', 'viewer'], ['rival', 'viewer']), 403, 'owner-only', 'sites'],
      ['a site that does not exist', on(['shop', 'viewer'], ['nowhere', 'viewer']), 400, 'parameter-invalid', 'sites'],
      ['no site', on(), 400, 'parameter-invalid', 'sites'],
      ['a label of two lines', { ...on(['shop', 'viewer']), label: 'Vera\r\nBcc: x' }, 400, 'parameter-invalid', 'label'],
      ['more than 720 hours', { ...on(['shop', 'viewer']), hours: 721 }, 400, 'parameter-invalid', 'hours'],
    ])('is refused for %s', async (_, body, status, code, field) => {
      const { siteOwner } = await makeSiteOwner();
      const refused = await ask('POST', '/api/invitations', body, siteOwner);
      expect(refused).toMatchObject({ status, code, text: expect.stringContaining(`"field":"${field}"`) });
      expect(await scene.store.listInvitations()).toEqual([]);
    });

    it("is refused for another client's site as if that did not exist", async () => {
      const { owner } = await makeBoth();
      const siteOwner = await makeAccount(owner, 'sam', on(['shop', 'owner']));
      const refuse = (site: string) => ask('POST', '/api/invitations', on([site, 'viewer']), siteOwner);
      const [rival, nowhere] = [await refuse('rival'), await refuse('nowhere')];
      expect(rival).toMatchObject({ status: 400, code: 'parameter-invalid' });
      expect(rival.text).toBe(nowhere.text);
    });

    it('is refused to an editor and a viewer', async () => {
      const { owner, viewer } = await makeBoth();
      const editor = await makeAccount(owner, 'ed', on(['shop', 'editor']));
      for (const cookie of [viewer, editor])
        for (const [method, path] of [
          ['GET', '/api/invitations'],
          ['POST', '/api/invitations'],
          ['DELETE', '/api/invitations/0123456789abcdef'],
        ] as const)
          expect(await ask(method, path, method === 'POST' ? onShop : undefined, cookie)).toMatchObject({ code: 'owner-only' });
    });

    it('is listed and revoked by owners of all its sites only', async () => {
      const { owner, siteOwner } = await makeSiteOwner();
      const own = await invite(onShop, owner);
      const foreign = [await invite(on(['shop', 'viewer'], ['rival', 'viewer']), owner), await invite({ role: 'viewer' }, owner)];
      const { text } = await ask('GET', '/api/invitations', undefined, siteOwner);
      expect(z.array(z.object({ id: z.string() })).parse(JSON.parse(text))).toEqual([{ id: own.id }]);
      for (const { id } of foreign)
        expect(await ask('DELETE', `/api/invitations/${id}`, undefined, siteOwner)).toMatchObject({ code: 'no-such-invitation' });
      expect(await ask('DELETE', `/api/invitations/${own.id}`, undefined, siteOwner)).toMatchObject({ status: 200 });
      expect((await scene.store.listInvitations()).map(({ id }) => id).toSorted()).toEqual(
        foreign.map(({ id }) => id).toSorted(),
      );
    });

    it("ends when the inviter's roles change", async () => {
      const { owner, siteOwner } = await makeSiteOwner();
      const { token } = await invite(onShop, siteOwner);
      expect(await ask('PATCH', '/api/accounts/sam', on(['shop', 'viewer']), owner)).toMatchObject({ status: 200 });
      expect(await accept(token, 'eve')).toMatchObject({ code: 'invitation-refused' });
      expect(await ask('POST', '/api/invitations', onShop, siteOwner)).toMatchObject({ code: 'owner-only' });
    });
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
