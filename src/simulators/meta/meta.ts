import { z } from 'zod';
import { isFields } from '../kit/fields.ts';
import type { Simulator } from '../kit/simulator.ts';
import { startMetaSimulator } from './simulator.ts';

const optionValues = z.object({ token: z.record(z.string(), z.string()).optional(), strict: z.boolean().default(false) });

/** The simulator as the command line starts it. */
export const metaSimulator: Simulator = {
  id: 'meta',
  name: 'Meta',
  description:
    "Simulate Meta's Conversions API and browser tag on this machine: the same rules and responses, a journal and configurable faults.",
  options: [
    {
      flags: '--token <dataset=token>',
      description: 'a dataset and the token that it accepts; repeatable (default: any dataset and token)',
      parse: {
        read: (text, before) => {
          const [, dataset, token] = /^(\d{5,20})=(\S+)$/.exec(text) ?? [];
          return dataset === undefined || token === undefined
            ? undefined
            : { ...(isFields(before) ? before : {}), [dataset]: token };
        },
        message: 'A --token is not DATASET=TOKEN',
        remedy: 'Use the form --token 1234567890123456=your-token',
      },
    },
    { flags: '--strict', description: 'refuse events that break rules which Meta documents and was seen not to apply' },
  ],
  start(port, values) {
    const { token, strict } = optionValues.parse(values);
    return startMetaSimulator({ port, ...(token && { tokens: token }), overrides: { strict } });
  },
  usage: (url) => [
    `Load ${url}/en_US/fbevents.js instead of Meta's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
