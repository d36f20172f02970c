import { z } from 'zod';
import { captureModes } from '../../event/capture-settings.ts';
import { consentPolicies, missingCountryRules } from '../../event/consent.ts';
import { consentToolChoices } from '../../event/consent-tool-names.ts';
import { segmentPurchaseIds } from '../../event/segment-settings.ts';
import { platforms, purchaseRules } from '../../event/site.ts';
import { createChoice } from '../http/parameters.ts';
import { leadChanges } from './lead-schemas.ts';

/**
 * Schemas of the bodies that change sites and connections. They check only the form: the schema of the config file validates the
 * values, so that an issue has the same field and rule as in the config file. A message is a rule that completes "must be".
 */

const text = z.string('text');
const object = 'an object';

const uet = z
  .strictObject(
    {
      mode: createChoice(['off', 'attach', 'load']).optional(),
      tagId: text.nullable().optional().describe('`null` removes the value.'),
      script: text.optional().describe('`https://bat.bing.com/bat.js` or `https://bat.bing.net/bat.js`.'),
      queue: text.optional(),
      idSync: text.optional().describe('`https://c.bing.com/c.gif`, or `/c.gif` on `bat.bing.com` or `bat.bing.net`.'),
    },
    'an object of `mode`, `tagId`, `script`, `queue` and `idSync`',
  )
  .describe('The earlier name of `tags.microsoft`.');

const tags = z
  .record(text, z.record(text, z.unknown(), object).nullable(), object)
  .describe("The browser tags on the site's pages, by destination. `null` removes the settings of a tag.");

const changeable = {
  name: text.optional(),
  platform: createChoice(platforms).optional(),
  consent: z
    .strictObject(
      {
        policy: createChoice(consentPolicies).optional(),
        missingCountry: createChoice(missingCountryRules)
          .optional()
          .describe(
            "The country of a server's event without one, under `regional`. `unknown`: any, so the event waits for consent. Default for new sites: `unknown`.",
          ),
      },
      'an object of `policy` and `missingCountry`',
    )
    .optional(),
  publicUrl: text
    .nullable()
    .optional()
    .describe("URL at which the shop's pages reach the collector, if it is not `collector.publicUrl`. `null` removes the value."),
  defaultCountry: text
    .nullable()
    .optional()
    .describe('Reads national phone numbers; see also `consent.missingCountry`. `null` removes the value.'),
  defaultCurrency: text.nullable().optional().describe('`null` removes the value.'),
  timeZone: text.optional().describe("The time zone of the shop's days, by its IANA name such as `Europe/Berlin`."),
  assignee: text
    .nullable()
    .optional()
    .describe('The account that is responsible for the site. It gets no rights. `null` removes the value.'),
  segment: z
    .strictObject(
      {
        purchaseId: createChoice(segmentPurchaseIds)
          .optional()
          .describe("The number in a purchase's id. `checkout_id`: else `order_id`."),
        adConsentCategories: z
          .array(text, 'a list of category ids')
          .nullable()
          .optional()
          .describe('Consent categories for advertising. `null` restores the default.'),
      },
      'an object of `purchaseId` and `adConsentCategories`',
    )
    .optional()
    .describe('Settings of messages of Segment SDKs. Their keys have routes of their own.'),
  capture: z
    .strictObject(
      {
        dataLayer: z
          .strictObject(
            {
              mode: createChoice(captureModes).optional(),
              layer: z
                .union([text, z.array(text)], 'a name, or a list of names')
                .nullable()
                .optional(),
              events: z.array(text, "a list of GA4's names").nullable().optional().describe('`null` restores the default.'),
              map: z
                .record(text, z.record(text, z.unknown(), object).nullable(), object)
                .nullable()
                .optional()
                .describe('`null` for a name removes its entry, and for a member of an entry the member.'),
            },
            'an object of `mode`, `layer`, `events` and `map`',
          )
          .optional(),
        ...leadChanges,
        pages: z
          .array(z.record(text, z.unknown(), object), 'a list of rules')
          .nullable()
          .optional()
          .describe('The rules of pages, each with `match`, `as` and `ignore`. `null` removes them.'),
        links: z
          .array(text, 'a list of domains')
          .nullable()
          .optional()
          .describe("The site's domains to which links carry the visitor. `null` removes them."),
        consentTool: createChoice(consentToolChoices).nullable().optional().describe('`null`: only the common ones.'),
        consentCategory: text.nullable().optional().describe('`null` restores the usual one.'),
      },
      'an object of `dataLayer` and others',
    )
    .optional()
    .describe('What the pixel reads of a page beside calls of `convey`.'),
  bots: createChoice(['drop', 'send']).optional(),
  tags: tags.optional(),
  uet: uet.optional(),
  webhooks: z
    .strictObject({ purchaseOn: createChoice(['create', 'paid']).optional() }, 'an object of `purchaseOn`')
    .optional()
    .describe('Whether an order counts as a purchase when it is created, or when it is paid.'),
  purchaseHoldSeconds: z.union([z.literal('auto'), z.number()], '`auto` or a number of seconds').optional(),
  purchases: createChoice(purchaseRules)
    .optional()
    .describe("`confirmed`: a browser's purchase is sent only once a server or webhook reports the same one."),
  accuracy: z
    .strictObject({ alertUnder: z.number('a share from 0 to 1').nullable() }, 'an object of `alertUnder`')
    .optional()
    .describe(
      "Minimum share of the shop's orders that must be accounted for. 0 disables the alert. `null` restores the default.",
    ),
};
const domains = z.array(text, 'a list of domains').describe('Host names without scheme or path. Each includes its subdomains.');

const revision = text.optional().describe('The revision that you read. The change is rejected if the site has changed since.');
const destination = text.describe('The platform, such as `microsoft`.');
const settings = z.record(text, z.unknown(), object);
const link = text
  .optional()
  .describe('The link of an account that was connected in this session. Its secrets complete the settings.');

export const newSite = z
  .strictObject({
    id: text.describe('1 to 63 lower-case letters, digits and hyphens. Cannot be changed later.'),
    domains,
    ...changeable,
  })
  .meta({ examples: [{ id: 'shop', name: 'The shop', domains: ['shop.example'], defaultCurrency: 'USD' }] });

/** Absent members are not changed. */
export const changedSite = z
  .strictObject({ revision, domains: domains.optional(), ...changeable })
  .meta({ examples: [{ revision: 'faa6bd9db92ad0f4', tags: { microsoft: { mode: 'attach', tagId: '187012345' } } }] });

export const newKey = z
  .strictObject({
    kind: createChoice(['write', 'secret', 'segment-browser', 'segment-server']).describe(
      'A new `write` key replaces the current one, which stays valid until you delete it. `segment-browser`, `segment-server`: a public or a secret key of a Segment SDK.',
    ),
    key: text.optional().describe('For a Segment SDK: the key that it has. Absent: a new key.'),
  })
  .meta({ examples: [{ kind: 'secret' }] });

export const newWebhookSecret = z
  .strictObject({
    secret: text.describe('The secret with which the shop signs its webhooks: 8 to 200 characters.'),
  })
  .meta({ examples: [{ secret: 'a-secret-of-the-shop' }] });
export const webhookSecretId = z.string().meta({ description: 'Id of the secret.' });

export const putConnection = z
  .strictObject({
    revision,
    destination: destination.describe('The platform, such as `microsoft`. It cannot be changed for an existing connection.'),
    enabled: z.boolean('true or false').optional().describe('Default: unchanged, and true for a new connection.'),
    settings: settings.describe('All settings. A secret that is absent is not changed.'),
    link,
  })
  .meta({ examples: [{ destination: 'microsoft', settings: { tagId: '187012345', token: 'the token of the tag' } }] });

export const simulatedDestination = z.strictObject({ destination }).meta({ examples: [{ destination: 'microsoft' }] });

export const triedConnection = z
  .strictObject({
    connection: text.optional().describe('Use the stored secrets of this connection for those that are absent.'),
    destination,
    settings,
    link,
  })
  .meta({ examples: [{ connection: 'bing', destination: 'microsoft', settings: { tagId: '187012345' } }] });

export const keyId = z.string().meta({ description: 'Id of the key, or an old write key.' });

export const distrustedKeyId = z.string().meta({ description: 'Id of the key in `distrustedKeys`.', examples: ['9f86d081884c'] });

export const doctorPage = z
  .strictObject({
    page: text
      .max(2_048, 'a URL of at most 2,048 characters')
      .optional()
      .describe("URL of a page to examine, on one of the site's domains."),
  })
  .meta({ examples: [{ page: 'https://shop.example/' }] });
