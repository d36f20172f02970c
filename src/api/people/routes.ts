import { z } from 'zod';
import { droppedProfiles, exportedPerson, exportId, nothing, person, site } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import { doneResponse } from '../http/schema-parts.ts';
import {
  droppedProfilesResponse,
  erasureProgressResponse,
  erasureResponse,
  exportedResponse,
  exportResponse,
  exportsResponse,
  waitingExportsResponse,
} from './schemas.ts';

/** What can be done about one person. The key is in a body: an address is written down on its way. */
export const peopleRoutes = {
  'POST /api/sites/:site/erase': {
    group: 'People',
    summary: 'Erase everything of one person',
    detail: 'The body names the person by exactly one key. The key is hashed at once, and nothing repeats it.',
    params: z.strictObject({ site }),
    body: person,
    bodyError: 'person-key',
    response: erasureResponse,
    errors: ['no-such-site', 'person-key', 'erasure-running', 'erasure-no-room', 'erasure-stopped', 'not-accepting'],
  },
  'GET /api/sites/:site/erase': {
    group: 'People',
    summary: 'How far the running erasure is',
    params: z.strictObject({ site }),
    body: nothing,
    response: erasureProgressResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/visitors/drop': {
    group: 'People',
    summary: 'Drop what is known of visitors',
    detail:
      'For a site whose profiles grew too large. Events stay, and so does what the visitors chose of consent. It is no erasure: use that for a person.',
    params: z.strictObject({ site }),
    body: droppedProfiles,
    response: droppedProfilesResponse,
    errors: ['no-such-site', 'erasure-stopped'],
  },
  'POST /api/sites/:site/export': {
    group: 'People',
    summary: 'Write everything of one person into a file',
    detail: 'The body names the person by exactly one key, as for an erasure. The answer names the file.',
    params: z.strictObject({ site }),
    body: exportedPerson,
    bodyError: 'person-key',
    response: exportResponse,
    errors: ['no-such-site', 'person-key', 'erasure-running', 'erasure-stopped'],
  },
  'GET /api/exports': {
    group: 'People',
    summary: 'How many files of each site wait that its shop asked for',
    detail: 'Those that were asked for here are not counted.',
    params: z.strictObject({}),
    body: nothing,
    response: waitingExportsResponse,
    errors: [],
  },
  'GET /api/sites/:site/exports': {
    group: 'People',
    summary: 'The files that wait to be handed over',
    detail: 'Those that a shop asked for, for its customers, and those that were asked for here. Each is kept for 30 days.',
    params: z.strictObject({ site }),
    body: nothing,
    response: exportsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/exports/:export': {
    group: 'People',
    summary: 'One of these files',
    params: z.strictObject({ site, export: exportId }),
    body: nothing,
    response: exportedResponse,
    mediaType: 'application/json',
    errors: ['no-such-site', 'no-such-export'],
  },
  'DELETE /api/sites/:site/exports/:export': {
    group: 'People',
    summary: 'Remove one of these files, once it is handed over',
    params: z.strictObject({ site, export: exportId }),
    body: nothing,
    response: doneResponse,
    errors: ['no-such-site', 'no-such-export'],
  },
} as const satisfies RouteDefinitions;
