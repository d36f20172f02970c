import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { days, site } from '../http/parameters.ts';
import { consentResponse } from './schemas.ts';

/** The route that counts the visitors' choices. */
export const consentRoutes = defineRoutes({
  'GET /api/sites/:site/consent': {
    group: 'Sites',
    right: 'viewer',
    summary: "Count the choices that events stated, by the visitor's country and by consent banner",
    detail:
      'An event counts once, in the hour in which the gateway received it; a day that begins at half past the hour begins with that hour. Events of crawlers, signals, and records of the shop are left out. Counts are kept for `retentionDays.counts`.',
    params: z.strictObject({ site, ...days }),
    response: consentResponse,
    errors: ['no-such-site'],
  },
} as const satisfies RouteDefinitions);
