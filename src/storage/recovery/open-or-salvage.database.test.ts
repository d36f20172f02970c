import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildConnectionState } from '../../delivery/delivery.fixture.ts';
import { createLogger } from '../../logger.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { identityConsumerId } from '../ports/consumer-id.ts';
import { formatState } from '../store/rows/checksums.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { RecoveryDeps } from './damage-record.ts';
import { openStorage, recordDamageByError } from './open-or-salvage.ts';

const now = () => 1_795_514_400_000;
let dir: string;
let parts: RecoveryDeps;
let logged: string;

/** A data folder with two events and a lease, which each test gets a copy of. */
let template: string;
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'convey-open-'));
  const log = await openSqliteLog(join(template, 'log.db'), { now });
  await log.append([record('first'), record('second')]);
  await log.close();
  const store = await openSqliteStore(join(template, 'state.db'), { now });
  await store.acquireLease(identityConsumerId('shop'), 'gateway', 30_000);
  await store.close();
});
afterAll(() => rmSync(template, { recursive: true }));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-open-'));
  cpSync(template, dir, { recursive: true });
  logged = '';
  const logger = createLogger('error', {
    write(line: string) {
      logged += line;
    },
  });
  parts = { dataDir: { log: join(dir, 'log.db'), state: join(dir, 'state.db') }, now, logger };
});
afterEach(() => rmSync(dir, { recursive: true }));

const record = (key: string) => ({ partition: 'shop', key, bytes: Buffer.from('{"v":1}') });

function inState(sql: string, ...values: readonly string[]): void {
  const db = new Database(parts.dataDir.state);
  db.prepare(sql).run(...values);
  db.close();
}

/** Returns the offset of the next event, and closes the files. By default they are opened for it. */
async function nextOffset(opened?: Awaited<ReturnType<typeof openStorage>>): Promise<string | undefined> {
  const files = opened ?? (await openStorage(parts));
  try {
    const [appended] = await files.log.append([record('next')]);
    return appended && 'offset' in appended ? appended.offset : undefined;
  } finally {
    await files.close();
  }
}

const sound = formatState(buildConnectionState({ cursor: '0000000000000002' }));

it.each([
  ['is no JSON', sound.replace('"cursor"', '"cursor"\u0001')],
  ['has another cursor than its checksum is of', sound.replace('0000000000000002', '8000000000000002')],
  ['has lost its end', sound.slice(0, -9)],
])('a start salvages a connection state that %s, and moves no offset', async (_, text) => {
  inState('INSERT INTO connections VALUES (?, ?)', 'shop/bing', text);
  const files = await openStorage(parts);
  expect(files.recovery.startsAtOldest).toBe(true);
  expect(await files.store.getConnectionState('shop/bing')).toBeUndefined();
  expect(await nextOffset(files)).toBe('0000000000000003');
  expect(readdirSync(dir).filter((name) => name.startsWith('state.db.damaged-'))).toHaveLength(1);
});

it.each([
  ['state', 'visitors INTEGER', 'visitorz INTEGER'],
  ['log', 'bytes     BLOB', 'bytet     BLOB'],
] as const)('a start salvages a %s file whose schema was `%s` and reads `%s`', async (name, before, after) => {
  const file = parts.dataDir[name];
  inState('INSERT INTO identity VALUES (?, ?)', 'shop', '0000000000000002');
  inState("INSERT INTO duplicate_reports VALUES ('shop', '0000000000000002', '0000000000000001')");
  const bytes = readFileSync(file);
  const at = bytes.indexOf(before);
  expect(at).toBeGreaterThan(0);
  bytes.write(after, at, 'latin1');
  writeFileSync(file, bytes);
  const files = await openStorage(parts);
  expect(await files.store.getIdentityCursor('shop')).toBe('0000000000000002');
  await files.close();
  expect(await nextOffset()).toBe('0000000000000003');
  expect(readdirSync(dir).filter((one) => one.startsWith(`${name}.db.damaged-`))).toHaveLength(1);
});

it('a connection with a cursor ahead of every known offset starts at the oldest event, and moves no offset', async () => {
  inState(
    'INSERT INTO connections VALUES (?, ?)',
    'shop/bing',
    JSON.stringify(buildConnectionState({ cursor: '8000000000000002' })),
  );
  expect(await nextOffset()).toBe('0000000000000003');
  expect(logged).toContain('file salvaged');
});

it.each(['8000000000000002', '000000000000000:', '0000000/00000001'])(
  'a site whose cursor became %s goes on after the last event that is known of it, and moves no offset',
  async (cursor) => {
    inState('INSERT INTO identity VALUES (?, ?)', 'shop', cursor);
    inState('INSERT INTO connections VALUES (?, ?)', 'shop/bing', sound);
    inState("INSERT INTO duplicate_reports VALUES ('shop', '0000000000000002', '0000000000000001')");
    const files = await openStorage(parts);
    expect(files.recovery.startsAtOldest).toBe(false);
    expect(await files.store.getIdentityCursor('shop')).toBe('0000000000000002');
    expect((await files.store.getConnectionState('shop/bing'))?.cursor).toBe('0000000000000002');
    expect(await nextOffset(files)).toBe('0000000000000003');
  },
);

it('the next event gets an offset after every cursor when the end of the log is lost', async () => {
  inState('INSERT INTO identity VALUES (?, ?)', 'shop', '0000000000900000');
  expect(await nextOffset()).toBe('0000000000900001');
  expect(logged).toContain('end of the event log lost');
});

it.each([
  ['removed', () => rmSync(parts.dataDir.state)],
  ['emptied', () => writeFileSync(parts.dataDir.state, '')],
])('connections start at the oldest event when the state was %s', async (_, lose) => {
  lose();
  const files = await openStorage(parts);
  expect(files.recovery.startsAtOldest).toBe(true);
  expect(logged).toContain('state lost');
  await files.store.acquireLease(identityConsumerId('shop'), 'gateway', 30_000);
  files.finishRecovery('state');
  await files.close();
  logged = '';
  await (await openStorage(parts)).close();
  expect(logged).toBe('');
});

it('a new folder is no loss', async () => {
  for (const file of readdirSync(dir)) rmSync(join(dir, file));
  const files = await openStorage(parts);
  expect(files.recovery.startsAtOldest).toBe(false);
  await files.close();
  expect(logged).toBe('');
});

it('a start that fails with damage makes the next one salvage the file, and any other failure does not', async () => {
  await recordDamageByError(new Error('the port is taken'), parts);
  await recordDamageByError(new Database.SqliteError('malformed', 'SQLITE_CORRUPT'), parts);
  expect(readdirSync(dir).filter((name) => name.endsWith('.damage'))).toEqual([]);
  const bytes = readFileSync(parts.dataDir.state);
  writeFileSync(parts.dataDir.state, bytes.fill(255, 3 * 4_096, 4 * 4_096));
  await recordDamageByError(
    new Error('the start failed', { cause: new Database.SqliteError('malformed', 'SQLITE_CORRUPT') }),
    parts,
  );
  expect(existsSync(`${parts.dataDir.state}.damage`)).toBe(true);
  expect(existsSync(`${parts.dataDir.log}.damage`)).toBe(false);
});
