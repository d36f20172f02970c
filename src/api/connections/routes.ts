import { z } from 'zod';
import {
  action,
  chosenLetters,
  connection,
  days,
  emptyBody,
  live,
  onlyConnection,
  onlyEventName,
  range,
  replayRequest,
  site,
  span,
} from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import {
  actionResponse,
  changedResponse,
  connectionsResponse,
  matchDaysResponse,
  matchQualityResponse,
  seriesResponse,
  testSentResponse,
  totalsResponse,
} from './schemas.ts';

/** The routes of connections: state, counts, actions, replays and dead letters. */
export const connectionRoutes = {
  'GET /api/connections': {
    group: 'Connections',
    summary: 'List all connections with their health',
    params: z.strictObject({}),
    body: emptyBody,
    response: connectionsResponse,
    errors: [],
  },
  'GET /api/totals': {
    group: 'Connections',
    summary: 'Count the events that each site received in a period, by outcome',
    detail:
      'Events are counted in buckets of 5 minutes. The first bucket starts at or before `since`, and the last one ends at or after `until`.',
    params: z.strictObject(span),
    body: emptyBody,
    response: totalsResponse,
    errors: [],
  },
  'GET /api/sites/:site/series': {
    group: 'Connections',
    summary: 'Get the counts of one site as a time series',
    params: z.strictObject({ site, range, connection: onlyConnection.meta({ description: 'Return only this connection.' }) }),
    body: emptyBody,
    response: seriesResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/match-quality': {
    group: 'Connections',
    summary: 'Get the match quality of the delivered events',
    params: z.strictObject({
      site,
      ...days,
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
    }),
    body: emptyBody,
    response: matchQualityResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/match-quality/days': {
    group: 'Connections',
    summary: 'Get the number of delivered events that carried each match key, by day',
    params: z.strictObject({
      site,
      ...days,
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
      event: onlyEventName,
    }),
    body: emptyBody,
    response: matchDaysResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/send-test': {
    group: 'Connections',
    summary: 'Send a synthetic test event',
    detail:
      'The event passes through the whole pipeline. Its name is `convey_test`. It has no value and matches no conversion goal.',
    params: z.strictObject({ site, live }),
    body: emptyBody,
    response: testSentResponse,
    errors: ['no-such-site', 'live-endpoint', 'not-accepting'],
  },
  'POST /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    summary: 'Replay a period of the event log, or one event',
    detail:
      'A second cursor reads the period, one batch at a time, while new events are delivered. `GET /api/connections` returns its progress. Delivered events are omitted unless `again` is true. Skipped events are evaluated again. Erased events, and events that are too old, are never sent.',
    params: z.strictObject({ site, connection }),
    body: replayRequest,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection', 'replay-running', 'no-such-event'],
  },
  'DELETE /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    summary: 'Stop a replay',
    params: z.strictObject({ site, connection }),
    body: emptyBody,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': {
    group: 'Events',
    summary: 'Retry dead letters',
    detail:
      'Each event is mapped again, with the current visitor profile. A dead letter stays if its event is too old or no longer in the event log.',
    params: z.strictObject({ site, connection }),
    body: chosenLetters,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': {
    group: 'Events',
    summary: 'Drop dead letters',
    detail: 'The events are not sent. Their outcome is kept.',
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
    body: emptyBody,
    response: actionResponse,
    errors: ['no-such-site', 'no-such-connection', 'not-found'],
  },
} as const satisfies RouteDefinitions;
