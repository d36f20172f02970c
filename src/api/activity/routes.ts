import { z } from 'zod';
import { activityKinds } from '../../activity/activity-kinds.ts';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { boundedText, createChoice, integerBetween, onlyConnection, pageParameters } from '../http/parameters.ts';
import { activityExport, activityResponse, chainReportResponse } from './schemas.ts';

const instant = integerBetween(0, 999_999_999_999_999, 'UNIX milliseconds').optional();
const selection = {
  since: instant.meta({ description: 'Only entries at this time or later; UNIX milliseconds.' }),
  until: instant.meta({ description: 'Only entries before this time; UNIX milliseconds.' }),
  site: boundedText("a site's id", 63).optional().meta({ description: 'Only entries of this site.' }),
  connection: onlyConnection.meta({ description: 'Only entries of this connection.' }),
  kind: z.array(createChoice(activityKinds)).readonly().optional().meta({ description: 'Only entries of one of these kinds.' }),
  actor: boundedText('`cli`, `gateway`, `file`, or the id of an account', 100)
    .optional()
    .meta({ description: 'Only entries of this actor.' }),
};

/** The routes of the activity: who changed what and when. */
export const activityRoutes = defineRoutes({
  'GET /api/activity': {
    group: 'Gateway',
    right: 'site-owner',
    summary: 'List who changed what and when, the newest first',
    detail:
      'An owner of all sites sees every entry, another owner those of own sites. No entry has a secret, the value of a setting, or a key of a person.',
    params: z.strictObject({ ...selection, ...pageParameters }),
    response: activityResponse,
  },
  'GET /api/activity/export': {
    group: 'Gateway',
    right: 'site-owner',
    summary: 'Download the activity as JSON lines',
    detail: 'The entries as they are stored, with number and hash, the oldest first.',
    params: z.strictObject(selection),
    response: activityExport,
    mediaType: 'application/x-ndjson',
  },
  'GET /api/activity/verify': {
    group: 'Gateway',
    right: 'gateway-owner',
    summary: 'Verify the chain of the activity',
    response: chainReportResponse,
  },
} as const satisfies RouteDefinitions);
