import { z } from 'zod';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { serveParent } from '../child.ts';

let simulator: MicrosoftSimulator | undefined;

serveParent(
  z.object({ do: z.enum(['start', 'forget']) }),
  async (request) => {
    simulator ??= await startMicrosoftSimulator({ port: 0 });
    if (request.do === 'forget') simulator.clearJournal();
    return { url: simulator.url };
  },
  async () => simulator?.close(),
);
