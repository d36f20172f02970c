import { type ConsumerId, connectionConsumerRange } from '../ports/consumer-id.ts';
import { deliveredPurchaseSchema, type OrderAtConnection, type OrderLedger } from '../ports/order-ledger.ts';
import type { Sql } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement } from '../sql/statement.ts';
import { hashColumns } from './rows/delivered-orders.ts';

interface OrderRow {
  readonly consumer: ConsumerId;
  readonly orderId: string;
  readonly offset: string;
  readonly isTrusted: number;
  readonly purchase: string;
}

interface RefundRow {
  readonly orderId: string;
  readonly refundId: string;
  readonly at: number;
  readonly amount: number | null;
  readonly currency: string;
}

const orderColumns = 'consumer, order_id AS "orderId", "offset", is_trusted AS "isTrusted", purchase';
const ofSite = 'consumer >= $1 AND consumer < $2';

function defineReads({ isAmong }: Dialect) {
  const [hashes, visitors, orders] = ['$3', '$4', '$5'];
  const isOwned = [
    ...hashColumns.map((column) => isAmong(column, hashes)),
    isAmong('visitor', visitors),
    isAmong('order_id', orders),
  ].join(' OR ');
  return {
    delivered: defineStatement<OrderRow>(
      `SELECT ${orderColumns} FROM delivered_orders WHERE ${ofSite} AND ${isAmong('order_id', '$3')} ORDER BY consumer, order_id`,
    ),
    owned: defineStatement<OrderRow>(
      `SELECT ${orderColumns} FROM delivered_orders WHERE ${ofSite} AND (${isOwned}) ORDER BY consumer, order_id`,
    ),
    refunds: defineStatement<RefundRow>(
      `SELECT order_id AS "orderId", refund_id AS "refundId", at, amount, currency FROM order_refunds
       WHERE site = $1 AND ${isAmong('order_id', '$2')} ORDER BY at, refund_id`,
    ),
  };
}

export function createOrderLedger(sql: Sql): OrderLedger {
  const { delivered, owned, refunds } = defineReads(sql.dialect);
  const encode = (texts: readonly string[]) => sql.dialect.encodeTexts(texts);
  return {
    listDeliveredOrders: async (site, orderIds) =>
      (await sql.read(delivered(...connectionConsumerRange(site), encode(orderIds)))).flatMap(toOrder),
    findOwnedOrders: async (site, owner) => {
      const lists = [encode(owner.hashes), encode(owner.visitors), encode(owner.orderIds)];
      return (await sql.read(owned(...connectionConsumerRange(site), ...lists))).flatMap(toOrder);
    },
    listRefunds: async (site, orderIds) =>
      (await sql.read(refunds(site, encode(orderIds)))).map(({ amount, ...row }) => ({
        ...row,
        ...(amount !== null && { thousandths: amount }),
      })),
  };
}

/** Leaves out a row that is damaged, or was written by a version that this one cannot read. */
function toOrder({ purchase, isTrusted, ...row }: OrderRow): readonly OrderAtConnection[] {
  const parsed = deliveredPurchaseSchema.safeParse(parseText(purchase));
  return parsed.success ? [{ ...row, isTrusted: isTrusted === 1, purchase: parsed.data }] : [];
}

function parseText(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
