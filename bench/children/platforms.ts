import { z } from 'zod';
import { type SideBySide, startSideBySide } from '../../src/simulators/side-by-side/side-by-side.ts';
import { simulators } from '../../src/simulators/simulators.ts';
import { serveParent } from '../child.ts';

let platforms: SideBySide | undefined;

serveParent(
  z.object({ do: z.literal('start') }),
  async () => {
    platforms ??= await startSideBySide(simulators, {
      port: 0,
      values: Object.fromEntries(simulators.map(({ id, demo }) => [id, demo.options])),
    });
    return { url: platforms.url };
  },
  async () => platforms?.close(),
);
