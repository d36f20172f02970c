import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCpu, startChild, startedReply } from './child.ts';
import { type Bench, compareRounds, type GatewayBuild, interleave, median, type Row } from './interleaved-rounds.ts';
import { readLongestBlock, readPeakMemory, watchLoop } from './measured-run.ts';
import { withTemporaryFolder } from './workspace.ts';

const mebibyte = 1024 * 1024;

interface Idle {
  /** From the start of the process until it accepts events. */
  readonly startMs: number;
  /** The share of one core that the gateway uses without any event. */
  readonly coreShare: number;
  readonly longestBlockMs: number;
  readonly peakBytes: number;
}

/** Measures the start, and the cost of a gateway that receives nothing, with one site and with many. Each has an enabled connection. */
export function measureIdle({ size, build, base, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const rounds = Math.min(size.longRounds, size.rounds);
    const rows: Row[] = [];
    for (const sites of [1, size.sites]) {
      const run = async (one: GatewayBuild, round: number): Promise<Idle> => {
        const gateway = startChild(one.module, one.options);
        try {
          const startedAt = performance.now();
          const dataDir = join(folder, `${sites}-${one.name}-${round}`);
          await gateway.request({ do: 'start', dataDir, endpoint: 'http://127.0.0.1:9', enabled: true, sites }, startedReply);
          const startMs = performance.now() - startedAt;
          await sleep(sites === 1 ? 0 : size.settleMs);
          const cpuBefore = await readCpu(gateway);
          await watchLoop(gateway);
          await sleep(size.idleMs);
          const longestBlockMs = await readLongestBlock(gateway);
          const coreShare = ((await readCpu(gateway)) - cpuBefore) / 1_000 / size.idleMs;
          return { startMs, coreShare, longestBlockMs, peakBytes: await readPeakMemory(gateway) };
        } finally {
          await gateway.stop();
        }
      };
      const pairs = await interleave(
        rounds,
        (round) => run(build, round),
        async (round) => (base ? run(base, round) : undefined),
      );
      progress(`idle: ${sites} done`);
      const toRow = (what: string, unit: string, read: (idle: Idle) => number, aim?: Row['aim']): Row => ({
        what: `${what}, ${sites === 1 ? 'one site' : `${sites.toLocaleString('en')} sites`}`,
        unit,
        ...(base
          ? compareRounds(
              base.name,
              pairs.map(({ subject, reference }) => ({
                subject: read(subject),
                reference: reference ? read(reference) : Number.NaN,
              })),
            )
          : { convey: median(pairs.map(({ subject }) => read(subject))) }),
        ...(aim && { aim }),
        notes: {},
      });
      rows.push(
        toRow(
          'start until events are accepted',
          'ms',
          ({ startMs }) => startMs,
          sites === 1 ? { of: 'figure', bound: 'at most', value: 300 } : undefined,
        ),
        toRow('idle', '% of a core', ({ coreShare }) => coreShare * 100, { of: 'figure', bound: 'at most', value: 2 }),
        toRow('longest block of the event loop, idle', 'ms', ({ longestBlockMs }) => longestBlockMs, {
          of: 'figure',
          bound: 'at most',
          value: 20,
        }),
        toRow('resident memory, idle', 'MiB at most', ({ peakBytes }) => peakBytes / mebibyte),
      );
    }
    return rows;
  });
}
