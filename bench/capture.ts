import { setTimeout as sleep } from 'node:timers/promises';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import { closedLoopResult } from './closed-loop.ts';
import { type Aim, type Bench, compareRounds, interleave, median, type Pair, type Row } from './interleaved-rounds.ts';
import { secretKey, shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

interface Load {
  readonly what: string;
  readonly connections: number;
  readonly eventsPerRequest: number;
  /** The aims for the ratio to each reference. */
  readonly aims: { readonly bare?: Aim; readonly grouped?: Aim };
}

const atLeastTwoFifths: Aim = { of: 'ratio', bound: 'at least', value: 0.4 };
const atLeastFourFifths: Aim = { of: 'ratio', bound: 'at least', value: 0.8 };

const loads: readonly Load[] = [
  { what: 'acknowledged requests, 16 connections', connections: 16, eventsPerRequest: 1, aims: { grouped: atLeastFourFifths } },
  {
    what: 'acknowledged requests, 64 connections',
    connections: 64,
    eventsPerRequest: 1,
    aims: { bare: atLeastTwoFifths, grouped: atLeastFourFifths },
  },
  { what: 'acknowledged requests, 256 connections', connections: 256, eventsPerRequest: 1, aims: { grouped: atLeastFourFifths } },
  // More connections would exceed the gateway's limit of events in flight.
  { what: 'acknowledged events, 100 a request, 16 connections', connections: 16, eventsPerRequest: 100, aims: {} },
];

const warmUpMs = 1_500;

interface LoadResult {
  /** Events per second. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server per event. */
  readonly cpuMicros: number;
}

/**
 * Measures acknowledged purchases per second, compared with a server that stores nothing and a server that stores as durably as
 * Convey. The connection is disabled: the gateway captures and its identity consumer runs, but nothing is delivered.
 */
export function measureCapture({ size, gatewayProcess, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (dataDir) => {
    const gateway = startChild(gatewayProcess.module, gatewayProcess.options);
    const bare = startChild(new URL('./baselines/http.ts', import.meta.url));
    const grouped = startChild(new URL('./baselines/durable-http.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    try {
      const workspace = { dataDir, endpoint: 'http://127.0.0.1:9', enabled: false };
      const { url: gatewayUrl } = await gateway.request({ do: 'start', ...workspace }, startedReply);
      const { url: bareUrl } = await bare.request({ do: 'start' }, startedReply);
      const { url: groupedUrl } = await grouped.request({ do: 'start', folder: dataDir }, startedReply);
      const request = connectToGateway(shopConfig(workspace));

      /** `waitForServer` resolves when the server has finished its background work; the next measurement starts after it. */
      const measureLoad = async (
        server: Child,
        url: string,
        load: Load,
        ms: number,
        round: string,
        waitForServer?: (lastId: string) => Promise<void>,
      ): Promise<LoadResult> => {
        const { connections, eventsPerRequest } = load;
        const run = `${connections}x${eventsPerRequest}-${round}`;
        const cpuBefore = await readCpu(server);
        const loadResult = await client.request(
          { do: 'load', url, secretKey, connections, eventsPerRequest, ms, run },
          closedLoopResult,
        );
        await waitForServer?.(loadResult.lastId);
        const events = loadResult.requests * eventsPerRequest;
        const perSecond = loadResult.perSecond * eventsPerRequest;
        return { ...loadResult, perSecond, cpuMicros: ((await readCpu(server)) - cpuBefore) / events };
      };
      const waitUntilIdentified = async (id: string) => {
        while ((await request('GET /api/sites/:site/timelines', { site: siteId, id })).length === 0) await sleep(20);
      };
      const loadGateway = (load: Load, ms: number, round: string) =>
        measureLoad(gateway, gatewayUrl, load, ms, round, waitUntilIdentified);
      const loadReferences = async (load: Load, ms: number, round: string) => ({
        bare: await measureLoad(bare, bareUrl, load, ms, round),
        grouped: await measureLoad(grouped, groupedUrl, load, ms, round),
      });

      const rows: Row[] = [];
      for (const load of loads) {
        const warmMs = Math.min(warmUpMs, size.captureMs);
        await loadGateway(load, warmMs, 'warm');
        await loadReferences(load, warmMs, 'warm');
        const pairs = await interleave(
          size.rounds,
          (round) => loadGateway(load, size.captureMs, String(round)),
          (round) => loadReferences(load, size.captureMs, String(round)),
        );
        rows.push(
          compareToReference(
            load,
            'bare node:http, stores nothing',
            load.aims.bare,
            pairs.map(({ subject, reference }) => ({ subject, reference: reference.bare })),
          ),
          compareToReference(
            load,
            'node:http and SQLite, synced',
            load.aims.grouped,
            pairs.map(({ subject, reference }) => ({ subject, reference: reference.grouped })),
          ),
        );
        progress(`capture: ${load.what} done`);
      }
      return rows;
    } finally {
      await Promise.all([gateway.stop(), bare.stop(), grouped.stop(), client.stop()]);
    }
  });
}

function compareToReference(
  load: Load,
  reference: string,
  aim: Aim | undefined,
  pairs: readonly Pair<LoadResult, LoadResult>[],
): Row {
  const compareMedians = (read: (measured: LoadResult) => number) => ({
    convey: median(pairs.map(({ subject }) => read(subject))),
    reference: median(pairs.map((pair) => read(pair.reference))),
  });
  const p50 = compareMedians(({ p50Ms }) => p50Ms);
  const p99 = compareMedians(({ p99Ms }) => p99Ms);
  const cpu = compareMedians(({ cpuMicros }) => cpuMicros);
  return {
    what: load.what,
    unit: load.eventsPerRequest === 1 ? 'requests/s' : 'events/s',
    ...compareRounds(
      reference,
      pairs.map((pair) => ({ subject: pair.subject.perSecond, reference: pair.reference.perSecond })),
    ),
    ...(aim && { aim }),
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
