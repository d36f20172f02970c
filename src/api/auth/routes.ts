import { z } from 'zod';
import { accountName, changedAccount, newAccount, nothing } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { accountsResponse } from './schemas.ts';

/** The routes of accounts. */
export const accountRoutes = {
  'GET /api/accounts': {
    group: 'Accounts',
    summary: 'Who may sign in to the dashboard',
    params: z.strictObject({}),
    body: nothing,
    response: accountsResponse,
    errors: [],
  },
  'POST /api/accounts': {
    group: 'Accounts',
    summary: 'Let somebody sign in',
    detail: 'The first account must be an owner.',
    params: z.strictObject({}),
    body: newAccount,
    response: doneResponse,
    errors: ['account-exists', 'owner-needed', 'rate-limited'],
  },
  'PATCH /api/accounts/:name': {
    group: 'Accounts',
    summary: "Change an account's role or its password",
    detail: 'One of the two. A new password ends the sessions of the account.',
    params: z.strictObject({ name: accountName }),
    body: changedAccount,
    response: doneResponse,
    errors: ['no-such-account', 'owner-needed', 'rate-limited'],
  },
  'DELETE /api/accounts/:name': {
    group: 'Accounts',
    summary: 'Remove an account, and end its sessions',
    params: z.strictObject({ name: accountName }),
    body: nothing,
    response: doneResponse,
    errors: ['no-such-account', 'owner-needed'],
  },
} as const satisfies RouteDefinitions;
