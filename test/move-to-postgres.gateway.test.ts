import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startPostgresServer } from '../scripts/postgres-server.ts';
import { convey } from './cli.fixture.ts';
import { addFaultRow, scale } from './faults/fault-scale.ts';
import { reachedVariable, type StatementPoint, statementVariable } from './faults/postgres/kill-at-statement.process.ts';
import {
  conveyScript,
  eventually,
  makeFolder,
  post,
  purchase,
  root,
  runConveyProcess,
  startGatewayProcess,
  startSink,
} from './gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';

/** The steps of a move while the gateway runs: the tables, the begin of the move, the records. */
const stepsOfCopy = [['CREATE TABLE lanes'], ['INSERT INTO folder_move'], ['INSERT INTO records']];
/** The steps of the rest: records, state, generated values, the comparison, statistics, the folder's mark before `lanes`, the end. */
const stepsOfRest = [
  ['DELETE FROM records'],
  ['TRUNCATE'],
  ['INSERT INTO connections'],
  ['INSERT INTO visitor_profiles'],
  ['setval'],
  ['setval', 'SELECT count(*) AS rows'],
  ['ANALYZE'],
  ['FROM nodes WHERE seen_at'],
  ['INSERT INTO lanes'],
  ['INSERT INTO lanes', 'COMMIT'],
];
const listPoints = (steps: readonly (readonly string[])[]): readonly StatementPoint[] =>
  steps.flatMap((texts) => [
    { texts, moment: 'before' },
    { texts, moment: 'after' },
  ]);
const partOfRest: readonly StatementPoint[] = [
  { texts: ['INSERT INTO visitor_profiles'], moment: 'after' },
  { texts: ['INSERT INTO lanes'], moment: 'before' },
];
const pointsOfCopy = scale === 'part' ? [] : listPoints(stepsOfCopy);
const pointsOfRest = scale === 'part' ? partOfRest : listPoints(stepsOfRest);

describe.skipIf(!hasPostgres)('the move of a running gateway to PostgreSQL', () => {
  const [folder, newFolder] = [makeFolder(), makeFolder()];
  let database: TestDatabase;
  let sink: Awaited<ReturnType<typeof startSink>>;
  beforeAll(async () => {
    vi.stubEnv('CONVEY_SECRETS_KEY', randomBytes(32).toString('hex'));
    database = await createTestDatabase();
    sink = await startSink();
  });
  afterAll(async () => {
    await sink.close();
    await database.drop();
    for (const one of [folder, newFolder]) one.remove();
    vi.unstubAllEnvs();
  });

  const tagIds = { bing: '187000001', late: '187000002' };
  const makeSite = () => ({
    purchaseHoldSeconds: 0,
    connections: Object.entries(tagIds).map(([id, tagId]) => {
      return { id, destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: sink.url } };
    }),
  });
  /** Calls the admin API. Returns the status. */
  async function callApi(dataDir: string, path: string, body = {}): Promise<number | undefined> {
    const outgoing = request({ socketPath: join(dataDir, 'admin.sock'), path, method: 'POST' }).end(JSON.stringify(body));
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
    incoming?.resume();
    return incoming?.statusCode;
  }
  /** Pauses or resumes the second connection. */
  async function control(dataDir: string, action: 'pause' | 'resume'): Promise<void> {
    expect(await callApi(dataDir, `/api/sites/shop/connections/late/${action}`)).toBeLessThan(300);
  }
  /** Starts a gateway that may have to wait for the end of the move. */
  function spawnGateway(configFile: string) {
    let printed = '';
    const started = startGatewayProcess(configFile, { onOutput: (text) => (printed += text) });
    return { started, earlyUrl: () => /"url":"([^"]+)"[^\n]*move under way/.exec(printed)?.[1] };
  }
  /** Runs the move until it is killed at a point. */
  async function killMove(args: readonly string[], point: StatementPoint): Promise<void> {
    const reached = join(folder.dir, 'reached');
    const preload = join(root, 'test/faults/postgres/kill-at-statement.process.ts');
    const env = { ...process.env, [statementVariable]: JSON.stringify(point), [reachedVariable]: reached };
    const child = spawn(process.execPath, ['--import', preload, conveyScript, ...args], { stdio: 'ignore', env });
    await once(child, 'exit');
    expect(existsSync(reached), JSON.stringify(point)).toBe(true);
    rmSync(reached);
  }
  const listDelivered = (tagId: string) =>
    sink.requests
      .filter(({ path }) => path.includes(tagId))
      .flatMap(({ body }) => body.data.map(({ eventId }) => String(eventId)))
      .toSorted();

  it('loses and doubles no event, although the move is killed, and leaves a folder on which nothing starts', {
    timeout: 150_000 + 5_000 * (pointsOfCopy.length + pointsOfRest.length),
  }, async (context) => {
    const configFile = folder.writeConfig(sink.url, { site: makeSite() });
    const url = database.url.replace('postgres@', 'postgres:canary-4711@');
    const args = ['migrate', '--to', url, '--config', configFile];
    const ids = Array.from({ length: 40 }, (_, index) => `ord-${10 + index}`);
    const gateway = await startGatewayProcess(configFile);
    await control(folder.dataDir, 'pause');
    await post(
      gateway.url,
      ids.slice(0, 30).map((id) => purchase(id)),
    );
    expect(await eventually(() => listDelivered(tagIds.bing).length === 30)).toBe(true);
    for (const point of pointsOfCopy) await killMove(args, point);
    const copied = await runConveyProcess(...args, '--json');
    expect([copied.code, JSON.parse(copied.stdout)]).toEqual([0, expect.objectContaining({ state: 'copied' })]);
    expect(await database.run('SELECT count(*)::integer AS records FROM records')).toEqual([{ records: 30 }]);
    // The new gateways would not know of it until the end of the move.
    expect(await callApi(folder.dataDir, '/api/sites', { id: 'new', domains: ['new.example'] })).toBe(409);
    await post(
      gateway.url,
      ids.slice(30).map((id) => purchase(id)),
    );
    expect(await gateway.stop()).toBe(0);

    // A new gateway accepts events before the move goes on.
    const newConfig = newFolder.writeConfig(sink.url, { store: database.url, site: makeSite() });
    const early = spawnGateway(newConfig);
    expect(await eventually(() => early.earlyUrl() !== undefined)).toBe(true);
    await post(early.earlyUrl() ?? '', [purchase('ord-10'), purchase('ord-98')]);
    for (const point of pointsOfRest) await killMove(args, point);
    const moved = await runConveyProcess(...args);
    // A slow machine prints progress.
    expect([moved.code, moved.stderr]).toEqual([0, expect.stringMatching(/^(?:(?:Copying|Comparing) .*\n)*$/)]);
    const isEnded = scale !== 'part' && moved.stdout.includes('by an earlier call');
    // The last kill of the whole list may have come after the end of the move.
    if (!isEnded)
      expect(moved.stdout).toMatch(
        /^Moved [\d,]+ rows of \d+ tables to 127\.0\.0\.1:\d+\/test_\w+\. Counts, checksums and cursors/,
      );
    expect([copied, moved].map(({ stdout }) => stdout).join()).not.toContain('canary');

    await expect(startGatewayProcess(configFile)).rejects.toThrow('was moved to the database');
    const checked = await runConveyProcess('check', '--config', configFile);
    expect([checked.code, checked.stdout]).toEqual([
      1,
      expect.stringMatching(/dataDir: The data of .* was moved to the database/),
    ]);
    const backup = await runConveyProcess('backup', join(folder.dir, 'b.tar'), '--config', configFile);
    expect([backup.code, backup.stderr]).toEqual([1, expect.stringContaining('was moved to the database')]);

    const onDatabase = await early.started;
    expect(onDatabase.url).toBe(early.earlyUrl());
    expect(await post(onDatabase.url, [purchase('ord-10'), purchase('ord-99')])).toMatchObject({ accepted: 1, duplicates: 1 });
    const all = [...ids, 'ord-98', 'ord-99'];
    await eventually(() => listDelivered(tagIds.bing).length >= all.length);
    expect(listDelivered(tagIds.late)).toEqual([]);
    await control(newFolder.dataDir, 'resume');
    await eventually(() => listDelivered(tagIds.late).length >= all.length);
    for (const tagId of Object.values(tagIds)) expect(listDelivered(tagId)).toEqual(all);
    expect(await onDatabase.stop()).toBe(0);
    addFaultRow(context, {
      fault: 'M7',
      scenario: 'kill -9 of the move of a folder with a backlog, before and after each step, while new gateways accept events',
      amount: `${pointsOfCopy.length + pointsOfRest.length} kills`,
      expected: 'counts, checksums and cursors equal; none lost or doubled; the folder refuses',
      observed: `0 of ${all.length} events lost or doubled`,
    });
  });

  it('trusts the provider of a managed database only with `--durability managed`', async () => {
    const managed = await startPostgresServer({ settings: { fsync: 'off', full_page_writes: 'off' } });
    const old = makeFolder();
    onTestFinished(async () => {
      await managed.stop();
      old.remove();
    });
    const configFile = old.writeConfig(sink.url);
    const gateway = await startGatewayProcess(configFile);
    await gateway.stop();
    const migrate = (...args: readonly string[]) => convey('migrate', ...args, '--config', configFile);
    const to = ['--to', `${managed.url}/postgres`];
    expect(await migrate(...to)).toMatchObject({ code: 1, stderr: expect.stringMatching(/`fsync` is off.*`full_page_writes`/) });
    expect(await migrate('--durability', 'managed')).toMatchObject({ code: 1, stderr: expect.stringContaining('needs --to') });
    const moved = await migrate(...to, '--durability', 'managed');
    expect(moved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Moved [\d,]+ rows? of \d+ tables/) });
  });
});
