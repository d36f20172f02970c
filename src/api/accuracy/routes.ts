import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { onlyConnection, orderDays, pageParameters, site } from '../http/parameters.ts';
import { accuracyLinesResponse, accuracyResponse, ordersResponse } from './schemas.ts';

/** The routes that compare the shop's orders with the purchases that the platforms accepted. */
export const accuracyRoutes = defineRoutes({
  'GET /api/accuracy': {
    group: 'Connections',
    right: 'account',
    summary: "Summarize every site's order accuracy for the seven days up to today",
    detail: 'The result may be one minute old.',
    response: accuracyLinesResponse,
  },
  'GET /api/sites/:site/accuracy': {
    group: 'Connections',
    right: 'viewer',
    summary: "Compare a site's orders with the purchases that the platforms accepted, by day",
    detail:
      'Returns a reason for each order that is missing. An order counts on the day it was placed, as long as its event is stored. The result may be 10 seconds old.',
    params: z.strictObject({
      site,
      ...orderDays,
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
    }),
    response: accuracyResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/accuracy/orders': {
    group: 'Connections',
    right: 'viewer',
    summary: 'List the purchases of a period, with their status on each connection',
    detail:
      'Includes purchases that only browsers reported. A page may contain fewer than `limit` purchases and still have a `next`.',
    params: z.strictObject({ site, ...orderDays, ...pageParameters }),
    response: ordersResponse,
    errors: ['no-such-site'],
  },
} as const satisfies RouteDefinitions);
