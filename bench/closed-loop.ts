import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { createPurchases, target } from './purchases.ts';

export const loadQuestion = target.extend({ do: z.literal('load'), connections: z.int(), ms: z.number() });

export const loadAnswer = z.object({
  requests: z.number(),
  perSecond: z.number(),
  /** From the first byte of the request to the last byte of the response. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  lastId: z.string(),
});

/** Runs a closed loop of keep-alive connections, each with one request in flight. Rejects on a response without acknowledgement. */
export async function load({ connections, ms, ...to }: z.output<typeof loadQuestion>): Promise<z.output<typeof loadAnswer>> {
  const purchases = createPurchases(to);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + ms;
  let lastId = '';

  const drive = async () => {
    let wire = await purchases.open();
    while (performance.now() < until) {
      const sentAt = performance.now();
      const sent = await purchases.send(wire);
      latencies.push(performance.now() - sentAt);
      lastId = sent.lastId;
      if (!sent.mustClose) continue;
      wire.end();
      wire = await purchases.open();
    }
    wire.end();
  };
  await Promise.all(Array.from({ length: connections }, drive));

  const seconds = (performance.now() - startedAt) / 1_000;
  const at = quantiles(latencies);
  return { requests: latencies.length, perSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), lastId };
}

/** Returns a function from a share to its quantile. */
export function quantiles(values: readonly number[]): (share: number) => number {
  const sorted = Float64Array.from(values).sort();
  return (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
