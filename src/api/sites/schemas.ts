import { z } from 'zod';
import { consentPolicies } from '../../event/consent.ts';
import { platforms, purchaseRules } from '../../event/site.ts';
import { connectionId, count, issues, listOf, namedSchema, siteId, time } from '../http/schema-parts.ts';

/** What the API answers of sites and their settings: one schema each, of which the types are derived. No secret is among it. */

const origin = z
  .enum(['file', 'dashboard'])
  .describe('`file`: written in the config file, and changed only there. `dashboard`: made here, and changed here.');

const problem = z
  .string()
  .exactOptional()
  .describe('Why it does not run although it is set, or what else is wrong, with what to do. Absent where nothing is.');

const connectionSettings = namedSchema(
  'ConnectionSettings',
  z
    .object({
      id: connectionId,
      destination: z.string().describe('The platform, such as `microsoft`.'),
      origin,
      enabled: z.boolean(),
      settings: z.record(z.string(), z.unknown()).describe("As the destination's schema has them, without secrets."),
      secrets: listOf(z.string()).describe('Names of the secret settings that are set. Their values are never told.'),
      isLive: z.boolean().describe('Whether its events reach a real platform, not a simulator on this machine or network.'),
      problem,
    })
    .describe('What a connection is set to.'),
);
export type ConnectionSettingsView = z.output<typeof connectionSettings>;

const keyView = z.object({
  id: z.string().describe('To name the key by; not the key itself.'),
  createdAt: time.exactOptional().describe('When it was made here; UNIX milliseconds. Absent for one of the config file.'),
});

const siteSettings = namedSchema(
  'SiteSettings',
  z
    .object({
      id: siteId,
      name: z.string(),
      origin,
      problem,
      revision: z.string().describe('Changes with every change of the site or of its connections. Opaque.'),
      domains: listOf(z.string()).describe('Each covers its subdomains.'),
      platform: z.enum(platforms),
      writeKey: z.string().describe('What the pixel names the site with. Public.'),
      oldWriteKeys: listOf(z.object({ key: z.string(), retiredAt: time })).describe('Still taken until they are removed.'),
      secretKeys: listOf(keyView).describe('What servers may call with. The keys themselves are told once, when they are made.'),
      consent: z.object({ policy: z.enum(consentPolicies) }),
      defaultCountry: z.string().exactOptional(),
      defaultCurrency: z.string().exactOptional(),
      bots: z.enum(['drop', 'send']),
      uet: z.object({
        mode: z.enum(['off', 'attach', 'load']),
        tagId: z.string().exactOptional(),
        script: z.string(),
        queue: z.string(),
        idSync: z.string(),
      }),
      purchaseHoldSeconds: z.union([z.literal('auto'), z.number()]),
      purchases: z
        .enum(purchaseRules)
        .describe("`confirmed`: a browser's purchase is sent only once a server or webhook reports the same one."),
      webhooks: z
        .object({
          url: z.string().exactOptional().describe('Where the shop sends them. Absent where `platform` is `custom`.'),
          isGuess: z.boolean().exactOptional().describe('As of `pixel`.'),
          secrets: listOf(keyView.extend({ problem })).describe(
            'What they may be signed with: at most four, so that one can be replaced without a gap. The secrets are never told.',
          ),
          purchaseOn: z.enum(['create', 'paid']),
        })
        .describe("How the shop's own webhooks are read."),
      accuracy: z
        .object({ alertUnder: z.number().nullable().describe('0 or null: no alert.') })
        .describe("The share of the shop's orders that should at least be accounted for."),
      pixel: z
        .object({
          url: z.string().describe('What the snippet loads.'),
          isGuess: z
            .boolean()
            .describe('Whether its host is made of the first domain, because `collector.publicUrl` is not set.'),
        })
        .describe('Where the pixel is.'),
      connections: listOf(connectionSettings),
    })
    .describe('What a site is set to.'),
);
export type SiteSettingsView = z.output<typeof siteSettings>;

export const siteResponse = siteSettings;
export const sitesResponse = listOf(siteSettings).describe("The config file's first, then by name.");

export const newKeyResponse = namedSchema(
  'NewKey',
  z.object({ id: z.string(), key: z.string().describe('A secret key is told here alone.') }).describe('A key that was made.'),
);

export const destinationsResponse = listOf(
  namedSchema(
    'Destination',
    z
      .object({
        id: z.string(),
        name: z.string(),
        source: z
          .object({ url: z.string(), checked: z.string().describe('`YYYY-MM-DD`.') })
          .describe("The platform's page that it implements, and when the two were last compared."),
        settings: z
          .record(z.string(), z.unknown())
          .describe('JSON Schema of the settings that can be given here, with titles and descriptions for people.'),
        secrets: listOf(z.string()).describe('Names of settings that are kept encrypted and never told again.'),
        eventNames: z
          .record(z.string(), z.string())
          .describe("The platform's names of the standard events, by ours, where no setting renames them."),
      })
      .describe('A platform that events can go to.'),
  ),
);
export type DestinationView = z.output<typeof destinationsResponse>[number];

export const triedResponse = namedSchema(
  'Tried',
  z
    .object({
      ok: z.boolean(),
      says: z.string().describe('What the platform said, or what is wrong, in one sentence with the next step.'),
      issues: issues.describe('What is wrong with the settings, by field.'),
    })
    .describe('What came of trying settings, without sending an event.'),
);

const step = namedSchema(
  'Step',
  z
    .object({
      id: z.string().describe('Stable, for programs.'),
      group: z.enum(['pixel', 'server', 'connection', 'quality']),
      title: z.string().describe('What should be so.'),
      state: z
        .enum(['done', 'waiting', 'problem', 'optional'])
        .describe(
          '`done`: it was observed. `waiting`: not yet. `problem`: it is otherwise. `optional`: not observed, and not needed.',
        ),
      says: z.string().describe('What was observed, or what to do.'),
      at: time.exactOptional().describe('When it was observed; UNIX milliseconds.'),
      guide: z.string().exactOptional().describe('The page of the docs that helps, such as `guides/add-the-pixel`.'),
    })
    .describe('One step of setting a site up.'),
);
export type StepView = z.output<typeof step>;

export const checklistResponse = namedSchema(
  'Checklist',
  z
    .object({
      steps: listOf(step),
      firstEventAt: time.exactOptional().describe('When the first event of a browser came that is still known.'),
      events: listOf(z.object({ name: z.string(), count, lastAt: time })).describe(
        'Events of the last 7 days by name, the most frequent first.',
      ),
    })
    .describe('What was observed of a site, and what is missing.'),
);

const advice = z.object({
  level: z.enum(['ok', 'warning', 'problem']),
  subject: z.string(),
  says: z.string(),
  paste: z.object({ where: z.string(), lines: z.string() }).exactOptional().describe('Lines that mend it.'),
});
export type AdviceView = z.output<typeof advice>;

export const doctorResponse = namedSchema(
  'Diagnosis',
  z
    .object({
      page: z.string().exactOptional().describe('The page that was read.'),
      events: count.describe('Events of browsers that were looked at: of the newest 1,000 records.'),
      stated: z.object({ granted: count, denied: count, unknown: count }),
      silentlyDenied: count.describe('Events that count as denied although nobody stated it.'),
      sources: listOf(
        z.object({
          source: z.string().exactOptional().describe('Who said so; absent: nobody.'),
          granted: count,
          denied: count,
          unknown: count,
          signals: count.describe('`$consent` signals that state a choice.'),
        }),
      ),
      advice: listOf(advice).describe('From the page to the events.'),
    })
    .describe('What the consent doctor found.'),
);
export type DiagnosisView = z.output<typeof doctorResponse>;

export const rotatedResponse = namedSchema(
  'Rotated',
  z
    .object({
      source: z.enum(['environment', 'file']).describe('Where the key is.'),
      resealed: count.describe('Secrets that were under another key, and are under the present one now.'),
      lost: count.describe('Secrets whose key is missing. They stay as they are; enter them again.'),
    })
    .describe('What became of the secrets.'),
);
