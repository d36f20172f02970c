import { createServer } from 'node:net';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../../test/postgres.fixture.ts';
import { outcomeSentence } from '../../api/http/outcome-names.ts';
import { isSchemaCurrent, openPostgresStorage } from '../open-postgres.ts';
import { consumer, count, createState, outcome } from '../ports/store.fixture.ts';
import { schemaSteps } from '../postgres-schema.ts';
import { defineStatement } from '../sql/statement.ts';
import { encodeBigints, encodeBlobs, encodeIntegers, encodeTexts } from './binary-arrays.ts';
import { type Database, openDatabase, type Transaction } from './database.ts';
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
      await transaction.query(insert(5, 'again')).catch(() => undefined);
    });
    await expect(committed).rejects.toMatchObject({ name: 'NotCommittedError' });
    expect(await names()).not.toContain('five');
  });

  it('a statement without a reply destroys its connection and is not cancelled', async () => {
    // The statement below has no time to connect.
    await database.write(insert(60, 'sixty'));
    await test.run('BEGIN; LOCK TABLE things');
    const waiting = await database.write(insert(6, 'six'), { timeoutMs: 50 }).catch((error: unknown) => error);
    await test.run('COMMIT');
    expect(waiting).toBeInstanceOf(DatabaseTimeoutError);
    // Nothing cancelled the statement, so it ends once it has the lock: a repetition must be harmless.
    await expect.poll(names).toContain('six');
  });

  it('statements that were given up leave the server, although the lock that they wait for is never free', async () => {
    await test.run('BEGIN; LOCK TABLE things');
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    const countWaiting = async () => {
      // A transaction sees the activity as at its first look.
      await test.run('SELECT pg_stat_clear_snapshot()');
      return (await test.run(waiting)).length;
    };
    const given = Array.from({ length: 4 }, (_, index) =>
      database.write(insert(20 + index, 'given up'), { timeoutMs: 2_000 }).catch((error: unknown) => error),
    );
    await expect.poll(countWaiting).toBe(4);
    for (const error of await Promise.all(given)) expect(error).toBeInstanceOf(DatabaseTimeoutError);
    await expect.poll(countWaiting).toBe(0);
    await test.run('COMMIT');
    expect(await names()).not.toContain('given up');
  });

  it('a transaction whose process hangs ends, so that others get its locks', async () => {
    const { promise: standstill, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: locked, resolve: lock } = Promise.withResolvers<void>();
    const hold = async (transaction: Transaction) => {
      await transaction.query(insert(30, 'halted'));
      lock();
      await standstill;
    };
    // The timer of a process that stands still does not end it either.
    const halted = database.transact(hold, { timeoutMs: 60_000 });
    await locked;
    await database.write(insert(30, 'other'), { timeoutMs: 15_000 });
    goOn();
    await expect(halted).rejects.toThrow();
    expect(await names()).toContain('other');
  });

  it('the server probes each connection, so that those of a lost machine end', async () => {
    const select = defineStatement<{ idle: string; unanswered: string }>(
      `SELECT current_setting('tcp_keepalives_idle') AS idle, current_setting('tcp_user_timeout') AS unanswered`,
    );
    expect(await database.read(select())).toEqual([{ idle: '30', unanswered: '60000' }]);
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

  it('a release runs beside the next one, whose schema it can read, and reads what it does not know', async () => {
    const added = {
      oldestReader: 1,
      script: `ALTER TABLE outcome_blocks ADD COLUMN origin text COLLATE "C" NOT NULL DEFAULT ''`,
    };
    const steps: number[] = [];
    await migrateDatabase(database, [...schemaSteps, added], (step) => steps.push(step));
    expect(steps).toEqual([schemaSteps.length + 1]);
    const { store, shared, close } = await openPostgresStorage(test.url);
    expect(await test.run('SELECT * FROM schema')).toEqual([{ version: schemaSteps.length + 1, oldest_reader: 1 }]);
    const lease = await store.acquireLease(consumer, 'one', 30_000);
    if (!lease) throw new Error('another owner has the lease');
    const state = createState('1');
    await store.commitDelivery(lease, { state, outcomes: [outcome('1', 'delivered')], counts: [count('delivered')] });
    // The next release has a field in the state and an outcome.
    const unknown = { ...state, cursor: '2', weather: 'fair' };
    const sum = crc32(JSON.stringify(unknown));
    await test.run('UPDATE connections SET state = $1', [JSON.stringify({ ...unknown, sum })]);
    const entries = deflateRawSync(JSON.stringify([{ offset: '2', outcome: 'teleported', issues: [], by: 'beam' }]));
    await test.run(
      `INSERT INTO outcome_blocks (consumer, first_offset, last_offset, entries, counts, is_overlapping, origin)
       VALUES ($1, '2', '2', $2, '{"teleported":1}', false, 'space')`,
      [consumer, entries],
    );
    await test.run("INSERT INTO outcome_totals VALUES ($1, 'teleported', 1)", [consumer]);
    expect(await store.getConnectionState(consumer)).toEqual({ ...state, cursor: '2' });
    expect(await store.countByOutcome(consumer)).toEqual({ waiting: 0, delivered: 1 });
    const outcomes = await store.getOutcomes(consumer, ['1', '2']);
    const sentences = [...outcomes].map(([offset, entry]) => `${offset}: ${outcomeSentence(entry.outcome)}`).toSorted();
    expect(sentences).toEqual(['1: Delivered.', expect.stringContaining('2: Settled by a newer version')]);
    await store.commitDelivery(lease, { state: createState('3') }, '2');
    await shared.nodes.beat({ id: 'one', sitesDigest: '', roles: ['deliver'] }, 30_000);
    await close();
  });

  it('a release that removes what a running gateway needs waits for its end, and is then the only one that starts', async () => {
    const steps = [...schemaSteps, { oldestReader: 1, script: '' }];
    const newer = [...steps, { oldestReader: steps.length, script: '' }];
    await expect(migrateDatabase(database, newer)).rejects.toThrow('A gateway of an older version runs on the database');
    await test.run('UPDATE nodes SET seen_at = 0');
    await migrateDatabase(database, newer);
    await migrateDatabase(database, steps);
    await expect(openPostgresStorage(test.url)).rejects.toThrow(
      new RegExp(`schema has version ${newer.length}, and this version of Convey knows ${schemaSteps.length}.*Start the version`),
    );
  });
});
