import { hash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
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
import { buffer } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConveyError } from '../../errors.ts';
import { sha256 } from '../../identity/hashing.ts';
import { openDataDir } from '../disk/data-dir.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { backedUpFiles, checksumsName, formatChecksumLine, manifestName } from './create-backup.ts';
import { restoreBackup, restoredName } from './restore-backup.ts';
import { packTar } from './tar.ts';
import { backupOffline, writeBackup } from './write-backup.ts';

let dir: string;
let file: string;
let to: string;
/** The folder of an interrupted restore. */
let restoring: string;

/** A data folder and its backup, which each test gets a copy of. */
let template: string;

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'convey-restore-'));
  const from = openDataDir(join(template, 'data'));
  const log = await openSqliteLog(from.log, { now: Date.now });
  await (await openSqliteStore(from.state, { now: Date.now })).close();
  await log.append([{ partition: 'shop', key: 'k', bytes: Buffer.from('{}') }]);
  await log.close();
  from.release();
  const target = { file: join(template, 'backup.tar'), overwrite: false, dataDir: join(template, 'data') };
  await backupOffline(join(template, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
});
afterAll(() => rmSync(template, { recursive: true }));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-restore-'));
  file = join(dir, 'backup.tar');
  to = join(dir, 'restored');
  restoring = join(to, '.convey-restore-part');
  cpSync(template, dir, { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

const restore = () => restoreBackup(file, to, () => {});

/** Leaves the folder like a restore that was interrupted between its two files. */
async function cutOff(): Promise<void> {
  await restore();
  const placed = ['state.db', 'log.db'].map((name) => {
    const { ino, size, mtimeMs } = statSync(join(to, name));
    return [name, { ino, size, mtimeMs }];
  });
  mkdirSync(restoring);
  writeFileSync(join(restoring, 'placed.json'), JSON.stringify(Object.fromEntries(placed)));
  rmSync(join(to, 'log.db'));
}

it('a restore completes an interrupted restore', async () => {
  await cutOff();
  expect(await restore()).toMatchObject({ version: '1' });
  expect(readdirSync(to).filter((name) => name.includes('restore') || name.endsWith('-wal'))).toEqual([]);
  expect(statSync(join(to, 'log.db')).size).toBeGreaterThan(0);
});

it('a restore completes one that was interrupted while it recorded its files', async () => {
  mkdirSync(restoring, { recursive: true });
  writeFileSync(join(restoring, 'placed.json'), '{"state.db":{"in');
  expect(await restore()).toMatchObject({ version: '1' });
});

it('a restore is refused, and keeps the file, when a file was added after an interrupted restore', async () => {
  await cutOff();
  writeFileSync(join(to, 'log.db'), 'mine');
  await expect(restore()).rejects.toThrow(`The data folder ${to} is not empty: it holds ${to}/log.db`);
  expect(readFileSync(join(to, 'log.db'), 'utf8')).toBe('mine');
  expect(existsSync(join(to, 'state.db'))).toBe(true);
});

it('a restore keeps another file with the name and length of a restored one', async () => {
  await cutOff();
  const [state, copy] = [join(to, 'state.db'), join(dir, 'copy.db')];
  copyFileSync(state, copy);
  rmSync(state);
  copyFileSync(copy, state);
  await expect(restore()).rejects.toThrow(`The data folder ${to} is not empty: it holds ${state}`);
  expect(readFileSync(state).equals(readFileSync(copy))).toBe(true);
});

it('a restore keeps a foreign write-ahead log after an interrupted restore', async () => {
  await cutOff();
  writeFileSync(join(to, 'state.db-wal'), 'mine');
  await expect(restore()).rejects.toThrow(`${to}/state.db-wal`);
  expect(readFileSync(join(to, 'state.db-wal'), 'utf8')).toBe('mine');
});

it('a restore is refused when the folder has a damage record, because the next start would salvage the restored file', async () => {
  mkdirSync(to);
  const note = join(to, 'log.db.damage');
  writeFileSync(note, JSON.stringify({ folder: 'log.db.damaged-then', isSalvaged: false, beginsAnew: false }));
  await expect(restore()).rejects.toThrow(`The data folder ${to} is not empty: it holds ${note}`);
  rmSync(note);
  expect(await restore()).toMatchObject({ version: '1' });
});

describe('restored access', () => {
  const at = 1_764_000_000_000;

  beforeEach(async () => {
    const from = openDataDir(join(dir, 'data'));
    const store = await openSqliteStore(from.state, { now: () => at });
    await store.addAccount({ name: 'ada', role: 'owner', sites: [], password: 'stretched-ada', createdAt: at });
    await store.addAccount({ name: 'bob', role: 'viewer', sites: [], password: 'stretched-bob', createdAt: at });
    await store.openSession({ hash: sha256('session'), account: 'ada', password: 'stretched-ada', at });
    await store.offerSetup(sha256('setup'));
    const invitation = { id: 'id-1', label: '', role: 'viewer', sites: [], createdAt: at, expiresAt: at + 1 } as const;
    await store.addInvitation({ ...invitation, hash: sha256('invitation') });
    await store.saveDashboardSite({
      id: 'made',
      config: { id: 'made', domains: ['made.example'], writeKey: 'wk_made_example' },
      secretKeys: [{ id: 'key-1', hash: sha256('sk_one'), createdAt: at }],
      oldWriteKeys: [{ key: 'wk_old_example', retiredAt: at }],
      webhookSecrets: [{ id: 'hook-1', sealed: 'sealed', createdAt: at }],
    });
    const grant = { site: 'made', platform: 'acme', identityProvider: 'Acme', userName: 'o…@shop.example', scopes: [] };
    const account = { customerId: '7', accountId: '8' };
    for (const id of ['alive', 'dead', 'unused'])
      await store.addGrant({ ...grant, id, account, secret: `stretched ${id}`, createdAt: at });
    await store.assignGrant('made', 'alive', 'bing');
    await store.assignGrant('made', 'dead', 'second');
    await store.finishGrantRefresh('dead', 1, 'one', { dead: { code: 'invalid_grant', since: at } });
    await store.saveGoalCheck('alive', '{}', at + 86_400_000);
    await store.claimGrantRefresh('alive', 1, 'one', at, 60_000);
    await store.close();
    const target = { file, overwrite: true, dataDir: join(dir, 'data') };
    from.release();
    await backupOffline(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
  });

  it('has no sessions, invitations or setup token, and lists the accounts and keys', async () => {
    const restored = await restore();
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
      grants: [
        { site: 'made', connection: 'bing', platform: 'acme', userName: 'o…@shop.example', createdAt: at, isEnded: false },
        { site: 'made', connection: 'second', platform: 'acme', userName: 'o…@shop.example', createdAt: at, isEnded: true },
      ],
    });
    expect(JSON.stringify(restored)).not.toMatch(/stretched|sealed|sk_one/);
    expect(readdirSync(to).filter((name) => name.startsWith('state.db'))).toEqual(['state.db']);
    expect(readFileSync(join(to, 'state.db')).includes(sha256('session')), 'no token hash is left in the file').toBe(false);
    const store = await openSqliteStore(join(to, 'state.db'), { now: () => at });
    expect(await store.findSession(sha256('session'))).toBeUndefined();
    expect(await store.getSetupOffer()).toBeUndefined();
    expect(await store.listInvitations()).toEqual([]);
    expect(await store.findAccount('ada')).toMatchObject({ password: 'stretched-ada' });
    expect(await store.listDashboardSites()).toHaveLength(1);
    expect((await store.listGrants()).map(({ id }) => id)).toEqual(['alive', 'dead']);
    expect(
      (await store.listDueGrants(at)).map(({ id }) => id),
      'each access is tried at the next start',
    ).toContain('alive');
    expect(await store.claimGrantRefresh('alive', 1, 'two', at, 60_000), 'the lease of the backup is over').toBe(true);
    const recorded = (await store.readActivity(0, 10)).map(({ entry }) => JSON.parse(entry));
    expect(recorded, 'the restore is an entry of the chain').toEqual([
      expect.objectContaining({ kind: 'restored', actor: 'cli', madeAt: expect.any(Number) }),
    ]);
    await store.close();
  });

  it('is listed for a file of an older schema', async () => {
    const db = new Database(join(dir, 'data', 'state.db'));
    for (const table of ['sessions', 'setup', 'accounts', 'dashboard_sites', 'grants']) db.exec(`DROP TABLE ${table}`);
    db.close();
    const target = { file, overwrite: true, dataDir: join(dir, 'data') };
    await backupOffline(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
    expect(await restore()).toMatchObject({ accounts: [], keys: [], grants: [] });
    expect(existsSync(join(to, restoredName)), 'the chain of the file has the restore').toBe(false);
  });

  it('is recorded by the next start if the file has no activity yet', async () => {
    const db = new Database(join(dir, 'data', 'state.db'));
    db.exec('DROP TABLE activity');
    db.close();
    const target = { file, overwrite: true, dataDir: join(dir, 'data') };
    await backupOffline(join(dir, 'data'), '1', (backup) => writeBackup(backup, target, () => {}));
    const { madeAt } = await restore();
    expect(readFileSync(join(to, restoredName), 'utf8')).toBe(madeAt);
  });
});

describe('restore of a complete archive', () => {
  /** Writes a backup with correct checksums for any content. */
  async function packed(contents: Readonly<Record<string, Buffer>>): Promise<void> {
    const about = Buffer.from(JSON.stringify({ format: 1, version: '1', madeAt: '2026-11-25T00:00:00.000Z' }));
    const entries = [manifestName, ...backedUpFiles].map((name) => [name, contents[name] ?? about] as const);
    const sums = entries.map(([name, content]) => formatChecksumLine(hash('sha256', content), name)).join('');
    const all = [...entries, [checksumsName, Buffer.from(sums)] as const];
    await packFiles(all);
  }
  async function packFiles(files: readonly (readonly [name: string, content: Buffer])[]): Promise<void> {
    const entries = files.map(([name, content]) => ({ name, bytes: content.length, content: [content] }));
    writeFileSync(file, await buffer(packTar(entries, new Date(0))));
  }
  const database = () => readFileSync(join(dir, 'data', 'state.db'));

  it.each([
    ['state.db', 'this is no database, and long enough to be one'.repeat(50)],
    ['log.db', 'this is no database, and long enough to be one'.repeat(50)],
    ['state.db', 'short'],
  ])('is refused with a remedy when %s is not a database, and leaves nothing', async (name, text) => {
    await packed({ 'state.db': database(), 'log.db': database(), [name]: Buffer.from(text) });
    const refused = await restore().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConveyError);
    expect(String(refused)).toMatch(new RegExp(`${name} of .*not a .*database.*Use another backup`));
    expect(readdirSync(to).filter((one) => one.includes('.db') || one.includes('restore'))).toEqual([]);
  });

  it.each([
    ['names that lead out of the folder', ['../state.db', 'log.db']],
    ['an absolute name', ['/state.db', 'log.db']],
    ['another order', ['log.db', 'state.db']],
    ['one file twice', ['state.db', 'state.db', 'log.db']],
    ['a missing file', ['state.db']],
    ['an additional file', ['state.db', 'log.db', 'convey.lock']],
  ])('is refused when it has %s, and leaves nothing', async (_, names) => {
    const about = Buffer.from(JSON.stringify({ format: 1, version: '1', madeAt: '2026-11-25T00:00:00.000Z' }));
    const entries = [[manifestName, about] as const, ...names.map((name) => [name, database()] as const)];
    const sums = entries.map(([name, content]) => formatChecksumLine(hash('sha256', content), name)).join('');
    await packFiles([...entries, [checksumsName, Buffer.from(sums)]]);
    await expect(restore()).rejects.toThrow('is damaged, or not a Convey backup');
    expect(readdirSync(to)).toEqual(['convey.lock', 'convey.pid']);
    expect(readdirSync(dir).toSorted()).toEqual(['backup.tar', 'data', 'restored']);
  });

  it('is refused with a remedy when the manifest is not JSON, and leaves nothing', async () => {
    await packed({ [manifestName]: Buffer.from('{'), 'state.db': database(), 'log.db': database() });
    await expect(restore()).rejects.toBeInstanceOf(ConveyError);
    expect(readdirSync(to).filter((one) => one.includes('.db') || one.includes('restore'))).toEqual([]);
  });
});
