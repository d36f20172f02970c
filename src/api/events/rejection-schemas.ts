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

const cause = z
  .enum(['rejected', 'expired', 'corrupt'])
  .describe(
    '`rejected`: by the platform or by the validation before sending. `expired`: too old for the platform. `corrupt`: damaged on disk.',
  );

const deadLetterShape = {
  connection: connectionId,
  cause,
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

const deadLetterGroup = namedSchema(
  'DeadLetterGroup',
  z
    .object({
      cause,
      code: z.string().meta({ description: 'The code of the reason; empty if there is none.', examples: ['refused'] }),
      events: count,
      firstAt: time.describe('When the first of them failed; UNIX milliseconds.'),
      lastAt: time.describe('When the last of them failed; UNIX milliseconds.'),
      issues: issues.describe('The reasons of the newest event.'),
      sample: z
        .object({ offset: logOffset, eventName: z.string(), eventId: z.string() })
        .exactOptional()
        .describe('The newest event. Absent for ranges of events that expired, which cannot be retried.'),
    })
    .describe('Failed events with the same reason.'),
);
export type DeadLetterGroupView = z.output<typeof deadLetterGroup>;

export const deadLetterGroupsResponse = namedSchema(
  'DeadLetterGroups',
  z
    .object({
      groups: listSchema(deadLetterGroup).describe('The largest first.'),
      isWhole: z.boolean().describe('False if there are more failed events than were grouped: only the newest 10,000 are.'),
    })
    .describe('The failed events of a connection by their reason.'),
);
