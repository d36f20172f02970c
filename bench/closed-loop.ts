import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { createPurchases, loadTarget } from './purchases.ts';

export const closedLoopRequest = loadTarget.extend({ do: z.literal('load'), connections: z.int(), ms: z.number() });

export const closedLoopResult = z.object({
  requests: z.number(),
  perSecond: z.number(),
  /** From the first byte of the request to the last byte of the response. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** The last acknowledged event, and the number of its site. */
  last: z.object({ id: z.string(), site: z.number() }),
});

/** Runs a closed loop of keep-alive connections, each with one request in flight. Rejects on a response without acknowledgement. */
export async function runClosedLoop({
  connections,
  ms,
  ...target
}: z.output<typeof closedLoopRequest>): Promise<z.output<typeof closedLoopResult>> {
  const purchases = createPurchases(target);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + ms;
  let last = { id: '', site: 0 };

  const runConnection = async () => {
    let client = await purchases.open();
    // Each connection sends at least once, also if opening it took longer than the measurement.
    do {
      const sentAt = performance.now();
      const sent = await purchases.send(client);
      latencies.push(performance.now() - sentAt);
      last = { id: sent.lastId, site: sent.site };
      if (!sent.mustClose) continue;
      client.end();
      client = await purchases.open();
    } while (performance.now() < until);
    client.end();
  };
  await Promise.all(Array.from({ length: connections }, runConnection));

  const seconds = (performance.now() - startedAt) / 1_000;
  const quantile = createQuantiles(latencies);
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    last,
  };
}

/** Returns a function from a share to its quantile. */
export function createQuantiles(values: readonly number[]): (share: number) => number {
  const sorted = Float64Array.from(values).sort();
  return (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
