import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey } from '../cli.fixture.ts';
import {
  eventually,
  type Folder,
  makeFolder,
  post,
  purchase,
  runConveyProcess,
  startGatewayProcess,
  tagId,
} from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

let folder: Folder;
let microsoft: MicrosoftSimulator;
let config: string;
let file: string;

/** The data folder of a gateway that was killed after it accepted an event, and a backup of it. */
let template: Folder;
beforeAll(async () => {
  template = makeFolder();
  const configFile = template.writeConfig('http://127.0.0.1:1');
  const gateway = await startGatewayProcess(configFile);
  await post(gateway.url, [purchase('o-1')]);
  expect((await convey('backup', join(template.dir, 'backup.tar'), '--config', configFile)).code).toBe(0);
  await gateway.kill();
});
afterAll(() => template.remove());
const copyTemplate = () =>
  cpSync(template.dataDir, folder.dataDir, { recursive: true, filter: (from) => !from.endsWith('.sock') });

beforeEach(async () => {
  folder = makeFolder();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  config = folder.writeConfig(microsoft.url);
  file = join(folder.dir, 'backup.tar');
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
  await microsoft.close();
  folder.remove();
});

const running: PacedGateway[] = [];

/** Starts a gateway in this process. */
async function startHere(): Promise<PacedGateway> {
  const gateway = await startLocalGateway(config);
  running.push(gateway);
  return gateway;
}

const getArrivedIds = () => new Set(microsoft.journalEvents().map(({ eventId }) => eventId ?? ''));
const findMissing = (ids: Iterable<string>) => {
  const arrivedIds = getArrivedIds();
  return [...ids].filter((id) => !arrivedIds.has(id));
};

it('a backup made under load and restored after the loss of the folder delivers every event acknowledged before it', async () => {
  const gateway = await startGatewayProcess(config);
  const issued = new Set<string>();
  const acknowledged = new Set<string>();
  let isUp = true;
  let createdCount = 0;
  const send = async () => {
    while (isUp) {
      const id = `o-${createdCount++}`;
      issued.add(id);
      await post(gateway.url, [purchase(id)]).then(
        () => acknowledged.add(id),
        () => undefined,
      );
    }
  };
  const load = Array.from({ length: 8 }, send);
  await eventually(() => acknowledged.size > 300 && getArrivedIds().size > 50);
  microsoft.faults({ mode: '500' });
  const delivered = getArrivedIds();
  await eventually(() => findMissing(acknowledged).length > 100);
  const before = new Set(acknowledged);
  const backup = await runConveyProcess('backup', file, '--config', config);
  const duringCount = acknowledged.size - before.size;
  await gateway.kill();
  isUp = false;
  await Promise.all(load);
  // A slow machine has time to report progress.
  expect([backup.code, backup.stderr.replace(/^Writing and verifying the backup: \d+ %\n/gm, '')]).toEqual([0, '']);
  expect(backup.stdout).toContain('verified');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(duringCount).toBeGreaterThan(0);
  rmSync(folder.dataDir, { recursive: true });

  const restored = await convey('restore', file, '--config', config);
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  microsoft.faults({ mode: 'ok' });
  const restarted = await startHere();
  expect(await post(restarted.url, [purchase([...before][0] ?? '')])).toMatchObject({ accepted: 0, duplicates: 1 });
  const later = Array.from({ length: 200 }, (_, index) => `later-${index}`);
  await post(
    restarted.url,
    later.map((id) => purchase(id)),
  );
  expect(await eventually(() => findMissing([...before, ...later]).length === 0, 60_000)).toBe(true);
  expect([...getArrivedIds()].filter((id) => !issued.has(id) && !id.startsWith('later-'))).toEqual([]);
  // Events that the platform had before the backup are not sent again.
  const reports = new Map(microsoft.journalEvents().map(({ eventId, server }) => [eventId, server.length]));
  expect([...delivered].filter((id) => (reports.get(id) ?? 0) > 1)).toEqual([]);
  expect(existsSync(join(folder.dataDir, '.convey-backup-part'))).toBe(false);
}, 120_000);

it('a backup without a gateway copies the files unchanged; any tar extracts it, and its checksums match', async () => {
  copyTemplate();
  const { code, stdout } = await runConveyProcess('backup', file, '--config', config);
  expect([code, stdout]).toEqual([0, expect.stringContaining('The key that encrypts secrets is not part of the backup')]);
  execFileSync('tar', ['-xf', file, '-C', folder.dir]);
  const sums = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder.dir }).toString();
  expect(sums).toBe('convey-backup.json: OK\nstate.db: OK\nlog.db: OK\n');
  const existing = await convey('backup', file, '--config', config);
  expect([existing.code, existing.stderr]).toEqual([1, expect.stringContaining('already exists')]);
  expect((await convey('backup', file, '--force', '--config', config)).code).toBe(0);
  expect(readdirSync(folder.dir).filter((name) => name.includes('.part'))).toEqual([]);
});

/** Kills the process after a restore renamed the first of its two files. */
const killBeforeLogRename = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { renameSync } = fs;
  fs.renameSync = (from, to) => (to.endsWith('/log.db') ? process.kill(process.pid, 'SIGKILL') : renameSync(from, to));
  syncBuiltinESMExports();
`;

describe('restore', () => {
  beforeEach(() => {
    copyTemplate();
    cpSync(join(template.dir, 'backup.tar'), file);
  });
  const restore = async () => {
    const { code, stderr } = await convey('restore', file, '--config', config);
    return [code, stderr];
  };

  it('rejects a data folder that is not empty or in use by a gateway', async () => {
    expect(await restore()).toEqual([1, expect.stringMatching(/data folder .* is not empty/)]);
    await startHere();
    expect(await restore()).toEqual([1, expect.stringContaining('Another gateway')]);
    expect(existsSync(join(folder.dataDir, '.convey-restore-part'))).toBe(false);
  });

  it('ends sessions, and names the accounts of the backup', async () => {
    const { callApi, stop } = await startHere();
    await callApi('POST /api/accounts', {}, { name: 'ada', role: 'owner', password: 'four words nobody guesses' });
    await callApi('POST /api/sites', {}, { id: 'made', domains: ['made.example'] });
    const { id } = await callApi('POST /api/sites/:site/keys', { site: 'made' }, { kind: 'secret' });
    expect((await convey('backup', file, '--force', '--config', config)).code).toBe(0);
    await stop();
    rmSync(folder.dataDir, { recursive: true });
    const { code, stdout, stderr } = await convey('restore', file, '--config', config);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('All sessions have ended');
    expect(stdout).toMatch(/^ada +owner/m);
    expect(stdout).toMatch(new RegExp(`^made +secret key +${id}`, 'm'));
    expect(stdout).not.toContain('sk_');
  });

  it('rejects a backup with a flipped bit or a truncated one, and leaves no database file', async () => {
    rmSync(folder.dataDir, { recursive: true });
    const whole = readFileSync(file);
    for (const at of [520, 5_000, whole.length - 5_000]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect(await restore()).toEqual([1, expect.stringMatching(/damaged|not a complete Convey backup/)]);
    }
    writeFileSync(file, whole.subarray(0, whole.length - 20_000));
    expect(await restore()).toEqual([1, expect.stringContaining('not a complete Convey backup')]);
    expect(readdirSync(folder.dataDir).filter((name) => name.endsWith('.db'))).toEqual([]);
    writeFileSync(file, whole);
    expect(await restore()).toEqual([0, '']);
  });

  it('blocks a start after an interrupted restore, until a second restore completes it', async () => {
    rmSync(folder.dataDir, { recursive: true });
    process.env.NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(killBeforeLogRename)}`;
    try {
      expect((await runConveyProcess('restore', file, '--config', config)).code).toBe(null);
    } finally {
      delete process.env.NODE_OPTIONS;
    }
    expect(readdirSync(folder.dataDir).filter((name) => name.endsWith('.db'))).toEqual(['state.db']);
    await expect(startLocalGateway(config)).rejects.toThrow('Call `convey restore` again');
    expect(await restore()).toEqual([0, '']);
    const gateway = await startHere();
    expect(await post(gateway.url, [purchase('o-1')])).toMatchObject({ duplicates: 1 });
  });

  it('refuses files of a newer version, and names the version to use', async () => {
    const newer = new Database(join(folder.dataDir, 'state.db'));
    newer.pragma('user_version = 999');
    newer.close();
    expect((await convey('backup', file, '--force', '--config', config)).code).toBe(0);
    rmSync(folder.dataDir, { recursive: true });
    expect(await restore()).toEqual([1, expect.stringMatching(/newer Convey \(schema 999.*Install that version/)]);
  });
});
