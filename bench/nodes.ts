import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { findNode } from '../src/delivery/site-leases.ts';
import { type BenchDatabase, measureRoundTrip, startBenchDatabase } from './bench-database.ts';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import { closedLoopResult } from './closed-loop.ts';
import type { Bench, Row } from './interleaved-rounds.ts';
import { type NodesRun, type NodesSetup, toNodesRows } from './nodes-rows.ts';
import { connectionId, listSecretKeys, listSiteIds, shopConfig, type Workspace, withTemporaryFolder } from './workspace.ts';

const sites = 12;
const connections = 64;
/** More connections would exceed a gateway's limit of events in flight. */
const batchConnections = 16;
const eventsPerBatch = 100;
/** Half of the round trip of the line. */
const lineDelayMs = 1;
/** Each node compiles its code in this time, in which it gets as many events as one node alone. */
const warmUpMs = 2_000;
const pollMs = 50;
const timeoutMs = 300_000;
/** The last events of a site wait until a batch is full, so the rate ends before them. */
const countedShare = 0.9;

/**
 * Measures gateways on PostgreSQL beside one on SQLite: acknowledged purchases, their delivery, and the CPU time on the gateways and on the
 * database. All processes share the machine's cores, so more nodes show what they cost, and not how much they can do.
 */
export async function measureNodes({ size, build, progress }: Bench): Promise<readonly Row[]> {
  if (size.nodes.length === 0) return [];
  const database = await startBenchDatabase();
  if ('problem' in database) {
    progress(`nodes: not run: PostgreSQL (${database.problem})`);
    return [];
  }
  const client = startChild(new URL('./children/load.ts', import.meta.url));
  const platform = startChild(new URL('./children/vendor.ts', import.meta.url));
  const line = startChild(new URL('./children/line.ts', import.meta.url));
  try {
    const { url: endpoint } = await platform.request({ do: 'start' }, startedReply);
    const { url: lineUrl } = await line.request({ do: 'start', port: database.port, delayMs: lineDelayMs }, startedReply);
    const setups: readonly NodesSetup[] = [
      { nodes: 1, storage: 'sqlite' },
      ...size.nodes.map((nodes) => ({ nodes, storage: 'postgres' }) as const),
      ...size.nodes.slice(0, 1).map((nodes) => ({ nodes, storage: 'postgres', port: Number(new URL(lineUrl).port) }) as const),
    ];
    const runs = setups.map((): NodesRun[] => []);
    await withTemporaryFolder(async (folder) => {
      for (let round = 0; round < Math.min(size.longRounds, size.rounds); round++) {
        const order = setups.map((setup, index) => ({ setup, index }));
        for (const { setup, index } of round % 2 === 0 ? order : order.toReversed()) {
          const name = `bench_${round}_${index}`;
          const store = setup.storage === 'postgres' ? await database.create(name, setup.port ?? database.port) : undefined;
          const gateways = Array.from({ length: setup.nodes }, (_, node): Workspace => {
            const dataDir = join(folder, `${name}-${node}`);
            return { dataDir, endpoint, enabled: true, sites, ...(store !== undefined && { store }) };
          });
          const parts = { gateways, client, platform, ms: size.nodesMs, name, ...(store !== undefined && { database }) };
          const run = await runSetup(build, parts);
          runs[index]?.push({ ...run, ...(store !== undefined && { roundTripMs: await measureRoundTrip(store) }) });
          if (store !== undefined) await database.drop(name);
          progress(`nodes: round ${round + 1}, setup ${index + 1} of ${setups.length} done`);
        }
      }
    });
    return toNodesRows(setups.map((setup, index) => ({ setup, runs: runs[index] ?? [] })));
  } finally {
    await Promise.all([client.stop(), platform.stop(), line.stop()]);
    await database.stop();
  }
}

interface SetupParts {
  /** One per node. */
  readonly gateways: readonly Workspace[];
  readonly client: Child;
  readonly platform: Child;
  readonly ms: number;
  readonly name: string;
  readonly database?: BenchDatabase;
}

/** Starts gateways on an empty store and warms them up. Measures them while connections are paused, and then while they deliver. */
async function runSetup(build: Bench['build'], parts: SetupParts): Promise<NodesRun> {
  const { gateways, client, platform, ms, name, database } = parts;
  const nodes = gateways.map(() => startChild(build.module, build.options));
  try {
    const urls: string[] = [];
    // The first one creates the tables.
    for (const [index, node] of nodes.entries())
      urls.push((await node.request({ do: 'start', ...gateways[index] }, startedReply)).url);
    if (database) await waitUntilBalanced(database, name, nodes.length);
    const [first, ...others] = urls;
    const [workspace] = gateways;
    if (first === undefined || !workspace) throw new Error('The benchmark has no gateway');
    const request = connectToGateway(shopConfig(workspace));
    const siteIds = listSiteIds(sites);
    const control = (action: 'pause' | 'resume') =>
      Promise.all(
        siteIds.map((site) =>
          request('POST /api/sites/:site/connections/:connection/:action', { site, connection: connectionId, action }),
        ),
      );
    const send = async (eventsPerRequest: number, sendMs: number, run: string) => {
      const target = { url: first, otherUrls: others, secretKeys: listSecretKeys(sites), eventsPerRequest, data: 'random', run };
      const load = { do: 'load', ...target, connections: eventsPerRequest === 1 ? connections : batchConnections, ms: sendMs };
      const before = await readAllCpu(nodes, database);
      const result = await client.request(load, closedLoopResult);
      const params = { site: siteIds[result.last.site] ?? '', id: result.last.id };
      while ((await request('GET /api/sites/:site/timelines', params)).length === 0) await sleep(pollMs);
      const events = result.requests * eventsPerRequest;
      return {
        ...result,
        events,
        perSecond: result.perSecond * eventsPerRequest,
        ...costPerEvent(before, await readAllCpu(nodes, database), events),
      };
    };
    await platform.request({ do: 'forget' }, z.null());
    const warmMs = Math.min(warmUpMs, ms) * nodes.length;
    const warm = [await send(1, warmMs, 'warm'), await send(eventsPerBatch, warmMs, 'warm')];
    await waitForArrivals(
      platform,
      warm.reduce((sum, { events }) => sum + events, 0),
    );
    await control('pause');
    await platform.request({ do: 'forget' }, z.null());

    const requests = await send(1, ms, 'requests');
    const batches = await send(eventsPerBatch, ms, 'batches');
    const events = requests.events + batches.events;

    const before = await readAllCpu(nodes, database);
    const resumed = control('resume');
    const begun = await waitForArrivals(platform, 1);
    const counted = await waitForArrivals(platform, events * countedShare);
    await waitForArrivals(platform, events);
    await resumed;
    const cost = costPerEvent(before, await readAllCpu(nodes, database), events);
    const perSecond = ((counted.events - begun.events) / (counted.at - begun.at)) * 1_000;
    return { requests, batches, delivery: { perSecond, ...cost } };
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

const ownersSchema = z.array(z.object({ site: z.string(), owner: z.string(), nodes: z.array(z.string()) }));

/** Resolves when each node holds its share of the sites. Nodes move sites only some time after the last one came. */
async function waitUntilBalanced(database: BenchDatabase, name: string, nodes: number): Promise<void> {
  for (const until = performance.now() + timeoutMs; performance.now() < until; ) {
    const rows = await database.read(
      name,
      `SELECT substr(consumer, 6) AS site, owner, (SELECT array_agg(id) FROM nodes) AS nodes FROM leases WHERE consumer LIKE 'site:_%'`,
    );
    const owners = ownersSchema.parse(rows);
    const isHome = ({ site, owner, nodes: ids }: (typeof owners)[number]) =>
      ids.length === nodes &&
      owner ===
        findNode(
          site,
          ids.map((id) => ({ id })),
        );
    if (owners.length === sites && owners.every(isHome)) return;
    await sleep(pollMs);
  }
  throw new Error(`The sites were not shared within ${timeoutMs} ms`);
}

async function waitForArrivals(platform: Child, minimum: number): Promise<{ readonly events: number; readonly at: number }> {
  for (const until = performance.now() + timeoutMs; performance.now() < until; ) {
    const events = await platform.request({ do: 'count' }, z.number());
    if (events >= minimum) return { events, at: performance.now() };
    await sleep(pollMs);
  }
  throw new Error(`${minimum} events did not arrive within ${timeoutMs} ms`);
}

interface Cpu {
  readonly gateways: number;
  readonly database: number;
}

async function readAllCpu(nodes: readonly Child[], database: BenchDatabase | undefined): Promise<Cpu> {
  const times = await Promise.all(nodes.map(readCpu));
  return { gateways: times.reduce((sum, time) => sum + time, 0), database: database?.readCpu() ?? 0 };
}

function costPerEvent(before: Cpu, after: Cpu, events: number) {
  return {
    gatewayMicros: (after.gateways - before.gateways) / events,
    databaseMicros: (after.database - before.database) / events,
  };
}
