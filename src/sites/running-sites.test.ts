import { expect, it } from 'vitest';
import { SitesChangedError } from '../storage/ports/dashboard-sites.ts';
import type { Store } from '../storage/ports/store.ts';
import { ChangeNotAppliedError } from './running-sites.ts';
import { bing, fileSite, listIds, useRegistry } from './site-registry.fixture.ts';

const scene = useRegistry();

it('takes in the changes of another process, at the latest before its own', async () => {
  const base = scene().store;
  let version = 0;
  scene().store = {
    ...base,
    getSitesVersion: async () => version,
    async saveDashboardSite(...saved) {
      await base.saveDashboardSite(...saved);
      version += 1;
    },
  };
  const [one, other] = [await scene().open(), await scene().open()];
  await one.createSite({ id: 'made', domains: ['made.example'] });
  scene().applied = [];
  await other.refresh();
  await other.refresh();
  expect(scene().applied.map(listIds)).toEqual([['shop', 'made']]);
  const revision = one.entry('made')?.revision;
  await other.changeSite('made', revision, { name: 'Changed' });
  expect(await one.changeSite('made', revision, { name: 'Lost' })).toEqual({ refused: 'changed-meanwhile' });
  expect(one.entry('made')?.site.name).toBe('Changed');
});

it('decides a change again when another process changes the sites before it is saved', async () => {
  const base = scene().store;
  let version = 0;
  let meanwhile: (() => Promise<unknown>) | undefined;
  const versioned = { ...base, getSitesVersion: async () => version };
  const atSitesVersion = (expected: number): Store => ({
    ...versioned,
    async saveDashboardSite(...saved) {
      const first = meanwhile;
      meanwhile = undefined;
      await first?.();
      if (version !== expected) throw new SitesChangedError('another process changed the sites');
      await base.saveDashboardSite(...saved);
      version += 1;
    },
  });
  scene().store = { ...versioned, atSitesVersion };
  const [one, other] = [await scene().open(), await scene().open()];
  await one.createSite({ id: 'made', domains: ['made.example'] });
  const created = await one.createKey('made', 'secret');
  if ('refused' in created) throw new Error(created.refused);
  meanwhile = () => one.removeKey('made', created.id);
  await other.changeSite('made', undefined, { name: 'Renamed' });
  expect(await scene().store.listDashboardSites()).toMatchObject([{ secretKeys: [], config: { name: 'Renamed' } }]);
});

it('applies the change of another process again when the first attempt fails', async () => {
  const base = scene().store;
  let version = 0;
  scene().store = { ...base, getSitesVersion: async () => version };
  const other = await scene().open();
  await scene().openWithSite();
  version = 1;
  scene().onApply = () => {
    throw new Error('the database is away');
  };
  await expect(other.refresh()).rejects.toThrow(ChangeNotAppliedError);
  scene().applied = [];
  scene().onApply = () => undefined;
  await other.refresh();
  await other.refresh();
  expect(scene().applied.map(listIds)).toEqual([['shop', 'made']]);
});

it('applies the changes of another process without the history of rules, if only others record it', async () => {
  const base = scene().store;
  let version = 0;
  scene().store = { ...base, getSitesVersion: async () => version };
  const forbid = () => Promise.reject(new Error('permission denied for table rule_changes'));
  const withoutHistory = { ...scene().store, listRuleChanges: forbid, addRuleChange: forbid };
  const other = await scene().open({}, { store: withoutHistory, recordsOtherRules: false });
  await scene().openWithSite();
  version = 1;
  scene().applied = [];
  await other.refresh();
  await other.refresh();
  expect(scene().applied.map(listIds)).toEqual([['shop', 'made']]);
});

it('applies the accounts of late purchases once they change', async () => {
  let lateAccounts: readonly string[] = [];
  scene().store = { ...scene().store, listLateAccounts: async () => lateAccounts };
  const settings = { tagId: '1', token: 'token-of-the-file', latePurchases: 'on' };
  scene().config = JSON.stringify({ sites: [{ ...fileSite, connections: [{ ...bing, id: 'bing', settings }] }] });
  const registry = await scene().open();
  expect(registry.sites()[0]?.lateAccounts).toEqual([]);
  const [connection] = registry.sites()[0]?.connections ?? [];
  lateAccounts = ['shop/bing', 'other/bing'];
  scene().applied = [];
  await registry.refreshLateAccounts();
  await registry.refreshLateAccounts();
  expect(scene().applied.map(([site]) => site?.lateAccounts)).toEqual([['bing']]);
  // The connection is the same, so it is not started again.
  expect(registry.sites()[0]?.connections[0]).toBe(connection);
});
