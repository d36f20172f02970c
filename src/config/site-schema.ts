import { z } from 'zod';
import { destinations } from '../destinations/destinations.ts';
import { accountNameRule, isAccountName } from '../event/account-name.ts';
import { consentPolicies, missingCountryRules } from '../event/consent.ts';
import { parseCurrencyCode } from '../event/currency-code.ts';
import { platforms, purchaseRules } from '../event/site.ts';
import { parseCountryCode } from '../identity/country-code.ts';
import { rulesSchema } from '../rules/rule-schema.ts';
import { captureSchema } from './capture-schema.ts';
import { domainSchema } from './domain.ts';
import { hooksSchema, signingSecrets } from './hook-schema.ts';
import { collectorUrl, id, text } from './schema-parts.ts';
import { segmentSchema } from './segment-schema.ts';
import { shopifySchema } from './shopify-schema.ts';
import { tagSchemas, uetAlias } from './tags.ts';
import { timeZoneSchema } from './time-zone.ts';

/** Returns the schema of a code that `parse` knows. */
const code = (parse: (text: string) => string | undefined, rule: string) =>
  z.string(rule).transform((text, context) => {
    const known = parse(text);
    if (known === undefined) context.addIssue({ code: 'custom', message: rule });
    return known ?? z.NEVER;
  });
const nameRule = 'Must be 1 to 200 characters in one line. Remove line breaks and control characters.';
/** Values that `sites/drop-refused-values.ts` leaves out of a stored site if they are refused. */
export const siteNameSchema = text(nameRule);
export const countrySchema = code(parseCountryCode, "Must be a country's two-letter code (ISO 3166-1), such as `US`.");
export const currencySchema = code(parseCurrencyCode, "Must be a currency's three-letter code (ISO 4217), such as `USD`.");
const assigneeRule = `Must be the name of an account: ${accountNameRule}.`;
export const assigneeSchema = z.string(assigneeRule).trim().toLowerCase().refine(isAccountName, assigneeRule);

/** A connection of the config file or the dashboard. */
export const connectionSchema = z.strictObject({
  id: id.describe('As for a site. A new id starts with the next new event.'),
  destination: text(`Must be one of ${destinations.map((one) => one.id).join(', ')}.`).describe(
    `${destinations.map((one) => `\`${one.id}\``).join(', ')}.`,
  ),
  enabled: z.boolean('Must be true or false.').default(true).describe('`false`: nothing is sent, events wait in the log.'),
  settings: z
    .record(z.string(), z.unknown(), 'Must be an object with the settings of the destination.')
    .describe("The destination's own settings: see its page."),
  rules: rulesSchema.optional().describe("Rules for this connection, applied after the site's: see [rules](../guides/rules.md)."),
});
export const secretKey = z
  .string('Must be text that starts with `sk_`.')
  .regex(/^sk_[\w-]{16,120}$/, 'Must be `sk_` and 16 to 120 random letters, digits, `_` or `-`.');
const holdRule = 'Must be `auto` or 0 to 900 seconds.';
const shareRule = 'Must be a share from 0 to 1, such as 0.9; 0 or null for no alert.';
/** A site of the config file or the dashboard. */
export const siteSchema = z.strictObject({
  id: id.describe('1 to 63 lower-case letters, digits and hyphens. It names the stored data: do not change it.'),
  name: siteNameSchema.optional().describe('Display name. Default: the id.'),
  domains: z
    .array(domainSchema, 'Must be a list of domain names.')
    .min(1, 'Must have at least one domain, such as `shop.example`.')
    .describe('Names without scheme or path. Each covers its subdomains. No public suffix such as `myshopify.com`.'),
  platform: z
    .enum(platforms, `Must be one of ${platforms.join(', ')}.`)
    .default('custom')
    .describe('`custom`, `shopify` or `woocommerce`. `shopify`: the pixel stores the visitor in the cart.'),
  writeKey: z
    .string('Must be text that starts with `wk_`.')
    .regex(/^wk_[\w-]{8,120}$/, 'Must be `wk_` and 8 to 120 letters, digits, `_` or `-`. It is public.')
    .describe('`wk_` and 8 to 120 letters, digits, `_` or `-`. Public.'),
  secretKeys: z
    .array(secretKey, 'Must be a list of keys.')
    .max(20, 'Must have at most 20 keys.')
    .default([])
    .describe('Up to 20 keys of the server API: `sk_` and 16 to 120 random characters.'),
  consent: z
    .strictObject({
      policy: z
        .enum(consentPolicies, `Must be one of ${consentPolicies.join(', ')}.`)
        .default('regional')
        .describe('The value of unknown consent: `strict`, `regional` or `granted`.'),
      missingCountry: z
        .enum(missingCountryRules, 'Must be `unknown` (wait for consent) or `default-country`.')
        .optional()
        .describe("The country of a server's event without `user.country`, see below."),
    })
    .default({ policy: 'regional' }),
  publicUrl: collectorUrl.describe("URL by which this shop's pages reach the collector, if not `collector.publicUrl`."),
  defaultCountry: countrySchema.optional().describe('Two letters (ISO 3166-1). Reads national phone numbers.'),
  defaultCurrency: currencySchema.optional().describe('Three letters (ISO 4217), for values without a currency.'),
  timeZone: timeZoneSchema.default('UTC').describe("The time zone of the shop's days, such as `Europe/Berlin`."),
  assignee: assigneeSchema
    .optional()
    .describe('The account that is responsible for the site, shown in the dashboard. It gets no rights by this.'),
  bots: z
    .enum(['drop', 'send'], 'Must be `drop` (stored, not sent) or `send`.')
    .default('drop')
    .describe('Events of crawlers: `drop` stores and does not send them, `send` sends them.'),
  tags: tagSchemas.file,
  uet: uetAlias.optional(),
  purchaseHoldSeconds: z
    .union([z.literal('auto'), z.number().min(0, holdRule).max(900, holdRule)], holdRule)
    .default('auto')
    .describe('How long a purchase waits for its duplicate report, 0 to 900.'),
  purchases: z
    .enum(purchaseRules, 'Must be `as-reported` or `confirmed` (wait for the report of a server or webhook).')
    .default('as-reported')
    .describe(
      "`confirmed`: a browser's purchase waits 24 h for a report of a server or webhook, else it is skipped as `unconfirmed`.",
    ),
  webhooks: z
    .strictObject({
      secrets: signingSecrets('Must have at most four secrets: one of the shop, one of an app, and the previous one of each.')
        .default([])
        .describe('Up to four secrets of 8 to 200 characters with which the shop signs. If there is none, webhooks are refused.'),
      purchaseOn: z
        .enum(['create', 'paid'], 'Must be `create` or `paid`.')
        .default('create')
        .describe('An order is a purchase when it is created, or when it is `paid`. Browser reports are not delayed.'),
    })
    .prefault({}),
  hooks: hooksSchema.optional().describe("Senders of signed webhooks beside the shop's own."),
  capture: captureSchema.optional().describe('What the pixel reads of a page by itself. Nothing if absent.'),
  segment: segmentSchema.optional().describe('Messages of [Segment SDKs](../guides/segment.md).'),
  shopify: shopifySchema.optional().describe("The operator's own [app](../guides/shopify-app.md) in the shop."),
  accuracy: z
    .strictObject({
      alertUnder: z
        .number(shareRule)
        .min(0, shareRule)
        .max(1, shareRule)
        .nullable()
        .default(0.9)
        .describe('Alert if a smaller share of the orders of seven days is accounted for. `0` or `null`: none.'),
    })
    .prefault({}),
  rules: rulesSchema.optional().describe('Rules for all connections, in their order: see [rules](../guides/rules.md).'),
  connections: z
    .array(connectionSchema, 'Must be a list of connections.')
    .prefault([])
    .describe("Receivers of the site's events."),
});
