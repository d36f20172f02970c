import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connectToGateway } from '../src/cli/cli-context.ts';
import type { Config } from '../src/config/config.ts';
import { startGateway } from '../src/gateway/start-gateway.ts';
import { createLogger } from '../src/logger.ts';
import { type Child, cpuOf, startChild, started } from './child.ts';
import type { GatewayProcess } from './interleaved-rounds.ts';
import { connectionId, type Place, shopConfig, siteId } from './workspace.ts';

const pollMs = 100;
const patienceMs = 900_000;

/** What a gateway took for something, its start included. */
export interface Took {
  readonly seconds: number;
  readonly cpuMicros: number;
  /** Resident memory of its process at the most. */
  readonly peakBytes: number;
}

/** A connection delivers what comes after its first start, so it starts once before there is anything. */
export async function enlist(config: Config): Promise<void> {
  const gateway = await startGateway(config, { version: 'bench', logger: createLogger('warn', process.stderr) });
  await gateway.stop(0);
}

/** A process for a gateway, for as long as `work` takes. */
export async function withGateway<T>({ module, options }: GatewayProcess, work: (gateway: Child) => Promise<T>): Promise<T> {
  const gateway = startChild(module, options);
  try {
    return await work(gateway);
  } finally {
    await gateway.stop();
  }
}

/**
 * Starts a gateway on what its log holds, and measures until the last event was delivered or, where the connection is disabled,
 * until the identity pump has come to it. @throws when another number than `events` was delivered.
 */
export function runThrough(
  place: Place,
  { lastId, events }: { readonly lastId: string; readonly events: number },
  gatewayProcess: GatewayProcess,
): Promise<Took> {
  return withGateway(gatewayProcess, async (gateway) => {
    const cpuBefore = await cpuOf(gateway);
    const startedAt = performance.now();
    await gateway.ask({ do: 'start', ...place }, started);
    await arrival(place, lastId);
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpuMicros = (await cpuOf(gateway)) - cpuBefore;
    if (place.enabled) await checkDelivered(place, events);
    return { seconds, cpuMicros, peakBytes: await peakOf(gateway) };
  });
}

/** Resident memory of a gateway's process at the most, in bytes. */
export function peakOf(gateway: Child): Promise<number> {
  return gateway.ask({ do: 'peak' }, z.number());
}

async function arrival(place: Place, lastId: string): Promise<void> {
  const ask = connectToGateway(shopConfig(place));
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const [timeline] = await ask('GET /api/sites/:site/timelines', { site: siteId, id: lastId });
    if (timeline && (!place.enabled || timeline.connections.some(({ outcome }) => outcome === 'delivered'))) return;
    await sleep(pollMs);
  }
  throw new Error(`The last event did not arrive within ${patienceMs} ms`);
}

async function checkDelivered(place: Place, events: number): Promise<void> {
  const connections = await connectToGateway(shopConfig(place))('GET /api/connections');
  const delivered = connections.find(({ id }) => id === connectionId)?.counts.delivered ?? 0;
  if (delivered !== events) throw new Error(`${delivered} of ${events} events were delivered`);
}
