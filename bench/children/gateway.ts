import { z } from 'zod';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import { makeLogger } from '../../src/telemetry.ts';
import { serveParent } from '../child.ts';
import { shopConfig } from '../place.ts';

const question = z.object({ do: z.literal('start'), dataDir: z.string(), endpoint: z.string(), enabled: z.boolean() });

let gateway: Gateway | undefined;

serveParent(
  question,
  async (asked) => {
    gateway = await startGateway(shopConfig(asked), { version: 'bench', logger: makeLogger('warn', process.stderr) });
    return { url: gateway.url };
  },
  async () => gateway?.stop(0),
);
