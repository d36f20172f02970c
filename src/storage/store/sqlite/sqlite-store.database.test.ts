import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { deflateRawSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { emptyProfile } from '../../../visitors/empty-profile.ts';
import { createLargeProfile, encodeEarlierProfile, storeEarlierProfile } from '../../../visitors/large-profile.fixture.ts';
import { encodeProfile, maxProfileBytes } from '../../../visitors/profile-encoding.ts';
import { mergeProfiles } from '../../../visitors/visitor-profile.ts';
import { toOffset } from '../../log/offsets.ts';
import { countBucketMs } from '../../ports/event-counts.ts';
import { toReportedOrder } from '../../ports/money.ts';
import { storeContract } from '../../ports/store.contract.ts';
import { indexEntry, type StoreHarness } from '../../ports/store.fixture.ts';
import type { Store } from '../../ports/store.ts';
import { hasTable, openReader, openWriter, schemaVersion } from '../../sqlite/open.ts';
import { sliceBySize } from '../rows/visitor-profiles.ts';
import { attemptPageSql } from './attempt-pages.ts';
import { browserPurchasesSql } from './browser-usage.ts';
import { EmptiedStore } from './emptied-store.fixture.ts';
import { stateMigrations } from './schema.ts';
import { attemptsOfEventSql, openSqliteStore } from './sqlite-store.ts';
import { stateSchema } from './state-schema.ts';

let emptied: EmptiedStore;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());

function makeHarness(): Promise<StoreHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
  let { file } = emptied;
  let crashes = 0;
  let now = 0;
  emptied.empty(() => now);
  const restarted: Store[] = [];
  return Promise.resolve({
    async open() {
      if (crashes === 0) return emptied.store;
      const store = await openSqliteStore(file, { now: () => now });
      restarted.push(store);
      return store;
    },
    // Copies the disk's present state; test/faults kills whole processes.
    async crash() {
      const left = file;
      crashes += 1;
      file = join(dir, `state-${crashes}.db`);
      for (const part of ['', '-wal']) if (existsSync(left + part)) cpSync(left + part, file + part);
    },
    setTime: (time) => {
      now = time;
    },
    async dispose() {
      for (const store of restarted) await store.close();
      rmSync(dir, { recursive: true });
    },
  });
}

storeContract('SQLite', makeHarness);

it('erased data is in no file, wherever SQLite moved its rows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
  const file = join(dir, 'state.db');
  const store = await openSqliteStore(file, { now: Date.now });
  const lease = await store.acquireLease('identity:shop', 'one', 60_000);
  if (!lease) throw new Error('a new store has no other owner');
  const visitor = (index: number) => createHash('md5').update(`visitor ${index}`).digest('hex');
  const put = async (from: number, factor: number, isLeft: (one: string) => boolean) => {
    const profiles = Array.from({ length: 200 }, (_, at) => {
      const value = 'x'.repeat(((from + at) * factor) % 900);
      return { visitor: visitor(from + at), profile: { ...emptyProfile, browserIds: { _uetvid: [{ at: 1, value }] } } };
    }).filter((one) => isLeft(one.visitor));
    const links = profiles.map((one) => ({ key: `email:${visitor(-1 - from)}${one.visitor}`, visitor: one.visitor, at: 1 }));
    await store.commitIdentity(lease, { site: 'shop', cursor: '', reports: [], now: 1, profiles, links });
  };
  for (let from = 0; from < 3_000; from += 200) await put(from, 7_919, () => true);
  const erased = Array.from({ length: 150 }, (_, index) => visitor(index * 20));
  const readBytes = () => ['', '-wal'].map((part) => readFileSync(file + part).toString('latin1')).join('');
  const findErased = () => {
    const bytes = readBytes();
    return erased.filter((one) => bytes.includes(one));
  };
  await store.beginErasure({ site: 'shop', offsets: [], visitors: erased.map((one) => ({ visitor: one })), now: 2 });
  expect(findErased(), 'SQLite leaves copies').not.toEqual([]);
  const ended = store.endErasure('shop');
  // Rows that change their length move others between pages, also to those that are already zeroed.
  for (let from = 0; from < 3_000; from += 200) await put(from, 6_007, (one) => !erased.includes(one));
  await ended;
  expect(findErased()).toEqual([]);
  const bytes = readBytes();
  expect(bytes).toContain(visitor(1));
  for (let from: string | undefined = ''; from !== undefined; ) from = (await store.removeExpiredLinks('shop', from, 2)).next;
  expect(statSync(`${file}-wal`).size, 'the removed links are not in the WAL').toBe(0);
  await store.close();
  const db = new Database(file, { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  rmSync(dir, { recursive: true });
});

it('the writer loads no schema library, which would double the time of its start', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
  const code = `const { registerHooks } = require('node:module');
    const { parentPort, workerData } = require('node:worker_threads');
    registerHooks({
      load(url, context, next) {
        parentPort.postMessage({ url });
        return next(url, context);
      },
    });
    void import(workerData.module);`;
  const module = new URL('./sqlite-store.writer.ts', import.meta.url).href;
  const worker = new Worker(code, { eval: true, workerData: { file: join(dir, 'state.db'), module } });
  const urls: string[] = [];
  for await (const [message] of on(worker, 'message')) {
    if ('ready' in message) break;
    urls.push(message.url);
  }
  await worker.terminate();
  rmSync(dir, { recursive: true });
  expect(urls).toContain(module);
  expect(urls.filter((url) => /\/node_modules\/(?!better-sqlite3\/)/.test(url))).toEqual([]);
});

describe('profiles of an earlier version', () => {
  let dir: string;
  let file: string;
  let store: Store;
  const newest = Date.UTC(2026, 10, 27);
  const visitors = Array.from({ length: 40 }, (_, index) => `v${index}`);
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
    file = join(dir, 'state.db');
    store = await openSqliteStore(file, { now: Date.now });
    storeEarlierProfile(
      file,
      'shop',
      visitors.map((visitor) => ({ visitor, text: encodeEarlierProfile(createLargeProfile(visitor, newest)) })),
      newest,
    );
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  const countBytes = (visitor: string) => {
    const db = openReader(file);
    const bytes = db
      .prepare<[string], number>('SELECT octet_length(profile) FROM visitor_profiles WHERE visitor = ?')
      .pluck()
      .get(visitor);
    db.close();
    return bytes;
  };

  it('profiles are read within the present bounds, a few at a time, and other work runs in between', async () => {
    expect(countBytes('v0')).toBeGreaterThan(200_000);
    let turns = 0;
    let isRead = false;
    const count = () => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    const facts = await store.getProfiles('shop', visitors);
    isRead = true;
    // 40 profiles of 230 KB are 9 MB, in parts of at most 1 MiB.
    expect(turns).toBeGreaterThanOrEqual(9);
    expect(facts).toEqual(
      new Map(visitors.map((visitor) => [visitor, mergeProfiles(createLargeProfile(visitor, newest), emptyProfile)])),
    );
  });

  it('profiles are listed in pages of 1 MiB and are outdated until they are written again', async () => {
    const page = await store.listSiteProfiles('shop', '', 500);
    expect(page.length).toBeLessThan(6);
    expect(page.every(({ isOutdated }) => isOutdated)).toBe(true);
    const changes = page.map(({ visitor, profile, stored }) => ({ visitor, stored, after: profile }));
    expect(await store.stripExpiredProfiles('shop', changes)).toBe(page.length);
    expect(countBytes('v0')).toBeLessThanOrEqual(maxProfileBytes);
    const stripped = await store.listSiteProfiles('shop', '', page.length);
    expect(stripped).toEqual(page.map((one) => ({ ...one, stored: encodeProfile(one.profile), isOutdated: false })));
  });

  it('profiles are dropped even if one is unreadable, and consent choices stay', async () => {
    storeEarlierProfile(file, 'shop', [{ visitor: 'damaged', text: `{"clicks":{"gclid":[${'x'.repeat(100_000)}` }], newest);
    expect(await store.dropProfiles('shop', { largerThan: 65_536 }, false)).toMatchObject({ profiles: 41 });
    const facts = await store.getProfiles('shop', [...visitors, 'damaged']);
    expect(facts).toEqual(new Map(visitors.map((visitor) => [visitor, { ...emptyProfile, grantedAt: newest }])));
  });
});

test.each([
  [[], []],
  [[5], [[5]]],
  [
    [400_000, 400_000, 400_000, 2_000_000, 1, 1_048_575],
    [[400_000, 400_000], [400_000], [2_000_000], [1, 1_048_575]],
  ],
])('rows are read in slices of 1 MiB, and a larger row alone: %j', (sizes, expected) => {
  const parts = sliceBySize(sizes.map((bytes) => ({ bytes })));
  expect(parts.map((part) => part.map(({ bytes }) => bytes))).toEqual(expected);
});

describe('the file', () => {
  let dir: string;
  let file: string;
  let store: Store;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
    emptied.empty();
    ({ file, store } = emptied);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const link = (index: number) => ({ key: `email:${'x'.repeat(2_000)}${index}`, visitor: `v${index}`, at: 1 });
  async function grow(grown: Store, links: number): Promise<void> {
    const lease = await grown.acquireLease('identity:shop', 'one', 600_000);
    if (!lease) throw new Error('a new store has no other owner');
    for (let from = 0; from < links; from += 500) {
      const some = Array.from({ length: 500 }, (_, index) => link(from + index));
      await grown.commitIdentity(lease, { site: 'shop', cursor: '', reports: [], now: 1, links: some });
    }
  }

  it('an erasure ends beside other writes and erasures', async () => {
    const grown = await openSqliteStore(join(dir, 'grown.db'), { now: Date.now });
    await grow(grown, 5_000);
    await grown.beginErasure({ site: 'shop', offsets: [], visitors: [{ visitor: 'v1' }], now: 2 });
    let isEnded = false;
    const ended = Promise.all([grown.endErasure('shop'), grown.endErasure('shop')]).then(() => (isEnded = true));
    await grown.saveLastSweep('shop', { at: 1 });
    expect(isEnded, 'the write waited').toBe(false);
    await ended;
    expect(await grown.listVisitorLinks('shop', ['v1', 'v2'])).toHaveLength(1);
    expect(await grown.getUnfinishedErasure('shop')).toBeUndefined();
    await grown.close();
  });

  it('an attempt is damaged if the disk changed its bytes, offsets or end', async () => {
    const lease = await store.acquireLease('shop/bing', 'one', 600_000);
    if (!lease) throw new Error('a new store has no other owner');
    const state = {
      cursor: '1',
      pause: null,
      breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
      verdicts: '',
      settingsDigest: '',
      settingsChangedAt: 0,
      inDoubt: 0,
    };
    const open = { id: 'a1', startedAt: 1, offsets: ['2'], cursorAfter: '2', body: '{"data":[1]}' };
    for (const [column, damaged] of [
      ['body', deflateRawSync('{"data":[2]}')],
      ['body', Buffer.from('ff', 'hex')],
      ['offsets', deflateRawSync('["3"]')],
      ['cursor_after', '6'],
      ['cursor_after', null],
    ] as const) {
      await store.commitDelivery(lease, { state, open });
      expect(await store.getOpenAttempt('shop/bing')).toMatchObject({ id: 'a1', body: '{"data":[1]}' });
      const db = new Database(file);
      db.prepare(`UPDATE attempts SET ${column} = ?`).run(damaged);
      db.close();
      expect(await store.getOpenAttempt('shop/bing')).toEqual({
        id: 'a1',
        startedAt: 1,
        offsets: [],
        body: '',
        sent: 1,
        isDamaged: true,
      });
      await store.commitDelivery(lease, { state, settle: { id: 'a1', at: 2, result: 'replaced', issues: [] } });
      expect(await store.getOpenAttempt('shop/bing')).toBeUndefined();
      const reopened = new Database(file);
      reopened.exec('DELETE FROM attempts');
      reopened.close();
    }
  });

  it('a cursor that the disk changed fails its checksum', async () => {
    const lease = await store.acquireLease('shop/bing', 'one', 600_000);
    if (!lease) throw new Error('a new store has no other owner');
    const breaker = { failures: 0, recent: [], failedProbes: null, notBefore: 0 };
    const state = {
      cursor: '0000000000000012',
      pause: null,
      breaker,
      verdicts: '',
      settingsDigest: '',
      settingsChangedAt: 0,
      inDoubt: 0,
    };
    await store.commitDelivery(lease, { state });
    expect(await store.getConnectionState('shop/bing')).toEqual(state);
    const db = new Database(file);
    db.exec("UPDATE connections SET state = replace(state, '0012', '0092')");
    db.close();
    await expect(store.getConnectionState('shop/bing')).rejects.toThrow('fails its checksum');
  });

  it("a page of a browser's purchases ends after 500 of any reporter, so that no read grows with the site", async () => {
    const offsets = Array.from({ length: 501 }, (_, index) => toOffset(index + 1));
    const lease = await store.acquireLease('shop#identity', 'one', 60_000);
    if (!lease) throw new Error('nobody else runs it');
    const index = offsets.map((offset) => indexEntry(offset, { reporter: 'server' }));
    await store.commitIdentity(lease, { site: 'shop', cursor: toOffset(501), reports: [], index, now: 1 });
    expect(await store.releasePurchases('shop', '', toOffset(501))).toEqual({ released: 0, next: toOffset(500) });
    expect(await store.releasePurchases('shop', toOffset(500), toOffset(501))).toEqual({ released: 0 });
  });

  it("a page of a site's attempts is found by position without sorting", () => {
    const db = openReader(file);
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${attemptPageSql}`).all(0, 'shop/', 'shop0', 9);
    db.close();
    expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH attempts USING INTEGER PRIMARY KEY (rowid>?)']);
  });

  it('the purchases that only browsers reported are counted in their index alone', () => {
    const db = openReader(file);
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${browserPurchasesSql}`).all('shop', '', null, 9);
    db.close();
    const search = 'SEARCH event_index USING COVERING INDEX browser_purchases (site=? AND offset>?)';
    expect(plan.map(({ detail }) => detail)).toContain(search);
  });

  it("an event's attempts are found without reading those of others", () => {
    const db = openReader(file);
    const plan = db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${attemptsOfEventSql}`)
      .all({ consumer: 'shop/bing', offset: '1' });
    db.close();
    const searches = plan.map(({ detail }) => detail).filter((detail) => /^S\w+ attempts/.test(detail));
    const byOffsets = 'SEARCH attempts USING COVERING INDEX attempts_by_offsets (consumer=? AND overlaps=? AND last_offset>?)';
    expect(searches).toEqual(['SEARCH attempts USING INTEGER PRIMARY KEY (rowid=?)', byOffsets, byOffsets]);
  });

  it('links and primary reports of an earlier schema are read, changed and moved while the store is open', async () => {
    const old = join(dir, 'old.db');
    const linkStep = stateMigrations.findIndex((step) => step.includes('earlier_links'));
    const earlier = openWriter(old, stateMigrations.slice(0, linkStep));
    const putLink = earlier.prepare("INSERT INTO links (site, key, visitor, at, since) VALUES ('shop', ?, ?, ?, ?)");
    const putReport = earlier.prepare(
      "INSERT INTO primary_reports (site, id, name, offset, keep_until) VALUES ('shop', ?, 'Purchase', ?, ?)",
    );
    const visitors = 400;
    earlier.transaction(() => {
      for (let index = 0; index < visitors; index += 1) {
        putLink.run(`email:${index % 100}`, `v${index}`, 10 + index, 5);
        putLink.run(`checkout:${index}`, `v${index}`, 20, 20);
        putReport.run(`order-${index}`, toOffset(index + 1), 1_000);
      }
    })();
    earlier.close();
    const count = () => {
      const db = openReader(old);
      const counts = ['earlier_links', 'earlier_primary_reports'].map((table) =>
        hasTable(db, table) ? db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() : 'dropped',
      );
      db.close();
      return counts;
    };
    let moving = await openSqliteStore(old, { now: Date.now });
    const lease = await moving.acquireLease('identity:shop', 'one', 600_000);
    if (!lease) throw new Error('no other owner');
    const report = (id: string, offset: number, reporter: 'browser' | 'server') => {
      return { offset: toOffset(offset), at: 1, name: 'Purchase', id, reporter, keepUntil: 2_000 } as const;
    };
    const check = async () => {
      expect((await moving.findLinks('shop', ['email:7'])).map(({ visitor, since }) => [visitor, since])).toEqual([
        ['v307', 5],
        ['v207', 5],
        ['v107', 3],
      ]);
      expect(await moving.findLinks('shop', ['email:0', 'checkout:1'])).toHaveLength(5);
      expect(await moving.listVisitorLinks('shop', ['v7', 'v8', 'v399'])).toEqual(
        [
          { key: 'email:99', visitor: 'v399', at: 409 },
          { key: 'checkout:399', visitor: 'v399', at: 20 },
        ].toSorted((one, other) => one.at - other.at),
      );
      expect(await moving.findCheckoutLinks('shop', ['v107', 'v8'])).toEqual([{ key: 'checkout:107', visitor: 'v107', at: 20 }]);
      expect(await moving.findLinkedVisitors('shop', ['email:8', 'checkout:399'])).toEqual(['v108', 'v208', 'v308', 'v399']);
      expect(await Promise.all(['order-3', 'order-399', 'new'].map((id) => moving.findEvents('shop', id)))).toEqual([
        [toOffset(4)],
        [toOffset(400)],
        [toOffset(501)],
      ]);
      const reports = [{ offset: toOffset(900), name: 'Purchase', id: 'order-9' }];
      expect([...(await moving.findErasedRecords('shop', reports, 500))]).toEqual([toOffset(900)]);
    };
    await moving.commitIdentity(lease, {
      site: 'shop',
      cursor: toOffset(503),
      reports: [report('new', 501, 'browser'), report('order-399', 502, 'server'), report('order-398', 503, 'server')],
      links: [{ key: 'email:7', visitor: 'v107', at: 50, since: 3 }],
      unlink: [{ visitor: 'v7', through: 30 }],
      now: 500,
    });
    await moving.dropProfiles('shop', { visitor: 'none' }, false);
    await moving.beginErasure({ site: 'shop', offsets: [toOffset(10)], visitors: [{ visitor: 'v8' }], now: 500 });
    await check();
    await expect.poll(count).toEqual([0, 0]);
    await check();
    expect([...(await moving.findDuplicates('shop', '', toOffset(999)))]).toEqual([
      [toOffset(502), toOffset(400)],
      [toOffset(503), toOffset(399)],
    ]);
    await moving.close();
    moving = await openSqliteStore(old, { now: Date.now });
    expect(count()).toEqual(['dropped', 'dropped']);
    await check();
    expect(await moving.removeExpiredPrimaries('shop', '', toOffset(999), 1_500)).toEqual({ gone: 400 });
    expect(await moving.removeExpiredLinks('shop', '', 5_000)).toEqual({ gone: 796 });
    expect([await moving.findLinks('shop', ['email:7']), await moving.findEvents('shop', 'order-3')]).toEqual([[], []]);
    const left = openReader(old);
    expect(
      ['link_visitors', 'visitor_links'].map((table) => left.prepare(`SELECT count(*) FROM ${table}`).pluck().get()),
    ).toEqual([0, 0]);
    left.close();
    await moving.close();
  });

  it('a new file has the schema that the migration steps give an earlier one', () => {
    const read = (migrations: readonly string[], schema?: string) => {
      const db = openWriter(
        join(dir, `${schema === undefined ? 'steps' : 'new'}.db`),
        migrations,
        schema === undefined ? {} : { schema },
      );
      // The steps keep the tables of an earlier schema. The writer drops them when they are empty.
      const select = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND sql NOT LIKE '%earlier\\_%' ESCAPE '\\'";
      const statements = db.prepare<[], string>(select).pluck().all();
      const written = statements.map((sql) => sql.replaceAll('"', '').replace(/\s+/g, ' '));
      const rows = statements.flatMap((sql) => {
        const [, table] = /^CREATE TABLE "?(\w+)/.exec(sql) ?? [];
        return table === undefined ? [] : [[table, db.prepare(`SELECT * FROM ${table}`).all()]];
      });
      const version = schemaVersion(db);
      db.close();
      return { statements: written.toSorted(), rows: Object.fromEntries(rows), version };
    };
    expect(read(stateMigrations, stateSchema)).toEqual(read(stateMigrations));
  });

  it('a file of an earlier version is counted from its next whole bucket, with its previous totals', async () => {
    const old = join(dir, 'old.db');
    const db = new Database(old);
    const before = stateMigrations.findIndex((sql) => sql.includes('TABLE received_counts'));
    for (const sql of stateMigrations.slice(0, before)) db.exec(sql);
    db.pragma(`user_version = ${before}`);
    db.exec(`INSERT INTO identity VALUES ('shop', '2');
      INSERT INTO stragglers VALUES ('shop/bing', '2', 'retry', 1, 1, NULL);
      INSERT INTO outcome_blocks (pump, first, last, entries, counts) VALUES
        ('shop/bing', '1', '2', x'', '{"delivered":3,"waiting":2}'), ('shop/bing', '3', '4', x'', '{"delivered":1,"dead":1}')`);
    db.close();
    const now = Date.now();
    const counted = await openSqliteStore(old, { now: Date.now });
    expect(await counted.countByOutcome('shop/bing')).toEqual({ delivered: 4, dead: 1, waiting: 1 });
    const since = await counted.getCountingStart();
    expect(since % countBucketMs).toBe(0);
    expect(since).toBeGreaterThan(now);
    const pump = await counted.acquireLease('identity:shop', 'one', 600_000);
    if (!pump) throw new Error('a new store has no other owner');
    const order = toReportedOrder(5, 'EUR', false);
    const seen = [since - 1, since].map((at, index) => {
      const of = { name: 'Purchase', id: `p-${index}`, reporter: 'server', order } as const;
      return { offset: String(index + 3), at, keepUntil: since, ...of };
    });
    await counted.commitIdentity(pump, { site: 'shop', cursor: '4', reports: seen, now: since });
    const { received } = await counted.getEventCounts('shop', [], 0, Number.MAX_SAFE_INTEGER, countBucketMs);
    expect(received).toEqual([{ bucket: since, events: 1, duplicates: 0 }]);
    expect(await counted.getCountedSince('shop')).toEqual({ events: since, money: since, refunds: since, first: since });
    const { reported } = await counted.getMoneyCounts('shop', [], 0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    expect(reported).toMatchObject([{ orders: 1, amount: 5 }]);
    await counted.close();
  });
});
