import { z } from 'zod';
import { matchKeys } from '../../event/match-keys.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, listOf, namedSchema, siteId, time } from '../http/schema-parts.ts';

const connection = namedSchema(
  'Connection',
  z
    .object({
      site: siteId,
      id: connectionId,
      destination: z.string().describe('The platform, such as `microsoft`.'),
      health: z
        .enum(['healthy', 'degraded', 'unhealthy', 'paused', 'disabled'])
        .describe(
          '`degraded`: the last requests failed, or many events that only browsers reported were rejected. `unhealthy`: the platform refuses the connection or does not answer, or rejected too many events of the shop. `paused`: by an operator. `disabled`: by its settings.',
        ),
      says: z.string().describe('One sentence, with the next step where there is one.'),
      counts: z
        .partialRecord(z.enum(outcomeNames), count)
        .describe('How many events came to each outcome; an outcome that no event came to may be absent.'),
      inDoubt: count.describe('Requests that were sent again because no answer came.'),
      undeliveredSince: time
        .exactOptional()
        .describe('When the log took the oldest event that the connection has not come to; UNIX milliseconds.'),
      lag: z
        .object({ events: count, ms: count })
        .describe('How many events the connection has not come to, and how old the oldest of them is.'),
      waiting: count.describe('Events that wait for their copy, for consent, or for the next try.'),
      deadLetters: count.describe('Events that will not be sent unless a person says so.'),
      losesAt: time
        .exactOptional()
        .describe(
          'When the oldest event that was not sent will be too old to be sent, where that is within two days; UNIX milliseconds.',
        ),
      pausedSince: time.exactOptional().describe('UNIX milliseconds.'),
      nextTryAt: time.exactOptional().describe('When Convey tries again by itself; UNIX milliseconds.'),
      replay: z
        .object({
          since: time,
          until: time,
          passed: count.describe('Events that it has come to.'),
          sent: count.describe('Of these, events that were put up to be sent.'),
          endedAt: time.exactOptional(),
        })
        .exactOptional()
        .describe('The replay that runs, or ran last.'),
    })
    .describe('How one connection is doing.'),
);
export type ConnectionView = z.output<typeof connection>;
export type Health = ConnectionView['health'];

export const connectionsResponse = listOf(connection).describe(
  "In the order of the sites: the config file's first, then by name.",
);

export const actionResponse = namedSchema(
  'ActionResult',
  z
    .object({
      says: z.string().describe('What came of it, in one sentence.'),
      ok: z.boolean().describe('False where a probe was refused.'),
    })
    .describe('What came of an action.'),
);

const day = z.string().describe('A day in UTC, `YYYY-MM-DD`.');

const missing = z.object({
  reason: z.string().describe('Stable, for programs.'),
  events: count,
  says: z.string().describe('Why.'),
  remedy: z.string().describe('What to do.'),
});
/** Why some of the events lack a key, and what to do about it. */
export type MissingView = z.output<typeof missing>;

const keyView = z.object({
  key: z.enum(matchKeys),
  events: count.describe('How many events had it.'),
  share: z.number().min(0).max(1),
  missing: listOf(missing).describe('Why the others lacked it, the most frequent reason first.'),
});
/** How many of the delivered events had a key; of the others why not. */
export type KeyView = z.output<typeof keyView>;

const matchShape = { delivered: count, keys: listOf(keyView).describe('All match keys, always in the same order.') };
const match = namedSchema('MatchShares', z.object(matchShape).describe('How many delivered events had each match key.'));
export type MatchView = z.output<typeof match>;

const matchQuality = namedSchema(
  'MatchQuality',
  z
    .object({
      site: siteId,
      connection: connectionId,
      since: day,
      until: day,
      all: match,
      events: listOf(z.object({ ...matchShape, name: z.string().describe("The event's name.") })).describe(
        'By name, the most frequent first.',
      ),
    })
    .describe("One connection's delivered events of some days, the first and the last included."),
);
export type MatchQualityView = z.output<typeof matchQuality>;

export const matchQualityResponse = listOf(matchQuality).describe('One for each connection.');

export const testSentResponse = namedSchema(
  'TestSent',
  z
    .object({ eventId: z.string().describe("The event's id, to look up its timeline by.") })
    .describe('A test event was accepted.'),
);

const outcomeCounts = z.partialRecord(z.enum(outcomeNames), count).describe('How many came to each outcome; none may be absent.');

const totals = namedSchema(
  'Totals',
  z
    .object({
      site: siteId,
      received: count.describe('Events that were accepted: reports of shoppers and servers, copies not counted.'),
      copies: count.describe('Further reports of the same events.'),
      refused: count.describe('Submissions that never became events.'),
      connections: listOf(
        z.object({
          connection: connectionId,
          outcomes: outcomeCounts,
          undelivered: count.describe('The connection has not come to them yet.'),
          earlier: count.describe('They came before the connection began, so it does not send them.'),
          lost: z
            .int()
            .describe(
              'Received and copies less all of the above: 0, or Convey lost count of an event and this is a fault to report.',
            ),
        }),
      ),
    })
    .describe('The events of one site that were received in a time, and what became of them by now.'),
);
export type TotalsView = z.output<typeof totals>;
export const totalsResponse = listOf(totals).describe('One for each site.');

const counts = listOf(count);

export const seriesResponse = namedSchema(
  'Series',
  z
    .object({
      since: time.describe('When the first step begins; UNIX milliseconds.'),
      stepMs: z
        .int()
        .positive()
        .meta({ description: 'Length of a bucket in milliseconds.', examples: [300_000] }),
      received: counts.describe('Events by step in which they were received, copies not counted.'),
      connections: listOf(
        z.object({
          connection: connectionId,
          outcomes: z
            .partialRecord(z.enum(outcomeNames), counts)
            .describe('By the step in which the event was received, what became of it by now.'),
        }),
      ),
    })
    .describe('How many events there were over time.'),
);
export type SeriesView = z.output<typeof seriesResponse>;

export const changedResponse = namedSchema(
  'Changed',
  z
    .object({
      says: z.string().describe('What came of it, in one sentence.'),
      events: count.describe('How many events it is about.'),
    })
    .describe('What a change did.'),
);
