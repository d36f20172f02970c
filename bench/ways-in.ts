import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { readCpu, startChild, startedReply } from './child.ts';
import { closedLoopResult } from './closed-loop.ts';
import { hookSecrets } from './hooks.ts';
import { type Bench, compareRounds, interleave, median, type Row } from './interleaved-rounds.ts';
import { withGateway } from './measured-run.ts';
import type { WayName } from './ways.ts';
import { listSecretKeys, shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

interface MeasuredWay {
  readonly way: WayName;
  readonly title: string;
  readonly secretKeys: readonly string[];
  readonly eventsPerRequest: number;
  readonly connections: number;
}

const siteKeys = listSecretKeys(1);
const single = { eventsPerRequest: 1, connections: 64 } as const;
const waysIn: readonly MeasuredWay[] = [
  // More connections would exceed the gateway's limit of events in flight.
  { way: 'segment', title: 'Segment SDK', secretKeys: siteKeys, eventsPerRequest: 100, connections: 16 },
  { way: 'shopify', title: 'Shopify webhook', secretKeys: [hookSecrets.shopify], ...single },
  { way: 'stripe', title: 'Stripe checkout.session.completed', secretKeys: [hookSecrets.stripe], ...single },
  { way: 'custom', title: 'custom signed hook', secretKeys: [hookSecrets.custom], ...single },
];

const warmUpMs = 1_500;
const pollMs = 20;
const secondMicros = 1_000_000;

/** The rates of one load. */
interface Rates {
  readonly perCpuSecond: number;
  readonly perSecond: number;
}

/**
 * Measures the purchases that one second of CPU time accepts by each way in, compared with as many purchases a request to `/v1/events` of
 * the same gateway. The connection is disabled: the identity consumer runs, but nothing is delivered.
 */
export async function measureWays({ size, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    const workspace = { dataDir: join(folder, 'data'), endpoint: 'http://127.0.0.1:9', enabled: false, webhooks: true };
    try {
      return await withGateway(build, async (gateway) => {
        const { url } = await gateway.request({ do: 'start', ...workspace }, startedReply);
        const request = connectToGateway(shopConfig(workspace));
        const measure = async ({ title, ...load }: MeasuredWay, ms: number, round: number | string): Promise<Rates> => {
          const cpuBefore = await readCpu(gateway);
          const run = `${load.way}-${title}-${round}`;
          const { requests, perSecond, last } = await client.request(
            { do: 'load', url, data: 'random', ...load, ms, run },
            closedLoopResult,
          );
          const params = { site: siteId, id: last.id };
          while ((await request('GET /api/sites/:site/timelines', params)).length === 0) await sleep(pollMs);
          const events = requests * load.eventsPerRequest;
          return {
            perCpuSecond: (events * secondMicros) / ((await readCpu(gateway)) - cpuBefore),
            perSecond: perSecond * load.eventsPerRequest,
          };
        };
        const rows: Row[] = [];
        for (const one of waysIn) {
          const { title, eventsPerRequest, connections } = one;
          const reference: MeasuredWay = { ...one, way: 'events', secretKeys: siteKeys };
          const warmMs = Math.min(warmUpMs, size.captureMs);
          await measure(one, warmMs, 'warm');
          await measure(reference, warmMs, 'warm');
          const pairs = await interleave(
            size.rounds,
            (round) => measure(one, size.captureMs, round),
            (round) => measure(reference, size.captureMs, round),
          );
          const purchases = eventsPerRequest === 1 ? '1 purchase' : `${eventsPerRequest} purchases`;
          rows.push({
            what: `${title}, ${purchases} a request, ${connections} connections`,
            unit: 'events/CPU s',
            ...compareRounds(
              '/v1/events',
              pairs.map(({ subject, reference: other }) => ({ subject: subject.perCpuSecond, reference: other.perCpuSecond })),
            ),
            notes: {
              eventsPerSecond: median(pairs.map(({ subject }) => subject.perSecond)),
              referenceEventsPerSecond: median(pairs.map(({ reference: other }) => other.perSecond)),
            },
          });
          progress(`ways: ${title} done`);
        }
        return rows;
      });
    } finally {
      await client.stop();
    }
  });
}
