import { setTimeout as sleep } from 'node:timers/promises';
import { runningGateway } from '../src/cli/context.ts';
import { cpuOf, startChild, started } from './child.ts';
import { loadAnswer } from './load.ts';
import { inFolder, secretKey, shopConfig, siteId } from './place.ts';
import { type Bench, compared, interleave, median, type Row } from './rounds.ts';

const connectionCounts = [16, 64, 256] as const;
const warmUpMs = 1_500;

/**
 * How many requests with one purchase each are acknowledged in a second. The connection is disabled, so the gateway captures
 * and its identity pump reads along, but nothing is delivered.
 */
export function measureCapture({ size, gatewayOptions, progress }: Bench): Promise<readonly Row[]> {
  return inFolder(async (dataDir) => {
    const gateway = startChild(new URL('./children/gateway.ts', import.meta.url), gatewayOptions);
    const bare = startChild(new URL('./children/bare.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    try {
      const place = { dataDir, endpoint: 'http://127.0.0.1:9', enabled: false };
      const { url } = await gateway.ask({ do: 'start', ...place }, started);
      const { url: bareUrl } = await bare.ask({ do: 'start' }, started);
      const ask = runningGateway(shopConfig(place));

      const load = (at: string, connections: number, ms: number, run: string) =>
        client.ask({ url: at, secretKey, connections, ms, run }, loadAnswer);
      /** The identity pump reads on after the load ends; the other's turn begins when it is done. */
      const loadGateway = async (connections: number, ms: number, run: string) => {
        const cpuBefore = await cpuOf(gateway);
        const loaded = await load(url, connections, ms, run);
        while ((await ask('GET /api/sites/:site/timelines', { site: siteId, id: loaded.lastId })).length === 0) await sleep(20);
        return { ...loaded, cpuMicros: ((await cpuOf(gateway)) - cpuBefore) / loaded.requests };
      };

      const warmMs = Math.min(warmUpMs, size.captureMs);
      await loadGateway(64, warmMs, 'warm');
      await load(bareUrl, 64, warmMs, 'warm');
      const rows: Row[] = [];
      for (const connections of connectionCounts) {
        const pairs = await interleave(
          size.rounds,
          (round) => loadGateway(connections, size.captureMs, `c${connections}-${round}`),
          (round) => load(bareUrl, connections, size.captureMs, `c${connections}-${round}`),
        );
        const subjects = pairs.map(({ subject }) => subject);
        const references = pairs.map(({ reference }) => reference);
        rows.push({
          what: `acknowledged requests, ${connections} connections`,
          unit: 'requests/s',
          ...compared(
            'bare node:http, stores nothing',
            pairs.map(({ subject, reference }) => ({ subject: subject.perSecond, reference: reference.perSecond })),
          ),
          notes: {
            p50Ms: median(subjects.map(({ p50Ms }) => p50Ms)),
            p99Ms: median(subjects.map(({ p99Ms }) => p99Ms)),
            bareP50Ms: median(references.map(({ p50Ms }) => p50Ms)),
            bareP99Ms: median(references.map(({ p99Ms }) => p99Ms)),
            cpuMicrosPerRequest: median(subjects.map(({ cpuMicros }) => cpuMicros)),
          },
        });
        progress(`capture: ${connections} connections done`);
      }
      return rows;
    } finally {
      await Promise.all([gateway.stop(), bare.stop(), client.stop()]);
    }
  });
}
