import { describe, expect, it } from 'vitest';
import type { AccountRecord, AccountStore, NewSession } from './accounts.ts';

/** The contract of accounts and sessions. */
export function accountsContract(open: { readonly store: () => AccountStore; readonly restart: () => Promise<void> }): void {
  const at = 1_795_514_400_000;
  const owner: AccountRecord = { name: 'ada', role: 'owner', password: 'stretched-1', createdAt: at };
  const viewer: AccountRecord = { name: 'vic', role: 'viewer', password: 'stretched-2', createdAt: at + 1 };
  const session = (hash: string, more: Partial<NewSession> = {}): NewSession => ({
    hash,
    account: 'ada',
    password: 'stretched-1',
    at,
    ...more,
  });
  const both = async () => {
    await open.store().addAccount(owner);
    await open.store().addAccount(viewer);
  };

  describe('access', () => {
    it('keeps accounts by their names, and lists them without their passwords', async () => {
      await both();
      await open.restart();
      const { password: _one, ...listedOwner } = owner;
      const { password: _two, ...listedViewer } = viewer;
      expect(await open.store().listAccounts()).toEqual([listedOwner, listedViewer]);
      expect(await open.store().findAccount('vic')).toEqual(viewer);
      expect(await open.store().findAccount('Vic')).toBeUndefined();
      expect(await open.store().addAccount({ ...viewer, role: 'owner' })).toBe('exists');
      expect(await open.store().findAccount('vic')).toEqual(viewer);
    });

    it('is never without an owner once there is an account', async () => {
      const store = open.store();
      expect(await store.addAccount(viewer)).toBe('owner-needed');
      await both();
      expect(await store.setRole('ada', 'viewer')).toBe('owner-needed');
      expect(await store.removeAccount('ada')).toBe('owner-needed');
      expect(await store.setRole('vic', 'owner')).toBe('done');
      expect(await store.setRole('ada', 'viewer')).toBe('done');
      expect(await store.removeAccount('vic')).toBe('owner-needed');
      expect((await store.listAccounts()).map(({ name, role }) => `${name} ${role}`)).toEqual(['ada viewer', 'vic owner']);
    });

    it('of two owners who remove each other at once, one stays', async () => {
      const store = open.store();
      await both();
      await store.setRole('vic', 'owner');
      const removed = await Promise.all([store.removeAccount('ada'), store.removeAccount('vic')]);
      expect(removed).toEqual(['done', 'owner-needed']);
    });

    it('a session goes on across a restart, and has the present role of its account', async () => {
      await both();
      await open.store().setRole('vic', 'owner');
      expect(await open.store().openSession(session('one'))).toBe(true);
      await open.restart();
      expect(await open.store().findSession('one')).toEqual({ account: 'ada', role: 'owner', createdAt: at, usedAt: at });
      await open.store().setRole('ada', 'viewer');
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

    it('no session opens on a password that changed meanwhile, and none is ended for it', async () => {
      await both();
      await open.store().openSession(session('one'));
      expect(await open.store().openSession(session('two', { password: 'stretched-0', replaces: 'one' }))).toBe(false);
      expect(await open.store().openSession(session('two', { account: 'nobody' }))).toBe(false);
      expect(await open.store().findSession('one')).toBeDefined();
    });

    it('a new password ends the sessions of its account alone; the same in another form ends none', async () => {
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

    it('forgets sessions by their beginning and by their last use, which never goes back', async () => {
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

    it('keeps the newest 100 sessions of an account', async () => {
      await both();
      for (let index = 0; index < 102; index += 1) await open.store().openSession(session(`s${index}`, { at: at + index }));
      expect(await open.store().findSession('s1')).toBeUndefined();
      expect(await open.store().findSession('s2')).toBeDefined();
      expect(await open.store().findSession('s101')).toBeDefined();
    });

    it('an offer of a setup makes one owner, once', async () => {
      await open.store().offerSetup('offer-1');
      await open.store().offerSetup('offer-2');
      await open.restart();
      expect(await open.store().getSetupOffer()).toBe('offer-2');
      expect(await open.store().claimSetup('offer-1', owner)).toBe(false);
      const claims = [owner, { ...owner, name: 'eve' }].map((one) => open.store().claimSetup('offer-2', one));
      expect(await Promise.all(claims)).toEqual([true, false]);
      expect((await open.store().listAccounts()).map(({ name }) => name)).toEqual(['ada']);
      expect(await open.store().getSetupOffer()).toBeUndefined();
    });

    it('an offer ends when somebody is added by another way, or when it is withdrawn', async () => {
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
}
