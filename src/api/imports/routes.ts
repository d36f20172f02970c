import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { site } from '../http/parameters.ts';
import { checkedRows, importedRows, importId, newImport } from './parameters.ts';
import { checkedRowsResponse, importResponse, importStateResponse, importsResponse, rowsResponse } from './schemas.ts';

/** As long as a body of the server API. */
const maxBodyKib = 1_024;

/** The routes of `convey import`. Rows are in the form of the server API, and count as reported by the shop's server. */
export const importRoutes = defineRoutes({
  'GET /api/sites/:site/imports': {
    group: 'Events',
    right: 'viewer',
    summary: 'List the imports of a site, and what it accepts from a file',
    params: z.strictObject({ site }),
    response: importsResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/imports': {
    group: 'Events',
    right: 'editor',
    socketOnly: true,
    summary: 'Start an import, or find the one of the same file',
    params: z.strictObject({ site }),
    body: newImport,
    response: importResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/imports/:import': {
    group: 'Events',
    right: 'viewer',
    summary: 'Get the progress of an import, and whether it must wait',
    params: z.strictObject({ site, import: importId }),
    response: importStateResponse,
    errors: ['no-such-site', 'no-such-import'],
  },
  'POST /api/sites/:site/imports/:import/rows': {
    group: 'Events',
    right: 'editor',
    socketOnly: true,
    summary: 'Accept rows of an import',
    detail: 'The rows are durable when the response arrives, with the line after which the import goes on.',
    params: z.strictObject({ site, import: importId }),
    body: importedRows,
    maxBodyKib,
    response: rowsResponse,
    errors: ['no-such-site', 'no-such-import', 'import-elsewhere', 'not-accepting'],
  },
  'POST /api/sites/:site/imports/dry-run': {
    group: 'Events',
    right: 'editor',
    socketOnly: true,
    summary: 'Check rows of a file, without storing them',
    params: z.strictObject({ site }),
    body: checkedRows,
    maxBodyKib,
    response: checkedRowsResponse,
    errors: ['no-such-site'],
  },
} as const satisfies RouteDefinitions);
