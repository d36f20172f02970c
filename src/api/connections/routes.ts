import { z } from 'zod';
import { deadLetterGroupsResponse } from '../events/rejection-schemas.ts';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import {
  action,
  bucketLengths,
  chosenLetters,
  compare,
  connection,
  countedFilters,
  countedPeriod,
  dayRangeParameters,
  days,
  integerBetween,
  live,
  onlyConnection,
  onlyEventName,
  periodParameters,
  range,
  replayRequest,
  site,
} from '../http/parameters.ts';
import { matchDaysResponse, matchQualityResponse } from './match-schemas.ts';
import { moneyResponse, orderDaysResponse } from './money-schemas.ts';
import { retryRequest, retryResponse } from './retry-schemas.ts';
import {
  actionResponse,
  changedResponse,
  connectionErrorsResponse,
  connectionsResponse,
  presentResponse,
  seriesResponse,
  testSentResponse,
  totalsResponse,
} from './schemas.ts';

/** The routes of connections: state, counts, actions, replays and dead letters. */
export const connectionRoutes = defineRoutes({
  'GET /api/connections': {
    group: 'Connections',
    right: 'account',
    summary: 'List all connections with their health',
    response: connectionsResponse,
  },
  'GET /api/present': {
    group: 'Connections',
    right: 'account',
    summary: 'List the connections and the issues of one moment',
    detail:
      'Both are of the same reading, so neither is ahead of the other. The reading may be a second old, and older if it takes long. A change through this gateway ends it.',
    response: presentResponse,
  },
  'GET /api/totals': {
    group: 'Connections',
    right: 'account',
    summary: 'Count the events that each site received in a period, by outcome',
    detail:
      'Events are counted in buckets of 5 minutes, after 35 days in hours. The first one starts at or before `since`, and the last one ends at or after `until`.',
    params: z.strictObject({
      site: site.optional().meta({ description: 'Return only this site.' }),
      ...dayRangeParameters,
      compare,
    }),
    response: totalsResponse,
  },
  'GET /api/order-days': {
    group: 'Connections',
    right: 'account',
    summary: 'Count the orders of each site by day',
    detail: 'The days are those of the time zone of each site. The last one is the present day.',
    params: z.strictObject({
      days: integerBetween(1, 90).default(28).meta({ description: 'The number of days, up to the present one.' }),
    }),
    response: orderDaysResponse,
  },
  'GET /api/sites/:site/series': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the counts of one site as a time series',
    detail: "Either `range`, or `since` with `until`. `by` gives days of the site's time zone, or hours.",
    params: z.strictObject({
      site,
      range: range.optional(),
      ...countedPeriod,
      by: bucketLengths.optional().meta({ description: 'Length of a bucket. The default depends on the period.' }),
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
    }),
    response: seriesResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/money': {
    group: 'Connections',
    right: 'viewer',
    summary: "Get a site's orders and their amounts, as reported and at each connection, by day or hour",
    detail:
      "Orders count at the time when Convey received their first report. The shop's report decides the amount, and corrects earlier numbers. Currencies stay apart.",
    params: z.strictObject({
      site,
      ...countedPeriod,
      by: bucketLengths
        .default('day')
        .meta({ description: "`day`: days of the site's time zone. `hour`: at most 31 days of them." }),
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
    }),
    response: moneyResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/match-quality': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the match quality of the delivered events',
    params: z.strictObject({
      site,
      ...days,
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
    }),
    response: matchQualityResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/match-quality/days': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the number of delivered events that carried each match key, by day',
    params: z.strictObject({
      site,
      ...days,
      connection: onlyConnection.meta({ description: 'Return only this connection.' }),
      event: onlyEventName,
    }),
    response: matchDaysResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/connections/:connection/errors': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Count the errors of a connection by code and by event name',
    detail:
      'Errors are counted by the hour in which they occurred. The first bucket starts at or before `since`, and the last one ends at or after `until`. The default is the last 24 hours. A period has at most 400 days.',
    params: z.strictObject({ site, connection, ...periodParameters }),
    response: connectionErrorsResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/send-test': {
    group: 'Connections',
    right: 'editor',
    summary: 'Send a synthetic test event',
    detail:
      'The event passes through the whole pipeline. Its name is `convey_test`. It has no value and matches no conversion goal.',
    params: z.strictObject({ site, live }),
    response: testSentResponse,
    errors: ['no-such-site', 'live-endpoint', 'not-accepting'],
  },
  'POST /api/sites/:site/connections/:connection/replay': {
    group: 'Connections',
    right: 'editor',
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
    right: 'editor',
    summary: 'Stop a replay',
    params: z.strictObject({ site, connection }),
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'GET /api/sites/:site/connections/:connection/dead-letters/groups': {
    group: 'Events',
    right: 'viewer',
    summary: "Get a connection's failed events by their reason",
    params: z.strictObject({ site, connection }),
    response: deadLetterGroupsResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': {
    group: 'Events',
    right: 'editor',
    summary: 'Retry failed events',
    detail:
      'Each event is mapped again, with the current visitor profile. A failed event stays if its event is too old or no longer in the event log.',
    params: z.strictObject({ site, connection }),
    body: chosenLetters,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/events/retry': {
    group: 'Events',
    right: 'editor',
    summary: 'Retry the failed events that match the filters',
    detail:
      'Use `dryRun` first. Each event is mapped again, with the current visitor profile, and sent only to the connections where it failed. A failed event stays if it is too old or no longer in the event log. `outcome` has no effect, since only failed events are retried.',
    params: z.strictObject({ site, ...countedFilters }),
    body: retryRequest,
    response: retryResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': {
    group: 'Events',
    right: 'editor',
    summary: 'Drop failed events',
    detail: 'The events are not sent. Their outcome is kept.',
    params: z.strictObject({ site, connection }),
    body: chosenLetters,
    response: changedResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  // After the other routes of its form: the path `:action` matches `replay` too.
  'POST /api/sites/:site/connections/:connection/:action': {
    group: 'Connections',
    right: 'editor',
    summary: 'Pause, resume or probe a connection',
    params: z.strictObject({ site, connection, action }),
    response: actionResponse,
    errors: ['no-such-site', 'no-such-connection', 'not-found'],
  },
} as const satisfies RouteDefinitions);
