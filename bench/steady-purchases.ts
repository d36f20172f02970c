import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startChild, startedReply } from './child.ts';
import { createQuantiles } from './closed-loop.ts';
import type { Bench } from './interleaved-rounds.ts';
import { startOnce, withGateway } from './measured-run.ts';
import { openLoopResult } from './open-loop.ts';
import { listSecretKeys, shopConfig, withTemporaryFolder } from './workspace.ts';

const warmUpMs = 3_000;
const pollMs = 50;
const timeoutMs = 60_000;

/** The times from the gateway's acknowledgements to the platform's responses. */
export interface SteadyLatency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly acknowledgeP99Ms: number;
  /** The largest delay of a request's start. */
  readonly lateMs: number;
}

/** Other work of the gateway. Ends when the signal is aborted. */
export type BesideWork = (dataDir: string, stop: AbortSignal) => Promise<unknown>;

/** Measures purchases at a constant rate on a new gateway. The platform accepts all events at once. */
export type SteadyRun = (round: string, beside?: BesideWork) => Promise<SteadyLatency>;

/** Runs `work` with a platform and a client, whose processes end afterwards. */
export function withSteadyPurchases<T>(
  { size, build }: Bench,
  perSecond: number,
  work: (run: SteadyRun) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const vendor = startChild(new URL('./children/vendor.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    const waitForResponses = async (ids: readonly string[]): Promise<Readonly<Record<string, number>>> => {
      for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
        const answeredAt = await vendor.request({ do: 'answered' }, z.record(z.string(), z.number()));
        if (ids.every((id) => answeredAt[id] !== undefined)) return answeredAt;
        await sleep(pollMs);
      }
      throw new Error(`Not every purchase was delivered within ${timeoutMs} ms`);
    };
    try {
      const { url: endpoint } = await vendor.request({ do: 'start' }, startedReply);
      return await work(async (round, beside) => {
        await vendor.request({ do: 'forget' }, z.null());
        const workspace = { dataDir: join(folder, round), endpoint, enabled: true };
        await startOnce(shopConfig(workspace));
        return withGateway(build, async (gateway) => {
          const { url } = await gateway.request({ do: 'start', ...workspace }, startedReply);
          const send = (ms: number, run: string) =>
            client.request(
              { do: 'steady', url, secretKeys: listSecretKeys(1), eventsPerRequest: 1, data: 'random', run, perSecond, ms },
              openLoopResult,
            );
          await send(Math.min(warmUpMs, size.steadyMs), 'warm');
          const stopping = new AbortController();
          const other = beside?.(workspace.dataDir, stopping.signal);
          const { acknowledgedAt, acknowledgeP99Ms, lateMs } = await send(size.steadyMs, 'steady');
          const answeredAt = await waitForResponses(Object.keys(acknowledgedAt));
          stopping.abort();
          await other;
          const quantile = createQuantiles(Object.entries(acknowledgedAt).map(([id, at]) => (answeredAt[id] ?? Number.NaN) - at));
          return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1), acknowledgeP99Ms, lateMs };
        });
      });
    } finally {
      await Promise.all([vendor.stop(), client.stop()]);
    }
  });
}
