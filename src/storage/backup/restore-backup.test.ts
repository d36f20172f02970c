import { hash } from 'node:crypto';
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
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConveyError } from '../../errors.ts';
import { sha256 } from '../../identity/hashing.ts';
import { openDataDir } from '../disk/data-dir.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { backedUpFiles, checksumsName, formatChecksumLine, manifestName } from './create-backup.ts';
import { restore } from './restore-backup.ts';
import { packTar } from './tar.ts';
import { backupOffline, writeBackup } from './write-backup.ts';

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
  await backupOffline(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
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

describe('the access that a restore gives', () => {
  const at = 1_764_000_000_000;

  beforeEach(async () => {
    const from = openDataDir(join(dir, 'data'));
    const store = await openSqliteStore(from.state, { now: () => at });
    await store.addAccount({ name: 'ada', role: 'owner', password: 'stretched-ada', createdAt: at });
    await store.addAccount({ name: 'bob', role: 'viewer', password: 'stretched-bob', createdAt: at });
    await store.openSession({ hash: sha256('session'), account: 'ada', password: 'stretched-ada', at });
    await store.offerSetup(sha256('setup'));
    await store.saveDashboardSite({
      id: 'made',
      config: { id: 'made', domains: ['made.example'], writeKey: 'wk_made_example' },
      secretKeys: [{ id: 'key-1', hash: sha256('sk_one'), createdAt: at }],
      oldWriteKeys: [{ key: 'wk_old_example', retiredAt: at }],
      webhookSecrets: [{ id: 'hook-1', sealed: 'sealed', createdAt: at }],
    });
    await store.close();
    const target = { file, overwrite: true, dataDir: join(dir, 'data') };
    from.release();
    await backupOffline(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
  });

  it('ends all sessions and the setup token, and lists the accounts and keys', async () => {
    const restored = await putBack();
    expect(restored).toMatchObject({
      accounts: [
        { name: 'ada', role: 'owner', createdAt: at },
        { name: 'bob', role: 'viewer', createdAt: at },
      ],
      keys: [
        { site: 'made', kind: 'secret key', id: 'key-1', at },
        { site: 'made', kind: 'old write key', id: 'wk_old_example', at },
        { site: 'made', kind: 'webhook secret', id: 'hook-1', at },
      ],
    });
    expect(JSON.stringify(restored)).not.toMatch(/stretched|sealed|sk_one/);
    expect(readdirSync(to).filter((name) => name.startsWith('state.db'))).toEqual(['state.db']);
    expect(readFileSync(join(to, 'state.db')).includes(sha256('session')), 'no token hash is left in the file').toBe(false);
    const store = await openSqliteStore(join(to, 'state.db'), { now: () => at });
    expect(await store.findSession(sha256('session'))).toBeUndefined();
    expect(await store.getSetupOffer()).toBeUndefined();
    expect(await store.findAccount('ada')).toMatchObject({ password: 'stretched-ada' });
    expect(await store.listDashboardSites()).toHaveLength(1);
    await store.close();
  });

  it('is listed for a file of an older schema too', async () => {
    const db = new Database(join(dir, 'data', 'state.db'));
    for (const table of ['sessions', 'setup', 'accounts', 'dashboard_sites']) db.exec(`DROP TABLE ${table}`);
    db.close();
    const target = { file, overwrite: true, dataDir: join(dir, 'data') };
    await backupOffline(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
    expect(await putBack()).toMatchObject({ accounts: [], keys: [] });
  });
});

describe('a whole tar file', () => {
  /** Writes a backup with right checksums around any content. */
  async function packed(contents: Readonly<Record<string, Buffer>>): Promise<void> {
    const about = Buffer.from(JSON.stringify({ format: 1, version: '1', madeAt: '2026-11-25T00:00:00.000Z' }));
    const entries = [manifestName, ...backedUpFiles].map((name) => [name, contents[name] ?? about] as const);
    const sums = entries.map(([name, content]) => formatChecksumLine(hash('sha256', content), name)).join('');
    const all = [...entries, [checksumsName, Buffer.from(sums)] as const];
    const chunks: Uint8Array[] = [];
    const tar = packTar(
      all.map(([name, content]) => ({ name, bytes: content.length, content: [content] })),
      new Date(0),
    );
    for await (const chunk of tar) chunks.push(chunk);
    writeFileSync(file, Buffer.concat(chunks));
  }
  const database = () => readFileSync(join(dir, 'data', 'state.db'));

  it.each([
    ['state.db', 'this is no database, and long enough to be one'.repeat(50)],
    ['log.db', 'this is no database, and long enough to be one'.repeat(50)],
    ['state.db', 'short'],
  ])('whose %s is no database is refused with a remedy, and leaves nothing', async (name, text) => {
    await packed({ 'state.db': database(), 'log.db': database(), [name]: Buffer.from(text) });
    const refused = await putBack().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConveyError);
    expect(String(refused)).toMatch(new RegExp(`${name} of .*no database.*Use another backup`));
    expect(readdirSync(to).filter((one) => one.includes('.db') || one.includes('restore'))).toEqual([]);
  });

  it('whose description is no JSON is refused with a remedy, and leaves nothing', async () => {
    await packed({ [manifestName]: Buffer.from('{'), 'state.db': database(), 'log.db': database() });
    await expect(putBack()).rejects.toBeInstanceOf(ConveyError);
    expect(readdirSync(to).filter((one) => one.includes('.db') || one.includes('restore'))).toEqual([]);
  });
});
