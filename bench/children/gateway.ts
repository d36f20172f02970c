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

let gateway: Gateway | undefined;
let peakBytes = 0;
const loop = monitorEventLoopDelay({ resolution: loopSampleMs });

setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, sampleMs).unref();

function start(workspace: Workspace): Promise<Gateway> {
  return startGateway(shopConfig(workspace), { version: 'bench', logger: createLogger('warn', process.stderr) });
}

serveParent(
  z.discriminatedUnion('do', [
    workspaceSchema.extend({ do: z.literal('start') }),
    workspaceSchema.extend({ do: z.literal('fill'), fill: fillSchema }),
    z.object({ do: z.literal('peak') }),
    z.object({ do: z.literal('watch-loop') }),
    z.object({ do: z.literal('longest-block') }),
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
      case 'start':
        gateway = await start(request);
        return { url: gateway.url };
      case 'fill':
        // A connection delivers events from its first start on.
        await (await start(request)).stop(0);
        return fillLog(shopConfig(request), request.fill);
    }
  },
  async () => gateway?.stop(0),
);
