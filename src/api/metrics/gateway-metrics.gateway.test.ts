import { afterEach, beforeEach, expect, it } from 'vitest';
import { start } from '../../delivery/delivery.fixture.ts';
import { openApi, shop, unusedBudget } from '../api.fixture.ts';
import { readValues, startMetrics } from './metrics.fixture.ts';
import { createMetrics } from './metrics.ts';

let api: Awaited<ReturnType<typeof openApi>>;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.dispose());

it('gateway and process have metrics', async () => {
  const metrics = startMetrics(api, { isReady: false });
  expect(await readValues(metrics, 'convey_ready')).toEqual({ '': 0 });
  expect(await readValues(metrics, 'convey_ready_browsers')).toEqual({ '': 0 });
  expect(await readValues(metrics, 'convey_browser_budget_used')).toMatchObject({ 'site=shop,kind=links': 7 });
  expect(await readValues(metrics, 'convey_browser_budget_limit')).toMatchObject({ 'site=shop,kind=links': 9 });
  expect(await readValues(metrics, 'convey_disk_free_bytes')).toEqual({ '': 5e9 });
  expect(await readValues(metrics, 'convey_build_info')).toEqual({ 'version=1.2.3': 1 });
  expect(await readValues(metrics, 'convey_clock_timestamp_seconds')).toEqual({ '': start / 1_000 });
  expect((await readValues(metrics, 'process_resident_memory_bytes'))['']).toBeGreaterThan(1e6);
});

it('the metrics have the nodes by role, and the sites that none holds', async () => {
  const alone = startMetrics(api);
  expect(await readValues(alone, 'convey_nodes')).toEqual({ 'role=collect': 1, 'role=deliver': 1, 'role=admin': 1 });
  expect(await readValues(alone, 'convey_sites_without_holder')).toEqual({ '': 0 });
  const roles = [['collect'], ['collect', 'admin']] as const;
  const shared = createMetrics({
    sites: () => [shop, { ...shop, id: 'other' }],
    ownsSite: () => false,
    nodes: {
      listNodes: async () => roles.map((own, index) => ({ id: `node-${index}`, sitesDigest: '', roles: own })),
      countHeldSites: async (sites) => sites.filter((site) => site === 'other').length,
    },
    log: api.log,
    store: api.store,
    now: () => start,
    version: '1',
    ready: () => ({ ok: true, appendsTo: 'database' }),
    freeBytes: async () => 5e9,
    browserBudget: async () => unusedBudget,
  });
  expect(await readValues(shared, 'convey_nodes')).toEqual({ 'role=collect': 2, 'role=deliver': 0, 'role=admin': 1 });
  expect(await readValues(shared, 'convey_sites_without_holder')).toEqual({ '': 1 });
});

it('the metrics have the spool while the database is away, and no state of sites', async () => {
  const away = createMetrics({
    sites: () => [shop],
    log: api.log,
    store: { ...api.store, getIdentityCursor: () => Promise.reject(new Error('away')) },
    now: () => start,
    version: '1',
    spool: { getState: () => ({ records: 3, forMs: 90_000 }), getTotals: () => ({ forwarded: 7, lost: 2 }) },
    ready: () => ({ ok: true, appendsTo: 'spool' }),
    freeBytes: async () => 5e9,
    browserBudget: async () => unusedBudget,
  });
  expect(await readValues(away, 'convey_spool_records')).toEqual({ '': 3 });
  expect(await readValues(away, 'convey_spool_seconds')).toEqual({ '': 90 });
  expect(await readValues(away, 'convey_spool_forwarded_total')).toEqual({ '': 7 });
  expect(await readValues(away, 'convey_spool_lost_total')).toEqual({ '': 2 });
  expect(await readValues(away, 'convey_identity_lag_records')).toEqual({});
  expect(await readValues(away, 'convey_nodes')).toEqual({});
  expect(await readValues(away, 'convey_sites_without_holder')).toEqual({ '': Number.NaN });
});

it('scrapes at the same time, and within 5 s, share one result', async () => {
  const metrics = startMetrics(api);
  const [one, two] = await Promise.all([metrics.scrape(), metrics.scrape()]);
  metrics.counters.countRefused('internal');
  expect([two, await metrics.scrape()]).toEqual([one, one]);
  expect(one.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
});

it('the next scrape succeeds after a fault of the store', async () => {
  let fails = true;
  const metrics = createMetrics({
    sites: () => [shop],
    log: api.log,
    store: api.store,
    now: () => start,
    version: '1',
    ready: () => ({ ok: true }),
    freeBytes: () => (fails ? Promise.reject(new Error('no disk')) : Promise.resolve(1)),
    browserBudget: async () => unusedBudget,
  });
  await expect(metrics.scrape()).rejects.toThrow('no disk');
  fails = false;
  expect((await metrics.scrape()).text).toContain('convey_ready 1');
});
