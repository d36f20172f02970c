import { z } from 'zod';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, listOf, namedSchema, siteId, time } from '../http/schema-parts.ts';

/** What the API answers of how many events there were, and what became of them: one schema each, of which the types are derived. */

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
export const totalsAnswer = listOf(totals).describe('One for each site.');

const counts = listOf(count);

export const seriesAnswer = namedSchema(
  'Series',
  z
    .object({
      since: time.describe('When the first step begins; UNIX milliseconds.'),
      stepMs: z.int().positive().describe('How long a step is.'),
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
export type SeriesView = z.output<typeof seriesAnswer>;

export const changedAnswer = namedSchema(
  'Changed',
  z
    .object({
      says: z.string().describe('What came of it, in one sentence.'),
      events: count.describe('How many events it is about.'),
    })
    .describe('What a change did.'),
);
