import { createHash } from 'node:crypto';
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, vi } from 'vitest';
import { browserReserveBytes, diskReserveBytes } from '../disk/disk-space.ts';
import { hasTable, openWithoutMigrating, openWriter } from '../sqlite/open.ts';
import { checksum } from './checksum.ts';
import { EmptiedLog } from './emptied-log.fixture.ts';
import { describeEventLogContract, type LogHarness } from './event-log.contract.ts';
import type { EventLog } from './event-log.ts';
import { toOffset } from './offsets.ts';
import { logMigrations, logPageBytes } from './sqlite-log.schema.ts';
import { openSqliteLog, type SqliteEventLog } from './sqlite-log.ts';
import { appendTimeoutMs, createThreadAppends } from './thread-appends.ts';

/** @param change called with each log that is opened. */
async function makeHarness(change: (log: SqliteEventLog, now: () => number) => void = () => {}): Promise<LogHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  let now = 1_700_000_000_000;
  const emptied = await EmptiedLog.open(() => now);
  const { append } = emptied.log;
  let { file } = emptied.log;
  let crashes = 0;
  let isFirst = true;
  const restarted: EventLog[] = [];
  let lock: Database.Database | undefined;
  let isMissed = false;
  return {
    remedy: 'Check the disk',
    ownsFiles: true,
    async open() {
      const log = isFirst ? emptied.log : await openSqliteLog(file, { now: () => now });
      if (!isFirst) restarted.push(log);
      isFirst = false;
      change(log, emptied.now);
      return log;
    },
    // A copy of the files at this instant becomes the log; test/faults kills whole processes.
    async crash() {
      const left = file;
      crashes += 1;
      file = join(dir, `log-${crashes}.db`);
      for (const part of ['', '-wal']) if (existsSync(left + part)) cpSync(left + part, file + part);
    },
    async corrupt(partition, key) {
      const db = new Database(file);
      db.prepare(
        "UPDATE records SET bytes = CAST(replace(CAST(bytes AS TEXT), 'v', 'w') AS BLOB) WHERE partition = ? AND key = ?",
      ).run(partition, key);
      db.close();
    },
    async breakDisk() {
      lock = new Database(file);
      lock.exec('BEGIN EXCLUSIVE');
    },
    async repairDisk() {
      lock?.close();
    },
    async breakCounts(isBroken) {
      const db = new Database(file);
      db.exec(`ALTER TABLE ${isBroken ? 'consent_counts RENAME TO lost' : 'lost RENAME TO consent_counts'}`);
      db.close();
      isMissed = true;
    },
    setTime: (time) => {
      now = time;
    },
    async dispose() {
      lock?.close();
      if (isMissed) {
        const db = new Database(file);
        db.exec('DELETE FROM consent_counting WHERE since > 0');
        db.close();
      }
      for (const log of restarted) await log.close();
      emptied.log.append = append;
      emptied.close();
      rmSync(dir, { recursive: true });
    },
  };
}

describeEventLogContract('SQLite', () => makeHarness());

it('events are accepted with a damaged or a lost table of counts, and the hour is not counted as whole', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'convey-log-')), 'log.db');
  const now = Date.now();
  const tally = { country: 'DE', source: 'tcf', version: '28.134', choice: 'granted' } as const;
  const reopen = () => openSqliteLog(file, { now: () => now });
  const append = (log: EventLog, key: string) => log.append([{ partition: 'shop', key, bytes: Buffer.from('{"v":1}'), tally }]);
  const first = await reopen();
  await append(first, 'a');
  await first.close();
  const db = new Database(file);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'consent_counts'").pluck().get());
  db.close();
  const disk = openSync(file, 'r+');
  writeSync(disk, Buffer.alloc(logPageBytes, 0xff), 0, logPageBytes, (root - 1) * logPageBytes);
  closeSync(disk);
  const damaged = await reopen();
  const results = await Promise.allSettled([damaged.removeConsentCounts('shop', 2 * now, 9), append(damaged, 'b')]);
  expect(results).toMatchObject([{ status: 'rejected' }, { value: [{ offset: expect.any(String) }] }]);
  expect(await damaged.health()).toMatchObject({ writable: true });
  await expect(damaged.getConsentCounts('shop', 0, 2 * now)).rejects.toThrow('malformed');
  const next = await damaged.getConsentCountingStart();
  expect(next).toBeGreaterThan(now);
  await damaged.close();
  const schema = new Database(file);
  schema.unsafeMode();
  schema.pragma('writable_schema = ON');
  schema.exec("DELETE FROM sqlite_schema WHERE name = 'consent_counts'; DROP TABLE consent_counting");
  schema.close();
  const lost = await reopen();
  await append(lost, 'c');
  expect(await lost.getConsentCounts('shop', 0, 2 * now)).toEqual([{ ...tally, events: 1 }]);
  expect(await lost.getConsentCountingStart()).toBeGreaterThanOrEqual(next);
  expect(await lost.count('shop', '', (await lost.heads()).get('shop') ?? '')).toBe(3);
  await lost.close();
});

it('an append of repeats alone commits like an append of a new event', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const log = await openSqliteLog(join(dir, 'log.db'), { now: () => 1_700_000_000_000 });
  const append = async () => {
    const before = statSync(join(dir, 'log.db-wal')).size;
    const [one] = await log.append([{ partition: 'shop', key: 'Purchase', bytes: Buffer.from('v') }]);
    return { ...one, hasCommitted: statSync(join(dir, 'log.db-wal')).size > before };
  };
  expect(await append()).toMatchObject({ offset: expect.any(String), hasCommitted: true });
  expect(await append()).toMatchObject({ duplicate: true, hasCommitted: true });
  await log.close();
  rmSync(dir, { recursive: true });
});

describeEventLogContract('SQLite (by another thread)', () =>
  makeHarness((log, now) => {
    log.append = createThreadAppends(log.openAppends(), now, (notice) => log.noteAppends(notice)).append;
  }),
);

it.each(['its own', 'another'])('the head rises when an append of %s thread timed out and is committed late', async (thread) => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const file = join(dir, 'log.db');
  const log = await openSqliteLog(file, { now: Date.now });
  if (thread === 'another')
    log.append = createThreadAppends(log.openAppends(), Date.now, (notice) => log.noteAppends(notice)).append;
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const refused = expect(log.append([{ partition: 'shop', key: 'a', bytes: Buffer.from('{}') }])).rejects.toThrow('no reply');
  // Sends the append to the writer.
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  vi.advanceTimersByTime(appendTimeoutMs);
  vi.useRealTimers();
  await refused;
  expect((await log.heads()).get('shop')).toBeUndefined();
  other.close();
  await expect.poll(async () => (await log.heads()).get('shop')).toBe(toOffset(1));
  expect(await log.health()).toMatchObject({ writable: true });
  await log.close();
  rmSync(dir, { recursive: true });
});

it('the log reports that it is not writable, with the remedy, when free space is below the reserve', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now, diskReserveBytes: Number.MAX_SAFE_INTEGER });
  expect(await log.health()).toMatchObject({ writable: false, problem: expect.stringContaining('Free some space') });
  await log.close();
  rmSync(dir, { recursive: true });
});

it('the log accepts events of servers and reports why those of browsers are refused when free space is below the larger reserve', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const options = { now: Date.now, diskReserveBytes: 0, browserReserveBytes: Number.MAX_SAFE_INTEGER };
  const log = await openSqliteLog(join(dir, 'log.db'), options);
  const health = await log.health();
  expect(health).toMatchObject({
    writable: true,
    browserProblem: expect.stringMatching(/only servers and webhooks .*Free some/),
  });
  expect(health.problem).toBeUndefined();
  await log.close();
  rmSync(dir, { recursive: true });
});

it.each([
  ['2 GiB of a large disk', 250_000, 2_048],
  ['a tenth of a disk of 10 GiB', 10_240, 1_024],
  ['256 MiB above the reserve on a disk of 5 GiB', 5_120, 768],
  ['256 MiB above the reserve on a disk of 1 GiB', 1_024, 768],
])('servers and webhooks keep %s', (_, diskMebibytes, expected) => {
  const mebibyte = 1024 * 1024;
  expect(browserReserveBytes(diskMebibytes * mebibyte, diskReserveBytes) / mebibyte).toBe(expected);
});

it('redacted bytes are in no file, even when SQLite has moved the rows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const file = join(dir, 'log.db');
  const log = await openSqliteLog(file, { now: Date.now });
  const secret = (index: number) => createHash('sha256').update(`secret ${index}`).digest('hex');
  const offsets: string[] = [];
  for (let from = 0; from < 4_000; from += 100) {
    const records = Array.from({ length: 100 }, (_, at) => {
      const fill = 'x'.repeat(((from + at) * 7_919) % 2_500);
      return {
        partition: 'shop',
        key: `k${secret(-from - at)}`,
        bytes: Buffer.from(JSON.stringify({ v: 1, secret: secret(from + at), fill })),
      };
    });
    for (const one of await log.append(records)) if ('offset' in one) offsets.push(one.offset);
  }
  const chosen = offsets.map((_, index) => index).filter((index) => index % 3 > 0);
  for (let from = 0; from < chosen.length; from += 200)
    await log.redact(
      'shop',
      chosen.slice(from, from + 200).map((index) => offsets[index] ?? ''),
    );
  const bytes = ['', '-wal'].map((part) => readFileSync(file + part).toString('latin1')).join('');
  expect(chosen.filter((index) => bytes.includes(secret(index)))).toEqual([]);
  expect(bytes).toContain(secret(0));
  await log.close();
  rmSync(dir, { recursive: true });
});

/** Returns whether no record of an earlier schema is left, and no copy of one. */
function isMoved(file: string): boolean {
  const db = openWithoutMigrating(file);
  const moved = db.prepare("SELECT 1 FROM last_seq WHERE name = 'moved'").get() !== undefined;
  db.close();
  return moved;
}

it('copies of records of an earlier schema are zeroed by a purge during their move, and after it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const file = join(dir, 'log.db');
  const secret = 'jane@shop.example';
  const earlier = openWriter(file, logMigrations.slice(0, 1));
  const insert = earlier.prepare('INSERT INTO records (partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?)');
  const bytes = Buffer.from('{"v":1}');
  earlier.transaction(() => {
    for (let seq = 1; seq <= 6_000; seq += 1) insert.run('shop', `k${seq}`, seq, checksum('shop', `k${seq}`, seq, bytes), bytes);
  })();
  const findRoot = earlier.prepare<[], number>("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_sequence'").pluck();
  const page = (findRoot.get() ?? 0) - 1;
  const pageBytes = Number(earlier.pragma('page_size', { simple: true }));
  earlier.close();
  // The copies that SQLite leaves are in no fixed place, so one is put into a page that stays.
  const plant = () => {
    const handle = openSync(file, 'r+');
    writeSync(handle, secret, page * pageBytes + 100);
    closeSync(handle);
  };
  const hasSecret = () => readFileSync(file).includes(secret);
  plant();
  const log = await openSqliteLog(file, { now: () => 20_000 });
  expect(hasSecret()).toBe(true);
  await log.redact('shop', [toOffset(6_000)]);
  await log.purge();
  expect([hasSecret(), isMoved(file)]).toEqual([false, false]);
  plant();
  await expect.poll(() => isMoved(file)).toBe(true);
  expect(hasSecret()).toBe(false);
  expect((await log.read('shop', toOffset(5_998), { records: 5, bytes: 1_000 })).records.map(({ body }) => body)).toEqual([
    { bytes: expect.anything() },
    { redacted: true },
  ]);
  await log.close();
  rmSync(dir, { recursive: true });
});

it('consent counts from the next hour on in a file with earlier records, and from the beginning in an empty one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const upgrade = (name: string, fill: string) => {
    const file = join(dir, name);
    for (const steps of [logMigrations.slice(0, 2), logMigrations]) {
      const db = openWriter(file, steps);
      if (steps.length === 2) db.exec(fill);
      db.close();
    }
    const db = openWithoutMigrating(file);
    const since = Number(db.prepare('SELECT since FROM consent_counting').pluck().get());
    db.close();
    return since;
  };
  const record = "INSERT INTO records (seq, partition, key, at) VALUES (1, 'shop', 'k', 1)";
  for (const fill of [record, "UPDATE last_seq SET seq = 9 WHERE name = 'records'"])
    expect(upgrade(`filled-${fill.length}.db`, fill)).toBeGreaterThan(Date.now());
  expect(upgrade('empty.db', '')).toBe(0);
  rmSync(dir, { recursive: true });
});

it('the records of an earlier schema are read, deduplicated, changed and moved while the log is open', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const file = join(dir, 'log.db');
  const partitions = ['shop', 'other'] as const;
  // So many that their move takes a second or more.
  const last = 4_000;
  const earlier = openWriter(file, logMigrations.slice(0, 1));
  const insert = earlier.prepare('INSERT INTO records (partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?)');
  const bytes = Buffer.from('{"v":1}');
  earlier.transaction(() => {
    for (let seq = 1; seq <= last; seq += 1) {
      const partition = partitions[seq % 2] ?? 'shop';
      insert.run(partition, `k${seq}`, seq, checksum(partition, `k${seq}`, seq, bytes), bytes);
    }
  })();
  earlier.close();
  const read = () => {
    const db = openWithoutMigrating(file);
    const count = (table: string) =>
      hasTable(db, table) ? db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() : 'dropped';
    const counts = [count('records'), count('earlier_records')];
    db.close();
    return counts;
  };
  const now = 2 * last;
  let log = await openSqliteLog(file, { now: () => now });
  const all = { records: last, bytes: 1_000_000 };
  const check = async () => {
    const [page, late] = [await log.read('shop', '', all), await log.latest('shop', 3)];
    expect(page.records.map(({ key }) => key).slice(0, 3)).toEqual(['k2', 'k4', 'k6']);
    expect(page.records.filter(({ body }) => 'bytes' in body)).toHaveLength(last / 2 - 1);
    expect(late.records.map(({ key }) => key)).toEqual([`k${last - 2}`, `k${last}`, 'new']);
    expect(await log.count('shop', toOffset(10), toOffset(last + 1))).toBe(last / 2 - 4);
    expect(page.records).toHaveLength(last / 2 + 1);
    expect(await log.findOffsetAt('shop', new Date(501))).toBe(toOffset(500));
    expect((await log.health()).records).toBe(last + 1);
    const repeats = ['k2', 'k500', `k${last - 2}`, 'new'].map((key) => ({ partition: 'shop', key, bytes }));
    expect(await log.append(repeats)).toEqual(repeats.map(() => ({ duplicate: true })));
  };
  expect(await log.append([{ partition: 'shop', key: 'new', bytes }])).toEqual([{ offset: toOffset(last + 1) }]);
  await log.redact('shop', [toOffset(2)]);
  await log.redact('shop', [toOffset(last)]);
  expect((await log.heads()).get('other')).toBe(toOffset(last - 1));
  expect(read()[1]).toBeGreaterThan(0);
  await check();
  await expect.poll(() => [...read(), isMoved(file)]).toEqual([last + 1, 0, true]);
  await check();
  await log.close();
  log = await openSqliteLog(file, { now: () => now });
  expect(read()).toEqual([last + 1, 'dropped']);
  await check();
  expect(await log.get('shop', [toOffset(2), toOffset(last)])).toMatchObject([
    { body: { redacted: true } },
    { body: { redacted: true } },
  ]);
  for (const partition of partitions) await log.trim(partition, toOffset(last + 1));
  await log.close();
  log = await openSqliteLog(file, { now: () => now });
  const again = [{ partition: 'shop', key: 'k2', bytes }];
  expect([await log.append(again), await log.append(again)]).toEqual([[{ offset: toOffset(last + 2) }], [{ duplicate: true }]]);
  await log.close();
  rmSync(dir, { recursive: true });
});
