import { z } from 'zod';
import { consentPolicies } from '../event/consent.ts';
import { platforms } from '../event/site.ts';

/**
 * Bodies of what changes sites and connections. What a value may be is said by the schema of the config file, which reads the whole
 * once more: so these say shapes alone, and a refusal names the field as the config file does.
 */

const json = z.unknown();

const uet = z
  .strictObject({
    mode: z.enum(['off', 'attach', 'load']).optional(),
    tagId: z.string().nullable().optional(),
    script: z.string().optional(),
    queue: z.string().optional(),
    idSync: z.string().optional(),
  })
  .describe("The UET tag of the site's pages.");

const changeable = {
  name: z.string().optional(),
  platform: z.enum(platforms).optional(),
  consent: z.strictObject({ policy: z.enum(consentPolicies) }).optional(),
  defaultCountry: z.string().nullable().optional().describe('null: none.'),
  defaultCurrency: z.string().nullable().optional().describe('null: none.'),
  bots: z.enum(['drop', 'send']).optional(),
  uet: uet.optional(),
  purchaseHoldSeconds: z.union([z.literal('auto'), z.number()]).optional(),
};
const domains = z.array(z.string()).describe('Names without scheme or path. Each covers its subdomains.');

export const newSite = z.strictObject({
  id: z.string().describe('1 to 63 lower-case letters, digits and hyphens. It is never changed.'),
  domains,
  ...changeable,
});

/** What is absent stays as it is. */
export const changedSite = z.strictObject({
  revision: z.string().optional().describe('As it was read: refused where somebody changed the site since.'),
  domains: domains.optional(),
  ...changeable,
});

export const newKey = z.strictObject({
  kind: z
    .enum(['write', 'secret'])
    .describe('A new `write` key takes the place of the present one, which is taken on until it is removed.'),
});

export const putConnection = z.strictObject({
  revision: z.string().optional().describe('As it was read: refused where somebody changed the site since.'),
  destination: z.string(),
  enabled: z.boolean().optional(),
  settings: z.record(z.string(), json).describe('The whole of them. A secret that is left out stays as it is.'),
});

export const triedConnection = z.strictObject({
  connection: z.string().optional().describe('Whose secrets stand where none are given.'),
  destination: z.string(),
  settings: z.record(z.string(), json),
});

export const keyId = z.string().meta({ description: "The key's id, or an old write key." });

export const doctorPage = z.strictObject({
  page: z.string().max(2_048).optional().describe("A page of one of the site's domains to read as well."),
});
