import { z } from 'zod';
import { streamAnswer } from '../events/schemas.ts';
import {
  chosenLetters,
  connection,
  nothing,
  onlyConnection,
  range,
  replayed,
  site,
  span,
  streamedAfter,
} from '../http/parameters.ts';
import type { Table } from '../http/route.ts';
import { changedAnswer, seriesAnswer, totalsAnswer } from './schemas.ts';

/** What can be asked of how delivery goes, and done about it. */
export const deliveryRoutes = {
  'GET /api/totals': {
    group: 'Connections',
    summary: 'How many events each site received in a time, and what became of them',
    detail: 'Counted in steps of 5 minutes: the first begins at or before `since`, the last ends at or after `until`.',
    asked: z.strictObject(span),
    body: nothing,
    answer: totalsAnswer,
    refusals: [],
  },
  'GET /api/sites/:site/series': {
    group: 'Connections',
    summary: 'The same over time',
    asked: z.strictObject({ site, range, connection: onlyConnection.meta({ description: 'This connection alone.' }) }),
    body: nothing,
    answer: seriesAnswer,
    refusals: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    summary: 'Send a period of the log, or one event, again',
    detail:
      'A second cursor goes through the period beside the first, one batch at a time; how far it is, says the connection. What was delivered already is passed over unless `again` is true; what was skipped is considered afresh; what was erased or is too old is never sent.',
    asked: z.strictObject({ site, connection }),
    body: replayed,
    answer: changedAnswer,
    refusals: ['no-such-site', 'no-such-connection', 'replay-running', 'no-such-event'],
  },
  'DELETE /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    summary: 'End a replay where it is',
    asked: z.strictObject({ site, connection }),
    body: nothing,
    answer: changedAnswer,
    refusals: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/stream': {
    group: 'Events',
    summary: 'Events as they come, and what becomes of them',
    detail:
      'Server-sent events. `row` holds one listed event, with its offset as the id; a row that was told before, or is one of the 1,000 before it, is told again when its outcomes change. A comment every 15 s keeps the line open. After 10 minutes the stream ends and a browser opens it again, with `Last-Event-ID` in the place of `after`. At most 32 are open at once.',
    asked: z.strictObject({ site, after: streamedAfter }),
    body: nothing,
    answer: streamAnswer,
    media: 'text/event-stream',
    refusals: ['no-such-site', 'rate-limited'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': {
    group: 'Events',
    summary: 'Send dead letters again',
    detail: 'Each is mapped anew, with what is known by now. One that is too old, or that the log has no longer, stays.',
    asked: z.strictObject({ site, connection }),
    body: chosenLetters,
    answer: changedAnswer,
    refusals: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': {
    group: 'Events',
    summary: 'Take dead letters away',
    detail: 'They are not sent any more. What became of the events stays known.',
    asked: z.strictObject({ site, connection }),
    body: chosenLetters,
    answer: changedAnswer,
    refusals: ['no-such-site', 'no-such-connection'],
  },
} as const satisfies Table;
