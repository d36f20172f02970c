import { join } from 'node:path';
import { captureAims } from './capture-rows.ts';
import { type CaptureSetting, measureSetting } from './capture-setting.ts';
import { startChild, startedReply } from './child.ts';
import { type Bench, compareRounds, type Row } from './interleaved-rounds.ts';
import { withTemporaryFolder } from './workspace.ts';

const usual = { connections: 64, eventsPerRequest: 1, spread: 'one site' } as const;
/** More connections would exceed the gateway's limit of events in flight. */
const batches = { connections: 16, eventsPerRequest: 100, spread: 'one site' } as const;

/**
 * Measures acknowledged purchases per second, compared with a server that stores nothing and a server that stores as durably as
 * Convey. The connections are disabled: the gateway captures and its identity consumer runs, but nothing is delivered.
 */
export async function measureCapture(bench: Bench): Promise<readonly Row[]> {
  const { data, visitors, sites, connections } = bench.size;
  const random = { data: 'random', visitors: 0, sites: 1 } as const;
  const known = `${visitors.toLocaleString('en')} visitors`;
  const many = `${sites.toLocaleString('en')} sites`;
  const all: readonly CaptureSetting[] = [
    { ...random, name: 'empty folder', loads: [usual] },
    { ...random, name: known, visitors, loads: [...connections.map((count) => ({ ...usual, connections: count })), batches] },
    { ...random, name: 'ordered data', data: 'ordered', loads: [usual, batches] },
    { ...random, name: many, sites, loads: [usual, { ...usual, spread: 'all sites' }] },
  ];
  const settings = all.filter((setting) => data.includes(setting.data));
  return withTemporaryFolder(async (folder) => {
    const bare = startChild(new URL('./baselines/http.ts', import.meta.url));
    const grouped = startChild(new URL('./baselines/durable-http.ts', import.meta.url));
    const client = startChild(new URL('./children/load.ts', import.meta.url));
    try {
      const references = {
        bare: { server: bare, url: (await bare.request({ do: 'start' }, startedReply)).url },
        grouped: { server: grouped, url: (await grouped.request({ do: 'start', folder }, startedReply)).url },
      };
      const rows: Row[] = [];
      const cpuMicros = new Map<string, readonly number[]>();
      for (const setting of settings) {
        const measured = await measureSetting(setting, { bench, folder: join(folder, setting.name), client, references });
        rows.push(...measured.rows);
        cpuMicros.set(setting.name, measured.usualCpuMicros);
      }
      const compareCpu = (setting: string, other: string, atMost: number): Row => ({
        what: `CPU of an event, 64 connections, ${setting}`,
        unit: 'CPU µs',
        ...compareRounds(
          other,
          (cpuMicros.get(setting) ?? []).map((subject, round) => ({
            subject,
            reference: cpuMicros.get(other)?.[round] ?? Number.NaN,
          })),
        ),
        aim: { of: 'ratio', bound: 'at most', value: atMost },
        notes: {},
      });
      return [
        ...rows,
        compareCpu(known, 'empty folder', captureAims.cpuWithStateToWithout),
        compareCpu(many, 'empty folder', captureAims.cpuWithSitesToOne),
      ];
    } finally {
      await Promise.all([bare.stop(), grouped.stop(), client.stop()]);
    }
  });
}
