import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { site } from '../http/parameters.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { droppedProfiles, exportedPerson, exportId, person } from './parameters.ts';
import {
  droppedProfilesResponse,
  erasureProgressResponse,
  erasureResponse,
  exportedResponse,
  exportResponse,
  exportsResponse,
  waitingExportsResponse,
} from './schemas.ts';

/** The routes for the data of one person. The person's key is in the body, because proxies log URLs. */
export const peopleRoutes = defineRoutes({
  'POST /api/sites/:site/erase': {
    group: 'People',
    right: 'owner',
    summary: 'Erase all data of one person',
    detail: 'The body identifies the person by exactly one key. The key is hashed immediately, and no response contains it.',
    params: z.strictObject({ site }),
    body: person,
    bodyError: 'person-key',
    response: erasureResponse,
    errors: ['no-such-site', 'person-key', 'erasure-running', 'erasure-stopped', 'not-accepting'],
  },
  'GET /api/sites/:site/erase': {
    group: 'People',
    right: 'owner',
    summary: 'Get the progress of the running erasure',
    params: z.strictObject({ site }),
    response: erasureProgressResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/visitors/drop': {
    group: 'People',
    right: 'owner',
    summary: 'Drop visitor profiles',
    detail:
      'For a site with profiles that are too large. Events and consent choices are kept. To erase the data of a person, use `POST /api/sites/{site}/erase`.',
    params: z.strictObject({ site }),
    body: droppedProfiles,
    response: droppedProfilesResponse,
    errors: ['no-such-site', 'erasure-stopped'],
  },
  'POST /api/sites/:site/export': {
    group: 'People',
    right: 'owner',
    summary: 'Export all data of one person to a file',
    detail: 'The body identifies the person by exactly one key, as for an erasure. Returns the id of the file.',
    params: z.strictObject({ site }),
    body: exportedPerson,
    bodyError: 'person-key',
    response: exportResponse,
    errors: ['no-such-site', 'person-key', 'erasure-running', 'erasure-stopped'],
  },
  'GET /api/exports': {
    group: 'People',
    right: 'account',
    summary: 'Count the export files that shops requested, by site',
    detail: 'Files that an operator requested are not counted.',
    response: waitingExportsResponse,
  },
  'GET /api/sites/:site/exports': {
    group: 'People',
    right: 'owner',
    summary: 'List the export files of a site',
    detail:
      'Lists the files that the shop requested for its customers, and those that an operator requested. Each file is kept for 30 days.',
    params: z.strictObject({ site }),
    response: exportsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/exports/:export': {
    group: 'People',
    right: 'owner',
    summary: 'Download an export file',
    isAudited: true,
    params: z.strictObject({ site, export: exportId }),
    response: exportedResponse,
    mediaType: 'application/json',
    errors: ['no-such-site', 'no-such-export'],
  },
  'DELETE /api/sites/:site/exports/:export': {
    group: 'People',
    right: 'owner',
    summary: 'Delete an export file',
    params: z.strictObject({ site, export: exportId }),
    response: doneResponse,
    errors: ['no-such-site', 'no-such-export'],
  },
} as const satisfies RouteDefinitions);
