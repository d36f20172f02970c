import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, it, type TestContext } from 'vitest';
import type { PostgresServer, PostgresServerOptions } from '../../../scripts/postgres-server.ts';
import { secondMs } from '../../../src/event/units.ts';
import { eventually } from '../../gateway.fixture.ts';
import { addFaultRow, pickByScale, scale, skipWithoutTool } from '../fault-scale.ts';
import { mountTmpfs } from '../mount-tmpfs.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { startServerOrSkip } from './postgres-or-skip.ts';

const awayMs = pickByScale({ part: 0, whole: 30, nightly: 600 }) * secondMs;
/** An append without an answer goes to the spool after 5 s. */
const maxGapMs = 8 * secondMs;
const sites = ['shop-0', 'shop-1'];
/** Lines of a gateway about an outage and its end. Each open connection to the database may have one. */
const maxProblemLines = 60;

interface Fault {
  readonly name: string;
  readonly options?: (context: TestContext) => PostgresServerOptions;
  /** Begins the fault. Returns a function that ends it. */
  begin(server: PostgresServer, cluster: Cluster, context: TestContext): Promise<() => Promise<void>>;
}

const faults: readonly Fault[] = [
  {
    name: 'is away, and a gateway is killed meanwhile',
    async begin(server, cluster) {
      server.kill();
      const [node] = cluster.nodes;
      await cluster.waitForMore();
      await node?.kill();
      return async () => {
        expect(
          await eventually(() =>
            server.restart().then(
              () => true,
              () => false,
            ),
          ),
        ).toBe(true);
        await node?.start();
      };
    },
  },
  {
    name: 'is read-only',
    async begin(server) {
      const set = async (value: string) => {
        await runAll(server, `ALTER SYSTEM SET default_transaction_read_only = ${value}`, 'SELECT pg_reload_conf()');
      };
      await set('on');
      return () => set('off');
    },
  },
  {
    name: 'has no free connection',
    options: () => ({ settings: { max_connections: '60' } }),
    async begin(server) {
      const clients: pg.Client[] = [];
      let isOver = false;
      const occupyAll = async () => {
        while (!isOver) {
          const client = new pg.Client({ connectionString: `${server.url}/postgres`, application_name: 'occupier' });
          client.on('error', () => {});
          const isConnected = await client.connect().then(
            () => true,
            () => false,
          );
          if (isConnected) clients.push(client);
          else await sleep(20);
          // The gateways lose the connections that they have.
          const [first] = clients;
          if (clients.length % 20 === 0)
            await first?.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'node-%'`);
        }
      };
      const occupying = occupyAll();
      return async () => {
        isOver = true;
        await occupying;
        await Promise.all(clients.map((client) => client.end()));
      };
    },
  },
];

for (const { name, options, begin } of faults) {
  it.skipIf(scale === 'part')(
    `events are acknowledged while the database ${name}, and arrive once when it is back`,
    {
      timeout: 240_000 + awayMs,
    },
    async (context) => {
      const server = await startServerOrSkip(context, 'M4', options?.(context));
      const cluster = await startCluster(context, { nodes: 2, sites, url: `${server.url}/postgres` });
      await runFault(context, name, cluster, () => begin(server, cluster, context));
    },
  );
}

it.skipIf(scale === 'part')(
  'events are acknowledged while the disk of the database is full, and arrive once when it has space',
  {
    timeout: 240_000 + awayMs,
  },
  async (context) => {
    const disk = mountTmpfs(64) ?? skipWithoutTool(context, 'M4', 'mount of a tmpfs');
    context.onTestFinished(disk.unmount);
    const server = await startServerOrSkip(context, 'M4');
    const place = join(disk.dir, 'tables');
    chmodSync(dirname(disk.dir), 0o711);
    mkdirSync(place);
    if (process.getuid?.() === 0) chownSync(place, 65_534, 65_534);
    await runAll(server, `CREATE TABLESPACE small LOCATION '${place}'`, 'ALTER DATABASE postgres SET default_tablespace = small');
    const cluster = await startCluster(context, { nodes: 2, sites, url: `${server.url}/postgres` });
    await runFault(context, 'has a full disk', cluster, async () => {
      const ballast = join(disk.dir, 'ballast');
      const fill = () => {
        try {
          // A write that fails leaves what fitted.
          writeFileSync(ballast, Buffer.alloc(64 * 1024 * 1024));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ENOSPC' });
        }
      };
      fill();
      return async () => rmSync(ballast);
    });
  },
);

async function runFault(context: TestContext, name: string, cluster: Cluster, begin: () => Promise<() => Promise<void>>) {
  const endLoad = cluster.startLoad(2);
  await cluster.waitForMore();
  const end = await begin();
  const until = performance.now() + awayMs;
  const before = cluster.countAcknowledged();
  while (performance.now() < until) await cluster.waitForMore();
  const meanwhile = cluster.countAcknowledged() - before;
  await end();
  await cluster.waitForMore();
  await endLoad();
  // The fault reached the gateways. A killed one has a new output.
  const outputs = cluster.nodes.map(({ running }) => running?.output() ?? '');
  expect(outputs.join('')).toContain('database away');
  // One line reports the outage, and not each consumer.
  expect(outputs.map((output) => output.match(/"(?:consumer crashed|shop privacy request failed)"/g) ?? [])).toEqual(
    outputs.map(() => []),
  );
  const problems = outputs.map((output) => output.match(/"level":"(?:warn|error)"/g)?.length ?? 0);
  expect(Math.max(...problems)).toBeLessThan(maxProblemLines);
  // The check waits for the delivery before it sends more events.
  const longestGapMs = Math.max(...cluster.drivers.map((driver) => driver.longestGapMs));
  const { summary } = await cluster.check();
  expect(longestGapMs).toBeLessThan(maxGapMs);
  addFaultRow(context, {
    fault: 'M4',
    scenario: `the database ${name}`,
    amount: `${awayMs / secondMs} s, gateways: 2`,
    expected: 'events are acknowledged meanwhile; none lost; each stored once',
    observed: `${meanwhile} acknowledged meanwhile; ${summary}`,
  });
}

async function runAll(server: PostgresServer, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: `${server.url}/postgres` });
  await client.connect();
  try {
    await client.query('SET default_transaction_read_only = off');
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
