import { z } from 'zod';
import { webUrlSchema } from '../destinations/kit/tag-url.ts';
import { settings as webhookSettings } from '../destinations/webhook/settings.ts';
import { alertConditionNames, alertConditions, digestIntervals } from '../event/alert-conditions.ts';
import { oneLine } from '../event/one-line.ts';
import { timeZoneSchema } from './time-zone.ts';

/** The alert settings of the config file and of the dashboard. */

const idRule = 'Must be 1 to 63 lower-case letters, digits and hyphens, and not start with a hyphen.';
const sitesRule = 'Must be a list of ids of sites. Omit it for all sites.';
const onlySites = () => z.array(z.string(sitesRule), sitesRule).min(1, sitesRule).optional();
const hostRule = 'Must be the host name of an SMTP server, such as `smtp.example.com`.';
const addressRule = 'Must be an e-mail address, such as `ops@shop.example` or `Convey <ops@shop.example>`.';
const credentialRule = 'Must be 1 to 500 characters.';
const securities = ['starttls', 'tls', 'none'] as const;
const portRule = 'Must be a port from 1 to 65535.';
const toRule = 'Must be a list of 1 to 20 e-mail addresses.';

export const alertChannelSchema = z.lazy(() => {
  const base = {
    id: z
      .string(idRule)
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, idRule)
      .describe('Name of the channel, as for a site. Rules name it in `for`.'),
    sites: onlySites().describe('Ids of the only sites whose alerts and digest it receives.'),
  };
  const chat = <T extends string>(type: T, description: string) =>
    z.strictObject({ ...base, type: z.literal(type), url: webUrlSchema.meta({ title: 'Webhook URL', description }) });
  const address = z
    .string(addressRule)
    .trim()
    .max(320, addressRule)
    .regex(oneLine, addressRule)
    .regex(/^(?:[^<>@\r\n,;]{0,100}<[^\s<>@,;"]+@[^\s<>@,;"]+>|[^\s<>@,;"]+@[^\s<>@,;"]+)$/, addressRule);
  const credential = z.string(credentialRule).min(1, credentialRule).max(500, credentialRule);
  const { url, secrets } = webhookSettings.unwrap().shape;

  return z.discriminatedUnion(
    'type',
    [
      chat('slack', 'Address of an incoming webhook of your Slack app.'),
      chat('teams', 'Address of a workflow that posts webhook requests to a channel.'),
      chat('discord', "Address of a webhook in the channel's integrations."),
      z.strictObject({
        ...base,
        type: z.literal('email'),
        host: z
          .string(hostRule)
          .regex(/^[\w.:-]{1,253}$/, hostRule)
          .meta({ title: 'SMTP server', description: 'Host name of the server, such as `smtp.example.com`.' }),
        port: z.int(portRule).min(1, portRule).max(65_535, portRule).default(587).meta({
          title: 'Port',
          description: 'Usually 587 for STARTTLS, 465 for TLS.',
        }),
        security: z
          .enum(securities, `Must be one of ${securities.join(', ')}.`)
          .default('starttls')
          .meta({
            title: 'Encryption',
            description:
              '`starttls` begins in clear text and then encrypts, `tls` encrypts from the start. `none` is only for servers on a private network. In the config file, `none` needs `allowPrivateDestinations`.',
          }),
        user: credential.optional().meta({ title: 'User name', description: 'Only if the server asks for one.' }),
        password: credential.optional().meta({ title: 'Password', description: 'Password of the user.', format: 'password' }),
        from: address.meta({ title: 'From', description: 'Sender of the messages, such as `Convey <convey@shop.example>`.' }),
        to: z
          .array(address, toRule)
          .min(1, toRule)
          .max(20, toRule)
          .meta({ title: 'To', description: 'Receivers, 1 to 20, each on a line of its own. In the config file, a list.' }),
      }),
      z.strictObject({
        ...base,
        type: z.literal('webhook'),
        url: url.describe('Address that receives a POST for each message.'),
        secrets: secrets.describe(
          'One or two keys, each on a line of its own, by which the receiver checks that a message is from Convey. In the config file, a list, as for a [webhook](../destinations/webhook.md).',
        ),
      }),
    ],
    'Must be a channel whose `type` is slack, teams, discord, email or webhook.',
  );
});
export type AlertChannel = z.output<typeof alertChannelSchema>;

/** The settings of a channel that are encrypted in the store and never shown. */
export const secretChannelSettings = {
  slack: ['url'],
  teams: ['url'],
  discord: ['url'],
  email: ['password'],
  webhook: ['secrets'],
} as const satisfies Record<AlertChannel['type'], readonly string[]>;

const thresholdRule = 'Must be a number of 0 or more.';
export const alertRuleSchema = z.lazy(() =>
  z
    .strictObject({
      on: z.enum(alertConditionNames, `Must be one of ${alertConditionNames.join(', ')}.`).describe('The condition, see below.'),
      threshold: z.number(thresholdRule).min(0, thresholdRule).optional().describe('Default: see below.'),
      sites: onlySites().describe('Ids of the only sites. Default: all.'),
      for: z
        .array(z.string(), 'Must be a list of ids of channels.')
        .optional()
        .describe('Ids of the channels. Default: all of them.'),
    })
    .refine(({ on, threshold }) => alertConditions[on].unit !== 'share' || threshold === undefined || threshold <= 1, {
      path: ['threshold'],
      error: 'Must be a share from 0 to 1, such as 0.05.',
    }),
);
export type AlertRule = z.output<typeof alertRuleSchema>;

/** Every condition with its default threshold. */
export const defaultAlertRules: readonly AlertRule[] = alertConditionNames.map((on) => ({ on }));

const timeRule = 'Must be a time of day, such as `22:00`.';
const timeOfDay = z.string(timeRule).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, timeRule);

export const alertsSchema = z.strictObject({
  channels: z
    .array(alertChannelSchema, 'Must be a list of channels.')
    .max(50, 'Must have at most 50 channels.')
    .default([])
    .describe('Receivers of the messages.'),
  rules: z
    .array(alertRuleSchema, 'Must be a list of rules.')
    .max(200, 'Must have at most 200 rules.')
    .optional()
    .describe('The alerts. If unset, every condition with its default threshold, for all channels.'),
  digest: z
    .enum(digestIntervals, `Must be one of ${digestIntervals.join(', ')}.`)
    .default('off')
    .describe('Summary of the figures at 8:00: `daily`, `weekly` (on Monday) or `off`.'),
  timeZone: timeZoneSchema
    .default('UTC')
    .describe('Time zone of the messages, the digest and the quiet hours, such as `Europe/Berlin`.'),
  quietHours: z
    .strictObject({
      from: timeOfDay.describe('Time of day, such as `22:00`.'),
      to: timeOfDay.describe('Time of day, such as `07:00`.'),
    })
    .optional()
    .describe('Hours of the day in which only urgent messages are sent. Others wait.'),
});
export type AlertsConfig = z.output<typeof alertsSchema>;
