import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasPostgres } from '../../../../test/postgres.fixture.ts';
import { createLoginThrottle } from '../../../api/auth/login-throttle.ts';
import { systemClock } from '../../../clock/clock.ts';
import { silentLogger } from '../../../delivery/delivery.fixture.ts';
import type { Site } from '../../../event/site.ts';
import { startSharedPageSessions } from '../../../gateway/cluster/shared-page-sessions.ts';
import type { PersonQuery } from '../../../privacy/person-query.ts';
import { createStoredExports } from '../../../privacy/stored-exports.ts';
import { createStoredShopRequests, startShopRequestRunner } from '../../../privacy/stored-shop-requests.ts';
import { toSiteNotices } from '../../ports/collector-notices.ts';
import { privacyLeaseId, siteLeaseId } from '../../ports/consumer-id.ts';
import { LeaseLostError } from '../../ports/consumers.ts';
import { start } from '../../ports/store.fixture.ts';
import { schemaSteps } from '../../postgres-schema.ts';
import { createCollectorNotices } from './collector-notices.ts';
import { createExports } from './exports.ts';
import { createNodes } from './nodes.ts';
import { createPageSessions } from './page-sessions.ts';
import { createPostgresStore } from './postgres-store.ts';
import { createShopRequests } from './shop-requests.ts';
import { createSignInFailures } from './sign-in-failures.ts';
import { createStoreDatabase, type StoreDatabase } from './store-database.fixture.ts';
import { createTableRewrites, defaultRewriteLimits } from './table-rewrites.ts';

const dayMs = 86_400_000;

describe.skipIf(!hasPostgres)('processes on one PostgreSQL', () => {
  let server: StoreDatabase['server'];
  let database: StoreDatabase['database'];
  let drop: StoreDatabase['drop'];
  beforeAll(async () => {
    ({ server, database, drop } = await createStoreDatabase());
  });
  afterAll(() => drop());
  beforeEach(() => server.empty());

  it('allow no more failed sign-ins together than one of them', async () => {
    const throttles = [createSignInFailures(database), createSignInFailures(database)].map(createLoginThrottle);
    const tryAll = (times: number, account: string) =>
      Promise.all(
        Array.from({ length: times }, (_, index) => throttles[index % 2]?.(`198.51.${index}.7`, account) ?? Promise.reject()),
      );
    const attempts = await tryAll(20, 'olga');
    const admitted = attempts.filter(({ waitSeconds }) => waitSeconds === undefined);
    expect(admitted).toHaveLength(5);
    const [right, ...wrong] = await tryAll(4, 'vic');
    await Promise.all(wrong.map((attempt) => attempt.withdrawn()));
    await right?.succeeded();
    expect((await tryAll(5, 'vic')).every(({ waitSeconds }) => waitSeconds === undefined)).toBe(true);
    // Names and addresses are not stored, and forgotten keys have no row. The name has letters that no hexadecimal key has.
    expect(JSON.stringify(await server.run('SELECT * FROM sign_in_failures'))).not.toMatch(/olga|198\.51/);
    expect(await server.run('SELECT 1 FROM sign_in_failures WHERE count = 0')).toEqual([]);
  });

  it('count a failed sign-in while another of them forgets its key', async () => {
    const key = 'account:ada';
    await server.run(`INSERT INTO sign_in_failures VALUES ('${key}', 1, 5)`);
    await server.run('BEGIN');
    await server.run('SELECT FROM sign_in_failures FOR UPDATE');
    const counted = createSignInFailures(database).update([key], (_, now) => new Map([[key, { count: 2, lastAt: now }]]));
    const selectWaiting = `SELECT 1 FROM pg_locks w JOIN pg_locks r USING (pid)
      WHERE NOT w.granted AND r.relation = 'sign_in_failures'::regclass`;
    await expect.poll(() => server.run(selectWaiting)).not.toEqual([]);
    await server.run('DELETE FROM sign_in_failures');
    await server.run('COMMIT');
    await counted;
    expect(await server.run('SELECT key, count, last_at > 5 AS "isNow" FROM sign_in_failures')).toEqual([
      { key, count: '2', isNow: true },
    ]);
  });

  it('offer one setup, until the process that offered it stops', async () => {
    const store = createPostgresStore(database);
    const nodes = createNodes(database, schemaSteps.length);
    const beat = (id: string) => nodes.beat({ id, sitesDigest: '', roles: ['deliver', 'admin'] }, 10_000);
    await Promise.all(['one', 'two'].map(beat));
    expect(await beat('two')).toContainEqual({ id: 'one', sitesDigest: '', roles: ['deliver', 'admin'] });
    expect((await nodes.listNodes(10_000)).map(({ id }) => id)).toEqual(['one', 'two']);
    const offered = await Promise.all(['one', 'two'].map((node) => store.offerSetup(`hash of ${node}`, node)));
    expect(offered.toSorted()).toEqual([false, true]);
    const [first, second] = offered[0] ? ['one', 'two'] : ['two', 'one'];
    expect(await store.getSetupOffer()).toBe(`hash of ${first}`);
    // A restart voids its own.
    expect(await store.offerSetup('newer', first)).toBe(true);
    await nodes.removeNode(first);
    expect(await store.offerSetup('last', second)).toBe(true);
    expect(await store.getSetupOffer()).toBe('last');
  });

  it('count the sites that a node holds', async () => {
    const store = createPostgresStore(database);
    const nodes = createNodes(database, schemaSteps.length);
    const [held] = [
      await store.acquireLease(siteLeaseId('held'), 'one', 30_000),
      await store.acquireLease(siteLeaseId('lapsed'), 'one', 0),
      await store.acquireLease(siteLeaseId('removed'), 'one', 30_000),
    ];
    expect(await nodes.countHeldSites(['held', 'lapsed', 'never'])).toBe(1);
    if (held) await store.releaseLease(held);
    expect(await nodes.countHeldSites(['held', 'lapsed', 'never'])).toBe(0);
  });

  it('hand over and remove the exports of each other', async () => {
    const [one, other] = [createStoredExports(createExports(database)), createStoredExports(createExports(database))];
    const head = `{"foundBy":["email:1"],\n`;
    const body = 'ä'.repeat(700_000);
    const file = await one.write('shop', 'shop', start, toAsync([head, body]));
    const older = await one.write('shop', 'operator', start - 1, toAsync(['{"foundBy":["email:2"],\n']));
    expect(await other.list('shop')).toEqual([file, older]);
    expect(await other.list('rival')).toEqual([]);
    expect(await other.read('rival', file.id)).toBeUndefined();
    const stream = await other.read('shop', file.id);
    expect(stream && (await text(stream))).toBe(head + body);
    expect(await other.ofPerson('shop', new Set(['email:1']))).toEqual([file]);
    expect(await other.askedByShops()).toEqual(new Map([['shop', 1]]));
    expect(await other.sites()).toEqual(['shop']);
    expect(await other.removeOld('shop', start + 30 * dayMs - 1)).toBe(1);
    expect(await one.remove('shop', file.id)).toBe(true);
    expect(await server.run('SELECT 1 FROM export_chunks')).toEqual([]);
  });

  it('list no export that was not finished, and remove its parts', async () => {
    const exports = createStoredExports(createExports(database));
    const broken = exports.write('shop', 'operator', start, fail(['{"foundBy":[],\n', 'x'.repeat(600_000)]));
    await expect(broken).rejects.toThrow('the disk is full');
    expect(await server.run('SELECT 1 FROM export_chunks')).toEqual([]);
    await createExports(database).addChunk({ id: 'of a process that died', site: 'shop' }, 0, Buffer.from('part'));
    await exports.removeUnfinished('rival');
    await exports.removeOld('shop', start);
    expect(await server.run('SELECT 1 FROM export_chunks')).toHaveLength(1);
    await server.run(`UPDATE export_chunks SET added_at = added_at - ${dayMs}`);
    await exports.removeOld('shop', start);
    expect(await server.run('SELECT 1 FROM export_chunks')).toEqual([]);
  });

  it('finish no export whose parts an erasure removed', async () => {
    const [exports, other] = [createStoredExports(createExports(database)), createStoredExports(createExports(database))];
    const finished = await other.write('shop', 'operator', start, toAsync(['{"foundBy":[],\n']));
    const chunks = async function* () {
      yield 'x'.repeat(600_000);
      await other.removeUnfinished('shop');
      yield 'y';
    };
    await expect(exports.write('shop', 'operator', start, chunks())).rejects.toThrow('was removed while it was written');
    expect(await other.list('shop')).toEqual([finished]);
    expect(await server.run('SELECT export FROM export_chunks')).toEqual([{ export: finished.id }]);
  });

  it('run the oldest privacy request of each shop, however many another shop has', async () => {
    const requests = createShopRequests(database);
    for (const [id, site] of Object.entries({ first: 'shop', second: 'shop', third: 'rival' }))
      await requests.addShopRequest({ id, site, content: {} });
    await server.run("UPDATE shop_requests SET added_at = added_at + 1 WHERE id <> 'first'");
    const listIds = async () => (await requests.listNextShopRequests()).map(({ id }) => id).toSorted();
    expect(await listIds()).toEqual(['first', 'third']);
    await requests.endShopRequest('first');
    expect(await listIds()).toEqual(['second', 'third']);
  });

  it('run a shop’s privacy request once, in the process of the site', async () => {
    const requests = createShopRequests(database);
    const sites: readonly Site[] = [{ id: 'shop', defaultCountry: 'US' } as Site];
    const [site] = sites;
    if (!site) throw new Error('there is a site');
    const erased: PersonQuery[] = [];
    let result: 'busy' | 'stopping' | object = 'busy';
    const people = {
      erase: async (_: Site, query: PersonQuery) => {
        erased.push(query);
        return result as 'busy';
      },
      export: () => Promise.reject(new Error('the disk is full')),
    };
    const deps = { requests, clock: systemClock, logger: silentLogger };
    const handle = createStoredShopRequests({ ...deps, timeoutMs: 30_000 });
    const keys = { email: 'jane@shop.example', orderIds: ['1001'] };
    const idle = startShopRequestRunner({ ...deps, people, sites: () => sites, ownsSite: () => false });
    const runner = startShopRequestRunner({ ...deps, people, sites: () => sites, ownsSite: () => true });
    const handled = handle(site, 'erase', keys, 'delivery-1');
    await expect.poll(() => erased.length).toBeGreaterThan(0);
    expect(JSON.stringify(await server.run('SELECT * FROM shop_requests'))).not.toContain('jane');
    result = { events: 1 };
    expect(await handled).toBe('done');
    const [query] = erased;
    expect([query?.keys, query?.links]).toEqual([['email', 'orderId'], expect.arrayContaining(['order:1001'])]);
    const before = erased.length;
    expect(await handle(site, 'erase', keys, 'delivery-1')).toBe('done');
    // A request that fails is run again when the shop repeats it.
    expect(await createStoredShopRequests({ ...deps, timeoutMs: 0 })(site, 'export', keys, 'delivery-2')).toBe('later');
    await expect.poll(() => server.run('SELECT id FROM shop_requests')).toEqual([{ id: 'erase delivery-1' }]);
    expect(erased).toHaveLength(before);
    await Promise.all([runner.stop(), idle.stop()]);
  });

  it('remove old requests of shops in one process, also if no request ends', async () => {
    const requests = createShopRequests(database);
    for (const id of ['open', 'open for long', 'done', 'done long ago'])
      await requests.addShopRequest({ id, site: 'former', content: {} });
    for (const id of ['done', 'done long ago']) await requests.endShopRequest(id);
    await server.run(`UPDATE shop_requests SET added_at = added_at - ${30 * dayMs + 1} WHERE id = 'open for long'`);
    await server.run(`UPDATE shop_requests SET added_at = added_at - ${7 * dayMs + 1} WHERE id = 'done long ago'`);
    const people = { erase: () => Promise.reject(new Error()), export: () => Promise.reject(new Error()) };
    const deps = { requests, people, sites: () => [], clock: systemClock, logger: silentLogger };
    const runner = startShopRequestRunner({ ...deps, ownsSite: (site) => site === '' });
    const listIds = () => server.run('SELECT id FROM shop_requests ORDER BY id');
    await expect.poll(listIds, { timeout: 5_000 }).toEqual([{ id: 'done' }, { id: 'open' }]);
    await runner.stop();
  });

  it('know the tokens, sessions and events of pages that another of them opened', async () => {
    const minuteMs = 60_000;
    let now = 1_000_000;
    const clock = { ...systemClock, now: () => now };
    const [one, two] = [1, 2].map(() =>
      startSharedPageSessions({ store: createPageSessions(database), clock, logger: silentLogger }),
    );
    if (!one || !two) throw new Error('two processes');
    try {
      const { token, endsAt } = await one.open('shop');
      expect([endsAt, one.isOpen('shop'), one.isOpen('rival')]).toEqual([now + 30 * minuteMs, true, false]);
      const taken = await Promise.all([one.take('shop', `${token}.a`, []), two.take('shop', `${token}.b`, [])]);
      expect(taken.toSorted()).toEqual([false, true]);
      const tab = taken[0] ? 'a' : 'b';
      expect(await two.take('shop', token, [])).toBe(false);
      expect(await two.take('rival', `${token}.${tab}`, [])).toBe(false);
      expect(await two.take('shop', `${token}.${tab}`, [{ name: 'done', keys: ['a'] }])).toBe(true);
      now += 1;
      expect(
        await one.take('shop', `${token}.${tab}`, [
          { name: 'done', keys: ['b'] },
          { name: 'seen', keys: [] },
        ]),
      ).toBe(true);
      expect(await two.list('shop')).toEqual({
        endsAt: now - 1 + 60 * minuteMs,
        events: [
          { name: 'done', keys: ['a', 'b'], lastAt: now },
          { name: 'seen', keys: [], lastAt: now },
        ],
      });
      // The database has no token with which a session could be used.
      expect(JSON.stringify(await server.run('SELECT * FROM page_sessions'))).not.toContain(token);
      now += 60 * minuteMs;
      expect(await one.take('shop', `${token}.${tab}`, [])).toBe(false);
      expect([await two.list('shop'), one.isOpen('shop')]).toEqual([{ events: [] }, false]);
      const unused = await one.open('shop');
      now += 30 * minuteMs;
      expect(await two.take('shop', `${unused.token}.a`, [])).toBe(false);
      const first = await one.open('shop');
      for (let n = 0; n < 10; n++) {
        now += 1;
        await two.open('shop');
      }
      expect(await one.take('shop', `${first.token}.a`, [])).toBe(false);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });

  it('show the notices of all collectors', async () => {
    const notices = createCollectorNotices(database);
    const now = Date.now();
    const refused = { site: 'shop', kind: 'domain-refused', domain: 'other.example' } as const;
    await notices.putNotices('one', [
      { ...refused, requests: 2, lastAt: now - 5 },
      { ...refused, domain: 'old.example', requests: 9, lastAt: now - dayMs - 1 },
      { site: 'shop', kind: 'pixel-loaded', domain: '', requests: 1, lastAt: now - 2 * dayMs },
    ]);
    await notices.putNotices('one', [{ ...refused, requests: 3, lastAt: now - 4 }]);
    await notices.putNotices('two', [{ ...refused, requests: 4, lastAt: now - 9 }]);
    expect(toSiteNotices(await notices.listNotices('shop'))).toEqual({
      pixelLoadedAt: now - 2 * dayMs,
      refusedDomains: [{ domain: 'other.example', requests: 7, lastAt: now - 4 }],
    });
    expect(toSiteNotices(await notices.listNotices('rival'))).toEqual({ refusedDomains: [] });
  });

  describe('an erasure', () => {
    const erasure = { site: 'shop', offsets: ['1'], visitors: [], now: start };
    const acquire = async (id: string, owner: string) => {
      const store = createPostgresStore(database);
      const lease = await store.acquireLease(id, owner, 30_000);
      if (!lease) throw new Error(`another owner has the lease ${id}`);
      return lease;
    };

    it('changes nothing once another process has the site', async () => {
      const store = createPostgresStore(database);
      const stale = await acquire(siteLeaseId('shop'), 'one');
      await store.releaseLease(stale);
      const lease = await acquire(siteLeaseId('shop'), 'two');
      await expect(store.beginErasure(erasure, stale)).rejects.toThrow(LeaseLostError);
      await expect(store.eraseAttempts([], start, stale)).rejects.toThrow(LeaseLostError);
      await expect(store.endErasure('shop', stale)).rejects.toThrow(LeaseLostError);
      expect(await store.getUnfinishedErasure('shop')).toBeUndefined();
      await store.beginErasure(erasure, lease);
      await store.eraseAttempts([], start, lease);
      expect(await store.getUnfinishedErasure('shop')).toEqual(['1']);
    });

    it('has the only lease of the site’s people, while any process runs the site', async () => {
      await acquire(siteLeaseId('shop'), 'one');
      await acquire(privacyLeaseId('shop'), 'two');
      await expect(acquire(privacyLeaseId('shop'), 'one')).rejects.toThrow('another owner');
    });

    it('ends when its large tables are rewritten, by Convey or by the operator', async () => {
      const store = createPostgresStore(database, { rewriteLimits: { ...defaultRewriteLimits, tableBytes: 0 } });
      const rewrites = createTableRewrites(database);
      await store.beginErasure(erasure);
      expect(await store.endErasure('shop')).toBe('awaits-rewrite');
      expect(await store.getUnfinishedErasure('shop')).toBeUndefined();
      expect(await rewrites.settleRewrites()).toEqual([]);
      const { signal } = new AbortController();
      expect(await rewrites.rewriteTables(signal)).toEqual({ ended: ['shop'], failed: [] });
      expect(await rewrites.rewriteTables(signal)).toEqual({ ended: [], failed: [] });
      await store.endErasure('shop');
      await server.run('VACUUM FULL');
      expect(await rewrites.settleRewrites()).toEqual(['shop']);
    });

    it('does not end while a transaction sees the erased rows', async () => {
      const store = createPostgresStore(database, { rewriteLimits: { ...defaultRewriteLimits, readerMs: 200 } });
      await store.beginErasure(erasure);
      await server.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await server.run('SELECT FROM accounts');
      await store.beginErasure({ ...erasure, offsets: ['2'] });
      await expect(store.endErasure('shop')).rejects.toThrow('still sees erased rows');
      await server.run('COMMIT');
      expect(await store.endErasure('shop')).toBe('ended');
    });
  });
});

async function* toAsync(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}

async function* fail(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
  throw new Error('the disk is full');
}
