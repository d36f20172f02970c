import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { lockGatewayFolder } from '../src/gateway/open-gateway-storage.ts';
import { convey } from './cli.fixture.ts';
import { makeFolder, post, purchase, startGatewayProcess, startSink } from './gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';

describe.skipIf(!hasPostgres)('a gateway on PostgreSQL', () => {
  const folder = makeFolder();
  let database: TestDatabase;
  let sink: Awaited<ReturnType<typeof startSink>>;
  let configFile: string;
  beforeAll(async () => {
    vi.stubEnv('CONVEY_SECRETS_KEY', randomBytes(32).toString('hex'));
    database = await createTestDatabase();
    sink = await startSink();
    configFile = folder.writeConfig(sink.url, { store: database.url, site: { purchaseHoldSeconds: 0 } });
  });
  afterAll(async () => {
    await sink.close();
    await database.drop();
    folder.remove();
    vi.unstubAllEnvs();
  });

  const listDelivered = () => new Set(sink.events().map((event) => event.eventId));

  it('delivers every acknowledged event after kill -9, and starts again at once', async () => {
    const first = await startGatewayProcess(configFile);
    const ids = Array.from({ length: 40 }, (_, index) => `ord-${index}`);
    for (const id of ids.slice(0, 20))
      expect(await post(first.url, [purchase(id)])).toMatchObject({ accepted: 1, duplicates: 0 });
    // The rest is acknowledged together, and most of it not yet sent when the process ends.
    await Promise.all(ids.slice(20).map((id) => post(first.url, [purchase(id)])));
    await first.kill();
    const second = await startGatewayProcess(configFile);
    await expect.poll(() => ids.filter((id) => !listDelivered().has(id))).toEqual([]);
    expect(await post(second.url, [purchase('ord-3')])).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await database.run('SELECT count(*)::integer AS records FROM records')).toEqual([{ records: ids.length }]);
    expect(second.output()).not.toContain('postgres:postgres@');
    expect(await second.stop()).toBe(0);
  });

  it('shares its sites with a second gateway, and hands them over when it stops', async () => {
    const otherFolder = makeFolder();
    const otherConfig = otherFolder.writeConfig(sink.url, { store: database.url, site: { purchaseHoldSeconds: 0 } });
    const [first, second] = [await startGatewayProcess(configFile), await startGatewayProcess(otherConfig)];
    const isDelivered = (id: string) => expect.poll(() => listDelivered().has(id), { timeout: 20_000 }).toBe(true);
    expect(await post(first.url, [purchase('shared-1')])).toMatchObject({ accepted: 1 });
    expect(await post(second.url, [purchase('shared-1'), purchase('shared-2')])).toMatchObject({ accepted: 1, duplicates: 1 });
    for (const id of ['shared-1', 'shared-2']) await isDelivered(id);
    // One of the two runs the site. The other passes the command on.
    const listPaused = () => database.run<{ state: string }>(`SELECT state FROM connections WHERE state LIKE '%"operator"%'`);
    for (const config of [configFile, otherConfig]) {
      expect((await convey('connections', 'pause', 'shop/bing', '--config', config)).code).toBe(0);
      expect(await listPaused()).toHaveLength(1);
      expect((await convey('connections', 'resume', 'shop/bing', '--config', config)).code).toBe(0);
      expect(await listPaused()).toEqual([]);
    }
    // An alert setting of one process is known to the other, which does not undo it.
    const target = { site: 'shop', connection: 'bing' };
    const [one, other] = [folder, otherFolder].map(({ dataDir }) => connectToGateway({ dataDir }));
    await one?.('PUT /api/sites/:site/connections/:connection/mute', target, {});
    await expect.poll(async () => (await other?.('GET /api/alerts'))?.mutes).toEqual([target]);
    await other?.('PUT /api/alerts/settings', {}, { settings: { digest: 'daily' } });
    await expect.poll(async () => (await one?.('GET /api/alerts'))?.settings?.digest).toBe('daily');
    expect((await one?.('GET /api/alerts'))?.mutes).toEqual([target]);
    // An erasure moves the site to the process that was asked.
    for (const [config, id] of [
      [configFile, 'shared-1'],
      [otherConfig, 'shared-2'],
    ] as const) {
      const erased = await convey('erase', '--site', 'shop', '--event-id', id, '--yes', '--config', config);
      expect([erased.code, erased.stderr]).toEqual([0, '']);
    }
    expect(await first.stop()).toBe(0);
    expect(await post(second.url, [purchase('shared-3')])).toMatchObject({ accepted: 1 });
    await isDelivered('shared-3');
    expect(await second.stop()).toBe(0);
    otherFolder.remove();
    const sent = sink
      .events()
      .map((event) => event.eventId)
      .filter((id) => String(id).startsWith('shared-'));
    expect(sent.toSorted()).toEqual(['shared-1', 'shared-2', 'shared-3']);
  });

  it('is checked and refused with field, rule and remedy when a setting breaks a promise', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const check = () => convey('check', '--config', configFile);
    expect((await check()).stdout).toMatch(/store: A 202 survives the crash of any gateway/);
    await database.run(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    const { code, stdout } = await check();
    expect([code, stdout]).toEqual([1, expect.stringMatching(/store: .*`synchronous_commit` is off.*Set it to `on`/)]);
    await expect(startGatewayProcess(configFile)).rejects.toThrow(/`synchronous_commit` is off/);
    await database.run(`ALTER DATABASE ${name} RESET synchronous_commit`);
  });

  it('is not started on a folder with other data, or without the key in the environment', async () => {
    await expect(startGatewayProcess(configFile, { env: { CONVEY_SECRETS_KEY: '' } })).rejects.toThrow(/CONVEY_SECRETS_KEY/);
    // Without `store`, it would start with an empty event log.
    expect(() => lockGatewayFolder({ dataDir: folder.dataDir })).toThrow('Set `store` again');
    writeFileSync(join(folder.dataDir, 'state.db'), 'of another gateway');
    await expect(startGatewayProcess(configFile)).rejects.toThrow(/not in the database of `store`/);
  });

  it('leaves backup and restore to the tools of the database', async () => {
    for (const command of ['backup', 'restore']) {
      const { code, stderr } = await convey(command, join(folder.dir, 'b.tar'), '--config', configFile);
      expect([code, stderr]).toEqual([1, expect.stringContaining('PostgreSQL')]);
    }
  });
});
