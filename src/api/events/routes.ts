import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import {
  eventId,
  filters,
  offsetParameters,
  onlyConnection,
  pageParameters,
  signals,
  site,
  streamStart,
} from '../http/parameters.ts';
import { deadLettersResponse, rejectionsResponse } from './rejection-schemas.ts';
import { eventsResponse, seenResponse, streamResponse } from './schemas.ts';
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
    params: z.strictObject({ site, ...pageParameters }),
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
