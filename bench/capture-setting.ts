import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { type CaptureLoad, type LoadResult, type MeasuredLoad, toLoadRows } from './capture-rows.ts';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import { closedLoopResult } from './closed-loop.ts';
import { type Bench, type GatewayBuild, interleave, type Row } from './interleaved-rounds.ts';
import { fillState, readLongestBlock, watchLoop } from './measured-run.ts';
import type { DataKind } from './population.ts';
import { listSecretKeys, listSiteIds, shopConfig } from './workspace.ts';

/** A gateway's data and the loads that it is measured with. */
export interface CaptureSetting {
  readonly name: string;
  readonly data: DataKind;
  /** The number of visitors that the data folder knows before. */
  readonly visitors: number;
  readonly sites: number;
  /** The first with 64 connections is the usual one. */
  readonly loads: readonly CaptureLoad[];
}

interface Server {
  readonly server: Child;
  readonly url: string;
}

interface CaptureParts {
  readonly bench: Bench;
  readonly folder: string;
  readonly client: Child;
  readonly references: { readonly bare: Server; readonly grouped: Server };
}

const warmUpMs = 1_500;

/** Measures all loads of a setting. Returns the rows, and the CPU time of an event of the usual load per round. */
export async function measureSetting(
  setting: CaptureSetting,
  { bench, folder, client, references }: CaptureParts,
): Promise<{ readonly rows: readonly Row[]; readonly usualCpuMicros: readonly number[] }> {
  const { size, build, base, progress } = bench;
  const start = (one: GatewayBuild) => startFilled(one, setting, join(folder, one.name));
  const subject = await start(build);
  const before = base && (await start(base));
  progress(`capture: ${setting.name} prepared`);
  try {
    const rows: Row[] = [];
    let usualCpuMicros: readonly number[] = [];
    for (const load of setting.loads) {
      const run = (server: Server, ms: number, round: string, afterwards?: LoadRun['afterwards']) =>
        measureLoad(server, { client, load, setting, ms, round, ...(afterwards && { afterwards }) });
      const runGateway = (one: FilledGateway, ms: number, round: string) => run(one, ms, round, one.waitUntilIdentified);
      const runReferences = async (ms: number, round: string) => ({
        bare: await run(references.bare, ms, `${setting.name}-${round}`),
        grouped: await run(references.grouped, ms, `${setting.name}-${round}`),
        ...(before && { base: await runGateway(before, ms, round) }),
      });
      const warmMs = Math.min(warmUpMs, size.captureMs);
      await runGateway(subject, warmMs, 'warm');
      await runReferences(warmMs, 'warm');
      await watchLoop(subject.server);
      const rounds = await interleave(
        size.rounds,
        (round) => runGateway(subject, size.captureMs, String(round)),
        (round) => runReferences(size.captureMs, String(round)),
      );
      const measured: MeasuredLoad = {
        load,
        setting: setting.name,
        data: setting.data,
        hasState: setting.visitors > 0,
        rounds,
        longestBlockMs: await readLongestBlock(subject.server),
        ...(base && { base: base.name }),
      };
      rows.push(...toLoadRows(measured));
      if (usualCpuMicros.length === 0 && load.connections === 64) usualCpuMicros = rounds.map((round) => round.subject.cpuMicros);
      progress(`capture: ${setting.name}, ${load.connections} connections done`);
    }
    return { rows, usualCpuMicros };
  } finally {
    await Promise.all([subject.server.stop(), before?.server.stop()]);
  }
}

type LastEvent = z.output<typeof closedLoopResult>['last'];

interface FilledGateway extends Server {
  /** Resolves when the identity consumer of the site has read the event. */
  readonly waitUntilIdentified: (event: LastEvent) => Promise<void>;
}

async function startFilled(build: GatewayBuild, { visitors, sites }: CaptureSetting, dataDir: string): Promise<FilledGateway> {
  const workspace = { dataDir, endpoint: 'http://127.0.0.1:9', enabled: false, sites };
  if (visitors > 0) await fillState(build, workspace, visitors);
  const server = startChild(build.module, build.options);
  const { url } = await server.request({ do: 'start', ...workspace }, startedReply);
  const request = connectToGateway(shopConfig(workspace));
  const siteIds = listSiteIds(sites);
  return {
    server,
    url,
    async waitUntilIdentified(last) {
      const params = { site: siteIds[last.site] ?? '', id: last.id };
      while ((await request('GET /api/sites/:site/timelines', params)).length === 0) await sleep(20);
    },
  };
}

interface LoadRun {
  readonly client: Child;
  readonly load: CaptureLoad;
  readonly setting: CaptureSetting;
  readonly ms: number;
  readonly round: string;
  /** Resolves when the server has finished its background work; the next measurement starts after it. */
  readonly afterwards?: (last: LastEvent) => Promise<void>;
}

async function measureLoad({ server, url }: Server, run: LoadRun): Promise<LoadResult> {
  const { client, load, setting, ms, round, afterwards } = run;
  const { connections, eventsPerRequest, spread } = load;
  const secretKeys = listSecretKeys(spread === 'one site' ? 1 : setting.sites);
  const cpuBefore = await readCpu(server);
  const result = await client.request(
    {
      do: 'load',
      url,
      secretKeys,
      data: setting.data,
      connections,
      eventsPerRequest,
      ms,
      run: `${connections}x${eventsPerRequest}-${spread}-${round}`,
    },
    closedLoopResult,
  );
  await afterwards?.(result.last);
  const events = result.requests * eventsPerRequest;
  return { ...result, perSecond: result.perSecond * eventsPerRequest, cpuMicros: ((await readCpu(server)) - cpuBefore) / events };
}
