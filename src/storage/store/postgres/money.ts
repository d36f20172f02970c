import { type ConsumerId, connectionConsumerRange, parseConsumerId } from '../../ports/consumer-id.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import { countBucketStart } from '../../ports/event-counts.ts';
import type { PurchaseOutcome } from '../../ports/money.ts';
import type { ReceivedReport } from '../../ports/reports.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { neededRelease, primaryName } from '../release-states.ts';
import { purchaseSources, toPurchaseValues } from '../rows/purchases.ts';
import { text } from './sql.ts';

/** The same tables as `sqlite/money.ts` describes. `counted_since` has a row if a version before these tables counted. */
export const moneyTables = `
  CREATE TABLE purchases (site ${text} NOT NULL, "offset" ${text} NOT NULL, bucket bigint NOT NULL, source bigint NOT NULL,
    rank bigint NOT NULL, currency ${text} NOT NULL, amount bigint NOT NULL, PRIMARY KEY (site, "offset"));
  CREATE TABLE purchase_outcomes (consumer ${text} NOT NULL, "offset" ${text} NOT NULL, outcome ${text} NOT NULL,
    PRIMARY KEY (consumer, "offset"));
  CREATE INDEX purchase_outcomes_waiting ON purchase_outcomes (consumer, "offset") WHERE outcome = 'waiting';
  CREATE TABLE reported_money (site ${text} NOT NULL, bucket bigint NOT NULL, source bigint NOT NULL, currency ${text} NOT NULL,
    orders bigint NOT NULL, amount bigint NOT NULL, PRIMARY KEY (site, bucket, source, currency));
  CREATE TABLE settled_money (consumer ${text} NOT NULL, bucket bigint NOT NULL, outcome ${text} NOT NULL, currency ${text} NOT NULL,
    orders bigint NOT NULL, amount bigint NOT NULL, PRIMARY KEY (consumer, bucket, outcome, currency));
  CREATE TABLE counted_since (events bigint NOT NULL, money bigint NOT NULL);
  INSERT INTO counted_since
    SELECT greatest((SELECT coalesce(max(since), 0) FROM counting), (floor(extract(epoch FROM now()) / 3600)::bigint - 839) * 3600000),
      (floor(extract(epoch FROM now()) / 300)::bigint + 1) * 300000
    WHERE EXISTS (SELECT 1 FROM identity);
`;

const { excluded } = purchaseSources;

/** Adds the differences in `changes` to the sums of the connections. An order that waits is in none. */
const addSettled = (changes: string) =>
  `INSERT INTO settled_money AS s (consumer, bucket, outcome, currency, orders, amount)
   SELECT consumer, bucket, outcome, currency, sum(orders)::bigint, sum(amount)::bigint FROM (${changes}) c
   WHERE source <> ${excluded} AND outcome <> 'waiting' GROUP BY 1, 2, 3, 4 HAVING sum(orders) <> 0 OR sum(amount) <> 0
   ON CONFLICT (consumer, bucket, outcome, currency) DO UPDATE SET orders = s.orders + excluded.orders, amount = s.amount + excluded.amount`;

/** Changes the outcomes of orders at a connection. Of several outcomes of one order the last one counts. */
const changeOutcomes = defineStatement(
  `WITH given AS (
     SELECT DISTINCT ON ("offset") "offset", outcome FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS g("offset", outcome, place)
     ORDER BY "offset", place DESC
   ), changed AS (
     SELECT g."offset", g.outcome, o.outcome AS before, p.bucket, p.source, p.currency, p.amount FROM given g
       JOIN purchases p ON p.site = $2 AND p."offset" = g."offset"
       LEFT JOIN purchase_outcomes o ON o.consumer = $1 AND o."offset" = g."offset"
     WHERE o.outcome IS DISTINCT FROM g.outcome
   ), put AS (
     INSERT INTO purchase_outcomes (consumer, "offset", outcome) SELECT $1, "offset", outcome FROM changed
     ON CONFLICT (consumer, "offset") DO UPDATE SET outcome = excluded.outcome
   )
   ${addSettled(`SELECT $1::text AS consumer, bucket, source, outcome, currency, 1 AS orders, amount FROM changed
     UNION ALL SELECT $1, bucket, source, before, currency, -1, -amount FROM changed WHERE before IS NOT NULL`)}`,
);

/**
 * Adds the orders of reports that the identity consumer reads for the first time, and corrects those of earlier ones, at each connection too.
 * The report of the lowest rank states the amount, and of these the first. An old primary report's order is no longer kept.
 */
const putPurchases = defineStatement(
  `WITH given AS (
     SELECT g.*, coalesce(d.primary_offset, g."offset") AS "primary"
     FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[])
         WITH ORDINALITY AS g("offset", bucket, source, rank, currency, amount, place)
       LEFT JOIN duplicate_reports d ON d.site = $1 AND d."offset" = g."offset"
     WHERE g."offset" > coalesce((SELECT cursor FROM identity WHERE site = $1), '')
       AND g.bucket >= coalesce((SELECT max(money) FROM counted_since), 0)
   ), best AS (
     SELECT DISTINCT ON ("primary") "primary", rank, currency, amount FROM given ORDER BY "primary", rank, place
   ), stated AS (
     SELECT b.*, g.source, g.bucket FROM best b
       JOIN (SELECT "primary", max(source) AS source, min(bucket) FILTER (WHERE "offset" = "primary") AS bucket FROM given GROUP BY 1) g
       USING ("primary")
   ), earlier AS (
     SELECT p.* FROM purchases p JOIN stated s ON p.site = $1 AND p."offset" = s."primary"
   ), later AS (
     SELECT s."primary", coalesce(o.bucket, s.bucket) AS bucket, greatest(s.source, o.source) AS source,
       CASE WHEN o.rank <= s.rank THEN o.rank ELSE s.rank END AS rank,
       CASE WHEN o.rank <= s.rank THEN o.currency ELSE s.currency END AS currency,
       CASE WHEN o.rank <= s.rank THEN o.amount ELSE s.amount END AS amount
     FROM stated s LEFT JOIN earlier o ON o."offset" = s."primary" WHERE o."offset" IS NOT NULL OR s.bucket IS NOT NULL
   ), put AS (
     INSERT INTO purchases (site, "offset", bucket, source, rank, currency, amount)
     SELECT $1, "primary", bucket, source, rank, currency, amount FROM later
     ON CONFLICT (site, "offset") DO UPDATE SET source = excluded.source, rank = excluded.rank, currency = excluded.currency,
       amount = excluded.amount
   ), put_reported AS (
     INSERT INTO reported_money AS r (site, bucket, source, currency, orders, amount)
     SELECT $1, bucket, source, currency, sum(orders)::bigint, sum(amount)::bigint FROM (
       SELECT bucket, source, currency, 1 AS orders, amount FROM later
       UNION ALL SELECT bucket, source, currency, -1, -amount FROM earlier
     ) c WHERE source <> ${excluded} GROUP BY 2, 3, 4 HAVING sum(orders) <> 0 OR sum(amount) <> 0
     ON CONFLICT (site, bucket, source, currency) DO UPDATE SET orders = r.orders + excluded.orders, amount = r.amount + excluded.amount
   ), settled AS (
     SELECT o.consumer, o."offset", o.outcome FROM connections c
       JOIN purchase_outcomes o ON o.consumer = c.consumer AND o."offset" IN (SELECT "offset" FROM earlier)
     WHERE c.consumer >= $8 AND c.consumer < $9
   )
   ${addSettled(`SELECT s.consumer, n.bucket, n.source, s.outcome, n.currency, 1 AS orders, n.amount
       FROM settled s JOIN later n ON n."primary" = s."offset"
     UNION ALL SELECT s.consumer, o.bucket, o.source, s.outcome, o.currency, -1, -o.amount FROM settled s JOIN earlier o USING ("offset")`)}`,
);

/**
 * Removes the orders of primary reports that these reports replace: released ones, and those whose time is over (see `judge` in `reports.ts`,
 * which runs afterwards). The first report that replaces one decides, and only one that states an order of its own does.
 */
const removeReplaced = defineStatement(
  `WITH given AS (
     SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
       WITH ORDINALITY AS g("offset", id, name, needed, bucket, is_order, place)
   ), freed AS (
     SELECT DISTINCT ON (g.id, g.name) g."offset", g.bucket, g.is_order, p."offset" AS held FROM given g
       JOIN primary_reports p ON p.site = $1 AND p.id = g.id AND p.name = g.name
     WHERE p.keep_until < $8::bigint OR p.released >= g.needed ORDER BY g.id, g.name, g.place
   ), replaced AS (
     DELETE FROM purchases p USING freed f WHERE p.site = $1 AND p."offset" = f.held AND f.is_order = 1
       AND f."offset" > coalesce((SELECT cursor FROM identity WHERE site = $1), '')
       AND f.bucket >= coalesce((SELECT max(money) FROM counted_since), 0)
     RETURNING p."offset", p.bucket, p.source, p.currency, p.amount
   ), removed AS (
     DELETE FROM purchase_outcomes o USING connections c, replaced r
     WHERE c.consumer >= $9 AND c.consumer < $10 AND o.consumer = c.consumer AND o."offset" = r."offset"
     RETURNING o.consumer, o.outcome, r.bucket, r.source, r.currency, r.amount
   ), put_reported AS (
     INSERT INTO reported_money AS r (site, bucket, source, currency, orders, amount)
     SELECT $1, bucket, source, currency, -count(*), -sum(amount)::bigint FROM replaced WHERE source <> ${excluded} GROUP BY 2, 3, 4
     ON CONFLICT (site, bucket, source, currency) DO UPDATE SET orders = r.orders + excluded.orders, amount = r.amount + excluded.amount
   )
   ${addSettled('SELECT consumer, bucket, source, outcome, currency, -1 AS orders, -amount AS amount FROM removed')}`,
);

/** Removes erased orders. Their sums stay, but for the platform's verdict that will not be counted any more. */
const removePurchases = defineStatement(
  `WITH erased AS (
     DELETE FROM purchases WHERE site = $1 AND "offset" = ANY ($2::text[]) RETURNING "offset", bucket, source, currency, amount
   ), removed AS (
     DELETE FROM purchase_outcomes o USING connections c, erased e
     WHERE c.consumer >= $3 AND c.consumer < $4 AND o.consumer = c.consumer AND o."offset" = e."offset"
     RETURNING o.consumer, o.outcome, e.bucket, e.source, e.currency, e.amount
   )
   ${addSettled(`SELECT consumer, bucket, source, outcome, currency, -1 AS orders, -amount AS amount FROM removed
     WHERE outcome = 'awaiting-verdict'`)}`,
);

/** Returns the statement that changes the outcomes of a connection's orders. */
export function purchaseOutcomeStatements(
  consumer: ConsumerId,
  purchases: readonly PurchaseOutcome[] = [],
): readonly Statement[] {
  if (purchases.length === 0) return [];
  const offsets = encodeTexts(purchases.map(({ offset }) => offset));
  return [
    changeOutcomes(consumer, parseConsumerId(consumer).site, offsets, encodeTexts(purchases.map(({ outcome }) => outcome))),
  ];
}

/** Returns whether a report states an order. An event that a rule added is none. */
function isOrder({ order, addedFor }: ReceivedReport): boolean {
  return order !== undefined && addedFor === undefined;
}

/** Returns the statement that adds and corrects orders. It runs after the reports are judged, and before the cursor moves. */
export function purchaseStatements({ site, reports }: IdentityCommit): readonly Statement[] {
  const orders = reports.flatMap(({ offset, at, reporter, order, addedFor }) =>
    order === undefined || addedFor !== undefined
      ? []
      : [{ offset, bucket: countBucketStart(at), ...toPurchaseValues(reporter, order) }],
  );
  if (orders.length === 0) return [];
  return [
    putPurchases(
      site,
      encodeTexts(orders.map(({ offset }) => offset)),
      encodeBigints(orders.map(({ bucket }) => bucket)),
      encodeBigints(orders.map(({ source }) => source)),
      encodeBigints(orders.map(({ rank }) => rank)),
      encodeTexts(orders.map(({ currency }) => currency)),
      encodeBigints(orders.map(({ amount }) => amount)),
      ...connectionConsumerRange(site),
    ),
  ];
}

/** Returns the statement that removes the orders of replaced primary reports. It runs before the reports are judged. */
export function replacedPurchaseStatements({ site, reports, now }: IdentityCommit): readonly Statement[] {
  if (!reports.some(isOrder)) return [];
  return [
    removeReplaced(
      site,
      encodeTexts(reports.map(({ offset }) => offset)),
      encodeTexts(reports.map(({ id }) => id)),
      encodeTexts(reports.map(primaryName)),
      encodeBigints(reports.map(neededRelease)),
      encodeBigints(reports.map(({ at }) => countBucketStart(at))),
      encodeBigints(reports.map((report) => Number(isOrder(report)))),
      now,
      ...connectionConsumerRange(site),
    ),
  ];
}

/** Returns the statement that removes erased orders. @param offsets an encoded list of texts */
export function erasePurchases(site: string, offsets: unknown): Statement {
  return removePurchases(site, offsets, ...connectionConsumerRange(site));
}
