import { z } from 'zod';
import { serveParent } from '../child.ts';
import { type SlowLine, startSlowLine } from '../slow-line.ts';

let line: SlowLine | undefined;

serveParent(
  z.object({ do: z.literal('start'), port: z.int(), delayMs: z.number() }),
  async ({ port, delayMs }) => {
    line ??= await startSlowLine(port, delayMs);
    return { url: `tcp://127.0.0.1:${line.port}` };
  },
  async () => line?.close(),
);
