import { z } from 'zod';
import { consentSources } from '../../event/consent.ts';
import { countrySources } from '../../event/country-source.ts';
import {
  browserTagStates,
  type Commerce,
  customerTypes,
  type Page,
  pageTypes,
  reportSources,
  subscriptionOrders,
} from '../../event/event.ts';
import { ruleDeeds } from '../../event/rule.ts';
import { neverSentReasons } from '../../event/skip-reasons.ts';
import { viaNames } from '../../event/via.ts';
import { outcomeNames } from '../http/outcome-names.ts';
import { connectionId, count, issues, listSchema, logOffset, namedSchema, next, siteId, time } from '../http/schema-parts.ts';

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
  discount: z.number().exactOptional().describe('The amount by which the line was reduced.'),
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
      shipping: z.number().exactOptional(),
      tax: z.number().exactOptional(),
      discount: z.number().exactOptional(),
      coupon: z.string().exactOptional(),
      tags: listSchema(z.string()).exactOptional().describe('Labels of the order and of its customer.'),
      channel: z.string().exactOptional().describe('The sales channel, as the shop names it.'),
      customerType: z.enum(customerTypes).exactOptional(),
      orderCount: count.exactOptional().describe("The customer's orders, including this one."),
      subscription: z.enum(subscriptionOrders).exactOptional(),
    })
    .describe('The commerce data of the event.'),
) satisfies z.ZodType<Commerce>;

const useChoice = z.enum(['granted', 'denied']).exactOptional();

const via = z.union([z.enum(viaNames), z.templateLiteral(['hook:', z.string()])]);

const eventShape = {
  site: siteId,
  offset: logOffset,
  name: z
    .string()
    .meta({ description: '`Purchase`, or a custom name. Names of signals start with `$`.', examples: ['Purchase'] }),
  id: z.string().meta({ examples: ['ord-1001'] }),
  reporter: z.enum(reportSources).describe('The source of the report.'),
  via: via
    .exactOptional()
    .describe("The way in by which the report came. Absent: the source's own, such as the pixel of a browser."),
  reportedBy: z
    .string()
    .describe('The source and the way in, in words.')
    .meta({ examples: ['the browser', 'Stripe', 'the HubSpot hook forms'] }),
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
  shopper: z
    .string()
    .exactOptional()
    .meta({
      description: 'Short name of the visitor, the same in all events of the site. Absent if the event names no visitor.',
      examples: ['5d41402a'],
    }),
  country: z.string().exactOptional().describe("The shopper's country, ISO 3166-1 alpha-2. Absent if unknown."),
  countrySource: z
    .enum(countrySources)
    .exactOptional()
    .describe("Source of `country`: the proxy's `header`, a `table` of countries by address, or the `report` itself."),
  countryText: z
    .string()
    .describe('The country and its source, in words.')
    .meta({ examples: ["US, by the proxy's header", 'Not known'] }),
  addedBy: z
    .object({ rule: z.string(), connection: connectionId })
    .exactOptional()
    .describe('The rule that added the event, and the one connection that receives it. Absent for events that were reported.'),
  warnings: issues.describe('What was dropped or changed when the event was accepted.'),
  notSent: z
    .enum(neverSentReasons)
    .exactOptional()
    .describe(
      "The shop's reason why the event is not sent, unless a rule counts it apart. Otherwise its personal data is not stored.",
    ),
};

export const event = namedSchema('Event', z.object(eventShape).describe('One report of an event, as it was accepted.'));
export type EventView = z.output<typeof event>;

export const outcomeShape = {
  connection: connectionId,
  outcome: z
    .enum(outcomeNames)
    .describe(
      '`undelivered`: the connection has not processed the event yet, also if its data was removed, so that nothing is sent. `waiting`: for a duplicate report, for consent, or for the next attempt. `dead`: the event could not be delivered. All others are reasons of a skip.',
    ),
  says: z.string().meta({ description: 'The outcome as a sentence.', examples: ['Delivered.'] }),
  issues: issues.describe('The reasons, or the warnings of the mapping and of the platform.'),
  rules: z
    .object({
      digest: z.string().meta({
        description: "The versions of the site's and the connection's rules, joined by a dot: `digest` in their history.",
        examples: ['-.Jd0sGqfPj3h0Xw2a'],
      }),
      effects: listSchema(
        z.object({
          rule: z.string().meta({ description: 'Id of the rule.', examples: ['wholesale'] }),
          did: z.enum(ruleDeeds),
          message: z.string().meta({
            description: 'The rule and its change. `nothing` comes with the reason.',
            examples: ['Rule “Wholesale orders” skipped the event.'],
          }),
        }),
      ),
      name: z.string().exactOptional().describe("The event's name after the rules, if one of them renamed it."),
    })
    .exactOptional()
    .describe('The rules that applied to the event. Absent if there were none.'),
};

const outcome = namedSchema('Outcome', z.object(outcomeShape).describe('Outcome of an event on one connection.'));
export type OutcomeView = z.output<typeof outcome>;

export const goneReason = z
  .enum(['erased', 'consent-denied', 'expired', 'damaged'])
  .describe(
    '`erased`: a request of the person. `consent-denied`: the event waited for consent, and a denial or none came. `expired`: `retentionDays.events` is over. `damaged`: the disk changed the record.',
  );
export type GoneReason = z.output<typeof goneReason>;

const eventRow = z.union([
  namedSchema('ListedEvent', z.object({ ...eventShape, outcomes: listSchema(outcome) }).describe('An event with its outcomes.')),
  namedSchema(
    'ErasedEvent',
    z
      .object({
        site: siteId,
        offset: logOffset,
        gone: z.literal(true),
        reason: goneReason,
        says: z.string().describe('Why the data was removed, as sentences with the remedy.'),
        record: z
          .object({
            name: z.string(),
            id: z.string(),
            reporter: z.enum(reportSources).exactOptional(),
            via: via.exactOptional(),
            reportedBy: z.string().exactOptional(),
          })
          .exactOptional()
          .describe("The event's name, id, source and way in. Absent if the person's data was erased, and for a signal."),
        receivedAt: time.describe('When Convey accepted the event; UNIX milliseconds.'),
        outcomes: listSchema(outcome).describe('Outcomes on the connections. Empty for a signal.'),
      })
      .describe('An event whose data was removed.'),
  ),
]);
export const streamResponse = z.string().describe('Server-sent events. The data of each `row` is a listed event.');

/** A listed event. If its data was removed, `gone` is set and only the outcomes remain. */
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

const neighbour = z.object({
  offset: logOffset,
  id: z.string().meta({ description: "The event's id.", examples: ['ord-1001'] }),
});

export const neighboursResponse = namedSchema(
  'Neighbours',
  z
    .object({ newer: neighbour.exactOptional(), older: neighbour.exactOptional() })
    .describe('The next events of the list on each side of an event. Absent if there is none.'),
);

export const shopperEventsResponse = namedSchema(
  'ShopperEvents',
  z
    .object({
      events: listSchema(eventRow).describe('In the order of the event log.'),
      isNamed: z.boolean().describe('`false`: the event names no visitor.'),
    })
    .describe('Other events of the shopper of an event.'),
);

export const csvResponse = z.string().describe('Comma-separated values.');

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
export type TestEventOriginView = z.output<typeof seen>;

export const seenResponse = listSchema(seen).describe('One item per test event with this id. Other events are not listed.');
