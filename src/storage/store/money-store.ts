import type { ConsumerId } from '../ports/consumer-id.ts';
import type { ConnectionMoney, MoneyCounts, MoneyStore, MoneySum } from '../ports/money.ts';
import { isEventOutcome } from '../ports/outcomes.ts';
import type { Sql } from '../sql/change.ts';
import { selectAll } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement } from '../sql/statement.ts';
import { isOrderEvent, trustedBits } from './rows/event-index.ts';
import { purchaseSources, toOrderSource } from './rows/purchases.ts';

interface SumRow {
  readonly currency: string;
  readonly orders: number;
  /** In thousandths. */
  readonly amount: number;
}
type OfInterval = SumRow & { readonly interval: number };
type OfConsumer<Row> = Row & { readonly consumer: ConsumerId };

/** No bucket is before `$2`, so the cast rounds down. */
const interval = 'CAST((bucket - $2) / $4 AS integer) AS interval';
const sums = 'CAST(sum(orders) AS bigint) AS orders, CAST(sum(amount) AS bigint) AS amount';
const counted = 'CAST(count(*) AS bigint) AS orders, CAST(sum(p.amount) AS bigint) AS amount';
const isAny = 'sum(orders) <> 0 OR sum(amount) <> 0';

const reported = defineStatement<OfInterval & { readonly source: number }>(
  `SELECT ${interval}, source, currency, ${sums} FROM reported_money WHERE site = $1 AND bucket >= $2 AND bucket < $3
   GROUP BY 1, 2, 3 HAVING ${isAny} ORDER BY 1, 2, 3`,
);
/** The first of the site's buckets is found by the key. */
const countedSince = defineStatement<{
  readonly events: number;
  readonly money: number;
  readonly refunds: number;
  readonly first: number | null;
}>(
  `SELECT coalesce((SELECT max(events) FROM counted_since), 0) AS events, coalesce((SELECT max(money) FROM counted_since), 0) AS money,
     coalesce((SELECT max(refunds) FROM counted_since), 0) AS refunds, (SELECT min(bucket) FROM received_counts WHERE site = $1) AS first`,
);
const deadLetters = defineStatement<SumRow>(
  `SELECT coalesce(p.currency, '') AS currency, count(*) AS orders, CAST(coalesce(sum(p.amount), 0) AS bigint) AS amount
   FROM dead_letters d LEFT JOIN purchases p ON p.site = $1 AND p."offset" = d."offset"
   WHERE d.consumer = $2 AND d.event_name = 'Purchase' AND coalesce(p.source, 0) <> ${purchaseSources.excluded} GROUP BY 1 ORDER BY 1`,
);

function defineReads({ isAmong, getField, indexedBy }: Dialect) {
  const ofConsumers = isAmong('consumer', '$1');
  const isCounted = `${isAmong('c.consumer', '$1')} AND p.source <> ${purchaseSources.excluded}`;
  /**
   * The orders after a connection's cursor without an outcome, and its deferred ones. Both lists are as long as the backlog, because SQLite
   * reads the tables of a cross join in their order.
   */
  const waitingOrders = `SELECT c.consumer, p.bucket, p.currency, p.amount FROM connections c CROSS JOIN purchases p
     WHERE p.site = $5 AND p."offset" > ${getField('c.state', 'cursor')} AND ${isCounted}
       AND NOT EXISTS (SELECT 1 FROM purchase_outcomes o WHERE o.consumer = c.consumer AND o."offset" = p."offset")
     UNION ALL
     SELECT c.consumer, p.bucket, p.currency, p.amount FROM connections c CROSS JOIN purchase_outcomes o CROSS JOIN purchases p
     WHERE o.consumer = c.consumer AND o.outcome = 'waiting' AND p.site = $5 AND p."offset" = o."offset" AND ${isCounted}`;
  /**
   * The value and currency of a refund's order are those of one report, the shop's first: a purchase in the event log, or one that a connection
   * delivered. Refunds count up to that value, a whole one what the others left of it.
   */
  const ofDelivered = `SELECT d.consumer FROM delivered_orders d WHERE ${isAmong('d.consumer', '$1')} AND d.order_id = r.order_id
    AND ${getField('d.purchase', 'total')} IS NOT NULL AND ${getField('d.purchase', 'currency')} IS NOT NULL
    ORDER BY d.is_trusted DESC, d.consumer LIMIT 1`;
  const ofReported = `SELECT i."offset" FROM event_index i ${indexedBy('events_by_order')}
      JOIN purchases q ON q.site = i.site AND q."offset" = i."offset" AND q.currency <> ''
    WHERE i.site = r.site AND i.order_id = r.order_id AND ${isOrderEvent} AND i.name = 'Purchase'
    ORDER BY (i.reporters & ${trustedBits}) DESC, i."offset" LIMIT 1`;
  const prefersDelivered = `(d.consumer IS NOT NULL AND (e."offset" IS NULL OR (e.reporters & ${trustedBits} = 0 AND d.is_trusted = 1)))`;
  const ofOrder = (delivered: string, reported: string) => `CASE WHEN ${prefersDelivered} THEN ${delivered} ELSE ${reported} END`;
  const orders = `SELECT r.site, r.order_id, r.refund_id, r.at, r.amount, r.currency,
      ${ofOrder(getField('d.purchase', 'currency'), 'p.currency')} AS "orderCurrency",
      ${ofOrder(`CAST(${getField('d.purchase', 'total')} AS bigint)`, 'p.amount')} AS total
    FROM order_refunds r
      LEFT JOIN delivered_orders d ON d.order_id = r.order_id AND d.consumer = (${ofDelivered})
      LEFT JOIN event_index e ON e.site = r.site AND e."offset" = (${ofReported})
      LEFT JOIN purchases p ON p.site = e.site AND p."offset" = e."offset"
    WHERE r.site = $5 AND r.at >= $2 AND r.at < $3 AND (r.amount IS NOT NULL OR NOT EXISTS (SELECT 1 FROM order_refunds o
      WHERE o.site = r.site AND o.order_id = r.order_id AND o.amount IS NULL
        AND (o.at < r.at OR (o.at = r.at AND o.refund_id < r.refund_id))))`;
  /** The part of the order's value that other refunds have: all of them for a whole refund, the earlier ones for another. */
  const taken = `(SELECT coalesce(sum(o.amount), 0) FROM order_refunds o WHERE o.site = v.site AND o.order_id = v.order_id
      AND o.currency = v."orderCurrency"
      AND (v.amount IS NULL OR o.at < v.at OR (o.at = v.at AND o.refund_id < v.refund_id)))`;
  const refunds = `SELECT w.at, CASE WHEN w.amount IS NULL THEN coalesce(w."orderCurrency", '') ELSE w.currency END AS currency,
      CASE WHEN w.amount IS NOT NULL AND (w.total IS NULL OR w.currency <> w."orderCurrency" OR w.amount <= w.total - w.taken) THEN w.amount
        WHEN w.total > w.taken THEN w.total - w.taken ELSE 0 END AS amount
    FROM (SELECT v.at, v.amount, v.currency, v."orderCurrency", v.total, ${taken} AS taken FROM (${orders}) v) w`;
  return {
    refunded: defineStatement<OfInterval>(
      `SELECT CAST((f.at - $2) / $4 AS integer) AS interval, f.currency AS currency, CAST(count(*) AS bigint) AS orders,
         CAST(sum(f.amount) AS bigint) AS amount FROM (${refunds}) f GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
    settled: defineStatement<OfConsumer<OfInterval & { readonly outcome: string }>>(
      `SELECT consumer, ${interval}, outcome, currency, ${sums} FROM settled_money
       WHERE ${ofConsumers} AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3, 4 HAVING ${isAny} ORDER BY 2, 3, 4`,
    ),
    waiting: defineStatement<OfConsumer<OfInterval>>(
      `SELECT consumer, ${interval}, currency, ${counted} FROM (${waitingOrders}) p
       WHERE bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3 ORDER BY 2, 3`,
    ),
  };
}

/** The reads of money for both databases. */
export function createMoneyStore(sql: Sql): MoneyStore {
  const { encodeTexts } = sql.dialect;
  const { refunded, settled, waiting } = defineReads(sql.dialect);
  const endOfTime = Number.MAX_SAFE_INTEGER;
  return {
    async getMoneyCounts(site, consumers, since, until, intervalMs) {
      const ids = encodeTexts(consumers);
      const range = [since, until, intervalMs] as const;
      const statements = [
        reported(site, ...range),
        settled(ids, ...range),
        waiting(ids, ...range, site),
        refunded(ids, ...range, site),
      ] as const;
      const [reportedRows, settledRows, waitingRows, refundRows] = await sql.readSnapshot(selectAll(statements));
      const connections = consumers.map((consumer): [ConsumerId, ConnectionMoney] => [
        consumer,
        {
          settled: settledRows.flatMap((row) => {
            const { outcome } = row;
            return row.consumer === consumer && isEventOutcome(outcome) ? [{ ...toInterval(row), outcome }] : [];
          }),
          waiting: waitingRows.filter((row) => row.consumer === consumer).map(toInterval),
        },
      ]);
      const counts: MoneyCounts = {
        refunded: refundRows.map(toInterval),
        reported: reportedRows.map((row) => ({ ...toInterval(row), source: toOrderSource(row.source) })),
        connections: new Map(connections),
      };
      return counts;
    },
    async getUnsentMoney(site, consumer) {
      const statements = [waiting(encodeTexts([consumer]), 0, endOfTime, endOfTime, site), deadLetters(site, consumer)] as const;
      const [waitingRows, deadRows] = await sql.readSnapshot(selectAll(statements));
      return { waiting: waitingRows.map(toSum), deadLetters: deadRows.map(toSum) };
    },
    async getCountedSince(site) {
      const { events = 0, money = 0, refunds = 0, first = null } = (await sql.read(countedSince(site)))[0] ?? {};
      return { events, money, refunds, ...(first !== null && { first }) };
    },
  };
}

function toInterval(row: OfInterval): MoneySum & { readonly interval: number } {
  return { interval: row.interval, ...toSum(row) };
}

function toSum({ currency, orders, amount }: SumRow): MoneySum {
  return { currency, orders, amount: amount / 1_000 };
}
