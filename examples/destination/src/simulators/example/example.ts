import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { exampleDemo } from './demo.ts';
import { createExampleSimulator } from './simulator-app.ts';

const optionValues = z.object({ token: z.string().optional() });

/** The simulator as the command line starts it. */
export const exampleSimulator: Simulator = {
  id: 'example',
  name: 'Example Ads',
  description: 'Simulate the events API and the browser tag of Example Ads on this machine.',
  options: [{ flags: '--token <token>', description: 'the token that it accepts (default: any token)' }],
  platformPaths: /^\/(?:2026-11\/events|example\.js|hit)$/,
  create(values) {
    const { app, journal, close } = createExampleSimulator(optionValues.parse(values));
    return {
      app,
      getRevision: () => String(journal.revision),
      listEvents: () => journal.events(),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: exampleDemo,
  usage: (url) => [`Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`],
};
