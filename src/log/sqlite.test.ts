import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { type LogHarness, logContract } from './log.contract.ts';
import type { EventLog } from './log.ts';
import { openSqliteLog } from './sqlite.ts';

function makeHarness(): Promise<LogHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  let file = join(dir, 'log.db');
  let crashes = 0;
  let now = 1_700_000_000_000;
  const open: EventLog[] = [];
  let lock: Database.Database | undefined;
  return Promise.resolve({
    async open() {
      const log = await openSqliteLog(file, { now: () => now });
      open.push(log);
      return log;
    },
    // What the disk holds at this instant goes on elsewhere; test/faults kills whole processes.
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

logContract('SQLite', makeHarness);

it('below the disk reserve the log says that it is not writable, and what to do', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-log-'));
  const log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now, diskReserveBytes: Number.MAX_SAFE_INTEGER });
  expect(await log.health()).toMatchObject({ writable: false, problem: expect.stringContaining('Free some space') });
  await log.close();
  rmSync(dir, { recursive: true });
});
