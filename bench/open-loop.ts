import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createPurchases, target } from './purchases.ts';
import type { Wire } from './raw-http-client.ts';

export const steadyQuestion = target.extend({ do: z.literal('steady'), perSecond: z.number(), ms: z.number() });

export const steadyAnswer = z.object({
  /** The time of each acknowledgement, in UNIX milliseconds. */
  acknowledgedAt: z.record(z.string(), z.number()),
  /** The largest delay of a request's start. */
  lateMs: z.number(),
});

/**
 * Runs an open loop: requests start at their time, even if earlier ones are unanswered. Rejects on a response without acknowledgement.
 */
export async function steady({ perSecond, ms, ...to }: z.output<typeof steadyQuestion>): Promise<z.output<typeof steadyAnswer>> {
  const purchases = createPurchases(to);
  const idle: Wire[] = [];
  const acknowledgedAt: Record<string, number> = {};
  const sendings: Promise<void>[] = [];
  const requests = Math.round((perSecond * ms) / 1_000);
  let lateMs = 0;

  const send = async () => {
    // The connection with the longest idle time, so that the server closes none of them.
    const rested = idle.shift();
    const wire = rested?.isOpen ? rested : await purchases.open();
    const { lastId, mustClose } = await purchases.send(wire);
    acknowledgedAt[lastId] = Date.now();
    if (mustClose) wire.end();
    else idle.push(wire);
  };
  const startedAt = performance.now();
  while (sendings.length < requests) {
    const due = startedAt + (sendings.length * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    lateMs = Math.max(lateMs, performance.now() - due);
    sendings.push(send());
  }
  await Promise.all(sendings);
  for (const wire of idle) wire.end();
  return { acknowledgedAt, lateMs };
}
