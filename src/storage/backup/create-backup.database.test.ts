import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type DataDir, openDataDir } from '../disk/data-dir.ts';
import { type EventLog, startOffset } from '../log/event-log.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import type { Lease } from '../ports/consumers.ts';
import type { Store } from '../ports/store.ts';
import type { CopyableFile } from '../sqlite/writer.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { type BackupDeps, type BackupStream, createBackups } from './create-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import { assertTargetFree, writeBackup } from './write-backup.ts';

const now = 1_795_514_400_000;
let data: string;
let dataDir: DataDir;
let log: EventLog & CopyableFile;
let store: Store & CopyableFile;
let lease: Lease;
/** The folder of one test, outside the data folder. */
let dir: string;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'convey-backup-'));
  dataDir = openDataDir(data);
  log = await openSqliteLog(dataDir.log, { now: () => now });
  store = await openSqliteStore(dataDir.state, { now: () => now });
  const acquired = await store.acquireLease('identity:shop', 'one', 600_000);
  if (!acquired) throw new Error('a new store has no other owner');
  lease = acquired;
});
afterAll(async () => {
  await log.close();
  await store.close();
  dataDir.release();
  rmSync(data, { recursive: true });
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-backup-'));
});
afterEach(() => {
  for (const folder of [dir, dataDir.backup]) rmSync(folder, { recursive: true, force: true });
});

let recordCount = 0;
/** Appends an event and moves the identity cursor past it. */
async function accept(): Promise<void> {
  const bytes = Buffer.from(`{"v":1,"fill":"${'x'.repeat(2_000)}"}`);
  const [appended] = await log.append([{ partition: 'shop', key: `k${recordCount++}`, bytes }]);
  if (!appended || !('offset' in appended)) throw new Error('every key is new');
  await store.commitIdentity(lease, { site: 'shop', cursor: appended.offset, reports: [], now });
}

const make = (more: Partial<BackupDeps> = {}) =>
  createBackups({
    dataDir,
    sources: { 'log.db': log, 'state.db': store },
    version: '1',
    now: () => now,
    runExclusive: (work) => work(),
    ...more,
  }).make();

async function restored(backup: BackupStream | string): Promise<string> {
  if (typeof backup === 'string') throw new Error(backup);
  const file = join(dir, 'backup.tar');
  await writeBackup(backup, { file, overwrite: false, dataDir: data }, () => {});
  const to = join(dir, 'restored');
  expect(await restoreBackup(file, to, () => {})).toMatchObject({ version: '1', madeAt: new Date(now).toISOString() });
  return to;
}

it('no cursor of a backup is past the end of its log when events are accepted during the backup', async () => {
  for (let index = 0; index < 50; index += 1) await accept();
  const between: CopyableFile = {
    async copyTo(file) {
      await store.copyTo(file);
      for (let index = 0; index < 5; index += 1) await accept();
    },
  };
  let isCopying = true;
  const load = (async () => {
    while (isCopying) await accept();
  })();
  const backup = await make({ sources: { 'state.db': between, 'log.db': log } });
  isCopying = false;
  await load;
  const to = await restored(backup);
  const [oldLog, oldStore] = [
    await openSqliteLog(join(to, 'log.db'), { now: () => now }),
    await openSqliteStore(join(to, 'state.db'), { now: () => now }),
  ];
  const [head = '', cursor] = [(await oldLog.heads()).get('shop'), await oldStore.getIdentityCursor('shop')];
  const { records } = await oldLog.read('shop', startOffset, { records: 10_000, bytes: 1e9 });
  expect(cursor > startOffset && cursor < head).toBe(true);
  expect(records.every(({ body }) => 'bytes' in body)).toBe(true);
  await oldLog.close();
  await oldStore.close();
});

it('the copies stay in the data folder only until the backup is read or cancelled', async () => {
  await accept();
  const backup = await make();
  if (typeof backup === 'string') throw new Error(backup);
  expect(existsSync(dataDir.backup)).toBe(true);
  await backup.stream.cancel();
  await expect.poll(() => existsSync(dataDir.backup)).toBe(false);
  await restored(await make());
  expect(existsSync(dataDir.backup)).toBe(false);
});

it('a backup is refused while another is made, or when the disk has too little space', async () => {
  await accept();
  expect(await make({ freeBytes: () => 512 * 1024 * 1024 })).toBe('backup-no-room');
  expect(existsSync(dataDir.backup)).toBe(false);
  const both = createBackups({
    dataDir,
    sources: { 'log.db': log, 'state.db': store },
    version: '1',
    now: () => now,
    runExclusive: (work) => work(),
  });
  const first = await both.make();
  expect(await both.make()).toBe('backup-running');
  await restored(first);
  const next = await both.make();
  if (typeof next === 'string') throw new Error(next);
  await next.stream.cancel();
});

it('a backup is refused if the disk has no inodes, also when it uses them up itself', async () => {
  await accept();
  expect(await make({ explainFull: () => 'the disk has no free inodes' })).toBe('backup-no-room');
  let isFull = false;
  const filling: CopyableFile = {
    copyTo() {
      isFull = true;
      return Promise.reject(new Error('unable to open database file'));
    },
  };
  const options = { sources: { 'log.db': filling, 'state.db': filling }, explainFull: () => (isFull ? 'full' : undefined) };
  expect(await make(options)).toBe('backup-no-room');
  expect(existsSync(dataDir.backup)).toBe(false);
});

it('a failing copy leaves nothing and does not prevent the next backup', async () => {
  await accept();
  const broken: CopyableFile = { copyTo: () => Promise.reject(new Error('the disk is gone')) };
  await expect(make({ sources: { 'state.db': store, 'log.db': broken } })).rejects.toThrow('the disk is gone');
  expect(existsSync(dataDir.backup)).toBe(false);
  await restored(await make());
});

it('a folder named backup in the data folder stays unchanged, at a start and by a backup', async () => {
  await accept();
  const own = join(data, 'backup');
  mkdirSync(own);
  for (const name of ['state.db', 'monday.tar']) writeFileSync(join(own, name), 'mine');
  await restored(await make());
  expect(readdirSync(own).toSorted()).toEqual(['monday.tar', 'state.db']);
});

it('a backup removes only its copies from their folder, and keeps other files', async () => {
  await accept();
  mkdirSync(dataDir.backup);
  for (const name of ['state.db', 'log.db-journal', 'notes.txt']) writeFileSync(join(dataDir.backup, name), 'left');
  await restored(await make());
  expect(readdirSync(dataDir.backup)).toEqual(['notes.txt']);
  expect(readFileSync(join(dataDir.backup, 'notes.txt'), 'utf8')).toBe('left');
});

it('a backup fails and changes nothing when a link or a file has the name of its folder', async () => {
  await accept();
  symlinkSync(data, dataDir.backup);
  await expect(make()).rejects.toThrow(`${dataDir.backup} is in the way`);
  rmSync(dataDir.backup);
  writeFileSync(dataDir.backup, 'mine');
  await expect(make()).rejects.toThrow(`${dataDir.backup} is in the way`);
  expect(readFileSync(dataDir.backup, 'utf8')).toBe('mine');
  expect(existsSync(dataDir.log)).toBe(true);
});

it('a backup is never written over files of the data folder or next to its copies', () => {
  const refuse = (file: string) => () => assertTargetFree({ file, overwrite: true, dataDir: data });
  const link = join(dir, 'link');
  symlinkSync(data, link);
  for (const folder of [data, link]) {
    for (const name of [
      'log.db',
      'state.db-wal',
      'convey.lock',
      '.convey-backup-part/monday.tar',
      '.convey-restore-part/monday.tar',
    ])
      expect(refuse(join(folder, name))).toThrow('belongs to the data folder');
    expect(refuse(join(folder, 'monday.tar'))).not.toThrow();
  }
});
