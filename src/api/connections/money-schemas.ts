import { z } from 'zod';
import { skipReasonNames } from '../../event/skip-reasons.ts';
import { connectionId, count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

const amount = z.object({
  currency: z.string().meta({ description: 'ISO 4217.', examples: ['EUR'] }),
  amount: z.number().meta({ description: 'In the currency, with up to three decimals.', examples: [1249.5] }),
  orders: count,
});

/** Orders with their amounts, each currency apart. */
export const orderSums = namedSchema(
  'OrderSums',
  z
    .object({
      orders: count.describe('All orders, also those without a value.'),
      withoutValue: count.describe('Orders whose reports have no value, or none with a currency.'),
      amounts: listSchema(amount).describe('One item per currency. Nothing is converted.'),
    })
    .describe('Orders and their amounts.'),
);
export type OrderSumsView = z.output<typeof orderSums>;

const netAmount = amount.omit({ orders: true });

/** The orders that a site's reports state. */
export const reportedShape = {
  refunded: orderSums.describe(
    'Refunds and cancellations of the period, by their own time: `orders` is their number. A whole refund counts what was left of the order.',
  ),
  net: listSchema(netAmount).describe('The amounts of `reported` and `browsersAlone` without those of `refunded`, by currency.'),
  refundsSince: time.describe(
    'From when on refunds are known; UNIX milliseconds. Earlier ones are missing, not zero, and are kept for 90 days.',
  ),
  reported: orderSums.describe("Orders that the shop's server or webhooks reported."),
  browsersAlone: orderSums.describe(
    'Orders that only browsers reported while their values are kept, 38 days by default. A later report of the shop is a further order.',
  ),
};

/** The orders of a site at one connection. Their amounts are those of the site's reports, before rules. */
export const moneyOfConnection = z.object({
  accepted: orderSums.describe('Orders that the platform accepted.'),
  delivered: orderSums.describe('Orders that the platform has: the accepted ones, and those without a verdict.'),
  waiting: orderSums.describe('Orders that wait now.'),
  failed: orderSums.describe('Failed orders, also dropped ones.'),
  skipped: orderSums.describe('Orders that are not sent, for any reason.'),
  skippedBy: listSchema(z.object({ reason: z.enum(skipReasonNames), orders: orderSums })).describe(
    'The skipped orders by reason.',
  ),
});
export type ConnectionMoneyView = z.output<typeof moneyOfConnection>;

/** From when on numbers are whole. Earlier ones are missing, not zero. */
export const wholeShape = {
  countedSince: time
    .exactOptional()
    .describe(
      'From when on the numbers of events are whole: since the first event that is counted; UNIX milliseconds. Earlier numbers are missing, not zero. Absent if no event was counted.',
    ),
  moneySince: time.exactOptional().describe('The same for orders and amounts.'),
  isComplete: z.boolean().describe('Whether the numbers of events and of orders are whole for the period.'),
};

const sparse = orderSums.exactOptional();

export const moneyResponse = namedSchema(
  'Money',
  z
    .object({
      site: siteId,
      timeZone: z.string().describe("The time zone of the site's days."),
      since: time.describe('Start of the first day or hour; UNIX milliseconds.'),
      until: time.describe('End of the last day or hour; UNIX milliseconds.'),
      ...wholeShape,
      ...reportedShape,
      connections: listSchema(z.object({ connection: connectionId, ...moneyOfConnection.shape })),
      buckets: listSchema(
        z.object({
          since: time,
          until: time,
          reported: sparse,
          browsersAlone: sparse,
          refunded: sparse,
          connections: listSchema(
            z.object({
              connection: connectionId,
              accepted: sparse,
              delivered: sparse,
              waiting: sparse,
              failed: sparse,
              skipped: sparse,
            }),
          ).describe('Connections without orders are absent.'),
        }),
      ).describe('Every day or hour of the period. Members without orders are absent.'),
    })
    .describe("A site's orders and their amounts, by the time when Convey received their first report."),
);
export type MoneyView = z.output<typeof moneyResponse>;

const orderDays = namedSchema(
  'OrderDays',
  z
    .object({
      site: siteId,
      timeZone: z.string().describe("The time zone of the site's days."),
      since: time.describe('Start of the first day; UNIX milliseconds.'),
      isComplete: z.boolean().describe('Whether all orders of these days were counted.'),
      orders: listSchema(count).describe('The orders of each day, whoever reported them. The last day is the present one.'),
    })
    .describe("A site's orders by day."),
);
export type OrderDaysView = z.output<typeof orderDays>;
export const orderDaysResponse = listSchema(orderDays).describe('One item per site.');
