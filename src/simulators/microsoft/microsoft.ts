import { z } from 'zod';
import type { Simulator } from '../kit/simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { microsoftDemo } from './demo.ts';
import { toComparedEvent } from './page/compared-event.ts';
import { dedupPolicies, defaults } from './settings.ts';
import { createMicrosoftSimulator } from './simulator.ts';

const presetName = z.enum(['strict', 'lenient']);

const optionValues = z.object({
  token: tokenValues,
  goal: z.array(z.object({ name: z.string(), action: z.string() })).optional(),
  preset: presetName.optional(),
  /** Seconds. */
  dedupWindow: z.number().optional(),
  dedupPolicy: z.enum(dedupPolicies).optional(),
});

/** The simulator as the command line starts it. */
export const microsoftSimulator: Simulator = {
  id: 'microsoft',
  name: 'Microsoft',
  description: "Simulate Microsoft's Conversions API and UET tag.",
  options: [
    createTokenOption({ account: 'tag', pattern: /^\d{1,20}$/, example: '187012345' }),
    {
      flags: '--goal <name=action>',
      description:
        'an Event goal and the action that it counts; repeatable (default: purchase, add_to_cart, begin_checkout, lead, sign_up)',
      parse: {
        read: (text, before) => {
          const [, name, action] = /^([^=]{1,100})=(.{1,100})$/.exec(text)?.map((part) => part.trim()) ?? [];
          const goals = optionValues.shape.goal.parse(before) ?? [];
          return !name || !action || goals.some((goal) => goal.name === name) ? undefined : [...goals, { name, action }];
        },
        message: 'A --goal is not NAME=ACTION, or repeats a name',
        remedy: 'Use the form --goal Purchase=purchase',
      },
    },
    {
      flags: '--preset <preset>',
      description: 'how to handle cases that Microsoft does not document',
      choices: presetName.options,
    },
    {
      flags: '--dedup-window <seconds>',
      description: 'how long after the first report of an event a duplicate is merged with it',
      defaultValue: defaults.dedupWindowMs / 1_000,
      parse: {
        read: (text) => (/^\d{1,8}$/.test(text) ? Number(text) : undefined),
        message: 'The --dedup-window is not a whole number of seconds',
        remedy: 'Use a number such as --dedup-window 86400',
      },
    },
    {
      flags: '--dedup-policy <policy>',
      description: 'which report counts for an event that was reported more than once',
      choices: dedupPolicies,
      defaultValue: defaults.dedupPolicy,
    },
  ],
  platformPaths: /^\/(?:v1\/(?!events:|requestStatus:)|bat\.js$|action\/0$|c\.gif$)/,
  create(values, now = Date.now, limits) {
    const { token, goal, preset, dedupWindow, dedupPolicy } = optionValues.parse(values);
    const { app, journal, goals, close } = createMicrosoftSimulator({
      now,
      ...(token && { tokens: token }),
      ...(goal && { goals: goal }),
      ...(preset && { preset }),
      overrides: {
        ...limits,
        ...(dedupWindow !== undefined && { dedupWindowMs: dedupWindow * 1_000 }),
        ...(dedupPolicy && { dedupPolicy }),
      },
    });
    return {
      app,
      getRevision: () => `${journal.revision}-${goals.revision}`,
      listEvents: () => journal.events().map(toComparedEvent),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: microsoftDemo,
  usage: (url) => [
    `Load ${url}/bat.js instead of the UET tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
};
