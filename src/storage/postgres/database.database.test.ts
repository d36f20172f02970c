import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../../test/postgres.fixture.ts';
import { isSchemaCurrent, openPostgresStorage } from '../open-postgres.ts';
import { schemaSteps } from '../postgres-schema.ts';
import { encodeBigints, encodeBlobs, encodeIntegers, encodeTexts } from './binary-arrays.ts';
import { type Database, defineStatement, openDatabase } from './database.ts';
import { DatabaseTimeoutError, DatabaseWarningError } from './database-errors.ts';
import { migrateDatabase } from './migrate-database.ts';

describe.skipIf(!hasPostgres)('the connections to PostgreSQL', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = openDatabase({ url: test.url, maxConnections: 4 });
    await test.run('CREATE TABLE things (id bigint PRIMARY KEY, name text COLLATE "C")');
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });
  const insert = defineStatement('INSERT INTO things VALUES ($1, $2)');
  const names = async () => (await test.run<{ name: string }>('SELECT name FROM things ORDER BY id')).map(({ name }) => name);

  it('binary arrays arrive as they were given, with nulls, and when they are empty', async () => {
    const select = defineStatement<Record<string, unknown>>(
      'SELECT t, i::text, n, encode(b, $5) AS b FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bytea[]) AS a (t, i, n, b)',
    );
    const rows = await database.read(
      select(
        encodeTexts(['Straße ☃', null, '']),
        encodeBigints([3_392_751_701, null, -1]),
        encodeIntegers([7, null, -7]),
        encodeBlobs([Buffer.from([0, 255]), null, Buffer.alloc(0)]),
        'hex',
      ),
    );
    expect(rows).toEqual([
      { t: 'Straße ☃', i: '3392751701', n: 7, b: '00ff' },
      { t: null, i: null, n: null, b: null },
      { t: '', i: '-1', n: -7, b: '' },
    ]);
    const none = [encodeTexts([]), encodeBigints([]), encodeIntegers([]), encodeBlobs([])];
    expect(await database.read(select(...none, 'hex'))).toEqual([]);
  });

  it('a commit is all or nothing, and reports the first failed statement although COMMIT itself succeeds as ROLLBACK', async () => {
    await database.commit([insert(1, 'one'), insert(2, 'two')]);
    await expect(database.commit([insert(3, 'three'), insert(1, 'again'), insert(4, 'four')])).rejects.toMatchObject({
      code: '23505',
    });
    expect(await names()).toEqual(['one', 'two']);
  });

  it('a transaction that failed without the caller noticing is not reported as committed', async () => {
    const committed = database.transact(async (transaction) => {
      await transaction.query(insert(5, 'five'));
      await transaction.query(insert(1, 'again')).catch(() => undefined);
    });
    await expect(committed).rejects.toMatchObject({ name: 'NotCommittedError' });
    expect(await names()).not.toContain('five');
  });

  it('a statement without a reply destroys its connection and is not cancelled', async () => {
    await test.run('BEGIN; LOCK TABLE things');
    const waiting = await database.write(insert(6, 'six'), { timeoutMs: 50 }).catch((error: unknown) => error);
    await test.run('COMMIT');
    expect(waiting).toBeInstanceOf(DatabaseTimeoutError);
    // Nothing cancelled the statement, so it ends once it has the lock: a repetition must be harmless.
    await expect.poll(names).toContain('six');
  });

  it('statements that were given up leave the server, although the lock that they wait for is never free', async () => {
    await test.run('BEGIN; LOCK TABLE things');
    const given = Array.from({ length: 4 }, (_, index) => database.write(insert(20 + index, 'given up'), { timeoutMs: 50 }));
    await Promise.allSettled(given);
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await expect.poll(() => test.run(waiting), { timeout: 5_000 }).toEqual([]);
    await test.run('COMMIT');
    expect(await names()).not.toContain('given up');
  });

  it('the name of a statement depends on its text alone', () => {
    const [one, two] = ['SELECT 1', 'SELECT 2'].map((text) => defineStatement(text)().name);
    expect([defineStatement('SELECT 1')().name, one === two]).toEqual([one, false]);
  });

  it('a server that accepts connections and never replies is given up after the time limit', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const away = openDatabase({ url: `postgres://convey@127.0.0.1:${port}/convey`, maxConnections: 1 });
    await expect(away.write(insert(7, 'seven'), { timeoutMs: 50 })).rejects.toBeInstanceOf(DatabaseTimeoutError);
    silent.close();
  });

  it('a commit with a warning is a failure', async () => {
    const warn = defineStatement(`SELECT warn()`);
    await test.run(
      `CREATE FUNCTION warn() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'the wait was cancelled'; END $$`,
    );
    await expect(database.write(warn())).rejects.toBeInstanceOf(DatabaseWarningError);
    await expect(database.commit([warn()])).rejects.toBeInstanceOf(DatabaseWarningError);
  });

  it('a command that only reads refuses a database without the tables of this version, and creates none', async () => {
    await expect(openPostgresStorage(test.url, { updatesSchema: false })).rejects.toThrow(/convey migrate/);
    expect(await isSchemaCurrent(test.url)).toBe(false);
    expect(await test.run("SELECT to_regclass('schema') AS found")).toEqual([{ found: null }]);
  });

  it('processes that start together create the schema once, and each text column compares by bytes', async () => {
    const others = [openDatabase({ url: test.url, maxConnections: 1 }), openDatabase({ url: test.url, maxConnections: 1 })];
    await Promise.all([database, ...others].map((one) => migrateDatabase(one, schemaSteps)));
    await Promise.all(others.map((one) => one.close()));
    const columns = await test.run(
      `SELECT attrelid::regclass::text || '.' || attname AS column FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attcollation NOT IN (0, '"C"'::regcollation)`,
    );
    expect(columns).toEqual([]);
    expect(await test.run('SELECT * FROM schema')).toEqual([{ version: schemaSteps.length, oldest_reader: 1 }]);
  });

  it('a version that cannot read the schema of a newer one refuses to start', async () => {
    const newer = [...schemaSteps, { oldestReader: schemaSteps.length + 1, script: '' }];
    await migrateDatabase(database, newer);
    await expect(migrateDatabase(database, schemaSteps)).rejects.toThrow('Start the version of Convey');
  });
});
