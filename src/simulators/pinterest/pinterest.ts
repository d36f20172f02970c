import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { pinterestDemo } from './demo.ts';
import { toComparedEvent } from './page/compared-event.ts';
import { createPinterestSimulator } from './simulator.ts';

const optionValues = z.object({ token: tokenValues, strict: z.boolean().default(false) });

/** The simulator as the command line starts it. */
export const pinterestSimulator: Simulator = {
  id: 'pinterest',
  name: 'Pinterest',
  description: "Simulate Pinterest's API for Conversions and browser tag.",
  options: [
    createTokenOption({ account: 'account', pattern: /^\d{1,18}$/, example: '549755885175' }),
    { flags: '--strict', description: 'fail events with a name that Pinterest does not list' },
  ],
  platformPaths: /^\/(?:v5\/ad_accounts\/|ct\/core\.js$|v3\/$|user\/$)/,
  create(values, now = Date.now, limits) {
    const { token, strict } = optionValues.parse(values);
    const { app, journal, close } = createPinterestSimulator({
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
  demo: pinterestDemo,
  usage: (url) => [
    `Load ${url}/ct/core.js instead of Pinterest's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
