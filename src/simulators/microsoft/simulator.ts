import { z } from 'zod';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { getText } from '../kit/fields.ts';
import { AuthorizationCodes } from '../kit/oauth/authorization-codes.ts';
import type { RunningSimulator, SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { CallRate } from './campaign-management/call-rate.ts';
import { OfflineConversions } from './campaign-management/offline-conversions.ts';
import { UetTags } from './campaign-management/uet-tags.ts';
import { microsoftDemo } from './demo.ts';
import { createFaults, type Fault } from './faults.ts';
import { type Goal, Goals } from './journal/event-goals.ts';
import { Journal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { isMerged } from './journal/summary.ts';
import { Grants } from './oauth/grants.ts';
import { OAuthClients } from './oauth/oauth-clients.ts';
import { formatValue, reasonLabels } from './page/event-card.ts';
import { page } from './page/page.ts';
import { Reports } from './reporting/reports.ts';
import { type MicrosoftDeps, mountRoutes } from './routes.ts';
import { dedupPolicies, defaults, type Preset, resolveSettings, type Settings } from './settings.ts';
import type { IdSync } from './tag/id-sync.ts';

export interface MicrosoftSimulatorOptions extends SimulatorOptions<Settings> {
  /** Default: `defaultGoals`. */
  readonly goals?: readonly Goal[];
  readonly preset?: Preset;
  /** The secret of each app that may ask for access, by its client id; null for a public client. Absent: any app. */
  readonly clients?: Readonly<Record<string, string | null>>;
}

export interface MicrosoftSimulator extends RunningSimulator<JournalRequest, JournalEvent, Fault> {
  /** Returns the ID syncs of `GET /journal/syncs`, oldest first. */
  journalSyncs(): IdSync[];
  /** Replaces the goals if a list is given. Returns the current goals. */
  goals(goals?: readonly Goal[]): readonly Goal[];
}

const presetName = z.enum(['strict', 'lenient']);

const optionValues = z.object({
  token: tokenValues,
  goal: z.array(z.object({ name: z.string(), action: z.string() })).optional(),
  preset: presetName.optional(),
  /** Seconds. */
  dedupWindow: z.number().optional(),
  dedupPolicy: z.enum(dedupPolicies).optional(),
});

/** A simulator of Microsoft's Conversions API and its browser tag. */
export const microsoftSimulator = defineSimulator({
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
  readOptions(values): MicrosoftSimulatorOptions {
    const { token, goal, preset, dedupWindow, dedupPolicy } = optionValues.parse(values);
    return {
      tokens: token,
      ...(goal && { goals: goal }),
      ...(preset && { preset }),
      overrides: {
        ...(dedupWindow !== undefined && { dedupWindowMs: dedupWindow * 1_000 }),
        ...(dedupPolicy && { dedupPolicy }),
      },
    };
  },
  platformPaths:
    /^\/(?:v1\/(?!events:|requestStatus:)|bat\.js$|action\/0$|c\.gif$|common\/oauth2\/|google\/|(?:CampaignManagement|CustomerManagement|Reporting)\/v13\/)/,
  createDeps(context: SimulatorContext, options): MicrosoftDeps {
    const settings = resolveSettings(options.preset, options.overrides);
    const goals = new Goals(options.goals);
    // Codes live about five minutes.
    const codes = new AuthorizationCodes({ prefix: 'M.sim-', lifeMs: 300_000 });
    const clients = new OAuthClients(options.clients);
    return {
      ...context,
      settings,
      journal: new Journal(settings, goals),
      faults: createFaults(),
      goals,
      tags: new UetTags(context.tokens),
      offline: new OfflineConversions(),
      reports: new Reports(),
      autoTagged: new Set(),
      codes,
      clients,
      grants: new Grants({ codes, clients }),
      callRate: new CallRate(),
    };
  },
  mount: mountRoutes,
  page,
  compare: (event: JournalEvent) =>
    compareEvent(event, {
      eventName: event.eventName ?? event.eventType,
      label: event.reason === 'conversion' ? 'counted' : reasonLabels[event.reason][0],
      tone: reasonLabels[event.reason][1],
      isMerged: isMerged(event),
      formatValue,
      getOrderId: (report) => getText(report.event.customData, 'transactionId'),
    }),
  getState: ({ goals, offline }) => `${goals.revision}-${offline.revision}`,
  onClear: ({ offline }) => offline.clear(),
  demo: microsoftDemo,
  usage: (url) => [
    `Load ${url}/bat.js instead of the UET tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
});

/** Starts the simulator on its own port, with all data in memory. */
export async function startMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  const { deps, ...running } = await microsoftSimulator.start(options);
  const { journal, goals } = deps;
  return {
    ...running,
    journalSyncs: () => journal.syncs(),
    goals: (input) => {
      if (input !== undefined) goals.set(input);
      return goals.current();
    },
  };
}
