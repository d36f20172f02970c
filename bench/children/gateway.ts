import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import { type Gateway, startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { serveParent } from '../child.ts';
import { fillLog, fillSchema } from '../fill-log.ts';
import { shopConfig, type Workspace, workspaceSchema } from '../workspace.ts';

const sampleMs = 50;
const loopSampleMs = 5;
const nanosecondsPerMs = 1e6;

/** The warnings that a measured sweep causes. */
const expectedWarnings = ['events expired', 'clock suspect: no old data removed today'];
const lineSchema = z.object({ level: z.string(), msg: z.string() });

let gateway: Gateway | undefined;
let peakBytes = 0;
const loop = monitorEventLoopDelay({ resolution: loopSampleMs });

setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, sampleMs).unref();

const swept = Promise.withResolvers<null>();
const logger = createLogger('info', {
  write(line) {
    const { level, msg } = lineSchema.parse(JSON.parse(line));
    if (msg === 'old data removed') swept.resolve(null);
    if (level !== 'info' && !expectedWarnings.includes(msg)) process.stderr.write(line);
  },
});

function start(workspace: Workspace): Promise<Gateway> {
  return startGateway(shopConfig(workspace), { version: 'bench', logger });
}

/** Returns the name of each thread of this process, and its CPU time in microseconds by the scheduler's count. Works on Linux only. */
function readThreads(): Readonly<Record<string, { readonly name: string; readonly cpuMicros: number }>> {
  const tasks = '/proc/self/task';
  return Object.fromEntries(
    readdirSync(tasks).map((id) => {
      const [nanoseconds] = readFileSync(join(tasks, id, 'schedstat'), 'utf8').split(' ');
      return [id, { name: readFileSync(join(tasks, id, 'comm'), 'utf8').trim(), cpuMicros: Number(nanoseconds) / 1_000 }];
    }),
  );
}

serveParent(
  z.discriminatedUnion('do', [
    workspaceSchema.extend({ do: z.literal('start') }),
    workspaceSchema.extend({ do: z.literal('fill'), fill: fillSchema }),
    z.object({ do: z.literal('peak') }),
    z.object({ do: z.literal('watch-loop') }),
    z.object({ do: z.literal('longest-block') }),
    z.object({ do: z.literal('swept') }),
    z.object({ do: z.literal('threads') }),
  ]),
  async (request) => {
    switch (request.do) {
      case 'peak':
        return Math.max(peakBytes, process.memoryUsage.rss());
      case 'watch-loop':
        loop.enable();
        return loop.reset();
      case 'longest-block':
        loop.disable();
        return Math.max(0, loop.max / nanosecondsPerMs - loopSampleMs);
      case 'swept':
        return swept.promise;
      case 'threads':
        return readThreads();
      case 'start':
        gateway = await start(request);
        return { url: gateway.url, setupUrl: gateway.dashboard.setupUrl };
      case 'fill':
        // A connection delivers events from its first start on.
        await (await start(request)).stop(0);
        return fillLog(shopConfig(request), request.fill);
    }
  },
  async () => gateway?.stop(0),
);
