import { cpSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import { fillLog } from './fill-log.ts';
import { type Bench, compareRounds, median, type Row } from './interleaved-rounds.ts';
import { measureRun, type RunCost, readPeakMemory, startOnce, withGateway } from './measured-run.ts';
import { shopConfig, type Workspace, withTemporaryFolder } from './workspace.ts';

/** The disk space of one event: log, store and both WAL files. */
const diskBytesPerEvent = 3_500;
const pollMs = 20;
const timeoutMs = 300_000;
const mebibyte = 1024 * 1024;

interface DeliveryRun {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly peakBytes: number;
  /** From the start of the gateway to its first request. */
  readonly startMs: number;
}

/** A data folder with a number of events that stay undelivered after each round. */
interface Backlog {
  readonly waiting: number;
  readonly dataDir: string;
  /** The identity consumer's cost for the events that the previous backlog did not have. */
  readonly identified: RunCost | undefined;
  readonly runs: DeliveryRun[];
}

/**
 * Measures delivery rate and memory while more events wait behind the delivered ones. The identity consumer has processed all of them
 * before, as after an outage of the platform. The platform accepts all events.
 */
export function measureBacklog({ size, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const vendor = startChild(new URL('./children/vendor.ts', import.meta.url));
    try {
      const { url: endpoint } = await vendor.request({ do: 'start' }, startedReply);
      const toWorkspace = (dataDir: string) => ({ dataDir, endpoint, enabled: true });
      const rounds = Math.min(size.longRounds, size.rounds);
      /** Appends the events between two numbers and waits for the identity consumer. */
      const appendEvents = async (dataDir: string, from: number, to: number): Promise<RunCost | undefined> => {
        if (from === to) return undefined;
        const lastId = await fillLog(shopConfig(toWorkspace(dataDir)), { from, to, data: 'random' });
        return measureRun({ ...toWorkspace(dataDir), enabled: false }, { lastId, events: to - from }, build);
      };

      const backlogs: Backlog[] = [];
      for (const waiting of size.backlogs) {
        const neededBytes = (waiting + rounds * size.backlogDelivered) * diskBytesPerEvent;
        if (neededBytes > freeBytes(folder)) {
          progress(
            `skipped: backlog of ${formatCount(waiting)} (needs ${Math.ceil(neededBytes / mebibyte / 1024)} GiB of free disk space)`,
          );
          continue;
        }
        const before = backlogs.at(-1);
        const dataDir = join(folder, String(waiting));
        if (before) cpSync(before.dataDir, dataDir, { recursive: true });
        else await startOnce(shopConfig(toWorkspace(dataDir)));
        backlogs.push({ waiting, dataDir, identified: await appendEvents(dataDir, before?.waiting ?? 0, waiting), runs: [] });
        progress(`backlog: ${formatCount(waiting)} events appended and identified`);
      }
      for (let round = 0; round < rounds; round++) {
        for (const { waiting, dataDir, runs } of round % 2 === 0 ? backlogs : backlogs.toReversed()) {
          const from = waiting + round * size.backlogDelivered;
          await appendEvents(dataDir, from, from + size.backlogDelivered);
          await vendor.request({ do: 'forget' }, z.null());
          const work = (gateway: Child) => deliver(gateway, vendor, toWorkspace(dataDir), size.backlogDelivered);
          runs.push(await withGateway(build, work));
          progress(`backlog: ${formatCount(size.backlogDelivered)} delivered with ${formatCount(waiting)} more waiting`);
        }
      }
      return backlogs.flatMap((backlog) => toRows(backlog, backlogs[0]?.waiting === 0 ? backlogs[0] : undefined));
    } finally {
      await vendor.stop();
    }
  });
}

/** Measures from the first request on. The first events are not counted, because their start is unknown. */
async function deliver(gateway: Child, vendor: Child, workspace: Workspace, events: number): Promise<DeliveryRun> {
  const waitForArrivals = async (minimum: number) => {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const arrivedCount = await vendor.request({ do: 'count' }, z.number());
      if (arrivedCount >= minimum) return { arrived: arrivedCount, at: performance.now(), cpuMicros: await readCpu(gateway) };
      await sleep(pollMs);
    }
    throw new Error(`${minimum} events did not arrive within ${timeoutMs} ms`);
  };
  await readCpu(gateway); // The process has loaded its modules when it answers.
  const startedAt = performance.now();
  await gateway.request({ do: 'start', ...workspace }, startedReply);
  const first = await waitForArrivals(1);
  const last = await waitForArrivals(events);
  const arrivedCount = last.arrived - first.arrived;
  return {
    perSecond: (arrivedCount / (last.at - first.at)) * 1_000,
    cpuMicros: (last.cpuMicros - first.cpuMicros) / arrivedCount,
    peakBytes: await readPeakMemory(gateway),
    startMs: first.at - startedAt,
  };
}

function toRows({ waiting, identified, runs }: Backlog, empty: Backlog | undefined): readonly Row[] {
  const compare = (read: (run: DeliveryRun) => number) =>
    empty === undefined || empty.waiting === waiting
      ? { convey: median(runs.map(read)) }
      : compareRounds(
          'with 0 more waiting',
          runs.map((run, round) => ({ subject: read(run), reference: read(empty.runs[round] ?? run) })),
        );
  return [
    {
      what: `delivery with ${formatCount(waiting)} more waiting`,
      unit: 'events/s',
      ...compare(({ perSecond }) => perSecond),
      ...(waiting > 0 && { aim: { of: 'ratio', bound: 'at least', value: 1 / 1.3 } }),
      notes: {
        cpuMicrosPerEvent: median(runs.map(({ cpuMicros }) => cpuMicros)),
        startMs: median(runs.map(({ startMs }) => startMs)),
      },
    },
    {
      what: `resident memory with ${formatCount(waiting)} more waiting`,
      unit: 'MiB at most',
      ...compare(({ peakBytes }) => peakBytes / mebibyte),
      aim: { of: 'figure', bound: 'at most', value: 250 },
      notes: identified ? { identityPeakMiB: identified.peakBytes / mebibyte, identitySeconds: identified.seconds } : {},
    },
  ];
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function formatCount(events: number): string {
  return events.toLocaleString('en');
}
