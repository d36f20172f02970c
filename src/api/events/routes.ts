import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import {
  countedFilters,
  eventId,
  eventOffset,
  filters,
  offsetParameters,
  onlyConnection,
  pageParameters,
  rejectionFilters,
  signals,
  site,
  streamStart,
} from '../http/parameters.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { deadLettersResponse, rejectionsResponse } from './rejection-schemas.ts';
import {
  csvResponse,
  eventsResponse,
  neighboursResponse,
  seenResponse,
  shopperEventsResponse,
  streamResponse,
} from './schemas.ts';
import { facetsResponse, savedViewRequest, savedViewsResponse } from './search/schemas.ts';
import { timelinesResponse } from './timeline-schemas.ts';

/** The routes of events, rejections and dead letters. */
export const eventRoutes = defineRoutes({
  'GET /api/sites/:site/events': {
    group: 'Events',
    right: 'viewer',
    summary: 'List the newest events with their outcome on every connection',
    detail:
      'Lists every report, including signals and duplicate reports, unless a filter or `before` is set. Then an event represents all its reports: duplicates are listed only for `outcome=duplicate`, and signals never. One call searches at most 200,000 events, so a page may contain fewer than `limit` events and still have a `next`. A response to `after` has no `next`: continue with `through`.',
    params: z.strictObject({ site, signals, ...filters, ...pageParameters, ...offsetParameters }),
    response: eventsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/events/facets': {
    group: 'Events',
    right: 'viewer',
    summary: 'Count events by the values of the filters',
    detail:
      'Counts each value among the events that match all other filters, as the list shows them. A count ends after the newest 50,000 matches, among 200,000 events, and outcomes are those of the newest 5,000 that match; the response says if there are more.',
    params: z.strictObject({ site, ...countedFilters }),
    response: facetsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/events/neighbours': {
    group: 'Events',
    right: 'viewer',
    summary: 'Get the events before and after an event of the list',
    params: z.strictObject({ site, offset: eventOffset, ...countedFilters }),
    response: neighboursResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/events/shopper': {
    group: 'Events',
    right: 'viewer',
    summary: 'List other events of the same shopper',
    detail:
      'Searches the 5,000 reports before the event and the 5,000 after it for the same visitor. Returns at most 20 events, the nearest ones.',
    params: z.strictObject({ site, offset: eventOffset }),
    response: shopperEventsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/events.csv': {
    group: 'Events',
    right: 'viewer',
    summary: 'Export events as CSV',
    detail:
      'Writes the events that match the filters, the newest first, with one column for each connection. UTF-8 with a byte order mark. A text that a spreadsheet would run as a formula begins with an apostrophe. At most 100,000 events; if there are more, the last row says so.',
    params: z.strictObject({ site, ...countedFilters }),
    response: csvResponse,
    mediaType: 'text/csv',
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/views': {
    group: 'Events',
    right: 'viewer',
    summary: 'List the saved views of the event list',
    params: z.strictObject({ site }),
    response: savedViewsResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/views': {
    group: 'Events',
    right: 'editor',
    summary: 'Save a view of the event list',
    detail: 'All accounts of the site see it. A view with the same name is replaced. A site has at most 50 views.',
    params: z.strictObject({ site }),
    body: savedViewRequest,
    response: savedViewsResponse,
    errors: ['no-such-site', 'too-many-views'],
  },
  'DELETE /api/sites/:site/views/:view': {
    group: 'Events',
    right: 'editor',
    summary: 'Delete a saved view',
    params: z.strictObject({ site, view: z.string().meta({ description: "The view's id." }) }),
    response: doneResponse,
    errors: ['no-such-site', 'no-such-view'],
  },
  'GET /api/sites/:site/stream': {
    group: 'Events',
    right: 'viewer',
    summary: 'Stream new events and their outcomes',
    detail:
      'Returns server-sent events. Each `row` contains one listed event, with its offset as the id. A row is sent again when its outcomes change, as are the 1,000 rows before the start of the stream. A comment every 15 s keeps the connection open. The stream ends after 10 minutes. A browser then reopens it with `Last-Event-ID` instead of `after`. At most 32 streams are open at once.',
    params: z.strictObject({ site, after: streamStart }),
    response: streamResponse,
    mediaType: 'text/event-stream',
    errors: ['no-such-site', 'rate-limited'],
  },
  'GET /api/sites/:site/timelines': {
    group: 'Events',
    right: 'viewer',
    summary: 'Get the full history of one event',
    detail: 'Returns the timelines of all events with this id: usually one. The list is empty if there is no such event.',
    params: z.strictObject({ site, id: eventId }),
    response: timelinesResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/seen': {
    group: 'Events',
    right: 'viewer',
    summary: 'Get the address of a browser test event',
    detail:
      'Works only for events named `convey_test`, which belong to no shopper. `convey check --live` sends them to test the proxies.',
    params: z.strictObject({ site, id: eventId }),
    response: seenResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/rejections': {
    group: 'Events',
    right: 'viewer',
    summary: 'List the newest rejected submissions',
    params: z.strictObject({ site, ...pageParameters, ...rejectionFilters }),
    response: rejectionsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/dead-letters': {
    group: 'Events',
    right: 'viewer',
    summary: 'List the newest failed events with their reasons',
    detail: 'Lists all connections, or one. An entry with `range` represents several events.',
    params: z.strictObject({
      site,
      ...pageParameters,
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
    }),
    response: deadLettersResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
} as const satisfies RouteDefinitions);
