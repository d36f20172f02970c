import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startChild, startedReply } from './child.ts';
import { createQuantiles } from './closed-loop.ts';
import { type Bench, median, type Row } from './interleaved-rounds.ts';
import { startOnce, withGateway } from './measured-run.ts';
import { openLoopResult } from './open-loop.ts';
import { listSecretKeys, shopConfig, withTemporaryFolder } from './workspace.ts';

const perSecond = 500;
const warmUpMs = 3_000;
const pollMs = 50;
const timeoutMs = 60_000;

/**
 * Measures the time from the gateway's acknowledgement of a purchase to the platform's response, at a constant rate of purchases. The
 * platform accepts all events at once.
 */
export function measureLatency({ size, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const vendor = startChild(new URL('./children/vendor.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    try {
      const { url: endpoint } = await vendor.request({ do: 'start' }, startedReply);
      const runOnce = async (round: number) => {
        const workspace = { dataDir: join(folder, String(round)), endpoint, enabled: true };
        await startOnce(shopConfig(workspace));
        return withGateway(build, async (gateway) => {
          const { url } = await gateway.request({ do: 'start', ...workspace }, startedReply);
          const send = (ms: number, run: string) =>
            client.request(
              { do: 'steady', url, secretKeys: listSecretKeys(1), eventsPerRequest: 1, data: 'random', run, perSecond, ms },
              openLoopResult,
            );
          await send(Math.min(warmUpMs, size.steadyMs), 'warm');
          const { acknowledgedAt, lateMs } = await send(size.steadyMs, 'steady');
          const answeredAt = await waitForResponses(Object.keys(acknowledgedAt));
          const latenciesMs = Object.entries(acknowledgedAt).map(([id, at]) => (answeredAt[id] ?? Number.NaN) - at);
          const quantile = createQuantiles(latenciesMs);
          return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1), lateMs };
        });
      };
      const waitForResponses = async (ids: readonly string[]): Promise<Readonly<Record<string, number>>> => {
        for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
          const answeredAt = await vendor.request({ do: 'answered' }, z.record(z.string(), z.number()));
          if (ids.every((id) => answeredAt[id] !== undefined)) return answeredAt;
          await sleep(pollMs);
        }
        throw new Error(`Not every purchase was delivered within ${timeoutMs} ms`);
      };

      const runs: Awaited<ReturnType<typeof runOnce>>[] = [];
      for (let round = 0; round < Math.min(size.longRounds, size.rounds); round++) {
        await vendor.request({ do: 'forget' }, z.null());
        runs.push(await runOnce(round));
        progress(`latency: round ${round + 1} done`);
      }
      return [
        {
          what: `acknowledgement to the platform's answer, ${perSecond} purchases/s`,
          unit: 'ms, p99',
          convey: median(runs.map(({ p99Ms }) => p99Ms)),
          aim: { of: 'figure', bound: 'at most', value: 750 },
          notes: {
            p50Ms: median(runs.map(({ p50Ms }) => p50Ms)),
            maxMs: Math.max(...runs.map(({ maxMs }) => maxMs)),
            sentLateMs: Math.max(...runs.map(({ lateMs }) => lateMs)),
          },
        },
      ];
    } finally {
      await Promise.all([vendor.stop(), client.stop()]);
    }
  });
}
