import { setTimeout as sleep } from 'node:timers/promises';
import { runningGateway } from '../src/cli/context.ts';
import { type Child, cpuOf, startChild, started } from './child.ts';
import { loadAnswer } from './load.ts';
import { inFolder, secretKey, shopConfig, siteId } from './place.ts';
import { type Aim, type Bench, compared, interleave, median, type Pair, type Row } from './rounds.ts';

interface Load {
  readonly what: string;
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly isHeldToAims?: true;
}

const loads: readonly Load[] = [
  { what: 'acknowledged requests, 16 connections', connections: 16, eventsPerRequest: 1 },
  { what: 'acknowledged requests, 64 connections', connections: 64, eventsPerRequest: 1, isHeldToAims: true },
  { what: 'acknowledged requests, 256 connections', connections: 256, eventsPerRequest: 1 },
  // More would be more events in flight than a gateway takes.
  { what: 'acknowledged events, 100 a request, 16 connections', connections: 16, eventsPerRequest: 100 },
];

const aims = {
  bare: { of: 'ratio', bound: 'at least', value: 0.4 },
  grouped: { of: 'ratio', bound: 'at least', value: 0.8 },
} as const satisfies Readonly<Record<string, Aim>>;

const warmUpMs = 1_500;

interface Measured {
  /** Events. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the server, for each event. */
  readonly cpuMicros: number;
}

/**
 * How many purchases of a shop's server are acknowledged in a second, beside a server that keeps nothing and one that keeps as
 * durably as Convey. The connection is disabled, so the gateway captures and its identity pump reads along, but nothing is
 * delivered.
 */
export function measureCapture({ size, gatewayProcess, progress }: Bench): Promise<readonly Row[]> {
  return inFolder(async (dataDir) => {
    const gateway = startChild(gatewayProcess.module, gatewayProcess.options);
    const bare = startChild(new URL('./children/bare.ts', import.meta.url));
    const grouped = startChild(new URL('./children/grouped.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    try {
      const place = { dataDir, endpoint: 'http://127.0.0.1:9', enabled: false };
      const { url: gatewayUrl } = await gateway.ask({ do: 'start', ...place }, started);
      const { url: bareUrl } = await bare.ask({ do: 'start' }, started);
      const { url: groupedUrl } = await grouped.ask({ do: 'start', folder: dataDir }, started);
      const ask = runningGateway(shopConfig(place));

      /** `settled`: until then the server goes on working, and the next one's turn has not come. */
      const measure = async (
        server: Child,
        url: string,
        of: Load,
        ms: number,
        round: string,
        settled?: (lastId: string) => Promise<void>,
      ): Promise<Measured> => {
        const { connections, eventsPerRequest } = of;
        const run = `${connections}x${eventsPerRequest}-${round}`;
        const cpuBefore = await cpuOf(server);
        const loaded = await client.ask({ do: 'load', url, secretKey, connections, eventsPerRequest, ms, run }, loadAnswer);
        await settled?.(loaded.lastId);
        const events = loaded.requests * eventsPerRequest;
        const perSecond = loaded.perSecond * eventsPerRequest;
        return { ...loaded, perSecond, cpuMicros: ((await cpuOf(server)) - cpuBefore) / events };
      };
      const identified = async (id: string) => {
        while ((await ask('GET /api/sites/:site/timelines', { site: siteId, id })).length === 0) await sleep(20);
      };
      const loadGateway = (of: Load, ms: number, round: string) => measure(gateway, gatewayUrl, of, ms, round, identified);
      const loadReferences = async (of: Load, ms: number, round: string) => ({
        bare: await measure(bare, bareUrl, of, ms, round),
        grouped: await measure(grouped, groupedUrl, of, ms, round),
      });

      const rows: Row[] = [];
      for (const of of loads) {
        const warmMs = Math.min(warmUpMs, size.captureMs);
        await loadGateway(of, warmMs, 'warm');
        await loadReferences(of, warmMs, 'warm');
        const pairs = await interleave(
          size.rounds,
          (round) => loadGateway(of, size.captureMs, String(round)),
          (round) => loadReferences(of, size.captureMs, String(round)),
        );
        rows.push(
          beside(
            of,
            'bare node:http, stores nothing',
            aims.bare,
            pairs.map(({ subject, reference }) => ({ subject, reference: reference.bare })),
          ),
          beside(
            of,
            'node:http and SQLite, synced',
            aims.grouped,
            pairs.map(({ subject, reference }) => ({ subject, reference: reference.grouped })),
          ),
        );
        progress(`capture: ${of.what} done`);
      }
      return rows;
    } finally {
      await Promise.all([gateway.stop(), bare.stop(), grouped.stop(), client.stop()]);
    }
  });
}

function beside(of: Load, reference: string, aim: Aim, pairs: readonly Pair<Measured, Measured>[]): Row {
  const both = (read: (measured: Measured) => number) => ({
    convey: median(pairs.map(({ subject }) => read(subject))),
    reference: median(pairs.map((pair) => read(pair.reference))),
  });
  const p50 = both(({ p50Ms }) => p50Ms);
  const p99 = both(({ p99Ms }) => p99Ms);
  const cpu = both(({ cpuMicros }) => cpuMicros);
  return {
    what: of.what,
    unit: of.eventsPerRequest === 1 ? 'requests/s' : 'events/s',
    ...compared(
      reference,
      pairs.map((pair) => ({ subject: pair.subject.perSecond, reference: pair.reference.perSecond })),
    ),
    ...(of.isHeldToAims && { aim }),
    notes: {
      p50Ms: p50.convey,
      p99Ms: p99.convey,
      cpuMicrosPerEvent: cpu.convey,
      referenceP50Ms: p50.reference,
      referenceP99Ms: p99.reference,
      referenceCpuMicrosPerEvent: cpu.reference,
    },
  };
}
