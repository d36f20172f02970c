import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, it, type TestContext } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { startPostgresServer } from '../../../scripts/postgres-server.ts';
import { eventually, makeFolder, root } from '../../gateway.fixture.ts';
import { testServerVariable } from '../../postgres.fixture.ts';
import { addFaultRow, scale, skipWithoutTool } from '../fault-scale.ts';
import { startCluster } from './cluster.ts';
import { createDatabaseOrSkip, debianPrograms, startServerOrSkip } from './postgres-or-skip.ts';

/** The tests of the adapters, with the contracts of the event log and the store, and the model test B5. */
const suites = [
  'src/storage/log/postgres/postgres-log.database.test.ts',
  'src/storage/postgres/database.database.test.ts',
  'src/storage/store/postgres/postgres-store.database.test.ts',
  'test/faults/postgres/model.fault.test.ts',
];
/**
 * The titles of the contracts and of B5. Other tests change settings of the server, which a pooler's connections do not get at once, or need
 * the order of concurrent commits, which a pooler may change.
 */
const contracts = 'the PostgreSQL (event log|store) (?!and |.*concurrent commits)|match a model';

it.skipIf(scale === 'part')('the adapters keep all laws on PostgreSQL 17', { timeout: 600_000 }, async (context) => {
  if (!existsSync(join(debianPrograms, 'postgres'))) skipWithoutTool(context, 'P1', 'PostgreSQL 17');
  const server = await startPostgresServer({ bin: debianPrograms });
  context.onTestFinished(() => server.stop());
  await runSuites(context, 'on PostgreSQL 17', server.url, '');
});

it.skipIf(scale === 'part')('the adapters keep all laws through pgbouncer', { timeout: 600_000 }, async (context) => {
  const server = await startServerOrSkip(context, 'P1');
  const port = await startBouncerOrSkip(context, server.url);
  const bouncer = `postgres://${new URL(server.url).username}@127.0.0.1:${port}`;
  await runSuites(context, 'through pgbouncer in transaction mode', bouncer, contracts);
});

it.skipIf(scale === 'part')(
  'gateways lose nothing through pgbouncer in transaction mode when one of them is killed',
  {
    timeout: 240_000,
  },
  async (context) => {
    const database = await createDatabaseOrSkip(context, 'P1');
    const port = await startBouncerOrSkip(context, database.url);
    const cluster = await startCluster(context, { nodes: 2, sites: ['shop-0', 'shop-1'], url: database.url, port: () => port });
    const endLoad = cluster.startLoad(4);
    for (const node of cluster.nodes) {
      await cluster.waitForMore();
      await node.kill();
      await cluster.waitForMore();
      await node.start();
    }
    await cluster.waitForMore();
    await endLoad();
    const { summary } = await cluster.check();
    addFaultRow(context, {
      fault: 'P1',
      scenario: 'gateways through pgbouncer in transaction mode',
      amount: '2 kills',
      expected: 'no acknowledged event lost; repeats are counted as in doubt',
      observed: summary,
    });
  },
);

/** Runs those tests of the adapters on a server whose titles match, in a process of their own. */
async function runSuites(context: TestContext, where: string, url: string, titles: string): Promise<void> {
  // Vitest would otherwise take the run for one of its own workers.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const options = { cwd: root, env: { ...env, NO_COLOR: '1', [testServerVariable]: url } };
  const { stdout } = await promisify(execFile)('npx', ['vitest', 'run', ...suites, '-t', titles], options);
  const passed = Number(/Tests\s+(\d+) passed/.exec(stdout)?.[1]);
  expect(passed).toBeGreaterThan(100);
  addFaultRow(context, {
    fault: 'P1',
    scenario: `the contracts of the event log and the store, and B5, ${where}`,
    amount: `${passed} tests`,
    expected: 'all laws hold',
    observed: `${passed} passed`,
  });
}

/** Starts pgbouncer before the databases of a server. Returns its port. Skips the test if there is none. */
async function startBouncerOrSkip(context: TestContext, url: string): Promise<number> {
  if (spawnSync('pgbouncer', ['--version']).status !== 0) skipWithoutTool(context, 'P1', 'pgbouncer');
  const folder = makeFolder();
  context.onTestFinished(folder.remove);
  const { hostname, port: serverPort, username } = new URL(url);
  const port = await findFreePort();
  const file = join(folder.dir, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort} user=${username}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'max_prepared_statements = 500',
    'default_pool_size = 20',
    'max_client_conn = 500',
    'server_login_retry = 1',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  // It refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  chmodSync(folder.dir, 0o755);
  const child = spawn('pgbouncer', [file], { ...identity, stdio: 'ignore' });
  context.onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  const connects = async () => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: username,
      database: new URL(url).pathname.slice(1) || 'postgres',
    });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  };
  expect(await eventually(connects, 10_000)).toBe(true);
  return port;
}
