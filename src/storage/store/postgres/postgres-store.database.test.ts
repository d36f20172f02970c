import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasPostgres } from '../../../../test/postgres.fixture.ts';
import { seed } from '../../../../test/random.fixture.ts';
import { type Lease, LeaseLostError } from '../../ports/consumers.ts';
import { SitesChangedError } from '../../ports/dashboard-sites.ts';
import { storeContract } from '../../ports/store.contract.ts';
import {
  consumer,
  createDeferred,
  createState,
  indexEntry,
  openAttempt,
  report,
  type StoreHarness,
  start,
} from '../../ports/store.fixture.ts';
import type { Store } from '../../ports/store.ts';
import { EmptiedStore } from '../sqlite/emptied-store.fixture.ts';
import { createCommands } from './commands.ts';
import { createConnectionStarts } from './connection-states.ts';
import { anySteps, SteppedSite } from './equal-stores.fixture.ts';
import { createPostgresStore } from './postgres-store.ts';
import { createSpools } from './spools.ts';
import { createStoreDatabase, type StoreDatabase } from './store-database.fixture.ts';

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let server: StoreDatabase['server'];
  let database: StoreDatabase['database'];
  let drop: StoreDatabase['drop'];
  beforeAll(async () => {
    ({ server, database, drop } = await createStoreDatabase());
  });
  afterAll(() => drop());

  const makeHarness = async (): Promise<StoreHarness> => {
    await server.empty();
    let now = 0;
    return {
      open: async () => createPostgresStore(database, { now: () => now }),
      // The adapter keeps nothing in memory.
      crash: async () => {},
      setTime: (time) => {
        now = time;
      },
      dispose: async () => {},
    };
  };

  storeContract('PostgreSQL', makeHarness);

  describe('the locks of the PostgreSQL store', () => {
    let store: Store;
    let lease: Lease;
    let identityLease: Lease;
    beforeEach(async () => {
      await server.empty();
      store = createPostgresStore(database);
      lease = await acquire(consumer);
      identityLease = await acquire('identity:shop');
    });
    const acquire = async (id: string, owner = 'one') => {
      const acquired = await store.acquireLease(id, owner, 30_000);
      if (!acquired) throw new Error(`another owner has the lease of ${id}`);
      return acquired;
    };
    /** Less than the time of the leases. */
    const waiting = { timeout: 20_000 };
    /** Waits until this number of commits wait for a lock. */
    const waitForWaiting = (commits: number) =>
      vi.waitFor(async () => {
        // Within a transaction, the server would list the connections of the first look.
        await server.run('SELECT pg_stat_clear_snapshot()');
        const rows = await server.run(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        expect(rows).toHaveLength(commits);
      }, waiting);
    const hold = (offset: string) =>
      store.commitDelivery(lease, {
        state: createState('1'),
        putDeferred: [createDeferred(offset, { reason: 'hold', dueAt: start + 90_000, knownDuplicates: 0 })],
      });
    const identify = (reports: Parameters<Store['commitIdentity']>[1]['reports'], cursor: string) =>
      store.commitIdentity(identityLease, {
        ...{ site: 'shop', cursor, reports, now: start },
        index: reports.map(({ offset, id, reporter }) => indexEntry(offset, { id, reporter })),
      });

    it('both commits wait for the lease row of the site, so that a hold and its duplicate never miss each other', async () => {
      await identify([report('1', 'browser')], '1');
      await server.run('BEGIN');
      await server.run("SELECT 1 FROM leases WHERE consumer = 'identity:shop' FOR UPDATE");
      const commits = [hold('1'), identify([report('2', 'server')], '2')];
      await waitForWaiting(2);
      await server.run('COMMIT');
      await Promise.all(commits);
      const [deferred] = await store.getDeferredDeliveries(consumer, ['1']);
      expect(deferred?.dueAt).toBeLessThanOrEqual(start);
      expect(deferred?.isTrusted).toBe(true);
    });

    it('a commit that waited while another owner acquired its lease is refused', async () => {
      await server.run('BEGIN');
      await server.run('UPDATE leases SET epoch = epoch + 1 WHERE consumer = $1', [consumer]);
      const late = expect(hold('1')).rejects.toBeInstanceOf(LeaseLostError);
      await waitForWaiting(1);
      await server.run('COMMIT');
      await late;
      expect(await store.getConnectionState(consumer)).toBeUndefined();
      expect(await store.getDeferredDeliveries(consumer, ['1'])).toEqual([]);
    });

    it('the lease of a dead owner ends by the clock of the database', async () => {
      expect(await store.acquireLease(consumer, 'two', 30_000)).toBeUndefined();
      await store.renewLeases([lease], 1);
      await vi.waitFor(async () => expect(await store.acquireLease(consumer, 'two', 30_000)).toBeDefined(), waiting);
    });

    it('renewals, commits and removals of one site never wait for each other in a circle', async () => {
      const others = await Promise.all(['shop/a', 'shop/z', 'a/a', 'identity:a'].map((id) => acquire(id)));
      const leases = [lease, identityLease, ...others];
      await Promise.all(
        Array.from({ length: 12 }, (_, round) => [
          store.renewLeases(round % 2 === 0 ? leases : leases.toReversed(), 30_000),
          hold(String(round)),
          identify([report(`1${round}`, 'server', { id: `ord-${round}` })], `1${round}`),
          store.removeExpired('shop', { through: '0', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0 }, 10),
        ]).flat(),
      );
      expect(await store.renewLeases(leases, 30_000)).toEqual([]);
    });

    it('a consumer cannot have its lease back while another process has the whole site', async () => {
      expect(await store.acquireLease('site:shop', 'one', 1)).toBeDefined();
      const site = await vi.waitUntil(() => store.acquireLease('site:shop', 'two', 30_000), waiting);
      await expect(hold('0')).rejects.toBeInstanceOf(LeaseLostError);
      for (const id of [consumer, 'identity:shop']) expect(await store.acquireLease(id, 'one', 30_000)).toBeUndefined();
      for (const id of [consumer, 'identity:shop']) expect(await store.acquireLease(id, 'two', 30_000)).toBeDefined();
      await store.releaseLease(site);
      await expect(hold('1')).rejects.toBeInstanceOf(LeaseLostError);
    });

    it('a consumer that continues after the database lost its last commits is refused', async () => {
      const deliver = (cursor: string, from?: string) => store.commitDelivery(lease, { state: createState(cursor) }, from);
      const identifyFrom = (cursor: string, from: string) =>
        store.commitIdentity(identityLease, { site: 'shop', cursor, reports: [], now: start }, from);
      await deliver('1');
      await deliver('2', '1');
      await expect(deliver('9', '3')).rejects.toThrow(/went back/);
      expect((await store.getConnectionState(consumer))?.cursor).toBe('2');
      await server.run('DELETE FROM connections');
      await expect(deliver('3', '2')).rejects.toBeInstanceOf(LeaseLostError);
      await identifyFrom('1', '');
      await expect(identifyFrom('9', '3')).rejects.toBeInstanceOf(LeaseLostError);
      expect(await store.getIdentityCursor('shop')).toBe('1');
    });

    it('the start of a connection is stored once, by whichever process is first', async () => {
      const starts = createConnectionStarts(database);
      await store.commitDelivery(lease, { state: createState('7') });
      expect(await starts.findUnstarted([consumer, 'shop/new'])).toEqual(['shop/new']);
      await starts.storeStarts([consumer, 'shop/new'].map((id) => ({ consumer: id, state: createState('3') })));
      const stored = [await store.getConnectionState(consumer), await store.getConnectionState('shop/new')];
      expect(stored.map((state) => state?.cursor)).toEqual(['7', '3']);
    });

    it('a command is taken once, never after it was withdrawn, and never later than its sender waits', async () => {
      const commands = createCommands(database);
      const add = (id: string) => commands.addCommand({ id, site: 'shop', content: { do: 'give' } });
      for (const id of ['taken', 'withdrawn', 'late']) await add(id);
      expect([await commands.takeCommand('taken'), await commands.takeCommand('taken')]).toEqual([true, false]);
      expect(await commands.withdrawCommand('taken')).toBe(false);
      expect([await commands.withdrawCommand('withdrawn'), await commands.takeCommand('withdrawn')]).toEqual([true, false]);
      await server.run("UPDATE commands SET sent_at = sent_at - 10001 WHERE id = 'late'");
      expect(await commands.listOpenCommands()).toEqual([]);
      expect(await commands.takeCommand('late')).toBe(false);
    });

    it('a spool is open until its process reports that it has been empty since, or is gone for so long that its events expired', async () => {
      const spools = createSpools(database);
      const listOpen = async (at: number) => spools.listOpenSpools(at, 1_000);
      expect(await listOpen(await spools.readTime())).toEqual([]);
      await spools.reportSpool({ node: 'a', host: 'shop-1', emptyForMs: 50 });
      const at = (await spools.readTime()) + 1;
      expect(await listOpen(at)).toEqual(['shop-1']);
      await vi.waitUntil(async () => (await spools.readTime()) > at, waiting);
      for (const [emptyForMs, open] of [
        [undefined, ['shop-1']],
        [0, ['shop-1']],
        [60_000, []],
      ] as const) {
        await spools.reportSpool({ node: 'a', host: 'shop-1', ...(emptyForMs !== undefined && { emptyForMs }) });
        expect(await listOpen(at)).toEqual(open);
      }
      await spools.reportSpool({ node: 'a', host: 'shop-1', emptyForMs: 60_000, asOf: at - 1 });
      expect(await listOpen(at)).toEqual(['shop-1']);
      await spools.removeSpool('a');
      await spools.reportSpool({ node: 'b', host: 'shop-2' });
      expect([await listOpen(at), await listOpen(at + 5_000)]).toEqual([['shop-2'], []]);
      await spools.removeSpool('b');
      expect(await listOpen(at)).toEqual([]);
    });

    it('every change of the sites is refused when another process changed them since they were read', async () => {
      const site = { id: 'shop', config: {}, secretKeys: [], oldWriteKeys: [], webhookSecrets: [] };
      const connection = { site: 'shop', id: 'a', config: {}, secrets: {} };
      const rules = { site: 'shop', digest: 'd', at: 1, by: 'test', rules: [] };
      const early = store.atSitesVersion?.(await store.getSitesVersion());
      await early?.saveDashboardSite(site);
      const version = await store.getSitesVersion();
      for (const change of [
        () => early?.saveDashboardSite({ ...site, config: { name: 'late' } }),
        () => early?.removeDashboardSite('shop', true),
        () => early?.saveDashboardConnection(connection, { now: 1 }),
        () => early?.removeDashboardConnection('shop', 'a'),
        () => early?.saveSecrets([], [site]),
        () => early?.addRuleChange(rules, { site }),
      ])
        await expect(change()).rejects.toBeInstanceOf(SitesChangedError);
      expect([await store.listDashboardSites(), await store.getSitesVersion()]).toEqual([[site], version]);
      await store.atSitesVersion?.(version).saveDashboardConnection(connection, { now: 1 });
      expect(await store.listDashboardConnections()).toEqual([connection]);
    });

    it('a response with U+0000 is stored, which a text of PostgreSQL cannot hold', async () => {
      await store.commitDelivery(lease, { state: createState('1'), open: openAttempt('a', ['1']) });
      const settle = { id: 'a', at: start, result: 'retry', status: 500, answer: 'no\0thing', issues: [] } as const;
      await store.commitDelivery(lease, { state: createState('1'), settle });
      expect((await store.listAttempts(consumer, '1'))[0]?.settled?.answer).toBe('no\ufffdthing');
      expect(await store.searchEvents('shop', { limit: 1, text: '\0' })).toEqual({ offsets: [] });
    });

    it('an erasure rewrites the tables, which keep earlier versions of rows otherwise', async () => {
      await store.commitIdentity(identityLease, {
        site: 'shop',
        cursor: '1',
        reports: [],
        index: [indexEntry('1')],
        links: [{ key: 'email:1', visitor: 'a', at: 1 }],
        now: start,
      });
      const readFile = async () => (await server.run<{ file: string }>("SELECT pg_relation_filepath('links') AS file"))[0]?.file;
      const before = await readFile();
      // A dump reads the tables until it ends. An erasure that waits for it would stop everything else.
      await server.run('BEGIN');
      await server.run('SELECT FROM attempts');
      await expect(store.endErasure('shop')).rejects.toMatchObject({ code: '55P03' });
      await server.run('COMMIT');
      await store.beginErasure({ site: 'shop', offsets: ['1'], visitors: [{ visitor: 'a' }], now: start });
      await store.endErasure('shop');
      expect(await readFile()).not.toBe(before);
    });
  });

  it('the PostgreSQL store and the SQLite store answer alike after the same steps', async () => {
    const sqlite = await EmptiedStore.open();
    let runs = 0;
    const property = fc.asyncProperty(anySteps, async (steps) => {
      runs += 1;
      const [one, other] = [sqlite.store, createPostgresStore(database)].map((store) => new SteppedSite(store, `site${runs}`));
      for (const step of steps) expect(await other?.take(step), step.kind).toEqual(await one?.take(step));
    });
    // A failure is reported before the test's time is over, with the smallest steps found by then.
    await fc.assert(property, { numRuns: 12, seed, interruptAfterTimeLimit: 30_000 });
    sqlite.close();
  });
});
