import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../logger.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openWriter } from '../sqlite/open.ts';
import { stateMigrations } from '../store/sqlite/schema.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { getRecoveryTasks, openOrSalvage, recordDamage } from './damage-record.ts';
import { readWal } from './page-reader.ts';

const now = () => 1_795_514_400_000;
const logger = createLogger('silent', { write: () => {} });

let dir: string;
let dataDir: { readonly log: string; readonly state: string };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-damage-'));
  dataDir = { log: join(dir, 'log.db'), state: join(dir, 'state.db') };
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Creates a state with five commits in the write-ahead log; the third is damaged. */
function damageState(isCheckpointed: boolean): void {
  const live = join(dir, 'live.db');
  const db = openWriter(live, stateMigrations);
  db.pragma('wal_checkpoint(TRUNCATE)');
  for (let at = 0; at < 5; at += 1) db.exec(`CREATE TABLE step_${at} (a TEXT) STRICT`);
  if (isCheckpointed) db.pragma('wal_checkpoint(PASSIVE)');
  for (const part of ['', '-wal']) cpSync(live + part, dataDir.state + part);
  db.close();
  const wal = readFileSync(`${dataDir.state}-wal`);
  const { pages } = readWal(`${dataDir.state}-wal`);
  const third = 32 + Math.floor(pages.length / 2) * (24 + 4_096) + 100;
  wal[third] = 1 ^ (wal[third] ?? 0);
  writeFileSync(`${dataDir.state}-wal`, wal);
}

describe('a damaged file', () => {
  it('stays unchanged when there is too little space to salvage it, and the start reports how much is needed', async () => {
    await (await openSqliteLog(dataDir.log, { now })).close();
    recordDamage(dataDir.log, now());
    const before = readdirSync(dir);
    const open = () => openSqliteLog(dataDir.log, { now });
    const parts = { dataDir, now, logger, freeBytes: () => 1_048_576 };
    await expect(openOrSalvage(dataDir.log, parts, open)).rejects.toThrow(/needs 129 MiB, and only 1 MiB is free/);
    expect(readdirSync(dir)).toEqual(before);
    await (await openOrSalvage(dataDir.log, { ...parts, freeBytes: () => 2 ** 40 }, open)).close();
    expect(existsSync(`${dataDir.log}.salvaging`)).toBe(false);
  });

  it('lets the connections continue at an earlier commit of the state', async () => {
    damageState(false);
    await (await openOrSalvage(dataDir.state, { dataDir, now, logger }, () => openSqliteStore(dataDir.state, { now }))).close();
    expect(readdirSync(dir)).toContain('state.db.damaged-2026-11-24T10-00-00.000Z');
    expect(getRecoveryTasks(dataDir).startsAtOldest).toBe(false);
  });

  it('makes the connections start at the oldest event when a checkpoint mixed two commits', async () => {
    damageState(true);
    recordDamage(dataDir.state, now()); // like the damage watch, which does not read the log
    await (await openOrSalvage(dataDir.state, { dataDir, now, logger }, () => openSqliteStore(dataDir.state, { now }))).close();
    expect(getRecoveryTasks(dataDir).startsAtOldest).toBe(true);
  });
});
