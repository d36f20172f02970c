import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { tiktokDemo } from './demo.ts';
import { toComparedEvent } from './page/compared-event.ts';
import { createTiktokSimulator } from './simulator.ts';

const optionValues = z.object({ token: tokenValues });

/** The simulator as the command line starts it. */
export const tiktokSimulator: Simulator = {
  id: 'tiktok',
  name: 'TikTok',
  description: "Simulate TikTok's Events API and browser tag.",
  options: [createTokenOption({ account: 'pixel', pattern: /^[A-Za-z0-9]{1,64}$/, example: 'C4ABCDEF0123456789AB' })],
  platformPaths: /^\/(?:open_api\/|i18n\/pixel\/events\.js$|api\/v2\/pixel$)/,
  create(values, now = Date.now, limits) {
    const { token } = optionValues.parse(values);
    const { app, journal, close } = createTiktokSimulator({ now, ...(token && { tokens: token }), overrides: { ...limits } });
    return {
      app,
      getRevision: () => String(journal.revision),
      listEvents: () => journal.events().map(toComparedEvent),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: tiktokDemo,
  usage: (url) => [
    `Load ${url}/i18n/pixel/events.js instead of TikTok's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
