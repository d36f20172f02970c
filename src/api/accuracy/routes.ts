import { z } from 'zod';
import { nothing, onlyConnection, orderDays, paging, site } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import { accuracyLinesResponse, accuracyResponse, ordersResponse } from './schemas.ts';

/** What can be asked of the shop's orders against what the platforms accepted. */
export const accuracyRoutes = {
  'GET /api/accuracy': {
    group: 'Connections',
    summary: "Every site's orders of the last seven days and today against what was accepted, in short",
    detail: 'May be a minute old.',
    params: z.strictObject({}),
    body: nothing,
    response: accuracyLinesResponse,
    errors: [],
  },
  'GET /api/sites/:site/accuracy': {
    group: 'Connections',
    summary: 'Per day, orders that the shop told against purchases that were accepted, with a name for each gap',
    detail: 'May be 10 seconds old. An order is counted on the day it was made, as long as its event is kept.',
    params: z.strictObject({
      site,
      ...orderDays,
      connection: onlyConnection.meta({ description: 'This connection alone.' }),
    }),
    body: nothing,
    response: accuracyResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/accuracy/orders': {
    group: 'Connections',
    summary: 'The purchases of those days one by one, whoever told them, and where each stands',
    detail: 'A page may hold fewer than `limit` and still have a `next`.',
    params: z.strictObject({ site, ...orderDays, ...paging }),
    body: nothing,
    response: ordersResponse,
    errors: ['no-such-site'],
  },
} as const satisfies RouteDefinitions;
