import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { ownerIndexes } from '../rows/delivered-orders.ts';
import { text } from './sql.ts';

/** The same tables as `sqlite/order-ledger.ts` describes. */
export const orderLedgerTables = `
  CREATE TABLE delivered_orders (consumer ${text} NOT NULL, order_id ${text} NOT NULL, "offset" ${text} NOT NULL, at bigint NOT NULL,
    is_trusted bigint NOT NULL, email_plain ${text}, email_microsoft ${text}, email_google ${text}, email_given ${text},
    phone_e164 ${text}, phone_digits ${text}, phone_given ${text}, external_id ${text}, visitor ${text},
    purchase ${text} NOT NULL,
    PRIMARY KEY (consumer, order_id));
  CREATE INDEX delivered_orders_by_at ON delivered_orders (consumer, at);
  ${ownerIndexes}
  CREATE TABLE order_refunds (site ${text} NOT NULL, order_id ${text} NOT NULL, refund_id ${text} NOT NULL, at bigint NOT NULL,
    amount bigint, currency ${text} NOT NULL, PRIMARY KEY (site, order_id, refund_id));
  CREATE INDEX order_refunds_by_at ON order_refunds (site, at);
`;

/** `counted_since.refunds` is the first bucket whose refunds are known. It has a row if an earlier version ran. */
export const refundCountingTables = `
  ALTER TABLE counted_since ADD COLUMN refunds bigint NOT NULL DEFAULT 0;
  INSERT INTO counted_since (events, money, refunds)
    SELECT 0, 0, (floor(extract(epoch FROM now()) / 300)::bigint + 1) * 300000 WHERE EXISTS (SELECT 1 FROM identity);
`;

const consumers = 'consumer >= $1 AND consumer < $2';
const removeOldOrders = defineStatement(
  `DELETE FROM delivered_orders WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM delivered_orders WHERE ${consumers} AND at < $3 LIMIT $4))`,
);
const removeOldRefunds = defineStatement(
  'DELETE FROM order_refunds WHERE ctid = ANY (ARRAY(SELECT ctid FROM order_refunds WHERE site = $1 AND at < $2 LIMIT $3))',
);

/** Returns the statements that remove orders and refunds that are too old. */
export function oldOrderRemovals(site: string, before: number, limit: number): readonly Statement[] {
  return [removeOldOrders(...connectionConsumerRange(site), before, limit), removeOldRefunds(site, before, limit)];
}
