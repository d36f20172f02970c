import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { googleAdsDemo } from './demo.ts';
import { toComparedEvent } from './page/compared-event.ts';
import type { Action } from './settings.ts';
import { createGoogleAdsSimulator } from './simulator.ts';

const optionValues = z.object({
  action: z.array(z.custom<Action>()).default([]),
  refreshToken: z.array(z.string()).optional(),
  verdictMinutes: z.number().default(30),
});

/** Reads `987654321=website`, or `987654321=website,AW-123456789/label`. */
function readAction(text: string): Action | undefined {
  const [, id, kind, label] = /^(\d{1,19})=(website|import)(?:,(AW-\d{1,19}\/[\w-]{1,100}))?$/.exec(text) ?? [];
  if (id === undefined) return undefined;
  return {
    id,
    name: `action ${id}`,
    type: kind === 'website' ? 'WEBPAGE' : 'UPLOAD_CLICKS',
    ...(label !== undefined && { label }),
  };
}

const append = (before: unknown, one: unknown): readonly unknown[] => [...(Array.isArray(before) ? before : []), one];

/** The simulator as the command line starts it. */
export const googleAdsSimulator: Simulator = {
  id: 'google-ads',
  name: 'Google Ads',
  description: 'Simulate the Data Manager API of Google Ads, its token server and the Google tag.',
  options: [
    {
      flags: '--action <id=kind>',
      description:
        'a conversion action: its number, `website` or `import`, and optionally the label of the tag; repeatable (default: any number)',
      parse: {
        read: (text, before) => {
          const action = readAction(text);
          return action && append(before, action);
        },
        message: 'An --action is not ID=KIND',
        remedy: 'Use the form --action 987654321=website or --action 987654321=website,AW-123456789/label',
      },
    },
    {
      flags: '--refresh-token <token>',
      description: 'a refresh token that it accepts; repeatable (default: any)',
      parse: {
        read: (text, before) => (/^[\x21-\x7e]+$/.test(text) ? append(before, text) : undefined),
        message: 'A --refresh-token has other characters than printable ASCII',
        remedy: 'Use the form --refresh-token your-token',
      },
    },
    {
      flags: '--verdict-minutes <minutes>',
      description: 'the time from a request to its verdict',
      defaultValue: 30,
      parse: {
        read: (text) => (/^\d{1,4}$/.test(text) ? Number(text) : undefined),
        message: 'The --verdict-minutes are no number of minutes',
        remedy: 'Use a whole number, such as --verdict-minutes 1',
      },
    },
  ],
  platformPaths:
    /^\/(?:o\/oauth2\/v2\/auth$|token$|v1\/(?:events:ingest|requestStatus:retrieve)$|gtag\/js$|pagead\/conversion\/\d+\/$)/,
  create(values, now = Date.now, limits) {
    const { action, refreshToken, verdictMinutes } = optionValues.parse(values);
    const { app, journal, close } = createGoogleAdsSimulator({
      now,
      overrides: { ...limits, actions: action, verdictAfterMs: verdictMinutes * 60_000 },
      credentials: { ...(refreshToken && { refreshTokens: refreshToken }) },
    });
    return {
      app,
      getRevision: () => String(journal.revision),
      listEvents: () => journal.events().map(toComparedEvent),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: googleAdsDemo,
  usage: (url) => [
    `Load ${url}/gtag/js instead of Google's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` and \`tokenEndpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
