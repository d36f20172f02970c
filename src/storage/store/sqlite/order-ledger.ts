import type { Db } from '../../sqlite/open.ts';
import { ownerIndexes } from '../rows/delivered-orders.ts';

/**
 * `at` is the time of the purchase or refund. The columns from `email_plain` to `visitor` have the values of the person by which an erasure
 * finds the order after its event is gone; null if another column has the same hash. `purchase` is the JSON of `DeliveredPurchase`. `amount`
 * is in thousandths; null: the whole order.
 */
export const orderLedgerSchema = `
  CREATE TABLE delivered_orders (consumer TEXT NOT NULL, order_id TEXT NOT NULL, offset TEXT NOT NULL, at INTEGER NOT NULL,
    is_trusted INTEGER NOT NULL, email_plain TEXT, email_microsoft TEXT, email_google TEXT, email_given TEXT,
    phone_e164 TEXT, phone_digits TEXT, phone_given TEXT, external_id TEXT, visitor TEXT,
    purchase TEXT NOT NULL,
    PRIMARY KEY (consumer, order_id)) STRICT, WITHOUT ROWID;
  CREATE INDEX delivered_orders_by_at ON delivered_orders (consumer, at);
  ${ownerIndexes}
  CREATE TABLE order_refunds (site TEXT NOT NULL, order_id TEXT NOT NULL, refund_id TEXT NOT NULL, at INTEGER NOT NULL,
    amount INTEGER, currency TEXT NOT NULL, PRIMARY KEY (site, order_id, refund_id)) STRICT, WITHOUT ROWID;
  CREATE INDEX order_refunds_by_at ON order_refunds (site, at);
`;

/** `counted_since.refunds` is the first bucket whose refunds are known; 0 in a new file. */
export const refundCounting = 'ALTER TABLE counted_since ADD COLUMN refunds INTEGER NOT NULL DEFAULT 0;';

/** Prepares the removal of orders that are too old. Returns the number of removed rows. Runs in the writer's thread. */
export function prepareOrderRemoval(db: Db) {
  const orders = db.prepare(
    `DELETE FROM delivered_orders WHERE consumer = @consumer AND order_id IN
       (SELECT order_id FROM delivered_orders WHERE consumer = @consumer AND at < @before LIMIT @limit)`,
  );
  const refunds = db.prepare(
    `DELETE FROM order_refunds WHERE (site, order_id, refund_id) IN
       (SELECT site, order_id, refund_id FROM order_refunds WHERE site = @site AND at < @before LIMIT @limit)`,
  );
  return {
    removeOrders: (consumer: string, before: number, limit: number): number => orders.run({ consumer, before, limit }).changes,
    removeRefunds: (site: string, before: number, limit: number): number => refunds.run({ site, before, limit }).changes,
  };
}
