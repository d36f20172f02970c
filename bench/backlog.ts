import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Child, cpuOf, startChild, started } from './child.ts';
import { fillLog } from './fill.ts';
import { inFolder, shopConfig } from './place.ts';
import { type Bench, compared, median, type Row } from './rounds.ts';
import { enlist, peakOf, runThrough, type Took, withGateway } from './runs.ts';

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
  /** What the log holds. */
  filled: number;
  readonly identified: Took[];
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
      const rounds = Math.min(size.longRounds, size.rounds);
      const backlogs: Backlog[] = [];
      for (const waiting of size.backlogs) {
        const need = (waiting + rounds * size.backlogDelivered) * diskBytesPerEvent;
        if (need > freeBytes(folder)) {
          progress(`not run: backlog of ${count(waiting)} (needs ${Math.ceil(need / mebibyte / 1024)} GiB of free disk)`);
          continue;
        }
        const backlog = { waiting, dataDir: join(folder, String(waiting)), filled: 0, identified: [], runs: [] };
        await enlist(shopConfig({ dataDir: backlog.dataDir, endpoint, enabled: true }));
        backlogs.push(backlog);
      }
      for (let round = 0; round < rounds; round++) {
        for (const backlog of round % 2 === 0 ? backlogs : backlogs.toReversed()) {
          const { waiting, dataDir, filled, identified, runs } = backlog;
          const place = { dataDir, endpoint, enabled: true };
          backlog.filled = waiting + (round + 1) * size.backlogDelivered;
          const lastId = await fillLog(shopConfig(place), filled, backlog.filled);
          identified.push(await runThrough({ ...place, enabled: false }, { lastId, events: 0 }, gatewayProcess));
          progress(`backlog: ${count(backlog.filled)} events stand and are identified`);
          await vendor.ask({ do: 'forget' }, z.null());
          runs.push(await withGateway(gatewayProcess, (gateway) => deliver(gateway, vendor, place, size.backlogDelivered)));
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
async function deliver(
  gateway: Child,
  vendor: Child,
  place: { readonly dataDir: string; readonly endpoint: string; readonly enabled: boolean },
  events: number,
): Promise<Delivered> {
  const look = async () => ({
    at: performance.now(),
    arrived: await vendor.ask({ do: 'count' }, z.number()),
    cpuMicros: await cpuOf(gateway),
  });
  const until = async (arrived: number) => {
    const lastLook = performance.now() + patienceMs;
    for (let seen = await look(); performance.now() < lastLook; seen = await look()) {
      if (seen.arrived >= arrived) return seen;
      await sleep(pollMs);
    }
    throw new Error(`${arrived} events did not arrive within ${patienceMs} ms`);
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

function rowsOf({ waiting, identified, runs, filled }: Backlog, empty: Backlog | undefined): readonly Row[] {
  const beside = (read: (run: Delivered) => number) =>
    empty === undefined || empty.waiting === waiting
      ? { convey: median(runs.map(read)) }
      : compared(
          'with 0 more waiting',
          runs.map((run, round) => ({ subject: read(run), reference: read(empty.runs[round] ?? run) })),
        );
  const [ofAll] = identified;
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
      notes: ofAll ? { events: filled, identityPeakMiB: ofAll.peakBytes / mebibyte, identitySeconds: ofAll.seconds } : {},
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
