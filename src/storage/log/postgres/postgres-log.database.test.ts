import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../../../test/postgres.fixture.ts';
import { errorMessage } from '../../../errors.ts';
import { demandSettings } from '../../postgres/check-settings.ts';
import { type Database, openDatabase } from '../../postgres/database.ts';
import { BrokenPromiseError } from '../../postgres/database-errors.ts';
import { migrateDatabase } from '../../postgres/migrate-database.ts';
import { schemaSteps } from '../../postgres-schema.ts';
import type { Statement } from '../../sql/statement.ts';
import { describeEventLogContract, type LogHarness } from '../event-log.contract.ts';
import { type EventLog, LogUnavailableError, startOffset } from '../event-log.ts';
import { LaneWriter } from './lane-writer.ts';
import { openPostgresLog } from './postgres-log.ts';

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = openDatabase({ url: test.url, maxConnections: 8 });
    await migrateDatabase(database, schemaSteps);
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  async function makeHarness(): Promise<LogHarness> {
    await test.empty();
    await test.run('UPDATE lanes SET last_at = 0');
    const open: EventLog[] = [];
    let now = 1_700_000_000_000;
    let locker: pg.Client | undefined;
    const repair = async () => {
      await locker?.end();
      locker = undefined;
    };
    return {
      remedy: 'Check that it runs',
      ownsFiles: false,
      async open() {
        const log = openPostgresLog({ database, url: test.url, now: () => now });
        open.push(log);
        return log;
      },
      // The adapter has no state of its own. `test/faults` kills the server.
      async crash() {},
      async corrupt(partition, key) {
        await test.run(
          'UPDATE records SET bytes = set_byte(bytes, 0, get_byte(bytes, 0) # 128) WHERE partition = $1 AND key = $2',
          [partition, key],
        );
      },
      async breakDisk() {
        locker = new pg.Client({ connectionString: test.url });
        await locker.connect();
        // A pooler may lend it a connection with the limit of the gateways.
        await locker.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE lanes IN ACCESS EXCLUSIVE MODE');
      },
      repairDisk: repair,
      async breakCounts(isBroken) {
        await test.run(`ALTER TABLE ${isBroken ? 'consent_counts RENAME TO lost' : 'lost RENAME TO consent_counts'}`);
      },
      setTime: (time) => {
        now = time;
      },
      async dispose() {
        await repair();
        for (const log of open) await log.close();
      },
    };
  }

  it('consent counts are whole from the hour after the last gateway that does not count', async () => {
    const log = openPostgresLog({ database, url: test.url, now: Date.now });
    const beat = (version: number) =>
      test.run(
        `INSERT INTO nodes VALUES ('one', '', '{}', 0, $1) ON CONFLICT (id) DO UPDATE SET schema_version = excluded.schema_version`,
        [version],
      );
    await beat(schemaSteps.length);
    expect(await log.getConsentCountingStart()).toBe(0);
    await beat(11);
    expect(await log.getConsentCountingStart()).toBeGreaterThan(Date.now());
    await test.run('DELETE FROM consent_counting; DELETE FROM nodes');
    await log.close();
  });

  describeEventLogContract('PostgreSQL', makeHarness);

  const record = (partition: string, key: string) => ({ partition, key, bytes: Buffer.from(`{"v":1,"key":"${key}"}`) });

  /** Opens the event log of several machines. */
  async function openLogs(count: number): Promise<{ logs: EventLog[]; close: () => Promise<void> }> {
    await test.empty();
    const logs = Array.from({ length: count }, () => openPostgresLog({ database, url: test.url }));
    return {
      logs,
      close: async () => {
        await Promise.all(logs.map((log) => log.close()));
      },
    };
  }

  it('a reader skips nothing when four machines append at once', async () => {
    const { logs, close } = await openLogs(4);
    const [reader] = logs;
    const perLog = 150;
    let isDone = false;
    const seen: string[] = [];
    const follow = async () => {
      let after = startOffset;
      for (let isLast = false; !isLast; ) {
        isLast = isDone;
        const page = await reader?.read('shop', after, { records: 50, bytes: 1e9 });
        seen.push(...(page?.records.map(({ key }) => key) ?? []));
        after = page?.lastOffset ?? after;
        if (page?.records.length) isLast = false;
      }
    };
    const following = follow();
    await Promise.all(
      logs.map(async (log, machine) => {
        for (let index = 0; index < perLog; index += 1)
          await log.append([record('shop', `${machine}-${index}`), record(index % 2 ? 'other' : 'third', `${machine}-${index}`)]);
      }),
    );
    isDone = true;
    await following;
    expect(seen).toHaveLength(logs.length * perLog);
    expect(new Set(seen).size).toBe(seen.length);
    await close();
  });

  it('a reader never passes an append that is not committed yet', async () => {
    const { logs, close } = await openLogs(3);
    const [one, other, reader] = logs;
    await test.run(`CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$`);
    await test.run(`CREATE TRIGGER pauses AFTER INSERT ON records FOR EACH ROW WHEN (NEW.key = 'slow') EXECUTE FUNCTION pause()`);
    await test.run('SELECT pg_advisory_lock(7)');
    const countWaiting = async () => {
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      return (await test.run(waiting)).length;
    };
    const slow = one?.append([record('shop', 'slow')]);
    const waiting = { timeout: 30_000 };
    await vi.waitUntil(async () => (await countWaiting()) === 1, waiting);
    const fast = other?.append([record('shop', 'fast')]);
    await Promise.race([fast, vi.waitUntil(async () => (await countWaiting()) === 2, waiting)]);
    const before = await reader?.read('shop', startOffset, { records: 9, bytes: 1e9 });
    await test.run('SELECT pg_advisory_unlock(7)');
    await Promise.all([slow, fast]);
    await test.run('DROP FUNCTION pause CASCADE');
    const after = await reader?.read('shop', before?.lastOffset ?? startOffset, { records: 9, bytes: 1e9 });
    expect([...(before?.records ?? []), ...(after?.records ?? [])].map(({ key }) => key)).toEqual(['slow', 'fast']);
    await close();
  });

  it('a key that four machines append at once is stored once, and each machine sees it', async () => {
    const { logs, close } = await openLogs(4);
    const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
    const results = await Promise.all(
      logs.flatMap((log, machine) => (machine % 2 ? keys.toReversed() : keys).map((key) => log.append([record('shop', key)]))),
    );
    const stored = results.flat().filter((one) => 'offset' in one);
    expect(stored).toHaveLength(keys.length);
    const heads = await Promise.all(logs.map(async (log) => (await log.heads()).get('shop')));
    expect(new Set(heads).size).toBe(1);
    expect(await test.run('SELECT count(*)::integer AS records FROM records')).toEqual([{ records: keys.length }]);
    await close();
  });

  it('accepts events while retention fails', async () => {
    const { logs, close } = await openLogs(1);
    const [log] = logs;
    await log?.append([record('shop', 'a')]);
    const last = (await log?.heads())?.get('shop') ?? startOffset;
    await test.run(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`);
    await test.run('CREATE TRIGGER refuse BEFORE DELETE ON records FOR EACH ROW EXECUTE FUNCTION refuse()');
    await expect(log?.trim('shop', last)).rejects.toBeInstanceOf(LogUnavailableError);
    await test.run('DROP FUNCTION refuse CASCADE');
    expect(await log?.health()).toMatchObject({ writable: true });
    expect(await log?.append([])).toEqual([]);
    await close();
  });

  it('leaves appends with little time left out of a batch, so that the others have theirs', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    const limits: (number | undefined)[] = [];
    const write = async (_: unknown, options?: { readonly timeoutMs?: number }) => {
      limits.push(options?.timeoutMs);
      if (limits.length === 1) await new Promise((resolve) => setTimeout(resolve, 4_500));
      return { rows: [{ base: 1, stored: [0] }] as never[], rowCount: 1 };
    };
    const lane = new LaneWriter({ database: { write }, lane: 0, checksum: () => 0, now: undefined });
    const append = (key: string) => lane.append([record('shop', key)]).then(() => 'stored', errorMessage);
    const first = append('first');
    await vi.advanceTimersByTimeAsync(10);
    const late = append('late');
    await vi.advanceTimersByTimeAsync(4_400);
    const fresh = append('fresh');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all([first, late, fresh])).toEqual(['stored', expect.stringContaining('too long'), 'stored']);
    expect(limits[1]).toBeGreaterThan(4_000);
    vi.useRealTimers();
  });

  it('an append reads no table of counts in full when the database has chosen its lasting plan', async () => {
    await test.empty();
    await test.run(`INSERT INTO consent_counts SELECT 'shop-' || site, hour * 3600000, 'tcf', 'v' || version, 'DE', 'granted', 1
      FROM generate_series(1, 20) site, generate_series(1, 50) hour, generate_series(1, 20) version`);
    await test.run('ANALYZE consent_counts, records, lanes');
    const written: Statement[] = [];
    const catching = {
      write: async <Row>(statement: Statement<Row>) => {
        written.push(statement);
        return { rows: [], rowCount: 0 };
      },
    };
    const lane = new LaneWriter({ database: catching, lane: 0, checksum: () => 0, now: () => 1 });
    const tally = { country: 'DE', source: 'tcf', version: 'v1', choice: 'granted' } as const;
    await expect(lane.append([{ ...record('shop-1', 'a'), tally }])).rejects.toThrow('migrate');
    const client = new pg.Client({ connectionString: test.url });
    await client.connect();
    const [counting] = written;
    if (!counting) throw new Error('the append wrote nothing');
    for (let run = 0; run < 6; run += 1) await client.query({ ...counting, values: [...counting.values] });
    const values = "0, 1, 1, '{shop-1}', '{b}', '{0}', '{x}', '{shop-1}', '{tcf}', '{v1}', '{DE}', '{granted}'";
    const { rows } = await client.query(`EXPLAIN EXECUTE "${counting.name}"(${values})`);
    await client.end();
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan, 'the plan is for all parameters').toContain('lane = $1');
    expect(plan).toContain('consent_counts c');
    expect(plan).not.toMatch(/Seq Scan on consent_counts/);
  });

  it('a machine sees the appends of a database that lost its last commits', async () => {
    const { logs, close } = await openLogs(1);
    const [log] = logs;
    const append = async (key: string) => (await log?.append([record('shop', key)]))?.[0];
    const findHead = async () => ({ offset: (await log?.heads())?.get('shop') });
    const first = await append('a');
    await test.run('CREATE TEMP TABLE earlier AS SELECT * FROM lanes');
    const lost = await append('lost');
    expect(await findHead()).toEqual(lost);
    await test.run(
      "DELETE FROM records WHERE key = 'lost'; DELETE FROM appends USING earlier WHERE appends.lane = earlier.lane AND base >= next",
    );
    await test.run('UPDATE lanes SET next = earlier.next FROM earlier WHERE lanes.lane = earlier.lane; DROP TABLE earlier');
    expect(await findHead()).toEqual(first);
    expect(await append('b')).toEqual(lost);
    expect(await findHead()).toEqual(lost);
    await close();
  });

  it('a machine sees the partitions that another one fills and empties', async () => {
    const { logs, close } = await openLogs(2);
    const [one, two] = logs;
    expect(await one?.heads()).toEqual(new Map());
    const [appended] = (await two?.append([record('shop', 'a')])) ?? [];
    const offset = appended && 'offset' in appended ? appended.offset : '';
    expect(await one?.heads()).toEqual(new Map([['shop', offset]]));
    await two?.trim('shop', offset);
    expect(await one?.heads()).toEqual(new Map());
    await close();
  });

  it('the times of a lane never go back when the clocks of machines differ', async () => {
    await test.empty();
    await test.run('UPDATE lanes SET last_at = 0');
    const clocks = [5_000, 1_000, 6_000].map((time) => openPostgresLog({ database, url: test.url, now: () => time }));
    for (const [index, log] of clocks.entries()) await log.append([record('shop', `k${index}`)]);
    const page = await clocks[0]?.read('shop', startOffset, { records: 9, bytes: 1e9 });
    expect(page?.records.map(({ at }) => at)).toEqual([5_000, 5_000, 6_000]);
    await Promise.all(clocks.map((log) => log.close()));
  });

  it('an append with a value that PostgreSQL cannot store fails alone, and those that share its commit succeed', async () => {
    const { logs, close } = await openLogs(1);
    const [log] = logs;
    const results = await Promise.allSettled(['a', 'b\u0000', 'c'].map((key) => log?.append([record('shop', key)])));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(LogUnavailableError) });
    expect(await log?.health()).toMatchObject({ writable: true });
    await close();
  });

  it('appends that arrive together share one commit per lane', async () => {
    const { logs, close } = await openLogs(1);
    const [log] = logs;
    await Promise.all(Array.from({ length: 40 }, (_, index) => log?.append([record('shop', `k${index}`)])));
    expect(await test.run('SELECT partitions FROM appends')).toEqual([{ partitions: ['shop'] }]);
    await close();
  });

  it('an append whose wait for the standby was cancelled is not acknowledged', async () => {
    const { logs, close } = await openLogs(1);
    // A trigger that warns at commit, as the server does when it gives up waiting.
    await test.run(`CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$`);
    await test.run(
      'CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON appends DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()',
    );
    await expect(logs[0]?.append([record('shop', 'a')])).rejects.toBeInstanceOf(LogUnavailableError);
    await test.run('DROP TRIGGER warns ON appends');
    expect(await logs[0]?.append([record('shop', 'a')])).toEqual([{ duplicate: true }]);
    await close();
  });

  it('the log refuses appends while a setting breaks a promise, also on connections that were open before', async () => {
    await test.empty();
    let isBroken = false;
    const verify = async () => {
      if (isBroken) throw new BrokenPromiseError('`fsync` is off', 'Set it to `on`');
    };
    const log = openPostgresLog({ database, url: test.url, verify });
    const append = () => log.append([record('shop', 'a')]);
    expect(await append()).toHaveLength(1);
    isBroken = true;
    expect(await log.health()).toMatchObject({ writable: false, problem: expect.stringContaining('`fsync` is off') });
    await expect(append()).rejects.toThrow('`fsync` is off');
    isBroken = false;
    expect(await log.health()).toMatchObject({ writable: true });
    expect(await append()).toEqual([{ duplicate: true }]);
    await log.close();

    const name = new URL(test.url).pathname.slice(1);
    await test.run(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    // Another server after a failover has new connections.
    const other = openPostgresLog({
      database,
      url: test.url,
      verify: async (connection) => void (await demandSettings(connection, 'managed')),
    });
    await expect(other.append([record('shop', 'b')])).rejects.toThrow('`synchronous_commit` is off');
    expect(await other.health()).toMatchObject({
      writable: false,
      problem: expect.stringContaining('`synchronous_commit` is off'),
    });
    await test.run(`ALTER DATABASE ${name} RESET synchronous_commit`);
    await expect.poll(() => other.health()).toMatchObject({ writable: true });
    await other.close();
  });

  it('the log explains why it is not writable when the database is read-only or away', async () => {
    await test.empty();
    const away = openDatabase({ url: 'postgres://postgres@127.0.0.1:1/none', maxConnections: 1 });
    const log = openPostgresLog({ database: away, url: 'postgres://postgres@127.0.0.1:1/none' });
    await expect(log.append([record('shop', 'a')])).rejects.toBeInstanceOf(LogUnavailableError);
    expect(await log.health()).toMatchObject({
      writable: false,
      problem: expect.stringMatching(/ECONNREFUSED.*Check that it runs/),
    });
    await log.close();
    await away.close();
    const name = new URL(test.url).pathname.slice(1);
    await test.run(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const readOnly = openPostgresLog({ database, url: test.url });
    await expect(readOnly.append([record('shop', 'a')])).rejects.toBeInstanceOf(LogUnavailableError);
    expect(await readOnly.health()).toMatchObject({ writable: false, problem: expect.stringContaining('read-only') });
    await test.run(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await readOnly.close();
  });
});
