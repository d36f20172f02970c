import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { readCpu, startChild, startedReply } from './child.ts';
import { closedLoopResult } from './closed-loop.ts';
import { type Bench, compareRounds, interleave, type Row } from './interleaved-rounds.ts';
import { withGateway } from './measured-run.ts';
import { listSecretKeys, shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

const eventsPerRequest = 100;
/** More connections would exceed the gateway's limit of events in flight. */
const connections = 16;
const warmUpMs = 1_500;
const pollMs = 20;
const secondMicros = 1_000_000;

/**
 * Measures the requests of a Segment SDK that one second of CPU time accepts, compared with requests of the same purchases to `/v1/events` of
 * the same gateway. The connection is disabled: the identity consumer runs, but nothing is delivered.
 */
export async function measureSegment({ size, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    const workspace = { dataDir: join(folder, 'data'), endpoint: 'http://127.0.0.1:9', enabled: false };
    try {
      return await withGateway(build, async (gateway) => {
        const { url } = await gateway.request({ do: 'start', ...workspace }, startedReply);
        const request = connectToGateway(shopConfig(workspace));
        const measure = async (route: 'events' | 'segment', ms: number, round: number | string) => {
          const load = { do: 'load', url, secretKeys: listSecretKeys(1), data: 'random', connections, eventsPerRequest, route };
          const cpuBefore = await readCpu(gateway);
          const { requests, last } = await client.request({ ...load, ms, run: `${route}-${round}` }, closedLoopResult);
          const params = { site: siteId, id: last.id };
          while ((await request('GET /api/sites/:site/timelines', params)).length === 0) await sleep(pollMs);
          return (requests * secondMicros) / ((await readCpu(gateway)) - cpuBefore);
        };
        const warmMs = Math.min(warmUpMs, size.captureMs);
        await measure('segment', warmMs, 'warm');
        await measure('events', warmMs, 'warm');
        const pairs = await interleave(
          size.rounds,
          (round) => measure('segment', size.captureMs, round),
          (round) => measure('events', size.captureMs, round),
        );
        progress('segment: done');
        return [
          {
            what: `batches of a Segment SDK, ${eventsPerRequest} purchases each, ${connections} connections`,
            unit: 'batches/CPU s',
            ...compareRounds('/v1/events', pairs),
            notes: {},
          },
        ];
      });
    } finally {
      await client.stop();
    }
  });
}
