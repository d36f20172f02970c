import { z } from 'zod';
import { reportSources } from '../../event/event.ts';
import { orderGaps, orderStatuses } from '../../event/order-accuracy.ts';
import { neverSentReasons } from '../../event/skip-reasons.ts';
import { connectionId, count, listSchema, namedSchema, next, siteId, time } from '../http/schema-parts.ts';

const day = z.string().meta({ description: 'A day in the time zone of the site, `YYYY-MM-DD`.', examples: ['2026-11-24'] });

const amount = {
  currency: z.string().meta({ description: 'ISO 4217.', examples: ['EUR'] }),
  amount: z.number().meta({ description: 'In the currency, with up to three decimals.', examples: [1249.5] }),
};

const refundedAmount = z.number().exactOptional();

const amounts = listSchema(
  z.object({
    ...amount,
    refunded: refundedAmount.describe(
      'The part of `amount` that was paid back by now, by refunds and cancellations of these orders.',
    ),
    net: z.number().exactOptional().describe('`amount` without `refunded`.'),
    accepted: z.number().describe('The part of the accepted orders.'),
    explained: z.number().describe('The part of the explained orders.'),
    missing: z.number().describe('The part of the missing orders.'),
  }),
).describe('The amounts of these orders, by currency. Orders without a value have none. Absent currencies have no orders.');

const sums = {
  orders: count.describe('Sum of `accepted`, `explained` and `missing`.'),
  accepted: count.describe('Orders that the platform accepted.'),
  explained: count.describe('Orders that were not accepted, for an expected reason.'),
  missing: count.describe('Orders that were not accepted, for a reason that needs action.'),
  share: z
    .number()
    .min(0)
    .max(1)
    .exactOptional()
    .meta({ description: '(accepted + explained) ÷ orders. Absent if there are no orders.', examples: [0.99] }),
};

const gap = z.enum(orderGaps);

const alert = z
  .object({
    state: z
      .enum(['off', 'few', 'fine', 'under'])
      .describe('`under`: the share is below `alertUnder`. `few`: too few orders to judge. `off`: `alertUnder` is 0 or null.'),
    since: day,
    until: day,
    orders: count,
    share: sums.share,
  })
  .describe('Result of the last seven whole days.');

const notCounted = z
  .partialRecord(z.enum(neverSentReasons), count)
  .describe('Orders that the shop marks as not placed by a shopper in its storefront. No other number includes them.');

const ofConnection = z.object({
  connection: connectionId,
  destination: z.string().describe('The platform, such as `microsoft`.'),
  ...sums,
  amounts,
  noted: count.describe('Accepted orders with a warning of the mapping or of the platform.'),
  notCounted,
  gaps: listSchema(
    z.object({
      gap,
      orders: count,
      amounts: listSchema(z.object(amount)).describe('The amounts of these orders, by currency.'),
      isExplained: z.boolean().describe('Whether the reason is expected.'),
      says: z.string(),
      remedy: z.string(),
      since: time.exactOptional().describe('For waiting orders: when the first of them was received; UNIX milliseconds.'),
    }),
  ).describe('Why orders were not accepted: first the missing orders, then the explained ones, each by frequency.'),
  problem: z
    .string()
    .exactOptional()
    .describe('Why the connection may not deliver, and what to do. Absent if it has no problem. The remedy of waiting orders.'),
  days: listSchema(z.object({ day, ...sums, amounts, gaps: z.partialRecord(gap, count) })).describe(
    'The orders of each day, by the day on which they were placed.',
  ),
  alert,
});
export type ConnectionAccuracyView = z.output<typeof ofConnection>;

const head = {
  site: siteId,
  timeZone: z.string().describe("The time zone of the site's days."),
  since: day,
  until: day,
  hasWebhooks: z.boolean().describe('Whether the site has a webhook secret.'),
  alertUnder: z.number().nullable().describe('The setting `sites[].accuracy.alertUnder`.'),
  keptSince: time
    .exactOptional()
    .describe('When the oldest stored event was received; UNIX milliseconds. No number includes older events.'),
  coverage: z.string().meta({
    description: 'The orders that the numbers include, in a sentence.',
    examples: ['Counts orders that were reported within 7 days.'],
  }),
  unknownToShop: count.describe('Purchases that only browsers reported. They do not count as orders.'),
};

export const accuracyResponse = namedSchema(
  'Accuracy',
  z
    .object({ ...head, connections: listSchema(ofConnection).describe('The enabled connections that are no test.') })
    .describe("The orders that a site's server or webhooks reported from `since` to `until`, both included, with their status."),
);
export type AccuracyView = z.output<typeof accuracyResponse>;

const line = namedSchema(
  'AccuracyLine',
  z
    .object({
      ...head,
      connections: listSchema(z.object({ connection: connectionId, ...sums, amounts, alert })).describe(
        'The enabled connections that are no test.',
      ),
    })
    .describe("Summary of one site's orders of the seven days up to today."),
);
export const accuracyLinesResponse = listSchema(line).describe('One item per site.');

const order = z.object({
  orderId: z
    .string()
    .exactOptional()
    .describe("The shop's id of the order. Absent if the shopper denied consent, or if no report contained it."),
  eventId: z.string(),
  time: time.describe('When the order was placed; UNIX milliseconds.'),
  money: z.object(amount).exactOptional().describe('The value of the order. Absent if no report has one with a currency.'),
  refunded: refundedAmount.describe('The part of the value that was paid back by now. Absent if the order has no value.'),
  receivedAt: time,
  reporters: listSchema(z.enum(reportSources)),
  standings: z
    .record(z.string(), z.enum(orderStatuses))
    .meta({ description: 'Status of the order by connection.', examples: [{ bing: 'accepted' }] }),
  rules: z
    .record(z.string(), z.string())
    .exactOptional()
    .meta({ description: 'The rule that skipped the order, by connection.', examples: [{ bing: 'wholesale' }] }),
});
export type OrderView = z.output<typeof order>;

export const ordersResponse = namedSchema(
  'Orders',
  z.object({ orders: listSchema(order), next }).describe('Purchases of a period, in the order in which they were received.'),
);
