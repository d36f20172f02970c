import { z } from 'zod';
import { listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';
import { roles, siteRoles } from '../http/site-roles.ts';

const access = {
  role: z.enum(roles).describe('The role on all sites, or `per-site`: the account has the roles of `sites` and no others.'),
  sites: listSchema(z.object({ site: siteId, role: z.enum(siteRoles) })).describe(
    'Sorted by site. Empty unless `role` is `per-site`.',
  ),
};

const account = namedSchema(
  'Account',
  z.object({ name: z.string(), ...access, createdAt: time }).describe('An account of the dashboard.'),
);
export const accountsResponse = listSchema(account).describe('Sorted by name.');
export type AccountView = z.output<typeof account>;

const invitation = z.object({
  id: z.string().meta({ examples: ['5b0c9d1e7f2a4c38'] }),
  label: z.string(),
  ...access,
  createdAt: time,
  expiresAt: time,
});
export const invitationsResponse = listSchema(
  namedSchema('Invitation', invitation.describe('An invitation that was not used yet.')),
).describe('The oldest first. Used, revoked and expired invitations are omitted.');
export type InvitationView = z.output<typeof invitation>;

export const createdInvitationResponse = namedSchema(
  'CreatedInvitation',
  invitation
    .extend({
      token: z.string().describe('The secret of the link. Only this response contains it.'),
      path: z.string().describe("The path of the link on the dashboard's port. It ends in the token."),
      url: z.string().exactOptional().describe('The whole link, if `dashboard.publicUrl` is set.'),
    })
    .describe('A new invitation.'),
);
