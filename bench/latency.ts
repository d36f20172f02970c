import { type Bench, median, type Row } from './interleaved-rounds.ts';
import { type SteadyLatency, withSteadyPurchases } from './steady-purchases.ts';

const perSecond = 500;

/**
 * Measures the time from the gateway's acknowledgement of a purchase to the platform's response, at a constant rate of purchases. The
 * platform accepts all events at once.
 */
export function measureLatency(bench: Bench): Promise<readonly Row[]> {
  const { size, progress } = bench;
  return withSteadyPurchases(bench, perSecond, async (runOnce) => {
    const runs: SteadyLatency[] = [];
    for (let round = 0; round < Math.min(size.longRounds, size.rounds); round++) {
      runs.push(await runOnce(String(round)));
      progress(`latency: round ${round + 1} done`);
    }
    return [
      {
        what: `acknowledgement to the platform's answer, ${perSecond} purchases/s`,
        unit: 'ms, p99',
        convey: median(runs.map(({ p99Ms }) => p99Ms)),
        aim: { of: 'figure', bound: 'at most', value: 750 },
        notes: {
          p50Ms: median(runs.map(({ p50Ms }) => p50Ms)),
          maxMs: Math.max(...runs.map(({ maxMs }) => maxMs)),
          sentLateMs: Math.max(...runs.map(({ lateMs }) => lateMs)),
        },
      },
    ];
  });
}
