import { z } from 'zod';
import { type Gateway, startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { serveParent } from '../child.ts';
import { shopConfig, workspaceSchema } from '../workspace.ts';

const sampleMs = 50;

let gateway: Gateway | undefined;
let peakBytes = 0;

setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, sampleMs).unref();

serveParent(
  z.discriminatedUnion('do', [workspaceSchema.extend({ do: z.literal('start') }), z.object({ do: z.literal('peak') })]),
  async (request) => {
    if (request.do === 'peak') return Math.max(peakBytes, process.memoryUsage.rss());
    gateway = await startGateway(shopConfig(request), { version: 'bench', logger: createLogger('warn', process.stderr) });
    return { url: gateway.url };
  },
  async () => gateway?.stop(0),
);
