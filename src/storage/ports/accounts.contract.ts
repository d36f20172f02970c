import { describe, expect, it } from 'vitest';
import type { AccountRecord, AccountStore, InvitationRecord, NewSession } from './accounts.ts';
import type { DashboardSiteStore } from './dashboard-sites.ts';

/** The contract of accounts and sessions. */
export function accountsContract(open: {
  readonly store: () => AccountStore & Pick<DashboardSiteStore, 'removeDashboardSite' | 'saveDashboardSite'>;
  readonly restart: () => Promise<void>;
}): void {
  const at = 1_795_514_400_000;
  const owner: AccountRecord = { name: 'ada', role: 'owner', sites: [], password: 'stretched-1', createdAt: at };
  const viewer: AccountRecord = { name: 'vic', role: 'viewer', sites: [], password: 'stretched-2', createdAt: at + 1 };
  const session = (hash: string, more: Partial<NewSession> = {}): NewSession => ({
    hash,
    account: 'ada',
    password: 'stretched-1',
    at,
    ...more,
  });
  const invitation = (id: string, more: Partial<InvitationRecord> = {}): InvitationRecord => ({
    ...{ id, hash: `hash-of-${id}`, label: '', role: 'viewer', sites: [], createdAt: at, expiresAt: at + 1_000 },
    ...more,
  });
  const both = async () => {
    await open.store().addAccount(owner);
    await open.store().addAccount(viewer);
  };

  describe('accounts', () => {
    it('accounts are stored by name and listed without their passwords', async () => {
      await both();
      await open.restart();
      const { password: _one, ...listedOwner } = owner;
      const { password: _two, ...listedViewer } = viewer;
      expect(await open.store().listAccounts()).toEqual([listedOwner, listedViewer]);
      expect(await open.store().findAccount('vic')).toEqual(viewer);
      expect(await open.store().findAccount('Vic')).toBeUndefined();
      // Anyone may send any text.
      expect(await open.store().findAccount('vic\0')).toBeUndefined();
      expect(await open.store().addAccount({ ...viewer, role: 'owner' })).toBe('exists');
      expect(await open.store().findAccount('vic')).toEqual(viewer);
    });

    it('an owner stays once there is an account', async () => {
      const store = open.store();
      expect(await store.addAccount(viewer)).toBe('owner-needed');
      await both();
      expect(await store.setAccess('ada', { role: 'viewer', sites: [] })).toBe('owner-needed');
      expect(await store.removeAccount('ada')).toBe('owner-needed');
      expect(await store.setAccess('vic', { role: 'owner', sites: [] })).toBe('done');
      expect(await store.setAccess('ada', { role: 'viewer', sites: [] })).toBe('done');
      expect(await store.removeAccount('vic')).toBe('owner-needed');
      expect((await store.listAccounts()).map(({ name, role }) => `${name} ${role}`)).toEqual(['ada viewer', 'vic owner']);
    });

    it('roles on sites are stored with their account, replaced together, and removed with it', async () => {
      const sites = [
        { site: 'one', role: 'owner' },
        { site: 'two', role: 'viewer' },
      ] as const;
      await both();
      await open.store().setAccess('vic', { role: 'per-site', sites: sites.toReversed() });
      await open.store().openSession(session('of-vic', { account: 'vic', password: 'stretched-2' }));
      await open.restart();
      const store = open.store();
      expect(await store.findAccount('vic')).toEqual({ ...viewer, role: 'per-site', sites });
      expect((await store.listAccounts()).map((account) => [account.name, account.sites])).toEqual([
        ['ada', []],
        ['vic', sites],
      ]);
      expect(await store.findSession('of-vic')).toMatchObject({ account: 'vic', role: 'per-site', sites });
      await store.setAccess('vic', { role: 'editor', sites: [] });
      expect(await store.findSession('of-vic')).toMatchObject({ role: 'editor', sites: [] });
      await store.setAccess('vic', { role: 'per-site', sites });
      await store.removeAccount('vic');
      await store.addAccount(viewer);
      expect(await store.findAccount('vic')).toEqual(viewer);
    });

    it("a site's removal ends the roles on it, of accounts and invitations", async () => {
      const store = open.store();
      const sites = [
        { site: 'kept', role: 'viewer' },
        { site: 'shop', role: 'editor' },
      ] as const;
      await both();
      await store.setAccess('vic', { role: 'per-site', sites });
      await store.addInvitation(invitation('id-1', { role: 'per-site', sites }));
      await store.removeDashboardSite('shop', false);
      expect(await store.findAccount('vic')).toMatchObject({ sites });
      await store.removeDashboardSite('shop', true);
      expect(await store.findAccount('vic')).toMatchObject({ role: 'per-site', sites: sites.slice(0, 1) });
      expect(await store.listInvitations()).toMatchObject([{ id: 'id-1', sites: sites.slice(0, 1) }]);
    });

    it('a new site ends the roles on an earlier one with its id, and a changed site ends none', async () => {
      const store = open.store();
      const sites = [{ site: 'shop', role: 'owner' }] as const;
      const shop = { id: 'shop', config: {}, secretKeys: [], oldWriteKeys: [], webhookSecrets: [] };
      await both();
      await store.setAccess('vic', { role: 'per-site', sites });
      await store.addInvitation(invitation('id-1', { role: 'per-site', sites }));
      await store.saveDashboardSite(shop);
      expect(await store.findAccount('vic')).toMatchObject({ sites });
      await store.saveDashboardSite(shop, true);
      expect(await store.findAccount('vic')).toMatchObject({ role: 'per-site', sites: [] });
      expect(await store.listInvitations()).toMatchObject([{ id: 'id-1', sites: [] }]);
    });

    it("a person's own new password ends the other sessions of the account", async () => {
      const store = open.store();
      await both();
      for (const hash of ['here', 'there']) await store.openSession(session(hash));
      await store.openSession(session('of-vic', { account: 'vic', password: 'stretched-2' }));
      expect(await store.replacePassword('ada', 'wrong', 'stretched-9', 'here')).toBe(false);
      expect(await store.findSession('there')).toBeDefined();
      expect(await store.replacePassword('ada', 'stretched-1', 'stretched-9', 'here')).toBe(true);
      expect(await store.findAccount('ada')).toMatchObject({ password: 'stretched-9' });
      const found = await Promise.all(['here', 'there', 'of-vic'].map((hash) => store.findSession(hash)));
      expect(found.map((one) => one !== undefined)).toEqual([true, false, true]);
    });

    it('one owner stays if two owners remove each other at once', async () => {
      const store = open.store();
      await both();
      await store.setAccess('vic', { role: 'owner', sites: [] });
      const removed = await Promise.all([store.removeAccount('ada'), store.removeAccount('vic')]);
      expect(removed.toSorted()).toEqual(['done', 'owner-needed']);
    });

    it('a session survives a restart and has the present role of its account', async () => {
      await both();
      await open.store().setAccess('vic', { role: 'owner', sites: [] });
      expect(await open.store().openSession(session('one'))).toBe(true);
      await open.restart();
      expect(await open.store().findSession('one')).toEqual({
        account: 'ada',
        role: 'owner',
        sites: [],
        createdAt: at,
        usedAt: at,
      });
      await open.store().setAccess('ada', { role: 'viewer', sites: [] });
      expect(await open.store().findSession('one')).toMatchObject({ role: 'viewer' });
      expect(await open.store().findSession('two')).toBeUndefined();
    });

    it('a new session ends the one that it replaces', async () => {
      await both();
      await open.store().openSession(session('one'));
      await open.store().openSession(session('two', { replaces: 'one' }));
      expect(await open.store().findSession('one')).toBeUndefined();
      expect(await open.store().findSession('two')).toBeDefined();
    });

    it('a session is neither opened nor replaced if the password changed since', async () => {
      await both();
      await open.store().openSession(session('one'));
      expect(await open.store().openSession(session('two', { password: 'stretched-0', replaces: 'one' }))).toBe(false);
      expect(await open.store().openSession(session('two', { account: 'nobody' }))).toBe(false);
      expect(await open.store().findSession('one')).toBeDefined();
    });

    it('a new password ends the sessions of its account; a new hash of the same password ends none', async () => {
      const store = open.store();
      await both();
      await store.openSession(session('one'));
      await store.openSession(session('two', { account: 'vic', password: 'stretched-2' }));
      await store.rehashPassword('ada', 'stretched-1', 'stretched-1b');
      await store.rehashPassword('ada', 'stretched-1', 'stretched-1c');
      expect(await store.findAccount('ada')).toMatchObject({ password: 'stretched-1b' });
      expect(await store.findSession('one')).toBeDefined();
      expect(await store.setPassword('ada', 'stretched-3')).toBe('done');
      expect(await store.findSession('one')).toBeUndefined();
      expect(await store.findSession('two')).toBeDefined();
      expect(await store.setPassword('nobody', 'stretched-3')).toBe('absent');
    });

    it('sessions end one at a time, all of an account at once, and with their account', async () => {
      const store = open.store();
      await both();
      const open3 = async () => {
        await store.openSession(session('one'));
        await store.openSession(session('two'));
        await store.openSession(session('three', { account: 'vic', password: 'stretched-2' }));
      };
      const left = async () =>
        (await Promise.all(['one', 'two', 'three'].map((hash) => store.findSession(hash)))).map((found) => found !== undefined);
      await open3();
      await store.endSession('one');
      expect(await left()).toEqual([false, true, true]);
      await store.endSessions('ada');
      expect(await left()).toEqual([false, false, true]);
      await store.removeAccount('vic');
      await store.addAccount(viewer);
      expect(await left()).toEqual([false, false, false]);
    });

    it('sessions are removed by their begin and their last use, which never moves back', async () => {
      const store = open.store();
      await both();
      for (const [hash, began] of [
        ['old', at - 100],
        ['idle', at],
        ['used', at],
      ] as const)
        await store.openSession(session(hash, { at: began }));
      await store.touchSession('old', at + 50);
      await store.touchSession('used', at + 50);
      await store.touchSession('used', at + 40);
      expect(await store.findSession('used')).toMatchObject({ createdAt: at, usedAt: at + 50 });
      await store.removeExpiredSessions(at - 50, at + 50);
      expect(await store.findSession('old')).toBeUndefined();
      expect(await store.findSession('idle')).toBeUndefined();
      expect(await store.findSession('used')).toBeDefined();
    });

    it('an account keeps its newest 100 sessions', async () => {
      await both();
      for (let index = 0; index < 102; index += 1) await open.store().openSession(session(`s${index}`, { at: at + index }));
      expect(await open.store().findSession('s1')).toBeUndefined();
      expect(await open.store().findSession('s2')).toBeDefined();
      expect(await open.store().findSession('s101')).toBeDefined();
    });

    it('an offer of a setup creates one owner, once', async () => {
      await open.store().offerSetup('offer-1');
      await open.store().offerSetup('offer-2');
      await open.restart();
      expect(await open.store().getSetupOffer()).toBe('offer-2');
      expect(await open.store().claimSetup('offer-1', owner)).toBe(false);
      const claims = await Promise.all(['ada', 'eve'].map((name) => open.store().claimSetup('offer-2', { ...owner, name })));
      expect(claims.toSorted()).toEqual([false, true]);
      expect((await open.store().listAccounts()).map(({ name }) => name)).toEqual([claims[0] ? 'ada' : 'eve']);
      expect(await open.store().getSetupOffer()).toBeUndefined();
    });

    it('an offer ends when an account is added otherwise or the offer is withdrawn', async () => {
      await open.store().offerSetup('offer-1');
      await open.store().offerSetup(undefined);
      expect(await open.store().getSetupOffer()).toBeUndefined();
      await open.store().offerSetup('offer-2');
      await open.store().addAccount(owner);
      expect(await open.store().getSetupOffer()).toBeUndefined();
      await open.store().offerSetup('offer-3');
      expect(await open.store().claimSetup('offer-3', { ...owner, name: 'eve' })).toBe(false);
    });
  });

  describe('invitations', () => {
    it('an invitation creates one account with its roles, and survives a restart until then', async () => {
      const sites = [{ site: 'shop', role: 'editor' }] as const;
      await open.store().addAccount(owner);
      await open.store().addInvitation(invitation('id-1', { label: 'Vera', role: 'per-site', sites }));
      await open.store().addInvitation(invitation('id-2', { createdAt: at + 1 }));
      await open.restart();
      const store = open.store();
      const { hash: _, ...listed } = invitation('id-1', { label: 'Vera', role: 'per-site', sites });
      expect(await store.findInvitation('hash-of-id-1')).toEqual(listed);
      expect((await store.listInvitations()).map(({ id }) => id)).toEqual(['id-1', 'id-2']);
      const account = { name: 'vera', password: 'stretched-3', createdAt: at + 5 };
      expect(await store.acceptInvitation('hash-of-id-1', { ...account, name: 'ada' })).toBe('exists');
      const accept = (name: string) => store.acceptInvitation('hash-of-id-1', { ...account, name });
      const accepted = await Promise.all([accept('vera'), accept('eve')]);
      expect(accepted.toSorted()).toEqual(['absent', 'done']);
      const [winner, other] = accepted[0] === 'done' ? (['vera', 'eve'] as const) : (['eve', 'vera'] as const);
      expect(await store.findAccount(winner)).toEqual({ ...account, name: winner, role: 'per-site', sites });
      expect(await store.findAccount(other)).toBeUndefined();
      expect((await store.listInvitations()).map(({ id }) => id)).toEqual(['id-2']);
    });

    it("an account's invitations end with its roles and with the account", async () => {
      const store = open.store();
      await both();
      for (const inviter of ['ada', 'vic']) await store.addInvitation(invitation(`of-${inviter}`, { inviter }));
      const list = async () => (await store.listInvitations()).map(({ id }) => id);
      expect(await store.setAccess('ada', { role: 'viewer', sites: [] })).toBe('owner-needed');
      expect(await list()).toEqual(['of-ada', 'of-vic']);
      expect(await store.removeAccount('vic')).toBe('done');
      expect(await list()).toEqual(['of-ada']);
      await store.addAccount({ ...viewer, role: 'owner' });
      await store.setAccess('ada', { role: 'viewer', sites: [] });
      const account = { name: 'eve', password: 'stretched-3', createdAt: at };
      expect([await list(), await store.acceptInvitation('hash-of-of-ada', account)]).toEqual([[], 'absent']);
    });

    it('a revoked or expired invitation creates no account', async () => {
      const store = open.store();
      await store.addAccount(owner);
      for (const id of ['revoked', 'old', 'valid'])
        await store.addInvitation(invitation(id, { expiresAt: id === 'old' ? at : at + 9 }));
      expect([await store.removeInvitation('revoked'), await store.removeInvitation('revoked')]).toEqual([true, false]);
      const accept = (id: string) =>
        store.acceptInvitation(`hash-of-${id}`, { name: id, password: 'stretched-3', createdAt: at });
      expect([await accept('revoked'), await accept('old')]).toEqual(['absent', 'absent']);
      await store.removeExpiredInvitations(at);
      expect((await store.listInvitations()).map(({ id }) => id)).toEqual(['valid']);
      expect(await accept('valid')).toBe('done');
    });
  });
}
