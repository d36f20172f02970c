import { z } from 'zod';
import { eventId, filters, nothing, onlyConnection, paging, reading, site, streamedAfter } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import {
  deadLettersResponse,
  eventsResponse,
  rejectionsResponse,
  seenResponse,
  streamResponse,
  timelinesResponse,
} from './schemas.ts';

/** The routes of events, rejections and dead letters. */
export const eventRoutes = {
  'GET /api/sites/:site/events': {
    group: 'Events',
    summary: 'The newest events, with what became of each on every connection',
    detail:
      'Without filters every report is listed, signals and copies too. With a filter, or `before`, an event stands for all its reports: copies are listed only for `outcome=duplicate`, signals not at all. One call looks through 200,000 events at most, so a page may hold fewer than `limit` and still have a `next`. With `after` there is no `next`: go on with `through`.',
    params: z.strictObject({ site, ...filters, ...paging, ...reading }),
    body: nothing,
    response: eventsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/stream': {
    group: 'Events',
    summary: 'Events as they come, and what becomes of them',
    detail:
      'Server-sent events. `row` holds one listed event, with its offset as the id; a row that was told before, or is one of the 1,000 before it, is told again when its outcomes change. A comment every 15 s keeps the line open. After 10 minutes the stream ends and a browser opens it again, with `Last-Event-ID` in the place of `after`. At most 32 are open at once.',
    params: z.strictObject({ site, after: streamedAfter }),
    body: nothing,
    response: streamResponse,
    mediaType: 'text/event-stream',
    errors: ['no-such-site', 'rate-limited'],
  },
  'GET /api/sites/:site/timelines': {
    group: 'Events',
    summary: 'One event across every boundary',
    detail: 'The timelines of all events with this id: usually one, none where there is no such event.',
    params: z.strictObject({ site, id: eventId }),
    body: nothing,
    response: timelinesResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/seen': {
    group: 'Events',
    summary: 'From where a test event of a browser came, as the gateway saw it',
    detail: "Only of events named `convey_test`, which are nobody's: `convey check --live` sends them to see what proxies do.",
    params: z.strictObject({ site, id: eventId }),
    body: nothing,
    response: seenResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/rejections': {
    group: 'Events',
    summary: 'The newest submissions that never became events',
    params: z.strictObject({ site, ...paging }),
    body: nothing,
    response: rejectionsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/dead-letters': {
    group: 'Events',
    summary: 'The newest events that could not be sent, with the reasons',
    detail: 'Of all connections together, or of one. An entry with `range` stands for many events.',
    params: z.strictObject({ site, ...paging, connection: onlyConnection.meta({ description: 'This connection alone.' }) }),
    body: nothing,
    response: deadLettersResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
} as const satisfies RouteDefinitions;
