import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connectToGateway } from '../src/cli/cli-context.ts';
import type { Config } from '../src/config/config.ts';
import { startGateway } from '../src/gateway/start-gateway.ts';
import { createLogger } from '../src/logger.ts';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import type { Fill } from './fill-log.ts';
import type { GatewayBuild } from './interleaved-rounds.ts';
import { connectionId, shopConfig, siteId, type Workspace } from './workspace.ts';

const pollMs = 100;
/** The share of a core below which the gateway has ended its work. */
const idleShare = 0.2;
const timeoutMs = 900_000;

/** The cost of a gateway's run, including its start. */
export interface RunCost {
  readonly seconds: number;
  readonly cpuMicros: number;
  /** Peak resident memory of its process. */
  readonly peakBytes: number;
  readonly longestBlockMs: number;
}

/** Starts the gateway once on an empty log, because a connection delivers events from its first start on. */
export async function startOnce(config: Config): Promise<void> {
  const gateway = await startGateway(config, { version: 'bench', logger: createLogger('warn', process.stderr) });
  await gateway.stop(0);
}

/** Fills a data folder by the build that will read it, because a later one has another schema. Returns the last event's id. */
export function fillFolder(build: GatewayBuild, workspace: Workspace, fill: Fill): Promise<string> {
  return withGateway(build, (gateway) => gateway.request({ do: 'fill', ...workspace, fill }, z.string()));
}

/** Fills log and store with the purchases of as many known visitors. The build's own identity consumer writes the store. */
export async function fillState(build: GatewayBuild, workspace: Workspace, visitors: number, ageMs = 0): Promise<void> {
  const fill: Fill = { from: 0, to: visitors, data: 'random', isAscending: true, ageMs };
  await withGateway(build, async (gateway) => {
    const lastId = await gateway.request({ do: 'fill', ...workspace, fill }, z.string());
    await gateway.request({ do: 'start', ...workspace }, startedReply);
    await waitForLastEvent(gateway, workspace, lastId);
  });
}

/** Begins to measure the longest block of the gateway's event loop. */
export async function watchLoop(gateway: Child): Promise<void> {
  await gateway.request({ do: 'watch-loop' }, z.null());
}

/** Returns the longest time since `watchLoop` for which the gateway's event loop did no other work, in milliseconds. */
export function readLongestBlock(gateway: Child): Promise<number> {
  return gateway.request({ do: 'longest-block' }, z.number());
}

/** Runs `work` with a gateway process and stops the process afterwards. */
export async function withGateway<T>({ module, options }: GatewayBuild, work: (gateway: Child) => Promise<T>): Promise<T> {
  const gateway = startChild(module, options);
  try {
    return await work(gateway);
  } finally {
    await gateway.stop();
  }
}

/**
 * Starts a gateway on its log and measures until the last event is delivered or, if the connection is disabled, identified. Rejects if
 * the number of delivered events is not `events`.
 */
export function measureRun(
  workspace: Workspace,
  { lastId, events }: { readonly lastId: string; readonly events: number },
  build: GatewayBuild,
): Promise<RunCost> {
  return withGateway(build, async (gateway) => {
    const cpuBefore = await readCpu(gateway);
    const startedAt = performance.now();
    await gateway.request({ do: 'start', ...workspace }, startedReply);
    await watchLoop(gateway);
    await waitForLastEvent(gateway, workspace, lastId);
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpuMicros = (await readCpu(gateway)) - cpuBefore;
    const longestBlockMs = await readLongestBlock(gateway);
    if (workspace.enabled) await checkDelivered(workspace, events);
    return { seconds, cpuMicros, longestBlockMs, peakBytes: await readPeakMemory(gateway) };
  });
}

/** Returns the peak resident memory of a gateway's process, in bytes. */
export function readPeakMemory(gateway: Child): Promise<number> {
  return gateway.request({ do: 'peak' }, z.number());
}

/** An answer counts the connection's backlog, which would be part of the measurement. The gateway is asked only when it is idle. */
async function waitForLastEvent(gateway: Child, workspace: Workspace, lastId: string): Promise<void> {
  const request = connectToGateway(shopConfig(workspace));
  const until = performance.now() + timeoutMs;
  for (let before = await readCpu(gateway); performance.now() < until; ) {
    await sleep(pollMs);
    const cpuMicros = await readCpu(gateway);
    const isIdle = cpuMicros - before < idleShare * pollMs * 1_000;
    before = cpuMicros;
    if (!isIdle) continue;
    const [timeline] = await request('GET /api/sites/:site/timelines', { site: siteId, id: lastId });
    if (timeline && (!workspace.enabled || timeline.connections.some(({ outcome }) => outcome === 'delivered'))) return;
  }
  throw new Error(`The last event did not arrive within ${timeoutMs} ms`);
}

async function checkDelivered(workspace: Workspace, events: number): Promise<void> {
  const connections = await connectToGateway(shopConfig(workspace))('GET /api/connections');
  const delivered = connections.find(({ id }) => id === connectionId)?.counts.delivered ?? 0;
  if (delivered !== events) throw new Error(`${delivered} of ${events} events were delivered`);
}
