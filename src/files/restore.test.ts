import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteLog } from '../log/sqlite.ts';
import { openDataDir } from '../store/data-dir.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { restore } from './restore.ts';
import { backupAtRest, writeBackup } from './write-backup.ts';

let dir: string;
let file: string;
let to: string;
/** Of a restore that does not come to its end. */
let restoring: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-restore-'));
  file = join(dir, 'backup.tar');
  to = join(dir, 'restored');
  restoring = join(to, '.convey-restore-part');
  const from = openDataDir(join(dir, 'data'));
  const log = await openSqliteLog(from.log, { now: Date.now });
  await (await openSqliteStore(from.state, { now: Date.now })).close();
  await log.append([{ partition: 'shop', key: 'k', bytes: Buffer.from('{}') }]);
  await log.close();
  from.release();
  const target = { file, overwrite: false, dataDir: join(dir, 'data') };
  await backupAtRest(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
});
afterEach(() => rmSync(dir, { recursive: true }));

const putBack = () => restore(file, to, () => {});

/** The folder as a restore leaves it that ends between its two files. */
async function cutOff(): Promise<void> {
  await putBack();
  const placed = ['state.db', 'log.db'].map((name) => {
    const { ino, size, mtimeMs } = statSync(join(to, name));
    return [name, { ino, size, mtimeMs }];
  });
  mkdirSync(restoring);
  writeFileSync(join(restoring, 'placed.json'), JSON.stringify(Object.fromEntries(placed)));
  rmSync(join(to, 'log.db'));
}

it('a restore that was cut off is ended by another one, over what the first put in place', async () => {
  await cutOff();
  expect(await putBack()).toMatchObject({ version: '1' });
  expect(readdirSync(to).filter((name) => name.includes('restore') || name.endsWith('-wal'))).toEqual([]);
  expect(statSync(join(to, 'log.db')).size).toBeGreaterThan(0);
});

it('a restore that was cut off while it noted what it would put in place is ended by another one', async () => {
  mkdirSync(restoring, { recursive: true });
  writeFileSync(join(restoring, 'placed.json'), '{"state.db":{"in');
  expect(await putBack()).toMatchObject({ version: '1' });
});

it('what somebody put into the folder after a restore was cut off is kept, and the restore is refused', async () => {
  await cutOff();
  writeFileSync(join(to, 'log.db'), 'mine');
  await expect(putBack()).rejects.toThrow(`Something is kept in the data folder ${to}: ${to}/log.db`);
  expect(readFileSync(join(to, 'log.db'), 'utf8')).toBe('mine');
  expect(existsSync(join(to, 'state.db'))).toBe(true);
});

it('a file of the same name and length as one of the restore is kept where it is another file', async () => {
  await cutOff();
  const [state, copy] = [join(to, 'state.db'), join(dir, 'copy.db')];
  copyFileSync(state, copy);
  rmSync(state);
  copyFileSync(copy, state);
  await expect(putBack()).rejects.toThrow(`Something is kept in the data folder ${to}: ${state}`);
  expect(readFileSync(state).equals(readFileSync(copy))).toBe(true);
});

it('the write-ahead log of somebody is kept though a restore was cut off', async () => {
  await cutOff();
  writeFileSync(join(to, 'state.db-wal'), 'mine');
  await expect(putBack()).rejects.toThrow(`${to}/state.db-wal`);
  expect(readFileSync(join(to, 'state.db-wal'), 'utf8')).toBe('mine');
});

it('a folder in which a file is noted as damaged is refused: the next start would salvage what was put back', async () => {
  mkdirSync(to);
  const note = join(to, 'log.db.damage');
  writeFileSync(note, JSON.stringify({ folder: 'log.db.damaged-then', isSalvaged: false, beginsAnew: false }));
  await expect(putBack()).rejects.toThrow(`Something is kept in the data folder ${to}: ${note}`);
  rmSync(note);
  expect(await putBack()).toMatchObject({ version: '1' });
});
