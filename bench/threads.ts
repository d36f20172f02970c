import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ingestThreadName } from '../src/gateway/ingest/start-ingest-threads.ts';
import { type Child, startChild, startedReply } from './child.ts';
import { closedLoopResult } from './closed-loop.ts';
import { type Bench, compareRounds, interleave, type Row } from './interleaved-rounds.ts';
import { withGateway } from './measured-run.ts';
import { listSecretKeys, withTemporaryFolder } from './workspace.ts';

/** The kernel assigns connections to threads by chance, so that a few would fall on one thread. */
const connections = 256;
const warmUpMs = 1_500;
const pollMs = 20;
const timeoutMs = 120_000;

/** By the id of the thread. The first one is the main thread. */
const threadsReply = z.record(z.string(), z.object({ name: z.string(), cpuMicros: z.number() }));

interface ThreadsRun {
  /** CPU time of an event from its request to the platform's response, in microseconds. */
  readonly busiestMicros: number;
  readonly allMicros: number;
}

/**
 * Measures the busiest of the main thread and the collector's two threads, compared with the main thread of a gateway whose collector has
 * none of its own. The threads of the two files have the same work in both. The platform accepts all events at once. Measures on Linux only.
 */
export async function measureThreads({ size, build, progress }: Bench): Promise<readonly Row[]> {
  if (process.platform !== 'linux') return [];
  return withTemporaryFolder(async (folder) => {
    const vendor = startChild(new URL('./children/vendor.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    try {
      const { url: endpoint } = await vendor.request({ do: 'start' }, startedReply);
      const run = (threads: number) => (round: number) =>
        withGateway(build, async (gateway): Promise<ThreadsRun> => {
          await vendor.request({ do: 'forget' }, z.null());
          const workspace = { dataDir: join(folder, `${threads}-${round}`), endpoint, enabled: true, threads };
          const { url } = await gateway.request({ do: 'start', ...workspace }, startedReply);
          const load = { do: 'load', url, secretKeys: listSecretKeys(1), data: 'random', connections, eventsPerRequest: 1 };
          const send = async (ms: number) =>
            (await client.request({ ...load, ms, run: `${threads}` }, closedLoopResult)).requests;
          const before = await send(Math.min(warmUpMs, size.captureMs));
          await waitForEvents(vendor, before);
          const cpuBefore = await gateway.request({ do: 'threads' }, threadsReply);
          const events = await send(size.captureMs);
          await waitForEvents(vendor, before + events);
          const cpuAfter = await gateway.request({ do: 'threads' }, threadsReply);
          const costs = Object.entries(cpuAfter).map(([id, { name, cpuMicros }], index) => ({
            isMeasured: index === 0 || name === ingestThreadName,
            micros: (cpuMicros - (cpuBefore[id]?.cpuMicros ?? 0)) / events,
          }));
          return {
            busiestMicros: Math.max(...costs.map(({ isMeasured, micros }) => (isMeasured ? micros : 0))),
            allMicros: costs.reduce((sum, { micros }) => sum + micros, 0),
          };
        });
      const pairs = await interleave(size.rounds, run(2), run(1));
      progress('threads: done');
      const toRow = (what: string, read: (one: ThreadsRun) => number, atMost: number): Row => ({
        what: `${what}, from request to platform, collector with 2 threads`,
        unit: 'CPU µs',
        ...compareRounds(
          'one thread',
          pairs.map(({ subject, reference }) => ({ subject: read(subject), reference: read(reference) })),
        ),
        aim: { of: 'ratio', bound: 'at most', value: atMost },
        notes: {},
      });
      return [
        toRow('an event on the busiest of main and collector threads', ({ busiestMicros }) => busiestMicros, 0.75),
        toRow('an event on all threads', ({ allMicros }) => allMicros, 1.2),
      ];
    } finally {
      await Promise.all([vendor.stop(), client.stop()]);
    }
  });
}

/** Waits until the platform has received as many events. */
async function waitForEvents(vendor: Child, events: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
    if ((await vendor.request({ do: 'count' }, z.number())) >= events) return;
    await sleep(pollMs);
  }
  throw new Error(`${events} events were not delivered within ${timeoutMs} ms`);
}
