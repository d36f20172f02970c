import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { browserReserveBytes, diskReserveBytes } from '../disk/disk-space.ts';
import { describeEventLogContract, type LogHarness } from './event-log.contract.ts';
import type { EventLog } from './event-log.ts';
import { openSqliteLog } from './sqlite-log.ts';

function makeHarness(): Promise<LogHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  let file = join(dir, 'log.db');
  let crashes = 0;
  let now = 1_700_000_000_000;
  const open: EventLog[] = [];
  let lock: Database.Database | undefined;
  return Promise.resolve({
    remedy: 'Check the disk',
    ownsFiles: true,
    async open() {
      const log = await openSqliteLog(file, { now: () => now });
      open.push(log);
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
    setTime: (time) => {
      now = time;
    },
    async dispose() {
      lock?.close();
      for (const log of open) await log.close();
      rmSync(dir, { recursive: true });
    },
  });
}

describeEventLogContract('SQLite', makeHarness);

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
