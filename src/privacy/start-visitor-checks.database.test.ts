import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, hasPostgres } from '../../test/postgres.fixture.ts';
import { readDatabaseText, readFolderText } from '../../test/stored-bytes.fixture.ts';
import { createPacedClock } from '../clock/paced-clock.fixture.ts';
import { silentLogger, start, waitUntil } from '../delivery/delivery.fixture.ts';
import { TestSite } from '../delivery/test-site.fixture.ts';
import type { Event } from '../event/event.ts';
import { startOffset } from '../storage/log/event-log.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { openPostgresStorage } from '../storage/open-postgres.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import { openExportFiles } from './export-files.ts';
import { emailPlatform } from './privacy.fixture.ts';
import { createPrivacyRequests } from './privacy-requests.ts';
import { startVisitorChecks } from './start-visitor-checks.ts';

interface Bench extends Pick<TestSite, 'log' | 'store'> {
  /** Returns everything that is stored. */
  read(): Promise<string>;
  /** Returns the files of the tables with visitors and records. */
  listFiles(): Promise<readonly string[]>;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function makeFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'convey-visitors-'));
  closing.push(async () => rmSync(dir, { recursive: true }));
  return dir;
}

async function openOnSqlite(): Promise<Bench> {
  const dir = makeFolder();
  const log = await openSqliteLog(join(dir, 'log.db'), { now: () => start });
  const store = await openSqliteStore(join(dir, 'state.db'), { now: () => start });
  closing.push(
    () => store.close(),
    () => log.close(),
  );
  return { log, store, read: async () => readFolderText(dir), listFiles: async () => [] };
}

async function openOnPostgres(): Promise<Bench> {
  const database = await createTestDatabase();
  closing.push(() => database.drop());
  const { log, store, close } = await openPostgresStorage(database.url);
  closing.push(close);
  const listFiles = async () => {
    const rows = await database.run<{ file: string }>(
      `SELECT DISTINCT pg_relation_filepath(tableoid) AS file FROM records
       UNION SELECT pg_relation_filepath(tableoid) FROM visitor_profiles`,
    );
    return rows.map(({ file }) => file);
  };
  return { log, store, read: () => readDatabaseText(database), listFiles };
}

const denied = { stated: 'denied', effective: 'denied' } as const;
const personal = ['jane.doe@mail.example', 'user:bob%40mail.example', '+14255550173'];
const others = ['cust-1001', '4255550199'];
/** The visitor of an event that waits for delivery. */
const ofWaiting = '+4915112345678';

/** Stores denials and signals as an earlier version did, with each of these visitors. */
async function storeDenials(site: TestSite): Promise<void> {
  const denial = (name: string, visitor: string): Event =>
    site.event(`${name}-${visitor.length}`, {
      name,
      consent: denied,
      identity: { forms: {}, clickIds: {}, anonymousId: visitor },
    });
  const visitors = [...personal, ...others];
  const records = visitors.map((visitor, index) => denial(index % 2 === 0 ? '$denial' : '$consent', visitor));
  const identity = { forms: {}, clickIds: {}, anonymousId: others[0] ?? '' };
  const ofPhone = { forms: {}, clickIds: {}, anonymousId: ofWaiting };
  const waiting = site.event('waiting', { name: 'Purchase', reporter: 'server', identity: ofPhone });
  const offsets = await site.append(...records, site.event('view', { identity }), waiting);
  await waitUntil(async () => (await site.store.getIdentityCursor(site.site)) === offsets.at(-1));
}

it.for([
  ['SQLite', openOnSqlite, true],
  ['PostgreSQL', openOnPostgres, hasPostgres],
] as const)(
  'the check on %s erases personal visitor ids from earlier denials once, also of a former site, and no others and no event',
  async ([, open, runs], { skip }) => {
    skip(!runs);
    const bench = await open();
    const { log, store } = bench;
    const clock = createPacedClock(2_000, start);
    const site = new TestSite(clock, 'shop', { log, store });
    const identity = site.identity();
    await storeDenials(site);
    await identity.stop();
    const before = await bench.read();
    for (const visitor of [...personal, ...others]) expect(before).toContain(visitor);
    expect((await store.getProfiles('shop', [...personal, ofWaiting])).size).toBe(4);
    const files = await bench.listFiles();

    const people = createPrivacyRequests({
      maintenanceLock: new MaintenanceLock(),
      onErased: async () => {},
      exports: await openExportFiles(join(makeFolder(), 'exports')),
      log,
      store,
      getPlatform: () => emailPlatform,
      getConnections: () => [],
      now: () => clock.now(),
      runQuiesced: (_site, work) => work(),
      logger: silentLogger,
    });
    const checks = startVisitorChecks({
      log,
      store,
      people,
      // The site is no longer configured.
      sites: () => [],
      ownsSite: (id) => id === '',
      clock,
      logger: silentLogger,
    });
    closing.push(() => checks.stop());
    await waitUntil(() => store.isVisitorCheckDone('shop'));

    const after = await bench.read();
    for (const visitor of personal) expect(after).not.toContain(visitor);
    for (const visitor of others) expect(after).toContain(visitor);
    expect((await store.getProfiles('shop', [...personal, ...others, ofWaiting])).size).toBe(2);
    expect(await store.listVisitorLinks('shop', [...personal, ofWaiting])).toEqual([]);
    expect((await log.read('shop', startOffset, { records: 99, bytes: 1e6 })).records.at(-1)?.body).toHaveProperty('bytes');
    expect(await store.getUnfinishedErasure('shop')).toBeUndefined();
    // A rewritten table has another file, without earlier versions of the rows.
    const rewritten = await bench.listFiles();
    for (const file of files) expect(rewritten).not.toContain(file);
  },
);
