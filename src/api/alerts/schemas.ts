import { z } from 'zod';
import { alertChannelTypes, alertConditionNames, digestIntervals } from '../../event/alert-conditions.ts';
import { connectionId, count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

const channelId = z.string().describe("The channel's id.");
const on = z.string().describe('The condition, `channel-failing` or `no-delivery`.');
const figures = listSchema(z.object({ label: z.string(), value: z.string() })).describe('Counts, never values of events.');

const rule = z.object({
  on: z.enum(alertConditionNames),
  threshold: z.number().exactOptional().describe('Absent: the default of the condition.'),
  sites: listSchema(z.string()).exactOptional().describe('The only sites.'),
  for: listSchema(z.string()).exactOptional().describe('The only channels.'),
});

const channel = namedSchema(
  'AlertChannel',
  z.object({
    id: channelId,
    type: z.enum(alertChannelTypes),
    settings: z.record(z.string(), z.unknown()).describe('The settings in the form of the config file, without secrets.'),
    secrets: listSchema(z.string()).describe('Names of the secret settings that are stored.'),
    problem: z.string().exactOptional().describe('Why the channel accepts no messages, and what to do.'),
    failingSince: time.exactOptional().describe('Since when it accepts no messages.'),
    lastProblem: z
      .string()
      .exactOptional()
      .describe('Why the last attempt failed. Absent if it succeeded, or if there was none.'),
    lastSentAt: time.exactOptional().describe('When it accepted a message last.'),
  }),
);
export type AlertChannelView = z.output<typeof channel>;

const settings = z
  .object({
    origin: z.enum(['file', 'dashboard']).describe('`file`: the config file has the settings, so they cannot be changed here.'),
    revision: z.string(),
    channels: listSchema(channel),
    rules: listSchema(rule),
    hasDefaultRules: z.boolean().describe('No rules are set: every condition is watched with its default threshold.'),
    digest: z.enum(digestIntervals),
    timeZone: z.string(),
    quietHours: z.object({ from: z.string(), to: z.string() }).exactOptional(),
  })
  .describe('Only for accounts with a role on all sites.');
export type AlertSettingsView = z.output<typeof settings>;

const openAlert = namedSchema(
  'OpenAlert',
  z.object({
    key: z.string(),
    on,
    site: siteId.exactOptional(),
    connection: connectionId.exactOptional(),
    isUrgent: z.boolean(),
    title: z.string(),
    sentence: z.string(),
    figures,
    remedy: z.string().exactOptional(),
    path: z.string().describe('The path of the page in the dashboard.'),
    since: time.describe('When the condition began.'),
    isFound: z.literal(true).exactOptional().describe('Set if its beginning is not known: `since` is then when it was found.'),
    beganAt: time.describe('When the alert began.'),
  }),
);
export type OpenAlertView = z.output<typeof openAlert>;

const message = z.object({
  id: z.string(),
  channel: channelId,
  kind: z.enum(['began', 'ended', 'digest', 'test']),
  site: siteId.exactOptional(),
  title: z.string(),
  state: z
    .enum(['waiting', 'sending', 'sent', 'failed', 'unclear'])
    .describe('`unclear`: Convey stopped while it was sending, or no response arrived. It does not send the message twice.'),
  createdAt: time,
  dueAt: time,
  tries: count,
  problem: z.string().exactOptional().describe('Why the last attempt failed.'),
});

const mute = z.object({ site: siteId, connection: connectionId, until: time.exactOptional() });

export const alertsResponse = namedSchema(
  'Alerts',
  z.object({
    open: listSchema(openAlert),
    mutes: listSchema(mute).describe(
      'Connections without alerts. `until` is absent if they are muted until an operator ends it.',
    ),
    messages: listSchema(message).describe('The newest messages.'),
    conditions: listSchema(
      z.object({
        on: z.enum(alertConditionNames),
        description: z.string(),
        unit: z.string(),
        threshold: z.number(),
        scope: z.enum(['connection', 'site', 'gateway']),
      }),
    ).describe('The conditions with their default thresholds.'),
    settings: settings.exactOptional(),
  }),
);
export type AlertsView = z.output<typeof alertsResponse>;

export const channelTypesResponse = listSchema(
  namedSchema(
    'AlertChannelType',
    z.object({
      type: z.enum(alertChannelTypes),
      settings: z
        .record(z.string(), z.unknown())
        .describe('JSON Schema of the settings that only this type has, with titles and descriptions.'),
      secrets: listSchema(z.string()).describe('Names of the settings that are stored encrypted. The API never returns them.'),
    }),
  ),
);
export type AlertChannelTypeView = z.output<typeof channelTypesResponse>[number];

export const testedChannelResponse = z.object({ ok: z.boolean(), says: z.string().describe('The result, for people.') });
