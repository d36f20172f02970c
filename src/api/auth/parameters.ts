import { z } from 'zod';
import { oneLine } from '../../event/one-line.ts';
import { accountName, newPassword } from '../http/account-schema.ts';
import { createChoice } from '../http/parameters.ts';
import { type Role, roles, siteRoles } from '../http/site-roles.ts';

/** Schemas of the bodies that create and change accounts and invitations. */

export const accountParameter = z.string().toLowerCase().meta({ description: "The account's name, case-insensitive." });

const role = createChoice(roles).describe(
  'The role on all sites, also on sites that are added later. `per-site`: only the roles of `sites`. `viewer` can read everything except accounts and exports. `editor` can also change settings, connections and keys, and replay events. `owner` can do everything. Only an owner of all sites can add sites and manage accounts.',
);
const siteRolesRule = 'a list of up to 200 sites, each once with one role, if `role` is `per-site`, and absent otherwise';
const accountSites = z
  .array(z.strictObject({ site: z.string(), role: createChoice(siteRoles) }), siteRolesRule)
  .max(200, siteRolesRule)
  .readonly()
  .optional()
  .describe('The roles on single sites. Required if `role` is `per-site`.');

/** Returns whether the sites fit the role: a role on all sites has none, and `per-site` has each of its sites once. */
function hasFittingSites({ role, sites = [] }: { readonly role?: Role | undefined; readonly sites?: AccountSites }): boolean {
  return (role === 'per-site') === sites.length > 0 && new Set(sites.map(({ site }) => site)).size === sites.length;
}
type AccountSites = z.output<typeof accountSites>;
const unfittingSites = { path: ['sites'], error: siteRolesRule };
const password = newPassword.describe(
  '15 to 256 characters that are hard to guess: no common password, repetition, row of keys or the name.',
);

export const newAccount = z
  .strictObject({
    name: accountName.describe(
      '1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-`, starting with a letter or a digit. Case-insensitive.',
    ),
    role,
    sites: accountSites,
    password,
  })
  .refine(hasFittingSites, unfittingSites)
  .meta({ examples: [{ name: 'vic', role: 'viewer', password: 'four words hard to guess' }] });

export const changedAccount = z
  .strictObject({ role: role.optional(), sites: accountSites, password: password.optional() })
  .refine(({ role, password }) => (role === undefined) !== (password === undefined), {
    path: ['role'],
    error: 'given if `password` is not, and only then',
  })
  .refine(hasFittingSites, unfittingSites)
  .meta({ examples: [{ role: 'per-site', sites: [{ site: 'shop', role: 'editor' }] }] });

const labelRule = 'up to 100 characters in one line, without control characters';
const hoursRule = '1 to 720 hours';

export const newInvitation = z
  .strictObject({
    role,
    sites: accountSites,
    label: z
      .string(labelRule)
      .trim()
      .max(100, labelRule)
      // U+0000 has a message of its own.
      .refine((text) => oneLine.test(text.replaceAll('\0', '')), labelRule)
      .default('')
      .describe('A note by which owners recognize the invitation, such as the name of the person.'),
    hours: z
      .int(hoursRule)
      .min(1, hoursRule)
      .max(720, hoursRule)
      .default(72)
      .describe('The time until the invitation expires, in hours.'),
  })
  .refine(hasFittingSites, unfittingSites)
  .meta({ examples: [{ role: 'per-site', sites: [{ site: 'shop', role: 'viewer' }], label: 'Vera', hours: 72 }] });

export const invitationId = z.string().meta({ description: 'Id of the invitation.' });
