import type { ConsumerId } from '../ports/consumer-id.ts';
import type { ConnectionMoney, MoneyCounts, MoneyStore, MoneySum } from '../ports/money.ts';
import { isEventOutcome } from '../ports/outcomes.ts';
import type { Sql } from '../sql/change.ts';
import { selectAll } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement } from '../sql/statement.ts';
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
const countedSince = defineStatement<{ readonly events: number; readonly money: number; readonly first: number | null }>(
  `SELECT coalesce((SELECT max(events) FROM counted_since), 0) AS events, coalesce((SELECT max(money) FROM counted_since), 0) AS money,
     (SELECT min(bucket) FROM received_counts WHERE site = $1) AS first`,
);
const deadLetters = defineStatement<SumRow>(
  `SELECT coalesce(p.currency, '') AS currency, count(*) AS orders, CAST(coalesce(sum(p.amount), 0) AS bigint) AS amount
   FROM dead_letters d LEFT JOIN purchases p ON p.site = $1 AND p."offset" = d."offset"
   WHERE d.consumer = $2 AND d.event_name = 'Purchase' AND coalesce(p.source, 0) <> ${purchaseSources.excluded} GROUP BY 1 ORDER BY 1`,
);

function defineReads({ isAmong, getField }: Dialect) {
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
  return {
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
  const { settled, waiting } = defineReads(sql.dialect);
  const endOfTime = Number.MAX_SAFE_INTEGER;
  return {
    async getMoneyCounts(site, consumers, since, until, intervalMs) {
      const ids = encodeTexts(consumers);
      const range = [since, until, intervalMs] as const;
      const statements = [reported(site, ...range), settled(ids, ...range), waiting(ids, ...range, site)] as const;
      const [reportedRows, settledRows, waitingRows] = await sql.readSnapshot(selectAll(statements));
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
      const { events = 0, money = 0, first = null } = (await sql.read(countedSince(site)))[0] ?? {};
      return { events, money, ...(first !== null && { first }) };
    },
  };
}

function toInterval(row: OfInterval): MoneySum & { readonly interval: number } {
  return { interval: row.interval, ...toSum(row) };
}

function toSum({ currency, orders, amount }: SumRow): MoneySum {
  return { currency, orders, amount: amount / 1_000 };
}
