import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { metaDemo } from './demo.ts';
import { toComparedEvent } from './page/compared-event.ts';
import { createMetaSimulator } from './simulator.ts';

const optionValues = z.object({ token: tokenValues, strict: z.boolean().default(false) });

/** The simulator as the command line starts it. */
export const metaSimulator: Simulator = {
  id: 'meta',
  name: 'Meta',
  description: "Simulate Meta's Conversions API and browser tag.",
  options: [
    createTokenOption({ account: 'dataset', pattern: /^\d{5,20}$/, example: '1234567890123456' }),
    { flags: '--strict', description: 'refuse events that break rules which Meta documents and was seen not to apply' },
  ],
  platformPaths: /^\/(?:v\d+\.\d+\/|\d+\/events$|en_US\/fbevents\.js$|tr\/?$)/,
  create(values, now = Date.now, limits) {
    const { token, strict } = optionValues.parse(values);
    const { app, journal, close } = createMetaSimulator({
      now,
      ...(token && { tokens: token }),
      overrides: { ...limits, strict },
    });
    return {
      app,
      getRevision: () => String(journal.revision),
      listEvents: () => journal.events().map(toComparedEvent),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: metaDemo,
  usage: (url) => [
    `Load ${url}/en_US/fbevents.js instead of Meta's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
