import { z } from 'zod';
import {
  action,
  chosenLetters,
  connection,
  days,
  live,
  nothing,
  onlyConnection,
  range,
  replayed,
  site,
  span,
} from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import {
  actionResponse,
  changedResponse,
  connectionsResponse,
  matchQualityResponse,
  seriesResponse,
  testSentResponse,
  totalsResponse,
} from './schemas.ts';

/** The routes of connections: state, counts, actions, replays and dead letters. */
export const connectionRoutes = {
  'GET /api/connections': {
    group: 'Connections',
    summary: 'How each connection is doing, and what to do about it',
    params: z.strictObject({}),
    body: nothing,
    response: connectionsResponse,
    errors: [],
  },
  'GET /api/totals': {
    group: 'Connections',
    summary: 'How many events each site received in a time, and what became of them',
    detail: 'Counted in steps of 5 minutes: the first begins at or before `since`, the last ends at or after `until`.',
    params: z.strictObject(span),
    body: nothing,
    response: totalsResponse,
    errors: [],
  },
  'GET /api/sites/:site/series': {
    group: 'Connections',
    summary: 'The same over time',
    params: z.strictObject({ site, range, connection: onlyConnection.meta({ description: 'This connection alone.' }) }),
    body: nothing,
    response: seriesResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/match-quality': {
    group: 'Connections',
    summary: 'By what the platform could match the delivered events, and why others could not be',
    params: z.strictObject({
      site,
      ...days,
      connection: onlyConnection.meta({ description: 'This connection alone.' }),
    }),
    body: nothing,
    response: matchQualityResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/send-test': {
    group: 'Connections',
    summary: 'Accept one synthetic event, which goes through everything',
    detail: 'It is named `convey_test`, has no value and matches no goal.',
    params: z.strictObject({ site, live }),
    body: nothing,
    response: testSentResponse,
    errors: ['no-such-site', 'live-endpoint', 'not-accepting'],
  },
  'POST /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    summary: 'Send a period of the log, or one event, again',
    detail:
      'A second cursor goes through the period beside the first, one batch at a time; how far it is, says the connection. What was delivered already is passed over unless `again` is true; what was skipped is considered afresh; what was erased or is too old is never sent.',
    params: z.strictObject({ site, connection }),
    body: replayed,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection', 'replay-running', 'no-such-event'],
  },
  'DELETE /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    summary: 'End a replay where it is',
    params: z.strictObject({ site, connection }),
    body: nothing,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': {
    group: 'Events',
    summary: 'Send dead letters again',
    detail: 'Each is mapped anew, with what is known by now. One that is too old, or that the log has no longer, stays.',
    params: z.strictObject({ site, connection }),
    body: chosenLetters,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': {
    group: 'Events',
    summary: 'Take dead letters away',
    detail: 'They are not sent any more. What became of the events stays known.',
    params: z.strictObject({ site, connection }),
    body: chosenLetters,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  // After the other routes of its form: the path `:action` matches `replay` too.
  'POST /api/sites/:site/connections/:connection/:action': {
    group: 'Connections',
    summary: 'Pause, resume or probe a connection',
    params: z.strictObject({ site, connection, action }),
    body: nothing,
    response: actionResponse,
    errors: ['no-such-site', 'no-such-connection', 'not-found'],
  },
} as const satisfies RouteDefinitions;
