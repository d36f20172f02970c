import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConveyError } from '../../errors.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { DataDirInUseError, openDataDir } from './data-dir.ts';
import { findLastNodeId, readNodeId } from './node-id.ts';

describe('the data folder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'convey-data-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is created for its owner only when it does not exist', () => {
    const created = join(dir, 'a/b');
    openDataDir(created).release();
    expect(statSync(created).mode & 0o777).toBe(0o700);
  });

  it('restricts its files to the owner in a folder of any mode', async () => {
    const open = join(dir, 'open');
    mkdirSync(open);
    chmodSync(open, 0o755);
    const files = openDataDir(open);
    const log = await openSqliteLog(files.log, { now: Date.now });
    const store = await openSqliteStore(files.state, { now: Date.now });
    for (const file of [files.log, files.state].flatMap((name) => [name, `${name}-wal`, `${name}-shm`])) {
      expect([file, existsSync(file) && statSync(file).mode & 0o777]).toEqual([file, 0o600]);
    }
    await store.close();
    await log.close();
    files.release();
  });

  it.each([
    [64 * 1024 * 1024 - 1, true],
    [64 * 1024 * 1024, false],
  ])('releases the reserve before a file is opened if %d bytes are free: %s', (free, isReleased) => {
    const reserve = join(dir, 'reserve');
    writeFileSync(reserve, 'x');
    const opened = openDataDir(dir, { freeBytes: () => free });
    expect([opened.hasReleasedReserve, existsSync(reserve)]).toEqual([isReleased, !isReleased]);
    opened.release();
  });

  it('keeps the reserve on a full disk for a check', () => {
    const reserve = join(dir, 'reserve');
    writeFileSync(reserve, 'x');
    const opened = openDataDir(dir, { keepsReserve: true, freeBytes: () => 0 });
    expect([opened.hasReleasedReserve, existsSync(reserve)]).toEqual([false, true]);
    opened.release();
  });

  it('is locked by one process at a time, and released', () => {
    const opened = openDataDir(dir);
    expect(() => openDataDir(dir)).toThrow(DataDirInUseError);
    expect(() => openDataDir(dir)).toThrow(new RegExp(`process ${process.pid}.*Stop it first`));
    opened.release();
    openDataDir(dir).release();
  });

  it('is refused with the remedy when it cannot be created', () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    expect(() => openDataDir(join(file, 'data'))).toThrow(ConveyError);
    expect(() => openDataDir(join(file, 'data'))).toThrow(/Set `dataDir` to a folder/);
  });

  it('is another owner of leases when it is a copy, or on another machine', () => {
    const copy = `${dir}-copy`;
    const id = readNodeId(dir, 'one');
    expect(findLastNodeId(join(dir, 'absent'))).toBeUndefined();
    cpSync(dir, copy, { recursive: true });
    expect(findLastNodeId(copy)).toBe(id);
    const ids = [readNodeId(dir, 'one'), readNodeId(copy, 'one'), readNodeId(dir, 'two')];
    rmSync(copy, { recursive: true });
    expect(ids[0]).toBe(id);
    expect(new Set(ids).size).toBe(3);
  });
});
