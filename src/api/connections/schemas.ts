import { z } from 'zod';
import { settingsTestStates } from '../../event/settings-test.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';
import { issuesResponse } from '../issues/schemas.ts';
import { moneyOfConnection, reportedShape, wholeShape } from './money-schemas.ts';

const connection = namedSchema(
  'Connection',
  z
    .object({
      site: siteId,
      id: connectionId,
      destination: z.string().describe('The platform, such as `microsoft`.'),
      platform: z.string().describe("The platform's name: `Microsoft Advertising`."),
      isLive: z
        .boolean()
        .describe(
          'Whether the events reach a real platform or your own webhook receiver, not a simulator on this machine or network.',
        ),
      isTest: z.boolean().describe('Whether its settings make the platform count nothing. It has no order accuracy.'),
      health: z
        .enum(['healthy', 'unconfirmed', 'degraded', 'unhealthy', 'paused', 'disabled'])
        .describe(
          '`healthy`: without a problem, and the platform has confirmed an event or accepted the credential in a test. `unconfirmed`: without a problem, and neither was seen yet. `degraded`: the last requests failed, many events that only browsers reported were rejected, a payload did not fit the schema of the platform, or waiting events are about to become too old. `unhealthy`: the platform refuses the connection, does not respond, or rejected too many events of the shop. `paused`: by an operator. `disabled`: in its settings.',
        ),
      says: z
        .string()
        .describe('The state in words, with the next step if there is one. The next attempt is in `nextTryAt` alone.'),
      counts: z
        .partialRecord(z.enum(outcomeNames), count)
        .describe(
          'Number of events by outcome. Outcomes without events may be absent. `waiting` is the outcome of deferred events alone: the member `waiting` next to `counts` has all that wait.',
        ),
      inDoubt: count.describe('Requests that were sent again because they got no response.'),
      undeliveredSince: time.exactOptional().describe('When the oldest waiting event was received; UNIX milliseconds.'),
      lag: z
        .object({ events: count, ms: count })
        .describe('`events`: the same as `waiting`. `ms`: how long ago the oldest waiting event was received.'),
      waiting: count.describe(
        'Events that wait for the connection: those that it has not read, also if their data was removed, and the deferred ones.',
      ),
      deferred: count.describe(
        'Waiting events that wait for a duplicate report, for consent, for confirmation or for the next attempt.',
      ),
      deadLetters: count.describe('Events that are not sent again unless an operator retries them.'),
      deadPurchases: count.describe('Purchases among the failed events. A range of expired events counts as none.'),
      losesAt: time
        .exactOptional()
        .describe(
          'When the oldest waiting event becomes too old for the platform; UNIX milliseconds. Absent if that is more than two days away.',
        ),
      pausedSince: time.exactOptional().describe('Start of the pause; UNIX milliseconds.'),
      nextTryAt: time.exactOptional().describe('Time of the next automatic attempt; UNIX milliseconds.'),
      replay: z
        .object({
          since: time,
          until: time,
          passed: count.describe('Events that the replay has read.'),
          sent: count.describe('Events of these that were queued for sending.'),
          endedAt: time.exactOptional(),
        })
        .exactOptional()
        .describe('The running or the last replay.'),
    })
    .describe('State of one connection.'),
);
export type ConnectionView = z.output<typeof connection>;
export type Health = ConnectionView['health'];

export const connectionsResponse = namedSchema(
  'Connections',
  listSchema(connection).describe('In the order of the sites: first those of the config file, then by name.'),
);

export const presentResponse = namedSchema(
  'Present',
  z.object({ connections: connectionsResponse, issues: issuesResponse }).describe('The present state of the sites.'),
);

export const actionResponse = namedSchema(
  'ActionResult',
  z
    .object({
      says: z.string().meta({ description: 'The result in one sentence.', examples: ['The platform accepts the credential.'] }),
      ok: z.boolean().describe('False if a probe has another state than `accepted`.'),
      state: z.enum(settingsTestStates).exactOptional().describe('The result of a probe. Absent for other actions.'),
    })
    .describe('Result of an action.'),
);

export const testSentResponse = namedSchema(
  'TestSent',
  z.object({ eventId: z.string().describe('Id of the event, for its timeline.') }).describe('A test event was accepted.'),
);

const outcomeCounts = z
  .partialRecord(z.enum(outcomeNames), count)
  .describe('Number of events by outcome. Outcomes without events may be absent.');

const totalsShape = {
  received: count.describe('Accepted events, without duplicate reports.'),
  copies: count.describe('Duplicate reports of the same events.'),
  refused: count.describe('Rejected submissions.'),
  connections: listSchema(
    z.object({
      connection: connectionId,
      added: count.exactOptional().describe('Events that rules added for this connection. The other numbers include them.'),
      outcomes: outcomeCounts,
      undelivered: count.describe('Events that the connection has not processed yet.'),
      unmerged: count.describe('Duplicate reports that the connection has not merged with their event yet.'),
      earlier: count.describe('Events that were received before the connection started, and are not sent.'),
      lost: z
        .int()
        .describe(
          '`received`, `copies` and `added` minus the other numbers. Always 0, unless Convey lost an event. Report any other value as a bug.',
        ),
      money: moneyOfConnection.describe('The orders among the events. Their amounts are those of the site, before rules.'),
    }),
  ),
  ...reportedShape,
  ...wholeShape,
};

const totals = namedSchema(
  'Totals',
  z
    .object({
      site: siteId,
      ...totalsShape,
      before: z
        .object({ since: time, until: time, ...totalsShape })
        .exactOptional()
        .describe('The same for the period before, of the same length. Present with `compare`.'),
    })
    .describe('The events of one site that were received in a period, with their current outcomes.'),
);
export type TotalsView = z.output<typeof totals>;
export const totalsResponse = listSchema(totals).describe('One item per site.');

const counts = listSchema(count);

export const seriesResponse = namedSchema(
  'Series',
  z
    .object({
      since: time.describe('Start of the first bucket; UNIX milliseconds.'),
      stepMs: z
        .int()
        .positive()
        .meta({ description: 'Length of a bucket in milliseconds.', examples: [300_000] }),
      ...wholeShape,
      starts: listSchema(time)
        .exactOptional()
        .describe(
          'Start of each bucket; UNIX milliseconds. Present with `by`, because days differ in length when the clocks change.',
        ),
      completeSince: time
        .exactOptional()
        .describe(
          'From when on every bucket has all events of all connections: after the first event, and after the events from before a connection existed; UNIX milliseconds. Absent without events.',
        ),
      received: counts.describe('Events by the bucket in which they were received, without duplicate reports.'),
      connections: listSchema(
        z.object({
          connection: connectionId,
          outcomes: z
            .partialRecord(z.enum(outcomeNames), counts)
            .describe('Current outcomes, by the bucket in which the event was received.'),
          deliveryTimes: listSchema(
            z.object({
              fromMs: count.describe('The shortest time of the class, in milliseconds.'),
              untilMs: count.exactOptional().describe('The end of the class, in milliseconds. The longest class has none.'),
              events: counts,
            }),
          ).describe(
            'Delivered events by the time from their receipt to their delivery, the shortest class first. Classes without events are absent.',
          ),
        }),
      ),
    })
    .describe('Number of events over time.'),
);
export type SeriesView = z.output<typeof seriesResponse>;

const errorRowShape = {
  events: count.describe('An event counts once for each failed request that contained it, and once when it is refused.'),
  before: count
    .exactOptional()
    .describe('The same in the period before, of equal length. Absent if errors were not counted in all of it.'),
  firstAt: time.describe('Start of the first hour with such an event; UNIX milliseconds.'),
  lastAt: time.describe('Start of the last hour with such an event; UNIX milliseconds.'),
  trend: counts.describe('Events by bucket.'),
};

const connectionErrors = namedSchema(
  'ConnectionErrors',
  z
    .object({
      since: time.describe('Start of the first bucket; UNIX milliseconds.'),
      until: time.describe('End of the last bucket; UNIX milliseconds.'),
      stepMs: z
        .int()
        .positive()
        .meta({
          description: 'Length of a bucket in milliseconds: whole hours, so that there are at most 60.',
          examples: [3_600_000],
        }),
      countedSince: time
        .exactOptional()
        .describe(
          'From when errors are counted: from the first event of the site, or from the upgrade to a version that counts them; UNIX milliseconds. Absent if the site has received no event.',
        ),
      events: errorRowShape.events,
      before: errorRowShape.before,
      trend: errorRowShape.trend,
      codes: listSchema(
        z.object({
          code: z.string().meta({
            description:
              'An HTTP status, a code of the network, or the code of an issue. `other`: codes of another form, or too many of one hour.',
            examples: ['503', 'ECONNREFUSED', 'token-refused'],
          }),
          says: z.string().exactOptional().describe('The code in words, if Convey knows any.'),
          ...errorRowShape,
        }),
      ).describe('The most frequent first, at most 50.'),
      names: listSchema(
        z.object({
          name: z.string().meta({ description: "The event's name. `other`: as for codes.", examples: ['Purchase'] }),
          says: z.string().exactOptional().describe('Set for `other`: which names it stands for.'),
          ...errorRowShape,
        }),
      ).describe('The most frequent first, at most 50.'),
    })
    .describe("A connection's failed requests and refused events in a period, by code and by event name."),
);
export type ConnectionErrorsView = z.output<typeof connectionErrors>;
export const connectionErrorsResponse = connectionErrors;

export const changedResponse = namedSchema(
  'Changed',
  z
    .object({
      says: z.string().meta({ description: 'The result in one sentence.', examples: ['1 event will be sent.'] }),
      events: count.describe('Number of affected events.'),
    })
    .describe('Result of a change.'),
);
