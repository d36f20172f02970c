import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { site } from '../http/parameters.ts';
import { finishedLink, linkParameter, startedLink } from './parameters.ts';
import { finishedLinkResponse, linkResponse, startedLinkResponse } from './schemas.ts';

/** The routes that connect an account of a platform, by OAuth 2.0 with an authorization code and PKCE. */
export const accountLinkRoutes = defineRoutes({
  'POST /api/sites/:site/account-links': {
    group: 'Sites',
    right: 'editor',
    summary: 'Begin to connect an account of a platform',
    detail:
      'Available in the dashboard only: the attempt belongs to the session, and the platform redirects to the dashboard. The secrets of `settings` are stored encrypted until the connection is saved, for at most an hour.',
    params: z.strictObject({ site }),
    body: startedLink,
    response: startedLinkResponse,
    errors: ['no-such-site', 'no-such-link', 'dashboard-only', 'redirect-insecure', 'rate-limited', 'secrets-key-unusable'],
  },
  'POST /api/account-links/finish': {
    group: 'Sites',
    right: 'account',
    summary: 'Pass on the answer of the platform',
    detail:
      'Exchanges the code for the credential. Each `state` is accepted once, within 10 minutes, and only from the session that began. A refusal of the platform is in `issues` of the link.',
    body: finishedLink,
    response: finishedLinkResponse,
    errors: ['no-such-link', 'dashboard-only', 'secrets-key-unusable'],
  },
  'GET /api/sites/:site/account-links/:link': {
    group: 'Sites',
    right: 'editor',
    summary: 'Get the result of connecting an account',
    params: z.strictObject({ site, link: linkParameter }),
    response: linkResponse,
    errors: ['no-such-site', 'no-such-link', 'dashboard-only'],
  },
} as const satisfies RouteDefinitions);
