import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../test/postgres.fixture.ts';
import { ConveyError } from '../errors.ts';
import { lockGatewayFolder } from '../gateway/lock-data-folder.ts';
import { openDataDir } from './disk/data-dir.ts';
import { checksum } from './log/checksum.ts';
import { toOffset } from './log/offsets.ts';
import { openSqliteLog, type SqliteEventLog } from './log/sqlite-log.ts';
import { DatabaseMovingError } from './move/folder-move.ts';
import { movedTables, otherTables } from './move/moved-tables.ts';
import { type MoveOptions, moveToPostgres } from './move-to-postgres.ts';
import { openPostgresStorage } from './open-postgres.ts';
import { openDatabase } from './postgres/database.ts';
import { migrateDatabase } from './postgres/migrate-database.ts';
import { schemaSteps } from './postgres-schema.ts';
import { type Db, openWithoutMigrating } from './sqlite/open.ts';
import { anySteps, SteppedSite } from './store/postgres/equal-stores.fixture.ts';
import { isKeyTable } from './store/sqlite/rebuild-keys.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

const startedAt = 1_795_514_400_000;
const sites = ['shop', 'other'];

describe.skipIf(!hasPostgres)('the move of a data folder to PostgreSQL', () => {
  const root = mkdtempSync(join(tmpdir(), 'convey-move-'));
  /** A folder with rows in every table. */
  const template = join(root, 'template');
  const stepped: SteppedSite[] = [];
  const databases: TestDatabase[] = [];
  let database: TestDatabase;
  beforeAll(async () => {
    await fillFolder(template, stepped);
    database = await addDatabase();
  });
  afterAll(async () => {
    for (const one of databases) await one.drop();
    rmSync(root, { recursive: true });
  });

  async function addDatabase(): Promise<TestDatabase> {
    const created = await createTestDatabase();
    databases.push(created);
    return created;
  }
  let folders = 0;
  function copyFolder(): string {
    folders += 1;
    const dir = join(root, `data${folders}`);
    cpSync(template, dir, { recursive: true });
    return dir;
  }
  const move = (dataDir: string, url: string, more: Partial<MoveOptions> = {}) =>
    moveToPostgres({ dataDir, url, durability: 'checked', checkSecrets: async () => {}, onProgress: () => {}, ...more });

  it('has a place for every table and column of both stores', async () => {
    const created = openDatabase({ url: database.url, maxConnections: 1 });
    await migrateDatabase(created, schemaSteps);
    await created.close();
    const columns = await database.run<{ table: string; columns: string[] }>(
      `SELECT relname AS table, array_agg(attname::text ORDER BY attname) FILTER (WHERE attgenerated = '') AS columns
       FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition GROUP BY relname`,
    );
    const inPostgres = new Map(columns.map((row) => [row.table, row.columns]));
    const moved = new Map(movedTables.map((table) => [table.name, table.columns.map(({ name }) => name).toSorted()]));
    for (const [table, names] of inPostgres) if (!(table in otherTables)) expect(moved.get(table), table).toEqual(names);
    expect([...inPostgres.keys()].toSorted()).toEqual([...moved.keys(), ...Object.keys(otherTables)].toSorted());

    const db = openWithoutMigrating(join(template, 'state.db'));
    const linkTables = ['link_visitors', 'visitor_links'];
    for (const name of listTables(db).filter((one) => !linkTables.includes(one) && one !== 'leases')) {
      const table = movedTables.find((one) => one.name === name);
      const read = table?.columns.map(({ from }) => from.replaceAll('"', ''));
      for (const { name: column } of db.prepare<[], { name: string }>(`PRAGMA table_info(${name})`).all())
        expect(read, `${name}.${column}`).toContain(column === 'row' ? 'id' : column);
    }
    db.close();
  });

  it('continues after each step at which it is cut off, and ends with the same data and cursors', async () => {
    const dir = copyFolder();
    const lock = openDataDir(dir);
    const running = await move(dir, database.url, { onProgress: stopAt('records', '') }).catch((error: unknown) => error);
    expect(running).toEqual(stopped);
    expect(await move(dir, database.url)).toMatchObject({ state: 'copied' });
    const copied = await database.run<{ records: number }>('SELECT count(*)::integer AS records FROM records');
    expect(copied[0]?.records).toBeGreaterThan(2_000);
    expect(await database.run('SELECT 1 FROM dashboard_sites, dashboard_connections')).toHaveLength(1);

    // The gateway goes on, and changes records that were copied.
    const log = await openLog(dir);
    await log.append([{ partition: 'shop', key: 'late', bytes: Buffer.from('{"v":1,"late":true}') }]);
    await log.redact('shop', [toOffset(5)]);
    await log.truncate('shop', [{ offset: toOffset(7), bytes: Buffer.from('{"v":1}') }]);
    await log.trim('other!rejected', toOffset(1_000_000));
    await log.close();
    lock.release();

    // A gateway that starts on the database meanwhile waits, and nothing can be appended.
    await expect(openPostgresStorage(database.url)).rejects.toThrow(DatabaseMovingError);
    expect(await database.run('SELECT * FROM lanes')).toEqual([]);

    for (const [step, table] of [
      ['records', ''],
      ['state', 'connections'],
      ['state', 'visitor_profiles'],
      ['compare', 'attempts'],
      ['hand-over', ''],
    ] as const) {
      await expect(move(dir, database.url, { onProgress: stopAt(step, table) })).rejects.toBe(stopped);
      openDataDir(dir).release();
    }
    // After a cut between the mark and the end, neither side can be used.
    await expect(move(dir, database.url, { onProgress: stopAt('marked', '') })).rejects.toBe(stopped);
    expect(() => openDataDir(dir)).toThrow('convey migrate --to');
    await expect(openPostgresStorage(database.url)).rejects.toThrow(DatabaseMovingError);

    const result = await move(dir, database.url);
    expect(result).toMatchObject({ state: 'moved', repeated: 1, database: expect.not.stringContaining('@') });
    await expectSameData(dir, database);
    // The earlier versions of redacted rows are rewritten, as after an erasure.
    const stale = 'SELECT site, name FROM stale_tables WHERE pg_relation_filenode(name::regclass) = file';
    expect(await database.run(stale)).toEqual([{ site: 'shop', name: expect.stringMatching(/^records_\d+$/) }]);
    for (const [table, rows] of Object.entries(result.tables)) expect(rows, table).toBeGreaterThan(0);
    expect(await move(dir, database.url)).toMatchObject({ state: 'moved', tables: {} });
    for (const store of [undefined, database.url])
      expect(() => lockGatewayFolder({ dataDir: dir, ...(store !== undefined && { store }) })).toThrow(
        /was moved to the database 127\.0\.0\.1:\d+\/test_\w+\. Set `store`/,
      );
    expect(readFileSync(join(dir, 'migrated'), 'utf8')).not.toContain('postgres://');
  });

  it('lets the database continue as the folder would have', async () => {
    const [folder, storage] = [copyFolder(), await openPostgresStorage(database.url)];
    const sqlite = await openSqliteStore(join(folder, 'state.db'), { now: Date.now });
    const [append] = await storage.log.append([{ partition: 'shop', key: 'next', bytes: Buffer.from('{"v":1}') }]);
    const records = await storage.log.read('shop', '', { records: 5_000, bytes: 1e9 });
    expect(append).toEqual({ offset: records.lastOffset });
    expect(Number(records.lastOffset)).toBeGreaterThan(2_400);
    const [again] = await storage.log.append([{ partition: 'shop', key: 'key-13', bytes: Buffer.from('{"v":1}') }]);
    expect(again).toEqual({ duplicate: true });
    expect(records.records.filter(({ body }) => 'redacted' in body).map(({ key }) => key)).toEqual(['key-2', 'key-4']);
    expect(records.records.filter(({ body }) => 'corrupt' in body).map(({ key }) => key)).toEqual(['key-8']);
    for (const site of stepped) {
      const [one, other] = [sqlite, storage.store].map((store) => site.moveTo(store));
      for (const step of sampleSteps(7, 1)) expect(await other?.take(step), step.kind).toEqual(await one?.take(step));
    }
    // Generated ids continue after the moved ones.
    await database.run("INSERT INTO sessions (hash, account, created_at, used_at) VALUES ('new', 'someone', 0, 0)");
    await database.run(
      "INSERT INTO rule_changes (site, connection, digest, at, by, rules) VALUES ('shop', 'bing', '', 0, 'someone', '[]')",
    );
    await sqlite.close();
    await storage.close();
  });

  it('refuses a database with other data, of another version or without rights, and a folder whose secrets need another key', async () => {
    const dir = copyFolder();
    const refuse = new ConveyError('the key is missing', 'Set it');
    await expect(move(dir, database.url, { checkSecrets: () => Promise.reject(refuse) })).rejects.toBe(refuse);
    await expect(move(dir, database.url)).rejects.toThrow('The database has the data of another folder');

    const used = await addDatabase();
    const created = openDatabase({ url: used.url, maxConnections: 1 });
    await migrateDatabase(created, schemaSteps);
    await created.close();
    await used.run("INSERT INTO accounts VALUES ('someone', 'owner', '', 0)");
    await expect(move(dir, used.url)).rejects.toThrow('The database is not empty: `accounts` have rows');
    await (await openPostgresStorage(used.url)).close();
    await used.run('DELETE FROM accounts');
    for (const version of [schemaSteps.length + 1, schemaSteps.length - 1]) {
      await used.run('UPDATE schema SET version = $1', [version]);
      await expect(move(dir, used.url)).rejects.toThrow(`tables have version ${version}`);
    }
    await used.run('UPDATE schema SET version = $1', [schemaSteps.length]);

    const role = `mover_${process.pid}`;
    await used.run(`CREATE ROLE ${role} LOGIN PASSWORD 'canary-4711'`);
    const { host, pathname } = new URL(used.url);
    const url = `postgres://${role}:canary-4711@${host}${pathname}`;
    await expect(move(dir, url)).rejects.toThrow(/The role of `--to` lacks a right|may not write `accounts`/);
    const empty = await addDatabase();
    const failed = await move(dir, `postgres://${role}:canary-4711@${host}${new URL(empty.url).pathname}`).catch(String);
    expect(failed).toContain('The role of `--to` lacks a right');
    expect(failed).not.toContain('canary');
    await empty.run(`DROP OWNED BY ${role}`);
    await used.run(`DROP ROLE ${role}`);

    // Refused attempts leave the folder usable.
    openDataDir(dir).release();
    await expect(move(join(root, 'absent'), used.url)).rejects.toThrow('is empty');
  });

  it('lets the latest of two calls go on, and refuses the end while a gateway runs on the database, and a second database', async () => {
    const dir = copyFolder();
    const left = await addDatabase();
    await expect(move(dir, left.url, { onProgress: stopAt('records', '') })).rejects.toBe(stopped);
    const target = await addDatabase();
    const second: Promise<unknown>[] = [];
    const lock = openDataDir(dir);
    const first = move(dir, target.url, {
      onProgress: () => {
        // The first call waits for nothing, so its next page comes after the second call has begun.
        if (second.length === 0) second.push(move(dir, target.url));
      },
    });
    const results = await Promise.allSettled([first, ...second]);
    lock.release();
    const ends = [...results, ...(await Promise.allSettled(second))];
    expect(ends.at(-1)).toMatchObject({ status: 'fulfilled', value: { state: 'copied' } });

    const client = new pg.Client({ connectionString: target.url });
    await client.connect();
    await client.query(
      "INSERT INTO nodes (id, sites_digest, roles, seen_at, schema_version) SELECT 'one', '', '{}', floor(extract(epoch FROM clock_timestamp()) * 1000), 1",
    );
    await client.end();
    await expect(move(dir, target.url)).rejects.toThrow('A gateway that was started before the move');
    await target.run('UPDATE nodes SET seen_at = 0');
    expect(await move(dir, target.url)).toMatchObject({ state: 'moved' });
    await expect(move(dir, left.url)).rejects.toThrow('names another one');
  });
});

const stopped = new ConveyError('cut off', 'Call it again');

/** Ends a move at a step. */
function stopAt(step: string, table: string): MoveOptions['onProgress'] {
  return (progress) => {
    if (progress.step === step && (table === '' || ('table' in progress && progress.table === table))) throw stopped;
  };
}

function sampleSteps(seed: number, numRuns: number) {
  return fc.sample(anySteps, { numRuns, seed }).flat();
}

function openLog(dir: string): Promise<SqliteEventLog> {
  return openSqliteLog(join(dir, 'log.db'), { now: () => startedAt });
}

function listTables(db: Db): readonly string[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
  return tables.filter((table) => !isKeyTable(table));
}

/** Creates a folder with records, two sites that took steps, and at least a row in each table. */
async function fillFolder(dir: string, stepped: SteppedSite[]): Promise<void> {
  openDataDir(dir).release();
  const log = await openLog(dir);
  const records = Array.from({ length: 2_400 }, (_, index) => ({
    partition: index % 12 < 11 ? 'shop' : index % 24 < 12 ? 'other' : 'other!rejected',
    key: `key-${index}`,
    bytes: Buffer.from(`{"v":1,"index":${index},"title":"Straße ☃"}`),
  }));
  const tally = { country: 'DE', source: 'tcf', version: '28.134', choice: 'denied' } as const;
  await log.append([...records.filter(({ partition }) => partition === 'shop'), ...records].map((one) => ({ ...one, tally })));
  await log.redact('shop', [toOffset(3)]);
  await log.close();
  const store = await openSqliteStore(join(dir, 'state.db'), { now: () => startedAt });
  for (const site of sites) {
    const one = new SteppedSite(store, site);
    for (const step of sampleSteps(site.length, 3)) await one.take(step);
    stepped.push(one);
  }
  await store.close();
  damageRecords(dir);
  const db = openWithoutMigrating(join(dir, 'state.db'));
  for (const table of listTables(db)) {
    if (db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined) continue;
    const columns = db.prepare<[], { name: string; type: string }>(`PRAGMA table_info(${table})`).all();
    const values = columns.map(({ type }) => ({ TEXT: 'a\0b', INTEGER: 1, BLOB: Buffer.from([0, 255]) })[type]);
    db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
  }
  db.close();
}

/** Damages a record, and stores a key twice, as a file without its key index may have it. */
function damageRecords(dir: string): void {
  const db = openWithoutMigrating(join(dir, 'log.db'));
  db.exec("UPDATE records SET bytes = x'7b7d' WHERE seq = 9");
  const { at, bytes } = z
    .object({ at: z.number(), bytes: z.instanceof(Buffer) })
    .parse(db.prepare('SELECT * FROM records WHERE seq = 12').get());
  db.prepare("UPDATE records SET key = 'key-0', crc32 = ? WHERE seq = 12").run(checksum('shop', 'key-0', at, bytes));
  db.close();
}

/** Compares all rows without the code under test. */
async function expectSameData(dir: string, target: TestDatabase): Promise<void> {
  const state = openWithoutMigrating(join(dir, 'state.db'));
  const renamed = (row: Record<string, unknown>) => {
    const { overlaps, ...rest } = row;
    return overlaps === undefined ? rest : { ...rest, is_overlapping: overlaps };
  };
  const normalize = (rows: readonly Record<string, unknown>[], leftOut: readonly string[]) =>
    rows
      .map((row) =>
        JSON.stringify(
          Object.entries(row)
            .filter(([name]) => !leftOut.includes(name))
            .map(([name, value]) => [name, normalizeValue(value)])
            .toSorted(),
        ),
      )
      .toSorted();
  const log = openWithoutMigrating(join(dir, 'log.db'));
  const files = { state, log };
  for (const { name, file } of movedTables) {
    const source =
      name === 'links'
        ? 'SELECT v.site, l.key, v.visitor, l.at, l.since FROM visitor_links l, link_visitors v WHERE v.id = l.visitor'
        : `SELECT * FROM ${name}`;
    const expected = files[file].prepare<[], Record<string, unknown>>(source).all().map(renamed);
    const columns: Readonly<Record<string, readonly string[]>> = {
      attempts: ['position', 'site'],
      sessions: ['id'],
      primary_reports: ['row'],
      setup: ['node'],
    };
    const leftOut = columns[name] ?? [];
    const rows = await target.run<Record<string, unknown>>(`SELECT * FROM ${name}`);
    // The move itself is the last entry.
    const moved = name === 'activity' ? rows.filter(({ kind }) => kind !== 'moved') : rows;
    expect(rows.length - moved.length, name).toBe(name === 'activity' ? 1 : 0);
    expect(normalize(moved, leftOut), name).toEqual(normalize(expected, leftOut));
  }
  state.close();
  const records = log
    .prepare<[], Record<string, unknown> & { bytes: Buffer; crc32: number | null }>(
      'SELECT partition, seq, key, at, crc32, bytes FROM records',
    )
    .all()
    .map(({ crc32, bytes, ...row }) => ({ ...row, bytes: crc32 === null ? null : bytes }));
  log.close();
  const kept = [
    ...new Map(
      records.toReversed().map((row) => [JSON.stringify([Reflect.get(row, 'partition'), Reflect.get(row, 'key')]), row]),
    ).values(),
  ];
  const moved = await target.run<Record<string, unknown>>('SELECT partition, seq, key, at, bytes FROM records');
  expect(normalize(moved, [])).toEqual(normalize(kept, []));
}

function normalizeValue(value: unknown): unknown {
  if (value === null) return null;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value).replaceAll('\0', '\ufffd');
}
