import { z } from 'zod';
import { reportSources } from '../../event/event.ts';
import { matchKeys } from '../../event/match-keys.ts';
import { count, issues, listSchema, namedSchema, time } from '../http/schema-parts.ts';
import { event, goneReason, outcomeShape } from './schemas.ts';

/** The history of one event: its reports, and its attempts and checks on each connection. */

const attempt = namedSchema(
  'Attempt',
  z
    .object({
      id: z.string(),
      startedAt: time,
      events: count.describe('Number of events in the request.'),
      bodySha256: z.string().describe('SHA-256 of the sent body, in hexadecimal digits.'),
      request: z
        .object({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()), body: z.string() })
        .exactOptional()
        .describe(
          'A request that sends only this event, with secrets and personal values masked. Absent if the event was erased, or if the connection was deleted.',
        ),
      payload: z
        .unknown()
        .describe(
          'The event as it was sent. Personal values are masked as `***`, hashes as `*** (SHA-256)`. `null` if it was erased.',
        ),
      result: z
        .enum([
          'delivered',
          'awaiting-verdict',
          'unverified',
          'peel',
          'split',
          'retry',
          'blocked',
          'unknown',
          'replaced',
          'unanswered',
        ])
        .describe(
          '`awaiting-verdict`: the platform received the request and gives its verdict later. `unverified`: it gave none. `peel`: the request is sent again without some of its events. `split`: it is sent again in halves. `retry`: it is sent again. `blocked`: the platform refused the connection. `unknown`: there was no response, or one that confirms nothing. `replaced`: another request replaced it. `unanswered`: it is in progress.',
        ),
      receipt: z
        .object({
          ticket: z.string().describe("The platform's name for the request."),
          receivedAt: time.describe('When the platform received the request; UNIX milliseconds.'),
          asks: count.describe('How often the verdict was asked for.'),
          askAt: time.describe('When the verdict is asked for next; UNIX milliseconds.'),
        })
        .exactOptional()
        .describe('The question for the verdict. Absent unless the request awaits one.'),
      status: z.int().exactOptional().describe('HTTP status. Absent if there was no response.'),
      answer: z.string().exactOptional().describe("The platform's response, with values that may be personal masked."),
      issues: issues.describe('The problems that the platform reported.'),
    })
    .describe('One request to a platform that contained the event.'),
);
export type AttemptView = z.output<typeof attempt>;

const check = namedSchema(
  'Check',
  z
    .object({
      title: z.string(),
      answer: z
        .enum(['yes', 'no', 'wait', 'unseen', 'skip'])
        .describe('`wait`: not yet. `unseen`: Convey cannot check it. `skip`: the event was intentionally not sent.'),
      message: z.string().describe('The finding, and the remedy.'),
      guide: z
        .object({ slug: z.string(), hash: z.string().exactOptional() })
        .exactOptional()
        .describe('A guide and its section.'),
    })
    .describe('One condition for an event to count at the platform.'),
);

const stepName = z.enum(['received', 'consent', 'rule', 'sent', 'answered', 'countable']);
export type EventStepName = z.output<typeof stepName>;

const step = namedSchema(
  'EventStep',
  z
    .object({
      step: stepName,
      state: z
        .enum(['done', 'failed', 'waiting', 'skipped', 'unknown', 'not-applicable', 'none'])
        .describe(
          '`skipped`: the event stopped here on purpose. `unknown`: Convey cannot know it. `not-applicable`: the step is no question for this event, which went on. `none`: the event did not come so far.',
        ),
      message: z.string().describe('What happened, and the remedy.'),
      guide: z
        .object({ slug: z.string(), hash: z.string().exactOptional() })
        .exactOptional()
        .describe('A guide and its section.'),
    })
    .describe('One step of an event on its way to a platform.'),
);
export type EventStepView = z.output<typeof step>;
export type EventStepState = EventStepView['state'];

const missingKey = z.object({
  key: z.string().meta({ examples: ['phone'] }),
  label: z.string().meta({ examples: ['Phone'] }),
  path: z.string().meta({ description: 'The place in the payload that the key would have.', examples: ['userData.ph'] }),
  says: z.string().describe('Why the key is missing.'),
  remedy: z.string().describe('What to do.'),
});

const upload = namedSchema(
  'Upload',
  z
    .object({
      goal: z.string().meta({
        description: 'The goal whose conversion is changed. Empty until the purchase is uploaded.',
        examples: ['Purchase'],
      }),
      state: z
        .enum(['waiting', 'uploaded', 'attributed', 'refused', 'dead'])
        .describe('`uploaded`: the platform took it. `refused`: it is not sent again. `dead`: Convey does not send it.'),
      says: z.string().describe('What happened, and what to do.'),
      dueAt: time.exactOptional().describe('When it is sent; absent unless it waits. UNIX milliseconds.'),
      tries: count.describe('How often it was sent.'),
      triedAt: time.exactOptional().describe('When it was last sent. Absent if it was not; UNIX milliseconds.'),
      code: z
        .string()
        .exactOptional()
        .meta({ description: "The platform's code.", examples: ['5623 Named'] }),
      trackingId: z.string().exactOptional().describe("The id that the platform's support asks for."),
    })
    .describe('A refund or cancellation that is sent with the access to the connected account.'),
);
export type UploadView = z.output<typeof upload>;

const timeline = namedSchema(
  'Timeline',
  z
    .object({
      event: event.nullable().describe('`null` if the data of the event was removed.'),
      reason: goneReason.exactOptional().meta({ description: 'Why the data was removed. Absent if it is stored.' }),
      says: z.string().exactOptional().describe('The same as sentences, with the remedy.'),
      record: z

        .object({
          name: z.string(),
          reporter: z.enum(reportSources).exactOptional(),
          reportedBy: z.string().exactOptional(),
          receivedAt: time,
        })
        .exactOptional()
        .describe('The name, source and time of receipt of an event whose data was removed. Absent if its record is gone too.'),
      copies: listSchema(event).describe('Duplicate reports of the event, whose data was merged into it.'),
      recalled: listSchema(
        z.object({
          key: z.string().meta({ description: 'The added key.', examples: ['clickIds.msclkid'] }),
          from: z.string().meta({ description: 'The identity link by which the profile was found.', examples: ['visitor'] }),
        }),
      ).describe('Keys that were added from the visitor profile.'),
      missing: listSchema(
        z.object({
          key: z.enum(matchKeys),
          says: z.string().describe('Why the key is missing.'),
          remedy: z.string().describe('What to do.'),
        }),
      ).describe("Match keys that the event lacks, with the reasons. A connection's `missing` has those of its platform."),
      connections: listSchema(
        z.object({
          ...outcomeShape,
          platform: z.string().meta({ description: 'Name of the platform.', examples: ['Microsoft Advertising'] }),
          uploads: listSchema(upload).describe(
            'The refunds and cancellations that are sent with the access to the account: those of the order for its purchase.',
          ),
          waitsUntil: time
            .exactOptional()
            .describe('When the wait of a waiting event ends at the latest, or its next attempt begins; UNIX milliseconds.'),
          attempts: listSchema(attempt).describe('The oldest first.'),
          missing: listSchema(missingKey).describe(
            "The platform's match keys that the last payload lacks, with the reasons. Empty if nothing was sent.",
          ),
          steps: listSchema(step).describe('The way of the event to the platform, in order.'),
          checks: listSchema(check).describe('Why the event does not count at the platform, in the order to look for it.'),
        }),
      ),
    })
    .describe('The full history of one event.'),
);
export type TimelineView = z.output<typeof timeline>;
export type CheckView = z.output<typeof check>;

export const timelinesResponse = listSchema(timeline).describe('One item per event with this id.');
