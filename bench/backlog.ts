import { cpSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Child, cpuOf, startChild, started } from './child.ts';
import { fillLog } from './fill-log.ts';
import { type Bench, compared, median, type Row } from './interleaved-rounds.ts';
import { enlist, peakOf, runThrough, type Took, withGateway } from './measured-run.ts';
import { inFolder, type Place, shopConfig } from './workspace.ts';

/** A log, the store's half of it and what is written ahead of both. */
const diskBytesPerEvent = 3_500;
const pollMs = 20;
const patienceMs = 300_000;
const mebibyte = 1024 * 1024;

interface Delivered {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly peakBytes: number;
  /** From the start of the gateway to its first request. */
  readonly startMs: number;
}

/** A folder whose connection has so many events still to deliver after those of a round. */
interface Backlog {
  readonly waiting: number;
  readonly dataDir: string;
  /** What the identity pump took for those that the backlog before did not have. */
  readonly identified: Took | undefined;
  readonly runs: Delivered[];
}

/**
 * How fast a connection delivers, and how much memory the gateway takes, while so many events more wait behind those. The
 * identity pump has been through all of them before, as when a platform was down for hours. The platform takes everything.
 */
export function measureBacklog({ size, gatewayProcess, progress }: Bench): Promise<readonly Row[]> {
  return inFolder(async (folder) => {
    const vendor = startChild(new URL('./children/vendor.ts', import.meta.url));
    try {
      const { url: endpoint } = await vendor.ask({ do: 'start' }, started);
      const placeOf = (dataDir: string) => ({ dataDir, endpoint, enabled: true });
      const rounds = Math.min(size.longRounds, size.rounds);
      /** Appends the events between two numbers and lets the identity pump through them. */
      const grow = async (dataDir: string, from: number, to: number): Promise<Took | undefined> => {
        if (from === to) return undefined;
        const lastId = await fillLog(shopConfig(placeOf(dataDir)), from, to);
        return runThrough({ ...placeOf(dataDir), enabled: false }, { lastId, events: to - from }, gatewayProcess);
      };

      const backlogs: Backlog[] = [];
      for (const waiting of size.backlogs) {
        const need = (waiting + rounds * size.backlogDelivered) * diskBytesPerEvent;
        if (need > freeBytes(folder)) {
          progress(`not run: backlog of ${count(waiting)} (needs ${Math.ceil(need / mebibyte / 1024)} GiB of free disk)`);
          continue;
        }
        const before = backlogs.at(-1);
        const dataDir = join(folder, String(waiting));
        if (before) cpSync(before.dataDir, dataDir, { recursive: true });
        else await enlist(shopConfig(placeOf(dataDir)));
        backlogs.push({ waiting, dataDir, identified: await grow(dataDir, before?.waiting ?? 0, waiting), runs: [] });
        progress(`backlog: ${count(waiting)} events stand and are identified`);
      }
      for (let round = 0; round < rounds; round++) {
        for (const { waiting, dataDir, runs } of round % 2 === 0 ? backlogs : backlogs.toReversed()) {
          const from = waiting + round * size.backlogDelivered;
          await grow(dataDir, from, from + size.backlogDelivered);
          await vendor.ask({ do: 'forget' }, z.null());
          const work = (gateway: Child) => deliver(gateway, vendor, placeOf(dataDir), size.backlogDelivered);
          runs.push(await withGateway(gatewayProcess, work));
          progress(`backlog: ${count(size.backlogDelivered)} delivered with ${count(waiting)} more waiting`);
        }
      }
      return backlogs.flatMap((backlog) => rowsOf(backlog, backlogs[0]?.waiting === 0 ? backlogs[0] : undefined));
    } finally {
      await vendor.stop();
    }
  });
}

/** Timed from the first request on; the first events of all are not counted, since nobody saw when they set out. */
async function deliver(gateway: Child, vendor: Child, place: Place, events: number): Promise<Delivered> {
  const until = async (least: number) => {
    const lastLook = performance.now() + patienceMs;
    while (performance.now() < lastLook) {
      const arrived = await vendor.ask({ do: 'count' }, z.number());
      if (arrived >= least) return { arrived, at: performance.now(), cpuMicros: await cpuOf(gateway) };
      await sleep(pollMs);
    }
    throw new Error(`${least} events did not arrive within ${patienceMs} ms`);
  };
  await cpuOf(gateway); // It has loaded its modules once it answers.
  const startedAt = performance.now();
  await gateway.ask({ do: 'start', ...place }, started);
  const first = await until(1);
  const last = await until(events);
  const arrived = last.arrived - first.arrived;
  return {
    perSecond: (arrived / (last.at - first.at)) * 1_000,
    cpuMicros: (last.cpuMicros - first.cpuMicros) / arrived,
    peakBytes: await peakOf(gateway),
    startMs: first.at - startedAt,
  };
}

function rowsOf({ waiting, identified, runs }: Backlog, empty: Backlog | undefined): readonly Row[] {
  const beside = (read: (run: Delivered) => number) =>
    empty === undefined || empty.waiting === waiting
      ? { convey: median(runs.map(read)) }
      : compared(
          'with 0 more waiting',
          runs.map((run, round) => ({ subject: read(run), reference: read(empty.runs[round] ?? run) })),
        );
  return [
    {
      what: `delivery with ${count(waiting)} more waiting`,
      unit: 'events/s',
      ...beside(({ perSecond }) => perSecond),
      ...(waiting > 0 && { aim: { of: 'ratio', bound: 'at least', value: 1 / 1.3 } }),
      notes: {
        cpuMicrosPerEvent: median(runs.map(({ cpuMicros }) => cpuMicros)),
        startMs: median(runs.map(({ startMs }) => startMs)),
      },
    },
    {
      what: `resident memory with ${count(waiting)} more waiting`,
      unit: 'MiB at most',
      ...beside(({ peakBytes }) => peakBytes / mebibyte),
      aim: { of: 'figure', bound: 'at most', value: 250 },
      notes: identified ? { identityPeakMiB: identified.peakBytes / mebibyte, identitySeconds: identified.seconds } : {},
    },
  ];
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function count(events: number): string {
  return events.toLocaleString('en');
}
