import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { runPreflight } from '../../gateway/preflight.ts';
import { loadSites } from '../../gateway/read-data-folder.ts';
import { createLogger } from '../../logger.ts';
import { backupOffline } from '../backup/write-backup.ts';
import { startOffset } from '../log/event-log.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { migrateFiles } from '../migrate.ts';
import { identityConsumerId } from '../ports/consumer-id.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { recordDamage } from './damage-record.ts';
import { openStorage } from './open-or-salvage.ts';

const now = () => 1_795_514_400_000;
const keys = ['a', 'b', 'c', 'd'];
let dir: string;
let log: string;
let state: string;

/** A state with a lease, and a log that a crash left completely in the write-ahead log. Each test has copies. */
let template: string;
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'convey-refuse-'));
  const store = await openSqliteStore(join(template, 'state.db'), { now });
  await store.acquireLease(identityConsumerId('shop'), 'gateway', 30_000);
  await store.close();
  const running = join(template, 'running.db');
  const open = await openSqliteLog(running, { now });
  for (const key of keys) await open.append([{ partition: 'shop', key, bytes: Buffer.from(`{"v":1,"key":"of ${key}"}`) }]);
  for (const part of ['', '-wal']) cpSync(running + part, join(template, `log.db${part}`));
  await open.close();
});
afterAll(() => rmSync(template, { recursive: true }));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-refuse-'));
  [log, state] = [join(dir, 'log.db'), join(dir, 'state.db')];
  cpSync(join(template, 'state.db'), state);
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Puts the log there, and changes a byte of an early record. */
function damageWal(): void {
  for (const part of ['', '-wal']) cpSync(join(template, `log.db${part}`), log + part);
  const wal = readFileSync(`${log}-wal`);
  const at = wal.indexOf('of b');
  wal[at] = (wal[at] ?? 0) ^ 1;
  writeFileSync(`${log}-wal`, wal);
}

/** Opens the files like a start and reads the records. */
async function started(): Promise<readonly string[]> {
  const files = await openStorage({ dataDir: { log, state }, now, logger: createLogger('error', { write: () => {} }) });
  const { records } = await files.log.read('shop', startOffset, { records: 9, bytes: 9_999 });
  await files.close();
  return records.map(({ key }) => key);
}

function config() {
  const config = { dataDir: dir, collector: { port: 0 }, dashboard: { port: 0 }, sites: [] };
  const read = readConfig(JSON.stringify(config), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

const remedy = 'Run `convey start` first: it salvages the readable part';

describe('a write-ahead log with damage', () => {
  it.each<[string, () => unknown]>([
    [
      'a migration',
      () =>
        migrateFiles(
          dir,
          () => {},
          () => {},
        ),
    ],
    ['a backup', () => backupOffline(dir, '1', async () => {})],
    ['a reading of the sites', () => loadSites(config(), async () => [])],
  ])('makes %s refuse the files, and the start has every record', async (_, work) => {
    damageWal();
    await expect((async () => work())()).rejects.toThrow(`${log} is damaged. ${remedy}`);
    expect(await started()).toEqual(keys);
  });

  it('is a finding of a check, and the start has every record', async () => {
    damageWal();
    const findings = [];
    for await (const finding of runPreflight(config(), '1', () => Promise.reject(new Error('none runs')))) findings.push(finding);
    expect(findings).toContainEqual({ level: 'problem', subject: 'log', says: `${log} is damaged. ${remedy}` });
    expect(findings).toContainEqual({ level: 'ok', subject: 'store', says: 'Readable and writable' });
    expect(await started()).toEqual(keys);
  });
});

it('a command refuses a file with a damage record until a start has salvaged it', async () => {
  recordDamage(state, now());
  const migrate = () =>
    migrateFiles(
      dir,
      () => {},
      () => {},
    );
  expect(migrate).toThrow(`${state} is damaged. ${remedy}`);
  await started();
  expect(migrate).not.toThrow();
});
