import { z } from 'zod';
import { consentSources } from '../../event/consent.ts';
import { browserTagStates, type Commerce, type Page, pageTypes, reporters } from '../../event/event.ts';
import { matchKeys } from '../../event/match-keys.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, issues, listOf, namedSchema, next, siteId, time } from '../http/schema-parts.ts';

/**
 * What the API answers of events: one schema each, of which the types are derived. Hashes, addresses and agents appear as names
 * of keys that are present, never as values.
 */

const item = z.object({
  id: z.string().exactOptional(),
  name: z.string().exactOptional(),
  price: z.number().exactOptional().describe("Of one piece, after discounts, in the event's currency."),
  quantity: z.number().exactOptional().describe('Whole pieces.'),
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
  lengthOfStay: z.number().exactOptional().describe('Nights.'),
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
      keywords: z.string().exactOptional().describe('Separated by commas.'),
      loadId: z.string().exactOptional().describe('One UUID per page view, shared by the events of that view.'),
      browserTag: z
        .enum(browserTagStates)
        .exactOptional()
        .describe("Whether the platform's own tag ran on the page and so reported the page view itself."),
    })
    .describe('Where it happened.'),
) satisfies z.ZodType<Page>;

const commerce = namedSchema(
  'Commerce',
  z
    .object({
      value: z.number().exactOptional().describe('Of the whole event, in `currency`.'),
      currency: z.string().exactOptional().describe('ISO 4217, upper case.'),
      orderId: z.string().exactOptional(),
      checkoutId: z.string().exactOptional().describe('Of the checkout that the order came out of.'),
      pageType: z.enum(pageTypes).exactOptional(),
      category: z.string().exactOptional(),
      searchTerm: z.string().exactOptional(),
      items: listOf(item).exactOptional(),
      hotel: hotel.exactOptional(),
    })
    .describe('What it was about.'),
) satisfies z.ZodType<Commerce>;

const eventShape = {
  site: siteId,
  offset: z.string().describe('Its place in the log. Opaque.'),
  name: z.string().describe('`Purchase`, or a custom name. The name of a signal begins with `$`.'),
  id: z.string(),
  reporter: z.enum(reporters).describe('Who told of it.'),
  time: time.describe('When it happened; UNIX milliseconds.'),
  receivedAt: time.describe('When Convey accepted it; UNIX milliseconds.'),
  consent: z.object({
    stated: z
      .enum(['granted', 'denied', 'unknown'])
      .describe('What was said of advertising storage. `unknown`: nobody said, or only a default did.'),
    effective: z
      .enum(['granted', 'denied', 'pending'])
      .describe("What it counts as under the site's policy. `pending`: a copy or the visitor may still say."),
    source: z.enum(consentSources).exactOptional().describe('Which tool said so.'),
  }),
  keys: listOf(z.string()).describe('Names of the keys that it carries: `emailMicrosoft`, `msclkid`, `ip`.'),
  page,
  commerce,
  warnings: issues.describe('What was dropped or changed when it was accepted.'),
};

const event = namedSchema('Event', z.object(eventShape).describe('One report of an event, as it was accepted.'));
export type EventView = z.output<typeof event>;

const outcomeShape = {
  connection: connectionId,
  outcome: z
    .enum(outcomeNames)
    .describe(
      '`undelivered`: the connection has not come to it yet. `waiting`: for its copy, for consent, or for the next try. `dead`: it is a dead letter. Others are the reason of a skip.',
    ),
  says: z.string().describe('The same as a sentence.'),
  issues: issues.describe('Reasons, or warnings of the mapping and of the platform.'),
};

const outcome = namedSchema('Outcome', z.object(outcomeShape).describe('What became of an event on one connection.'));
export type OutcomeView = z.output<typeof outcome>;

const eventRow = z.union([
  namedSchema('ListedEvent', z.object({ ...eventShape, outcomes: listOf(outcome) }).describe('An event with what became of it.')),
  namedSchema(
    'ErasedEvent',
    z
      .object({
        site: siteId,
        offset: z.string().describe('Its place in the log. Opaque.'),
        gone: z.literal(true),
        receivedAt: time.describe('When Convey accepted it; UNIX milliseconds.'),
        outcomes: listOf(outcome).describe('What connections came to of it; none of a signal.'),
      })
      .describe('An event whose body was erased.'),
  ),
]);
/** Of a stream of server-sent events: the data of each `row` is one of the rows above. */
export const streamResponse = z.string().describe('Server-sent events; the data of each `row` is a listed event.');

/** A listed event; `gone` once its body was erased: then what connections came to of it is left. */
export type EventRow = z.output<typeof eventRow>;

export const eventsResponse = namedSchema(
  'Events',
  z
    .object({
      events: listOf(eventRow).describe('In the order of the log: the oldest of the page first.'),
      next,
      through: z
        .string()
        .exactOptional()
        .describe('Pass it as `after` for what came since. Only without filters and without `cursor`.'),
      before: z
        .string()
        .exactOptional()
        .meta({ deprecated: true, description: 'With filters: the place of `next`, for the parameter `before`.' }),
    })
    .describe('A page of events.'),
);

const attempt = namedSchema(
  'Attempt',
  z
    .object({
      id: z.string(),
      startedAt: time,
      events: count.describe('How many events the request held.'),
      bodySha256: z.string().describe('SHA-256 of the body as it was sent, in hexadecimal digits.'),
      request: z
        .object({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()), body: z.string() })
        .exactOptional()
        .describe(
          'A request that would send this event alone, with secrets masked. Absent once the event was erased, or where the connection is gone.',
        ),
      payload: z.unknown().describe('This event as it stood in the request; null once it was erased.'),
      result: z
        .enum(['delivered', 'peel', 'split', 'retry', 'blocked', 'unknown', 'replaced', 'unanswered'])
        .describe(
          '`peel`: without some of its events it goes again. `split`: in halves it goes again. `retry`: it goes again. `blocked`: the connection was refused. `unknown`: no answer came. `replaced`: another request took its place. `unanswered`: it is under way.',
        ),
      status: z.int().exactOptional().describe('The HTTP status; absent where no answer came.'),
      answer: z.string().exactOptional().describe("The platform's answer, with values that may be personal masked."),
      issues: issues.describe('What the platform complained of.'),
    })
    .describe('One request to a platform that held the event.'),
);
export type AttemptView = z.output<typeof attempt>;

const timeline = namedSchema(
  'Timeline',
  z
    .object({
      event: event.nullable().describe('Null once its body was erased.'),
      copies: listOf(event).describe('Other reports of the same event, whose facts were added to it.'),
      recalled: listOf(
        z.object({
          key: z.string().describe('What was added: `clickIds.msclkid`.'),
          from: z.string().describe('What it was found by: `visitor`.'),
        }),
      ).describe('What was added because it was known of the shopper by then.'),
      missing: listOf(
        z.object({
          key: z.enum(matchKeys),
          says: z.string().describe('Why it is missing.'),
          remedy: z.string().describe('What to do.'),
        }),
      ).describe('By what else a platform could match the event, and why it cannot, as is known by now.'),
      connections: listOf(z.object({ ...outcomeShape, attempts: listOf(attempt).describe('In the order of their start.') })),
    })
    .describe('One event across every boundary.'),
);
export type TimelineView = z.output<typeof timeline>;

export const timelinesResponse = listOf(timeline).describe('One for each event with this id.');

const seen = namedSchema(
  'Seen',
  z
    .object({
      address: z
        .enum(['public', 'private', 'unreadable'])
        .describe(
          "`private`: no shopper's on the internet, so most likely a proxy's. `unreadable`: what a proxy said of it could not be read.",
        ),
      network: z.string().exactOptional().describe('Of a public address, the network around it: `203.0.113.0/24`.'),
      country: z.string().exactOptional().describe('ISO 3166-1 alpha-2; absent where nothing told it.'),
      bot: z.boolean().describe('It counted as a crawler, and so is not sent unless the site says so.'),
    })
    .describe('From where a test event came.'),
);
export type SeenView = z.output<typeof seen>;

export const seenResponse = listOf(seen).describe('One for each test event with this id; none of other events.');

const rejection = namedSchema(
  'Rejection',
  z
    .object({
      receivedAt: time,
      name: z.string().exactOptional().describe('The name that was sent, where it is one.'),
      reporter: z.enum(reporters).exactOptional().describe('Who sent it.'),
      issues: issues.describe('Why. Nothing else of it is kept.'),
    })
    .describe('What never became an event.'),
);
export type RejectionView = z.output<typeof rejection>;

export const rejectionsResponse = namedSchema(
  'Rejections',
  z.object({ rejections: listOf(rejection).describe('The oldest of the page first.'), next }).describe('A page of rejections.'),
);

const deadLetterShape = {
  connection: connectionId,
  cause: z
    .enum(['rejected', 'expired', 'corrupt'])
    .describe(
      '`rejected`: by the platform or by the check before it. `expired`: too old to be taken. `corrupt`: the disk damaged it.',
    ),
  issues: issues.describe('The reasons.'),
  at: time.describe('Since when it is one; UNIX milliseconds.'),
};

const deadLetter = z.union([
  namedSchema(
    'DeadEvent',
    z
      .object({
        ...deadLetterShape,
        offset: z.string().describe('Its place in the log. Opaque.'),
        eventName: z.string(),
        eventId: z.string(),
      })
      .describe('An event that is not sent unless a person says so.'),
  ),
  namedSchema(
    'DeadRange',
    z
      .object({
        ...deadLetterShape,
        range: z.object({
          after: z.string().describe('The offset before it.'),
          through: z.string().describe('Its last offset, which names it.'),
          events: count.describe('How many it stands for.'),
        }),
      })
      .describe('All events of a stretch of the log that went by age before the connection came to them.'),
  ),
]);
export type DeadLetterView = z.output<typeof deadLetter>;

export const deadLettersResponse = namedSchema(
  'DeadLetters',
  z.object({ deadLetters: listOf(deadLetter).describe('The newest first.'), next }).describe('A page of dead letters.'),
);
