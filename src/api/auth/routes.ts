import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { accountParameter, changedAccount, invitationId, newAccount, newInvitation } from './parameters.ts';
import { accountsResponse, createdInvitationResponse, invitationsResponse } from './schemas.ts';

export const accountRoutes = defineRoutes({
  'GET /api/accounts': {
    group: 'Accounts',
    right: 'gateway-owner',
    summary: 'List the dashboard accounts',
    response: accountsResponse,
  },
  'POST /api/accounts': {
    group: 'Accounts',
    right: 'gateway-owner',
    summary: 'Create an account',
    detail: 'The first account must have the role `owner`. To let a person choose the password, create an invitation instead.',
    body: newAccount,
    response: doneResponse,
    errors: ['account-exists', 'owner-needed', 'rate-limited'],
  },
  'PATCH /api/accounts/:name': {
    group: 'Accounts',
    right: 'gateway-owner',
    summary: "Change an account's roles or password",
    detail:
      'Set either `role`, with `sites` if it is `per-site`, or `password`. New roles apply at once. In the dashboard, an account changes its own password with `PUT /api/me/password`. A new password ends all sessions of the account.',
    params: z.strictObject({ name: accountParameter }),
    body: changedAccount,
    response: doneResponse,
    errors: ['no-such-account', 'owner-needed', 'rate-limited'],
  },
  'DELETE /api/accounts/:name': {
    group: 'Accounts',
    right: 'gateway-owner',
    summary: 'Delete an account and end its sessions',
    params: z.strictObject({ name: accountParameter }),
    response: doneResponse,
    errors: ['no-such-account', 'owner-needed'],
  },
  'GET /api/invitations': {
    group: 'Accounts',
    right: 'site-owner',
    summary: 'List the invitations that were not used yet',
    response: invitationsResponse,
  },
  'POST /api/invitations': {
    group: 'Accounts',
    right: 'site-owner',
    summary: 'Create an invitation link',
    detail:
      "The link is valid once. The invited person opens it on the dashboard's port and chooses a name and a password. Only a hash of its token is stored.",
    body: newInvitation,
    response: createdInvitationResponse,
    errors: ['owner-needed', 'owner-only'],
  },
  'DELETE /api/invitations/:invitation': {
    group: 'Accounts',
    right: 'site-owner',
    summary: 'Revoke an invitation',
    params: z.strictObject({ invitation: invitationId }),
    response: doneResponse,
    errors: ['no-such-invitation'],
  },
} as const satisfies RouteDefinitions);
