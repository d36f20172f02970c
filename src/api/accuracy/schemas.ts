import { z } from 'zod';
import { reporters } from '../../event/event.ts';
import { orderGaps, orderStatuses } from '../../event/order-accuracy.ts';
import { connectionId, count, listOf, namedSchema, next, siteId, time } from '../http/schema-parts.ts';

/** What the API answers of orders against what the platform accepted: one schema each, of which the types are derived. */

const day = z.string().describe('`YYYY-MM-DD`, in UTC.');

const sums = {
  orders: count.describe('Accepted, explained and missing together.'),
  accepted: count.describe('The platform accepted them.'),
  explained: count.describe('Not accepted, for a reason that is in order.'),
  missing: count.describe('Not accepted, for a reason that somebody should look at.'),
  share: z.number().min(0).max(1).exactOptional().describe('(accepted + explained) ÷ orders. Absent where there are none.'),
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
  .describe('What the last seven whole days came to.');

const notCounted = z
  .partialRecord(z.enum(['test-order', 'offline-order', 'record-only']), count)
  .describe("Orders that the shop marks as no shopper's of its storefront. They are in no other number.");

const ofConnection = z.object({
  connection: connectionId,
  destination: z.string().describe('The platform, such as `microsoft`.'),
  ...sums,
  noted: count.describe('Of the accepted ones, those that the mapping or the platform said something of.'),
  notCounted,
  gaps: listOf(
    z.object({
      gap,
      orders: count,
      isExplained: z.boolean(),
      says: z.string(),
      remedy: z.string(),
      since: time.exactOptional().describe('Of orders that wait: when the first of them was received; UNIX milliseconds.'),
    }),
  ).describe('Why orders were not accepted: what is missing first, then what is explained; of each the most frequent first.'),
  days: listOf(z.object({ day, ...sums, gaps: z.partialRecord(gap, count) })).describe('By the day on which the order was made.'),
  alert,
});
export type ConnectionAccuracyView = z.output<typeof ofConnection>;

const head = {
  site: siteId,
  since: day,
  until: day,
  hasWebhooks: z.boolean().describe('Whether the site has a secret by which it takes webhooks of the shop.'),
  alertUnder: z.number().nullable().describe('`sites[].accuracy.alertUnder`.'),
  keptSince: time
    .exactOptional()
    .describe('When the first event that is still kept was received; UNIX milliseconds. What came before is in no number.'),
  unknownToShop: count.describe('Purchases that browsers or servers told and no webhook did. They are no orders here.'),
};

export const accuracyResponse = namedSchema(
  'Accuracy',
  z
    .object({ ...head, connections: listOf(ofConnection).describe('The enabled ones.') })
    .describe("Orders that a site's webhooks told in some days, the first and the last included, and what became of them."),
);
export type AccuracyView = z.output<typeof accuracyResponse>;

const line = namedSchema(
  'AccuracyLine',
  z
    .object({
      ...head,
      connections: listOf(z.object({ connection: connectionId, ...sums, alert })).describe('The enabled ones.'),
    })
    .describe("One site's orders of the last seven days and today, in short."),
);
export type AccuracyLineView = z.output<typeof line>;
export const accuracyLinesResponse = listOf(line).describe('One for each site.');

const order = z.object({
  orderId: z.string().exactOptional().describe("The shop's id of it. Absent where the shopper denied, or nobody told it."),
  eventId: z.string(),
  time: time.describe('When it was made; UNIX milliseconds.'),
  receivedAt: time,
  reporters: listOf(z.enum(reporters)),
  standings: z.record(z.string(), z.enum(orderStatuses)).describe('Where it stands, by connection.'),
});
export type OrderView = z.output<typeof order>;

export const ordersResponse = namedSchema(
  'Orders',
  z.object({ orders: listOf(order), next }).describe('Purchases of some days, whoever told them, the first received first.'),
);
