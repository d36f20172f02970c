import { z } from 'zod';
import { consentPolicies } from '../../event/consent.ts';
import { platforms, purchaseRules } from '../../event/site.ts';

/**
 * Bodies of what changes sites and connections. What a value may be is said by the schema of the config file, which reads the whole
 * once more: so these say shapes alone, and a refusal names the field as the config file does. A message is the rule, to be read
 * after "must be".
 */

const text = z.string('text');
const oneOf = <const T extends readonly string[]>(names: T) => z.enum(names, `one of ${names.join(', ')}`);
const object = 'an object';

const uet = z
  .strictObject(
    {
      mode: oneOf(['off', 'attach', 'load']).optional(),
      tagId: text.nullable().optional().describe('null: none.'),
      script: text.optional().describe('An https address on `bat.bing.com` or `bat.bing.net`.'),
      queue: text.optional(),
      idSync: text.optional().describe('An https address on `c.bing.com`, `bat.bing.com` or `bat.bing.net`.'),
    },
    'an object of `mode`, `tagId`, `script`, `queue` and `idSync`',
  )
  .describe("The UET tag of the site's pages.");

const changeable = {
  name: text.optional(),
  platform: oneOf(platforms).optional(),
  consent: z.strictObject({ policy: oneOf(consentPolicies) }, 'an object of `policy`').optional(),
  defaultCountry: text.nullable().optional().describe('null: none.'),
  defaultCurrency: text.nullable().optional().describe('null: none.'),
  bots: oneOf(['drop', 'send']).optional(),
  uet: uet.optional(),
  webhooks: z
    .strictObject({ purchaseOn: oneOf(['create', 'paid']).optional() }, 'an object of `purchaseOn`')
    .optional()
    .describe('Whether an order counts as a purchase when it is made, or when it is paid.'),
  purchaseHoldSeconds: z.union([z.literal('auto'), z.number()], '`auto` or a number of seconds').optional(),
  purchases: oneOf(purchaseRules)
    .optional()
    .describe("`confirmed`: a browser's purchase is sent only once a server or webhook reports the same one."),
  accuracy: z
    .strictObject({ alertUnder: z.number('a share from 0 to 1').nullable() }, 'an object of `alertUnder`')
    .optional()
    .describe("The share of the shop's orders that should at least be accounted for. 0: no alert; null: the default."),
};
const domains = z.array(text, 'a list of domains').describe('Names without scheme or path. Each covers its subdomains.');

const revision = text.optional().describe('As it was read: refused where somebody changed the site since.');
const destination = text.describe('The platform, such as `microsoft`.');
const settings = z.record(text, z.unknown(), object);

export const newSite = z
  .strictObject({
    id: text.describe('1 to 63 lower-case letters, digits and hyphens. It is never changed.'),
    domains,
    ...changeable,
  })
  .meta({ examples: [{ id: 'shop', name: 'The shop', domains: ['shop.example'], defaultCurrency: 'USD' }] });

/** What is absent stays as it is. */
export const changedSite = z
  .strictObject({ revision, domains: domains.optional(), ...changeable })
  .meta({ examples: [{ revision: 'faa6bd9db92ad0f4', uet: { mode: 'attach', tagId: '187012345' } }] });

export const newKey = z
  .strictObject({
    kind: oneOf(['write', 'secret']).describe(
      'A new `write` key takes the place of the present one, which is taken on until it is removed.',
    ),
  })
  .meta({ examples: [{ kind: 'secret' }] });

export const newWebhookSecret = z
  .strictObject({
    secret: text.describe('What the shop signs its webhooks with: 8 to 200 characters.'),
  })
  .meta({ examples: [{ secret: 'a-secret-of-the-shop' }] });
export const webhookSecretId = z.string().meta({ description: "The secret's id." });

export const putConnection = z
  .strictObject({
    revision,
    destination: destination.describe('The platform, such as `microsoft`. Of a connection that is there it stays.'),
    enabled: z.boolean('true or false').optional().describe('Absent: as it is, and true for a new one.'),
    settings: settings.describe('The whole of them. A secret that is left out stays as it is.'),
  })
  .meta({ examples: [{ destination: 'microsoft', settings: { tagId: '187012345', token: 'the token of the tag' } }] });

export const triedConnection = z
  .strictObject({
    connection: text.optional().describe('Whose secrets stand where none are given.'),
    destination,
    settings,
  })
  .meta({ examples: [{ connection: 'bing', destination: 'microsoft', settings: { tagId: '187012345' } }] });

export const keyId = z.string().meta({ description: "The key's id, or an old write key." });

export const doctorPage = z
  .strictObject({
    page: text
      .max(2_048, 'an address of at most 2,048 characters')
      .optional()
      .describe("A page of one of the site's domains to read as well."),
  })
  .meta({ examples: [{ page: 'https://shop.example/' }] });
