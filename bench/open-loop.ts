import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createQuantiles } from './closed-loop.ts';
import { createPurchases, loadTarget } from './purchases.ts';
import type { RawHttpClient } from './raw-http-client.ts';

export const openLoopRequest = loadTarget.extend({ do: z.literal('steady'), perSecond: z.number(), ms: z.number() });

export const openLoopResult = z.object({
  /** The time of each acknowledgement, in UNIX milliseconds. */
  acknowledgedAt: z.record(z.string(), z.number()),
  /** From the start of a request to its acknowledgement. */
  acknowledgeP99Ms: z.number(),
  /** The largest delay of a request's start. */
  lateMs: z.number(),
});

/**
 * Runs an open loop: requests start at their time, even if earlier ones are unanswered. Rejects on a response without acknowledgement.
 */
export async function runOpenLoop({
  perSecond,
  ms,
  ...target
}: z.output<typeof openLoopRequest>): Promise<z.output<typeof openLoopResult>> {
  const purchases = createPurchases(target);
  const idle: RawHttpClient[] = [];
  const acknowledgedAt: Record<string, number> = {};
  const acknowledgeMs: number[] = [];
  const sendings: Promise<void>[] = [];
  const requests = Math.round((perSecond * ms) / 1_000);
  let lateMs = 0;

  const send = async () => {
    const sentAt = performance.now();
    // The connection with the longest idle time, so that the server closes none of them.
    const longestIdle = idle.shift();
    const client = longestIdle?.isOpen ? longestIdle : await purchases.open();
    const { lastId, mustClose } = await purchases.send(client);
    acknowledgedAt[lastId] = Date.now();
    acknowledgeMs.push(performance.now() - sentAt);
    if (mustClose) client.end();
    else idle.push(client);
  };
  const startedAt = performance.now();
  while (sendings.length < requests) {
    const dueAt = startedAt + (sendings.length * 1_000) / perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    lateMs = Math.max(lateMs, performance.now() - dueAt);
    sendings.push(send());
  }
  await Promise.all(sendings);
  for (const client of idle) client.end();
  return { acknowledgedAt, acknowledgeP99Ms: createQuantiles(acknowledgeMs)(0.99), lateMs };
}
