import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { dayMs } from '../src/event/units.ts';
import { openSqliteStore } from '../src/storage/store/sqlite/sqlite-store.ts';
import { readCpu, startedReply } from './child.ts';
import type { Bench, Row } from './interleaved-rounds.ts';
import { fillState, readLongestBlock, readPeakMemory, watchLoop, withGateway } from './measured-run.ts';
import { shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

const mebibyte = 1024 * 1024;

/** Measures a sweep that removes all data of many visitors, each with one event and its own links. Nothing else uses the gateway. */
export function measureRetention({ size: { visitors }, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const workspace = { dataDir: join(folder, 'data'), endpoint: 'http://127.0.0.1:9', enabled: false };
    const ageMs = (shopConfig(workspace).retentionDays.facts + 1) * dayMs;
    await fillState(build, workspace, visitors, ageMs);
    // A clock that is far ahead of the last sweep would be suspect.
    const store = await openSqliteStore(join(workspace.dataDir, 'state.db'), { now: Date.now });
    await store.saveLastSweep(siteId, { at: Date.now() - dayMs });
    await store.close();
    const name = `${visitors.toLocaleString('en')} visitors`;
    progress(`retention: ${name} prepared`);
    return withGateway(build, async (gateway) => {
      await gateway.request({ do: 'start', ...workspace }, startedReply);
      const [cpuBefore, startedAt] = [await readCpu(gateway), performance.now()];
      await watchLoop(gateway);
      await gateway.request({ do: 'swept' }, z.null());
      const seconds = (performance.now() - startedAt) / 1_000;
      return [
        {
          what: `longest block of the event loop, sweep of ${name}`,
          unit: 'ms',
          convey: await readLongestBlock(gateway),
          aim: { of: 'figure', bound: 'at most', value: 20 },
          notes: {
            seconds,
            cpuMicrosPerVisitor: ((await readCpu(gateway)) - cpuBefore) / visitors,
            peakMiB: (await readPeakMemory(gateway)) / mebibyte,
          },
        },
      ];
    });
  });
}
