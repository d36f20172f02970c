import { z } from 'zod';
import { consentPolicies, effectiveConsents, missingCountryRules } from '../../event/consent.ts';
import { reportSources } from '../../event/event.ts';
import { matchSubjects } from '../../event/missing-match-keys.ts';
import { platforms, purchaseRules, tagModes } from '../../event/site.ts';
import { isSkipReason, skipReasons } from '../../event/skip-reasons.ts';
import { connectionId, count, issues, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

/** No response contains a secret, except that of a new key. */

const skipNames = z.enum(Object.keys(skipReasons).filter(isSkipReason));

const origin = z
  .enum(['file', 'dashboard'])
  .describe('`file`: defined in the config file, and changed only there. `dashboard`: created and changed with this API.');

const problem = z.string().exactOptional().describe('Why the item does not run, or what else is wrong with it, and what to do.');

const connectionSettings = namedSchema(
  'ConnectionSettings',
  z
    .object({
      id: connectionId,
      destination: z.string().meta({ description: 'The platform, such as `microsoft`.', examples: ['microsoft'] }),
      origin,
      enabled: z.boolean(),
      settings: z
        .record(z.string(), z.unknown())
        .meta({ description: "The settings by the destination's schema, without secrets.", examples: [{ tagId: '187012345' }] }),
      secrets: listSchema(z.string()).meta({
        description: 'Names of the secret settings that are set. The API never returns their values.',
        examples: [['token']],
      }),
      isLive: z.boolean().describe('Whether the events reach a real platform, not a simulator on this machine or network.'),
      simulatorUrl: z
        .string()
        .exactOptional()
        .describe(
          "URL of the page of the gateway's own simulator, for a browser on the gateway's machine. Absent unless it runs.",
        ),
      problem,
    })
    .describe('Settings of a connection.'),
);
export type ConnectionSettingsView = z.output<typeof connectionSettings>;

const keyView = z.object({
  id: z.string().meta({ description: 'Id of the key, not the key itself.', examples: ['906f86078780'] }),
  createdAt: time.exactOptional().describe('When the key was created; UNIX milliseconds. Absent for keys of the config file.'),
});

const siteSettings = namedSchema(
  'SiteSettings',
  z
    .object({
      id: siteId,
      name: z.string().meta({ examples: ['The shop'] }),
      origin,
      problem,
      revision: z.string().meta({
        description: 'Changes with every change of the site or of its connections. Opaque.',
        examples: ['5d81d9f49e510d48'],
      }),
      domains: listSchema(z.string()).meta({ description: 'Each domain includes its subdomains.', examples: [['shop.example']] }),
      platform: z.enum(platforms),
      writeKey: z
        .string()
        .meta({ description: 'The public key with which the pixel identifies the site.', examples: ['wk_shop_example'] }),
      oldWriteKeys: listSchema(z.object({ key: z.string(), retiredAt: time })).describe(
        'Replaced write keys. They stay valid until you delete them.',
      ),
      secretKeys: listSchema(keyView).describe('Keys of the server API. The API returns a key only once, when it is created.'),
      consent: z.object({
        policy: z.enum(consentPolicies),
        missingCountry: z
          .enum(missingCountryRules)
          .describe("The country of a server's event without one, under `regional`: unknown, or `defaultCountry`."),
        notice: z
          .string()
          .exactOptional()
          .describe('Set if `missingCountry` was never chosen and turns missing consent into a grant: the fact and the remedy.'),
      }),
      publicUrl: z.string().exactOptional().describe('The own URL of the collector; absent if it is that of the gateway.'),
      defaultCountry: z.string().exactOptional(),
      defaultCurrency: z.string().exactOptional(),
      bots: z.enum(['drop', 'send']),
      tags: z.record(z.string(), z.looseObject({ mode: z.enum(tagModes) })).meta({
        description: "The browser tags on the site's pages, by destination. Each has the members that its destination documents.",
        examples: [{ microsoft: { mode: 'attach', tagId: '187012345' } }],
      }),
      uet: z
        .object({
          mode: z.enum(tagModes),
          tagId: z.string().exactOptional(),
          script: z.string(),
          queue: z.string(),
          idSync: z.string(),
        })
        .describe('The earlier name of `tags.microsoft`.'),
      purchaseHoldSeconds: z.union([z.literal('auto'), z.number()]),
      purchases: z
        .enum(purchaseRules)
        .describe("`confirmed`: a browser's purchase is sent only after a server or webhook reports the same purchase."),
      webhooks: z
        .object({
          url: z.string().exactOptional().describe('URL to which the shop sends its webhooks. Absent if `platform` is `custom`.'),
          isGuess: z.boolean().exactOptional().describe('As in `pixel`.'),
          secrets: listSchema(keyView.extend({ problem })).describe(
            'Secrets with which the webhooks may be signed: at most four. The API never returns the secrets.',
          ),
          purchaseOn: z.enum(['create', 'paid']),
        })
        .describe("Settings of the shop's webhooks."),
      accuracy: z
        .object({ alertUnder: z.number().nullable().describe('0 or `null` disables the alert.') })
        .describe("Minimum share of the shop's orders that must be accounted for."),
      pixel: z
        .object({
          url: z.string().describe('URL of the pixel, as in the snippet.'),
          isGuess: z
            .boolean()
            .describe(
              'Whether the host is derived from the first domain, because neither `publicUrl` nor `collector.publicUrl` is set.',
            ),
        })
        .describe('Location of the pixel.'),
      connections: listSchema(connectionSettings),
    })
    .describe('Settings of a site.'),
);
export type SiteSettingsView = z.output<typeof siteSettings>;

export const siteResponse = siteSettings;
export const sitesResponse = listSchema(siteSettings).describe('First the sites of the config file, then by name.');

export const newKeyResponse = namedSchema(
  'NewKey',
  z.object({ id: z.string(), key: z.string().describe('The key. A secret key is returned only here.') }).describe('A new key.'),
);

export const destinationsResponse = listSchema(
  namedSchema(
    'Destination',
    z
      .object({
        id: z.string(),
        name: z.string(),
        summary: z.string().describe('The platform in one sentence.'),
        source: z
          .object({ url: z.string(), checked: z.string().describe('`YYYY-MM-DD`.') })
          .describe("The platform's documentation that the destination implements, and when it was last checked."),
        settings: z.record(z.string(), z.unknown()).describe('JSON Schema of the settings, with titles and descriptions.'),
        secrets: listSchema(z.string()).describe('Names of the settings that are stored encrypted. The API never returns them.'),
        eventNames: z
          .record(z.string(), z.string())
          .describe("The platform's default names of the standard events, by Convey's names."),
        matchKeys: listSchema(
          z.object({
            key: z.string().meta({ examples: ['email'] }),
            label: z.string().meta({ examples: ['E-mail'] }),
            subject: z.enum(matchSubjects).describe('The kind of value.'),
            advice: z.string().describe('The use of the key for the platform.'),
            paths: listSchema(z.string()).describe('Places in the payload. An event has the key if its payload has one of them.'),
          }),
        ).describe('The values by which the platform matches an event to a person, the most useful first.'),
        tag: z
          .object({
            label: z.string().describe("The platform's name of the tag."),
            settings: z.record(z.string(), z.unknown()).describe('JSON Schema of its entry in `tags` of a site.'),
          })
          .exactOptional()
          .describe('The browser tag of the platform. Absent if the pixel uses none.'),
        accountLink: z
          .object({
            label: z.string().meta({ description: 'Text of a button.', examples: ['Connect Acme'] }),
            description: z.string(),
            needs: listSchema(z.string()).describe('Settings to enter before.'),
            provides: listSchema(z.string()).describe('Secret settings that the platform provides.'),
          })
          .exactOptional()
          .describe('How an operator grants access on a page of the platform. Absent if the credential is entered.'),
        setup: z
          .object({
            guides: z
              .object({
                settings: z.string(),
                credential: z.string(),
                troubleshooting: z.string(),
                clickIds: z.string().exactOptional(),
              })
              .describe('Pages of the documentation, such as `guides/microsoft/enable-capi`.'),
            examples: z
              .object({ connection: z.string(), settings: z.record(z.string(), z.string()) })
              .exactOptional()
              .describe("A connection's id, and values of settings, that the documentation uses as examples."),
            goals: z
              .object({ description: z.string(), instruction: z.string(), guide: z.string() })
              .exactOptional()
              .describe('Goals to create at the platform, one per event name. Absent if it counts events without them.'),
          })
          .exactOptional()
          .describe('What else the platform needs.'),
        skipTexts: z
          .partialRecord(skipNames, z.object({ why: z.string(), remedy: z.string() }))
          .describe("Texts of skips in the platform's words. Other skips have the general text."),
      })
      .describe('A supported platform.'),
  ),
);
export type DestinationView = z.output<typeof destinationsResponse>[number];

export const triedResponse = namedSchema(
  'Tried',
  z
    .object({
      ok: z.boolean(),
      says: z.string().describe('The result in one sentence, with the next step.'),
      issues: issues.describe('Problems of the settings, by field.'),
    })
    .describe('Result of a settings test.'),
);

const step = namedSchema(
  'Step',
  z
    .object({
      id: z.string().describe('Stable id for programs.'),
      group: z.enum(['pixel', 'server', 'connection', 'quality']),
      title: z.string().describe('The expected state.'),
      state: z
        .enum(['done', 'waiting', 'problem', 'optional'])
        .describe(
          '`done`: observed. `waiting`: not observed yet. `problem`: a different state was observed. `optional`: not observed, and not required.',
        ),
      says: z.string().describe('The observation, or what to do.'),
      at: time.exactOptional().describe('Time of the observation; UNIX milliseconds.'),
      guide: z.string().exactOptional().describe('The related page of the documentation, such as `guides/add-the-pixel`.'),
    })
    .describe('One step of the setup.'),
);
export type StepView = z.output<typeof step>;

export const checklistResponse = namedSchema(
  'Checklist',
  z
    .object({
      steps: listSchema(step),
      firstEventAt: time.exactOptional().describe('When the oldest known browser event was received; UNIX milliseconds.'),
      refusedDomains: listSchema(z.object({ domain: z.string(), requests: count, lastAt: time })).describe(
        'Domains whose pages have the snippet although the site does not list them. A domain is forgotten after a day without a request. At most 20.',
      ),
      pixelLoadedAt: time
        .exactOptional()
        .describe('When a browser last loaded the pixel since the gateway started; UNIX milliseconds.'),
      serverConsent: z
        .enum(effectiveConsents)
        .describe('What an event of the server counts as if it has neither a consent statement nor a country.'),
      sources: listSchema(
        z.object({
          source: z.enum(reportSources),
          count,
          withoutConsent: count.describe('Events that have no consent choice and do not count as granted.'),
          lastAt: time,
        }),
      ).describe('Events of the last 7 days by source. A source without events is left out.'),
      events: listSchema(z.object({ name: z.string(), count, lastAt: time })).describe(
        'Events of the last 7 days by name, the most frequent first.',
      ),
    })
    .describe('Setup checklist of a site.'),
);

const advice = z.object({
  level: z.enum(['ok', 'warning', 'problem']),
  subject: z.string(),
  says: z.string(),
  paste: z.object({ where: z.string(), lines: z.string() }).exactOptional().describe('Lines that fix the problem.'),
});
export type AdviceView = z.output<typeof advice>;

export const doctorResponse = namedSchema(
  'Diagnosis',
  z
    .object({
      page: z.string().exactOptional().describe('URL of the examined page.'),
      events: count.describe('Number of examined browser events, among the newest 1,000 records.'),
      stated: z.object({ granted: count, denied: count, unknown: count }),
      silentlyDenied: count.describe('Events that count as denied without a stated choice.'),
      sources: listSchema(
        z.object({
          source: z.string().exactOptional().describe('The consent tool. Absent if no tool stated a choice.'),
          granted: count,
          denied: count,
          unknown: count,
          signals: count.describe('Number of `$consent` signals that state a choice.'),
        }),
      ),
      advice: listSchema(advice).describe('Ordered from the page to the events.'),
    })
    .describe('Findings of the consent doctor.'),
);
export type DiagnosisView = z.output<typeof doctorResponse>;

export const rotatedResponse = namedSchema(
  'Rotated',
  z
    .object({
      source: z.enum(['environment', 'file']).describe('Location of the key.'),
      resealed: count.describe('Secrets that were encrypted with another key, and now are with the current one.'),
      lost: count.describe('Secrets whose key is missing. They are unchanged. Enter them again.'),
    })
    .describe('Result of the key rotation.'),
);
