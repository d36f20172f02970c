import { z } from 'zod';
import { accountName, changedAccount, emptyBody, newAccount } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { accountsResponse } from './schemas.ts';

export const accountRoutes = {
  'GET /api/accounts': {
    group: 'Accounts',
    summary: 'List the dashboard accounts',
    params: z.strictObject({}),
    body: emptyBody,
    response: accountsResponse,
    errors: [],
  },
  'POST /api/accounts': {
    group: 'Accounts',
    summary: 'Create an account',
    detail: 'The first account must have the role `owner`.',
    params: z.strictObject({}),
    body: newAccount,
    response: doneResponse,
    errors: ['account-exists', 'owner-needed', 'rate-limited'],
  },
  'PATCH /api/accounts/:name': {
    group: 'Accounts',
    summary: "Change an account's role or password",
    detail: 'Set exactly one of the two. A new password ends all sessions of the account.',
    params: z.strictObject({ name: accountName }),
    body: changedAccount,
    response: doneResponse,
    errors: ['no-such-account', 'owner-needed', 'rate-limited'],
  },
  'DELETE /api/accounts/:name': {
    group: 'Accounts',
    summary: 'Delete an account and end its sessions',
    params: z.strictObject({ name: accountName }),
    body: emptyBody,
    response: doneResponse,
    errors: ['no-such-account', 'owner-needed'],
  },
} as const satisfies RouteDefinitions;
