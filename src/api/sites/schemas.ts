import { z } from 'zod';
import { captureModes, ga4EventNames } from '../../event/capture-settings.ts';
import { consentPolicies, missingCountryRules } from '../../event/consent.ts';
import { consentToolChoices } from '../../event/consent-tool-names.ts';
import { segmentKeyKinds, segmentPurchaseIds } from '../../event/segment-settings.ts';
import { settingsTestStates } from '../../event/settings-test.ts';
import { platforms, purchaseRules, tagModes } from '../../event/site.ts';
import { connectionId, count, issues, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';
import { leadViews } from './lead-schemas.ts';

/** No response contains a secret, except that of a new key. */

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
      isLive: z
        .boolean()
        .describe(
          'Whether the events reach a real platform or your own webhook receiver, not a simulator on this machine or network.',
        ),
      isSimulated: z.literal(true).exactOptional().describe("Whether the gateway's own simulator receives the events."),
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

const path = z.string().exactOptional();

/** An event with a name of the page's own. */
const capturedEvent = z.object({
  as: z.string().describe('Its name in Convey.'),
  ...{
    value: path,
    currency: path,
    orderId: path,
    tax: path,
    shipping: path,
    coupon: path,
    searchTerm: path,
    customerType: path,
  },
  items: path.describe('The path of the list of items.'),
  item: z
    .object({ id: path, name: path, price: path, quantity: path, discount: path, brand: path, category: path, variant: path })
    .exactOptional()
    .describe('The names of the fields of an item.'),
});

const capture = z
  .object({
    dataLayer: z.object({
      mode: z
        .enum(captureModes)
        .describe('`on` reports the events, `preview` lists what pages write while a session is open, `off` reads nothing.'),
      layer: listSchema(z.string()).describe('Names of global variables.'),
      events: listSchema(z.enum(ga4EventNames))
        .exactOptional()
        .describe("GA4's names of the events that are read. Absent: the default."),
      map: z
        .record(z.string(), capturedEvent)
        .describe('Events with other names, each with its name in Convey and the paths of its fields.'),
    }),
    ...leadViews,
    pages: listSchema(
      z.object({
        match: z.string().describe('A path, in which `*` stands for any characters.'),
        as: z.string().exactOptional().describe('The path that is reported.'),
        ignore: listSchema(z.string())
          .exactOptional()
          .describe('Parameters that are not reported, and whose change is no page view.'),
      }),
    )
      .exactOptional()
      .describe('Rules for the pages of a single-page shop.'),
    links: listSchema(z.string()).exactOptional().describe("The site's domains to which links carry the visitor."),
    consentTool: z
      .enum(consentToolChoices)
      .exactOptional()
      .describe('The consent tool that is read beside the common ones. Absent: none.'),
    consentCategory: z
      .string()
      .exactOptional()
      .describe("The tool's name of the category for advertising. Absent: the usual one."),
  })
  .describe('What the pixel reads of a page beside calls of `convey`.');

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
      distrustedKeys: listSchema(
        z.object({
          id: z.string().meta({ description: 'Names the key: the first digits of its hash.', examples: ['9f86d081884c'] }),
          name: z.string().meta({ description: 'Where the settings have it.', examples: ['secret key 906f86078780'] }),
          since: time,
        }),
      ).describe("Secret keys that a page has used. Requests with them count as a browser's until an owner trusts them again."),
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
      timeZone: z.string().describe("The time zone of the shop's days, by its IANA name."),
      assignee: z
        .string()
        .exactOptional()
        .meta({ description: 'The account that is responsible for the site. It may no longer exist.', examples: ['jane'] }),
      segment: z
        .object({
          keys: listSchema(
            keyView.extend({
              kind: z.enum(segmentKeyKinds),
              key: z.string().exactOptional().describe('The key, if it is public. Absent for keys of the config file.'),
            }),
          ).describe("Keys of Segment's SDKs besides the keys of the site."),
          purchaseId: z.enum(segmentPurchaseIds).describe("The number in a purchase's id. `checkout_id`: else `order_id`."),
          adConsentCategories: listSchema(z.string()).describe('Consent categories for advertising.'),
        })
        .describe('Settings of messages of Segment SDKs.'),
      capture,
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

export const triedResponse = namedSchema(
  'Tried',
  z
    .object({
      ok: z.boolean().describe('Whether the state is `accepted`.'),
      state: z
        .enum(settingsTestStates)
        .describe(
          '`invalid`: the settings break a rule, and the platform was not asked. `not-reached`: the platform did not answer. `refused`: the platform refuses the credential or the id. `accepted`: the platform accepts the credential. `unverified`: an answer came that is no verdict on the credential.',
        ),
      says: z.string().describe('The result in one sentence, with the next step.'),
      issues: issues.describe('Problems of the settings, by field.'),
    })
    .describe('Result of a settings test.'),
);

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
