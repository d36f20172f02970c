import { z } from 'zod';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { AuthorizationCodes } from '../kit/oauth/authorization-codes.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { AccessTokens, type Credentials } from './api/access-tokens.ts';
import { RequestQuota } from './api/request-quota.ts';
import { RequestStatuses } from './api/request-statuses.ts';
import { googleAdsDemo } from './demo.ts';
import { createFaults } from './faults.ts';
import { createJournal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { describeOutcome, formatValue } from './page/event-card.ts';
import { page } from './page/page.ts';
import { type GoogleAdsDeps, mountRoutes } from './routes.ts';
import { type Action, defaults, type Settings } from './settings.ts';

export type GoogleAdsSimulatorOptions = Omit<SimulatorOptions<Settings>, 'tokens'> & { readonly credentials?: Credentials };

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

/** A simulator of the Data Manager API, its token server and the Google tag. */
export const googleAdsSimulator = defineSimulator({
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
  readOptions(values): GoogleAdsSimulatorOptions {
    const { action, refreshToken, verdictMinutes } = optionValues.parse(values);
    return {
      overrides: { actions: action, verdictAfterMs: verdictMinutes * 60_000 },
      credentials: { ...(refreshToken && { refreshTokens: refreshToken }) },
    };
  },
  platformPaths:
    /^\/(?:o\/oauth2\/v2\/auth$|token$|v1\/(?:events:ingest|requestStatus:retrieve)$|gtag\/js$|pagead\/conversion\/\d+\/$)/,
  createDeps(context: SimulatorContext, { overrides, credentials = {} }): GoogleAdsDeps {
    const settings = { ...defaults, ...overrides };
    // Google's codes live about ten minutes (an assumption).
    const codes = new AuthorizationCodes({ prefix: '4/sim-', lifeMs: 600_000 });
    return {
      ...context,
      settings,
      journal: createJournal(settings, context.now),
      faults: createFaults(),
      codes,
      accessTokens: new AccessTokens(settings, credentials, codes),
      statuses: new RequestStatuses(settings),
      quota: new RequestQuota(settings.requestsPerMinute),
    };
  },
  mount: mountRoutes,
  page,
  // The event id is the transaction id.
  compare: (event: JournalEvent) =>
    compareEvent(
      { ...event, eventId: event.transactionId },
      {
        eventName: event.actionName,
        ...describeOutcome(event),
        isMerged: event.isMerged,
        formatValue: () => formatValue(event),
      },
    ),
  onClear: ({ statuses }) => statuses.clear(),
  demo: googleAdsDemo,
  usage: (url) => [
    `Load ${url}/gtag/js instead of Google's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` and \`tokenEndpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
});

export const startGoogleAdsSimulator = googleAdsSimulator.start;

export type GoogleAdsSimulator = Awaited<ReturnType<typeof startGoogleAdsSimulator>>;
