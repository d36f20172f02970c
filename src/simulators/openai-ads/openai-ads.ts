import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { openaiDemo } from './demo.ts';
import { toComparedEvent } from './page/compared-event.ts';
import { createOpenaiSimulator } from './simulator.ts';

const optionValues = z.object({ token: tokenValues });

/** The simulator as the command line starts it. */
export const openaiSimulator: Simulator = {
  id: 'openai-ads',
  name: 'ChatGPT ads',
  description: "Simulate OpenAI's Conversions API and browser pixel.",
  options: [createTokenOption({ account: 'pixel', pattern: /^[\w-]{1,128}$/, example: 'px-1' })],
  // The events API has a path of another platform, so `/openai-ads/v1/events` is its path beside others.
  platformPaths: /^\/sdk\/oaiq\.min\.js$/,
  create(values, now = Date.now, limits) {
    const { token } = optionValues.parse(values);
    const { app, journal, close } = createOpenaiSimulator({ now, ...(token && { tokens: token }), overrides: { ...limits } });
    return {
      app,
      getRevision: () => String(journal.revision),
      listEvents: () => journal.events().map(toComparedEvent),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: openaiDemo,
  usage: (url) => [
    `Load ${url}/sdk/oaiq.min.js instead of OpenAI's pixel to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
