import { z } from 'zod';
import { accountChangedAnswer } from '../gateway/schemas.ts';
import { droppedProfiles, exportedPerson, exportId, nothing, person, site } from '../http/parameters.ts';
import type { Table } from '../http/route.ts';
import {
  droppedProfilesAnswer,
  erasureAnswer,
  erasureProgressAnswer,
  exportAnswer,
  exportedAnswer,
  exportsAnswer,
  waitingExportsAnswer,
} from './schemas.ts';

/** What can be done about one person. The key is in a body: an address is written down on its way. */
export const peopleRoutes = {
  'POST /api/sites/:site/erase': {
    group: 'People',
    summary: 'Erase everything of one person',
    detail: 'The body names the person by exactly one key. The key is hashed at once, and nothing repeats it.',
    asked: z.strictObject({ site }),
    body: person,
    unfit: 'person-key',
    answer: erasureAnswer,
    refusals: ['no-such-site', 'person-key', 'erasure-running', 'erasure-no-room', 'erasure-stopped', 'not-accepting'],
  },
  'GET /api/sites/:site/erase': {
    group: 'People',
    summary: 'How far the running erasure is',
    asked: z.strictObject({ site }),
    body: nothing,
    answer: erasureProgressAnswer,
    refusals: ['no-such-site'],
  },
  'POST /api/sites/:site/visitors/drop': {
    group: 'People',
    summary: 'Drop what is known of visitors',
    detail:
      'For a site whose profiles grew too large. Events stay, and so does what the visitors chose of consent. It is no erasure: use that for a person.',
    asked: z.strictObject({ site }),
    body: droppedProfiles,
    answer: droppedProfilesAnswer,
    refusals: ['no-such-site', 'erasure-stopped'],
  },
  'POST /api/sites/:site/export': {
    group: 'People',
    summary: 'Write everything of one person into a file',
    detail: 'The body names the person by exactly one key, as for an erasure. The answer names the file.',
    asked: z.strictObject({ site }),
    body: exportedPerson,
    unfit: 'person-key',
    answer: exportAnswer,
    refusals: ['no-such-site', 'person-key', 'erasure-running', 'erasure-stopped'],
  },
  'GET /api/exports': {
    group: 'People',
    summary: 'How many files of each site wait that its shop asked for',
    detail: 'Those that were asked for here are not counted.',
    asked: z.strictObject({}),
    body: nothing,
    answer: waitingExportsAnswer,
    refusals: [],
  },
  'GET /api/sites/:site/exports': {
    group: 'People',
    summary: 'The files that wait to be handed over',
    detail: 'Those that a shop asked for, for its customers, and those that were asked for here. Each is kept for 30 days.',
    asked: z.strictObject({ site }),
    body: nothing,
    answer: exportsAnswer,
    refusals: ['no-such-site'],
  },
  'GET /api/sites/:site/exports/:export': {
    group: 'People',
    summary: 'One of these files',
    asked: z.strictObject({ site, export: exportId }),
    body: nothing,
    answer: exportedAnswer,
    media: 'application/json',
    refusals: ['no-such-site', 'no-such-export'],
  },
  'DELETE /api/sites/:site/exports/:export': {
    group: 'People',
    summary: 'Remove one of these files, once it is handed over',
    asked: z.strictObject({ site, export: exportId }),
    body: nothing,
    answer: accountChangedAnswer,
    refusals: ['no-such-site', 'no-such-export'],
  },
} as const satisfies Table;
