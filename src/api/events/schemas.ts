import { z } from 'zod';
import { consentSources } from '../../event/consent.ts';
import { browserTagStates, type Commerce, type Page, pageTypes, reportSources } from '../../event/event.ts';
import { matchKeys } from '../../event/match-keys.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, issues, listSchema, namedSchema, next, siteId, time } from '../http/schema-parts.ts';

/** Responses contain only the names of hashes, addresses and user agents, never their values. */

const item = z.object({
  id: z.string().exactOptional(),
  name: z.string().exactOptional(),
  price: z.number().exactOptional().describe("Price per unit after discounts, in the event's currency."),
  quantity: z.number().exactOptional().describe('Number of units.'),
  brand: z.string().exactOptional(),
  category: z.string().exactOptional(),
  variant: z.string().exactOptional(),
  sku: z.string().exactOptional(),
  productId: z.string().exactOptional(),
  variantId: z.string().exactOptional(),
});

const hotel = z.object({
  totalPrice: z.number().exactOptional(),
  basePrice: z.number().exactOptional(),
  checkinDate: z.string().exactOptional().describe('`YYYY-MM-DD`.'),
  checkoutDate: z.string().exactOptional().describe('`YYYY-MM-DD`.'),
  lengthOfStay: z.number().exactOptional().describe('Number of nights.'),
  partnerHotelId: z.string().exactOptional(),
  bookingHref: z.string().exactOptional(),
});

const page = namedSchema(
  'Page',
  z
    .object({
      url: z.string().exactOptional(),
      referrer: z.string().exactOptional(),
      title: z.string().exactOptional(),
      keywords: z.string().exactOptional().describe('Comma-separated.'),
      loadId: z.string().exactOptional().describe('UUID of the page view, shared by its events.'),
      browserTags: z
        .record(z.string(), z.enum(browserTagStates))
        .exactOptional()
        .meta({
          description: "By destination: whether the platform's own tag ran on the page and reported the page view itself.",
          examples: [{ microsoft: 'ran' }],
        }),
      browserTag: z
        .enum(browserTagStates)
        .exactOptional()
        .meta({ deprecated: true, description: "The state of Microsoft's tag: `browserTags.microsoft`." }),
    })
    .describe('The page of the event.'),
) satisfies z.ZodType<Page>;

const commerce = namedSchema(
  'Commerce',
  z
    .object({
      value: z.number().exactOptional().describe('Total value of the event, in `currency`.'),
      currency: z.string().exactOptional().describe('ISO 4217, upper case.'),
      orderId: z.string().exactOptional(),
      checkoutId: z.string().exactOptional().describe('Id of the checkout of the order.'),
      pageType: z.enum(pageTypes).exactOptional(),
      category: z.string().exactOptional(),
      searchTerm: z.string().exactOptional(),
      items: listSchema(item).exactOptional(),
      hotel: hotel.exactOptional(),
    })
    .describe('The commerce data of the event.'),
) satisfies z.ZodType<Commerce>;

const offset = z.string().meta({ description: 'Position in the event log. Opaque.', examples: ['0000000000000042'] });

const useChoice = z.enum(['granted', 'denied']).exactOptional();

const eventShape = {
  site: siteId,
  offset,
  name: z
    .string()
    .meta({ description: '`Purchase`, or a custom name. Names of signals start with `$`.', examples: ['Purchase'] }),
  id: z.string().meta({ examples: ['ord-1001'] }),
  reporter: z.enum(reportSources).describe('The source of the report.'),
  time: time.describe('When the event happened; UNIX milliseconds.'),
  receivedAt: time.describe('When Convey accepted the event; UNIX milliseconds.'),
  consent: z.object({
    stated: z
      .enum(['granted', 'denied', 'unknown'])
      .describe('The stated choice for advertising storage. `unknown`: no choice was stated, or only a default.'),
    effective: z
      .enum(['granted', 'denied', 'pending'])
      .describe(
        "The consent that applies under the site's policy. `pending`: a duplicate report or the visitor may still state a choice.",
      ),
    source: z.enum(consentSources).exactOptional().describe('The consent tool that stated it.'),
    adUserData: useChoice.describe('Sending data to platforms for advertising. Absent: as `effective`.'),
    adPersonalization: useChoice.describe('Personalized advertising. Absent: as `effective`.'),
  }),
  keys: listSchema(z.string()).meta({
    description: 'Names of the keys that the event carries.',
    examples: [['emailMicrosoft', 'msclkid', 'ip']],
  }),
  page,
  commerce,
  warnings: issues.describe('What was dropped or changed when the event was accepted.'),
};

const event = namedSchema('Event', z.object(eventShape).describe('One report of an event, as it was accepted.'));
export type EventView = z.output<typeof event>;

const outcomeShape = {
  connection: connectionId,
  outcome: z
    .enum(outcomeNames)
    .describe(
      '`undelivered`: the connection has not processed the event yet. `waiting`: for a duplicate report, for consent, or for the next attempt. `dead`: the event is a dead letter. All others are reasons of a skip.',
    ),
  says: z.string().meta({ description: 'The outcome as a sentence.', examples: ['Delivered.'] }),
  issues: issues.describe('The reasons, or the warnings of the mapping and of the platform.'),
};

const outcome = namedSchema('Outcome', z.object(outcomeShape).describe('Outcome of an event on one connection.'));
export type OutcomeView = z.output<typeof outcome>;

const eventRow = z.union([
  namedSchema('ListedEvent', z.object({ ...eventShape, outcomes: listSchema(outcome) }).describe('An event with its outcomes.')),
  namedSchema(
    'ErasedEvent',
    z
      .object({
        site: siteId,
        offset,
        gone: z.literal(true),
        receivedAt: time.describe('When Convey accepted the event; UNIX milliseconds.'),
        outcomes: listSchema(outcome).describe('Outcomes on the connections. Empty for a signal.'),
      })
      .describe('An event whose data was erased.'),
  ),
]);
export const streamResponse = z.string().describe('Server-sent events. The data of each `row` is a listed event.');

/** A listed event. If its data was erased, `gone` is set and only the outcomes remain. */
export type EventRow = z.output<typeof eventRow>;

export const eventsResponse = namedSchema(
  'Events',
  z
    .object({
      events: listSchema(eventRow).describe('In the order of the event log: the oldest of the page first.'),
      next,
      through: z.string().exactOptional().describe('Pass this as `after` to get newer events. Absent with filters or `cursor`.'),
      before: z.string().exactOptional().meta({
        deprecated: true,
        description: 'The position of `next` for the parameter `before`. Present only if a filter is set.',
      }),
    })
    .describe('A page of events.'),
);

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
          '`awaiting-verdict`: the platform received the request and gives its verdict later. `unverified`: it gave none. `peel`: the request is sent again without some of its events. `split`: it is sent again in halves. `retry`: it is sent again. `blocked`: the platform refused the connection. `unknown`: there was no response. `replaced`: another request replaced it. `unanswered`: it is in progress.',
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
      answer: z.enum(['yes', 'no', 'wait', 'unseen']).describe('`wait`: not yet. `unseen`: Convey cannot check it.'),
      message: z.string().describe('The finding, and the remedy.'),
      guide: z
        .object({ slug: z.string(), hash: z.string().exactOptional() })
        .exactOptional()
        .describe('A guide and its section.'),
    })
    .describe('One condition for an event to count at the platform.'),
);

const missingKey = z.object({
  key: z.string().meta({ examples: ['phone'] }),
  label: z.string().meta({ examples: ['Phone'] }),
  path: z.string().meta({ description: 'The place in the payload that the key would have.', examples: ['userData.ph'] }),
  says: z.string().describe('Why the key is missing.'),
  remedy: z.string().describe('What to do.'),
});

const timeline = namedSchema(
  'Timeline',
  z
    .object({
      event: event.nullable().describe('`null` if the data of the event was erased.'),
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
          attempts: listSchema(attempt).describe('The oldest first.'),
          missing: listSchema(missingKey).describe(
            "The platform's match keys that the last payload lacks, with the reasons. Empty if nothing was sent.",
          ),
          checks: listSchema(check).describe('Why the event does not count at the platform, in the order to look for it.'),
        }),
      ),
    })
    .describe('The full history of one event.'),
);
export type TimelineView = z.output<typeof timeline>;
export type CheckView = z.output<typeof check>;

export const timelinesResponse = listSchema(timeline).describe('One item per event with this id.');

const seen = namedSchema(
  'Seen',
  z
    .object({
      address: z
        .enum(['public', 'private', 'unreadable'])
        .describe(
          '`private`: not a public address, so probably that of a proxy. `unreadable`: the header of a proxy could not be parsed.',
        ),
      network: z
        .string()
        .exactOptional()
        .meta({ description: 'Network of a public address.', examples: ['203.0.113.0/24'] }),
      country: z.string().exactOptional().describe('ISO 3166-1 alpha-2. Absent if unknown.'),
      bot: z
        .boolean()
        .describe('Whether the event counted as a crawler. Crawlers are not sent unless the site has `bots` set to `send`.'),
    })
    .describe('Network address of a test event.'),
);
export type SeenView = z.output<typeof seen>;

export const seenResponse = listSchema(seen).describe('One item per test event with this id. Other events are not listed.');

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
  at: time.describe('When the event became a dead letter; UNIX milliseconds.'),
};

const deadLetter = z.union([
  namedSchema(
    'DeadEvent',
    z
      .object({
        ...deadLetterShape,
        offset,
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
  z.object({ deadLetters: listSchema(deadLetter).describe('The newest first.'), next }).describe('A page of dead letters.'),
);
