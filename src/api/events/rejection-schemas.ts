import { z } from 'zod';
import { reportSources } from '../../event/event.ts';
import { connectionId, count, issues, listSchema, logOffset, namedSchema, next, time } from '../http/schema-parts.ts';

/** Submissions that Convey rejected, and events that are not sent again. */

const rejection = namedSchema(
  'Rejection',
  z
    .object({
      receivedAt: time,
      name: z.string().exactOptional().describe('The submitted name, if it is valid.'),
      reporter: z.enum(reportSources).exactOptional().describe('The source of the submission.'),
      issues: issues.describe('The reasons. No other data of the submission is stored.'),
    })
    .describe('A rejected submission.'),
);
export type RejectionView = z.output<typeof rejection>;

export const rejectionsResponse = namedSchema(
  'Rejections',
  z
    .object({ rejections: listSchema(rejection).describe('The oldest of the page first.'), next })
    .describe('A page of rejections.'),
);

const deadLetterShape = {
  connection: connectionId,
  cause: z
    .enum(['rejected', 'expired', 'corrupt'])
    .describe(
      '`rejected`: by the platform or by the validation before sending. `expired`: too old for the platform. `corrupt`: damaged on disk.',
    ),
  issues: issues.describe('The reasons.'),
  at: time.describe('When the event failed; UNIX milliseconds.'),
};

const deadLetter = z.union([
  namedSchema(
    'DeadEvent',
    z
      .object({
        ...deadLetterShape,
        offset: logOffset,
        eventName: z.string().meta({ examples: ['Lead'] }),
        eventId: z.string().meta({ examples: ['lead-7'] }),
      })
      .describe('An event that is not sent again unless an operator retries it.'),
  ),
  namedSchema(
    'DeadRange',
    z
      .object({
        ...deadLetterShape,
        range: z.object({
          after: z.string().describe('The offset before the range.'),
          through: z.string().describe('The last offset of the range, which identifies it.'),
          events: count.describe('Number of events in the range.'),
        }),
      })
      .describe('A range of events that expired before the connection processed them.'),
  ),
]);
export type DeadLetterView = z.output<typeof deadLetter>;

export const deadLettersResponse = namedSchema(
  'DeadLetters',
  z.object({ deadLetters: listSchema(deadLetter).describe('The newest first.'), next }).describe('A page of failed events.'),
);
