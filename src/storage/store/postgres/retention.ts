import { toBudgetDay } from '../../../event/browser-budget.ts';
import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import { connectionConsumerRange, parseConsumerId } from '../../ports/consumer-id.ts';
import type { RetentionCutoffs, RetentionStore } from '../../ports/retention.ts';
import { encodeBigints, encodeBlobs, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import type { OutcomeReads } from '../outcome-store.ts';
import { type BrowserPurchaseRow, findUndelivered, sourceBits } from '../rows/event-index.ts';
import { pack } from '../rows/packed.ts';
import { createSweepStore } from '../sweep-store.ts';
import { commitForSite, lockSite } from './leases.ts';
import { oldOrderRemovals } from './order-ledger.ts';
import { oldPaymentObjectRemoval } from './payment-objects.ts';
import { placesOfConsumers, removeCounts, rollUpCounts } from './roll-up.ts';
import { readRow, text } from './sql.ts';
import { oldUploadRemoval } from './uploads.ts';

export const retentionTables = `
  CREATE TABLE sweeps (site ${text} PRIMARY KEY, at bigint NOT NULL, suspected_at bigint);
`;

const purchasesPerPage = 500;
const primariesPerPage = 2_000;
const linksPerPage = 2_000;
const noBody = pack('');

const defineConsumerRemoval = (table: string, condition: string) =>
  defineStatement(`DELETE FROM ${table} WHERE ctid = ANY (${placesOfConsumers(table, condition, '$4')})`);

const removeBlocks = defineConsumerRemoval('outcome_blocks', 'is_overlapping IN (false, true) AND last_offset <= $3');
const removeAttempts = defineConsumerRemoval('attempts', 'is_overlapping IN (false, true) AND last_offset <= $3');
const removeDeferred = defineConsumerRemoval('deferred_deliveries', '"offset" <= $3');
const removeReceipts = defineConsumerRemoval('receipts', 'first_offset <= $3');
const removeDeadLetters = defineConsumerRemoval('dead_letters', 'at < $3');
const removeRanges = defineConsumerRemoval('expired_ranges', 'at < $3');
/** The last offset below which no order has a row any more. */
const firstPurchase = `coalesce((SELECT min("offset") FROM purchases WHERE site = $5), $3)`;
const removePurchaseOutcomes = defineConsumerRemoval('purchase_outcomes', `"offset" <= $3 AND "offset" < ${firstPurchase}`);
const removePurchases = defineStatement(
  `DELETE FROM purchases WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM purchases WHERE site = $1 AND "offset" <= $2 AND bucket < $3 ORDER BY "offset" LIMIT $4))`,
);
/** Removes the mark of a removed connection with the last of its history. */
const removeRetired = defineStatement(
  `DELETE FROM retired r WHERE consumer >= $1 AND consumer < $2
     AND NOT EXISTS (SELECT 1 FROM outcome_blocks b WHERE b.consumer = r.consumer AND b.id <= r.block)
     AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.consumer = r.consumer)`,
);
const stripBodies = defineStatement(
  `UPDATE attempts SET body = $5, response = NULL WHERE ctid = ANY (${placesOfConsumers(
    'attempts',
    `started_at < $3 AND settled_at IS NOT NULL AND length(body) > ${noBody.byteLength}`,
    '$4',
  )})`,
);
const removeNetworks = defineStatement('DELETE FROM browser_networks WHERE site = $1 AND day < $2');
const removeOfOffsets = ['pending', 'duplicate_reports', 'absent', 'event_index'].map((table) =>
  defineStatement(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE site = $1 AND "offset" <= $2 ORDER BY "offset" LIMIT $3))`,
  ),
);
const removeUntouched = defineStatement(
  `WITH gone AS (
     DELETE FROM visitor_profiles WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM visitor_profiles WHERE site = $1 AND updated_at < $2 LIMIT $3)) RETURNING visitor
   ), unlinked AS (DELETE FROM links l USING gone WHERE l.site = $1 AND l.visitor = gone.visitor)
   SELECT 1 FROM gone`,
);

function removalStatements(site: string, what: RetentionCutoffs, limit: number): readonly Statement[] {
  const { through, profilesBefore, deadLettersBefore, countsBefore, rollUpBefore, purchasesBefore, ordersBefore, bodiesBefore } =
    what;
  const { trialsBefore = 0 } = what;
  const range = connectionConsumerRange(site);
  return [
    ...removeCounts(site, countsBefore, limit),
    ...(rollUpBefore === undefined ? [] : rollUpCounts(site, rollUpBefore, limit)),
    removeNetworks(site, toBudgetDay(rollUpBefore ?? countsBefore)),
    removeBlocks(...range, through, limit),
    removeAttempts(...range, through, limit),
    removeDeferred(...range, through, limit),
    removeReceipts(...range, through, limit),
    removeDeadLetters(...range, deadLettersBefore, limit),
    removeRanges(...range, deadLettersBefore, limit),
    ...(purchasesBefore === undefined
      ? []
      : [removePurchases(site, through, purchasesBefore, limit), removePurchaseOutcomes(...range, through, limit, site)]),
    ...(ordersBefore === undefined
      ? []
      : [
          ...oldOrderRemovals(site, ordersBefore, limit),
          oldUploadRemoval(site, ordersBefore, deadLettersBefore, limit),
          oldPaymentObjectRemoval(site, ordersBefore, trialsBefore, limit),
        ]),
    ...(bodiesBefore === undefined ? [] : [stripBodies(...range, bodiesBefore, limit, noBody)]),
    ...removeOfOffsets.map((remove) => remove(site, through, limit)),
    removeUntouched(site, profilesBefore, limit),
  ];
}

const selectConsumers = defineStatement<{ readonly consumer: string }>(
  'SELECT consumer FROM connections WHERE consumer >= $1 AND consumer < $2',
);
const browserPurchases = defineStatement<BrowserPurchaseRow>(
  `SELECT "offset", id, consent FROM event_index
   WHERE site = $1 AND name = 'Purchase' AND "offset" > $2 AND "offset" <= $3 AND reporters = ${sourceBits.browser}
   ORDER BY "offset" LIMIT ${purchasesPerPage}`,
);
const release = defineStatement(
  `UPDATE primary_reports p SET released = g.released::integer FROM unnest($2::text[], $3::text[], $4::bigint[]) AS g(id, "offset", released)
   WHERE p.site = $1 AND p.id = g.id AND p.name = 'Purchase' AND p."offset" = g."offset"`,
);
const primaryPageEnd = defineStatement<{ readonly id: string }>(
  `SELECT id FROM primary_reports WHERE site = $1 AND id > $2 ORDER BY id LIMIT 1 OFFSET ${primariesPerPage}`,
);
const removePrimaries = defineStatement(
  `DELETE FROM primary_reports
   WHERE site = $1 AND id > $2 AND ($3::text IS NULL OR id <= $3) AND keep_until < $4 AND "offset" <= $5`,
);
const stripProfiles = defineStatement<{ readonly changed: boolean }>(
  `UPDATE visitor_profiles p SET profile = g.profile, expires_at = g.expires_at
   FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) AS g(visitor, stored, profile, expires_at)
   WHERE p.site = $1 AND p.visitor = g.visitor AND p.profile = g.stored RETURNING g.profile <> g.stored AS changed`,
);
const linkPageEnd = defineStatement<{ readonly key: string }>(
  `SELECT key FROM links WHERE site = $1 AND key > $2 ORDER BY key LIMIT 1 OFFSET ${linksPerPage}`,
);
const removeLinks = defineStatement(
  'DELETE FROM links WHERE site = $1 AND key > $2 AND ($3::text IS NULL OR key <= $3) AND at < $4',
);
const stripDeadLetters = defineStatement(
  `UPDATE dead_letters d SET bytes = g.bytes FROM unnest($1::text[], $2::text[], $3::bytea[]) AS g(consumer, "offset", bytes)
   WHERE d.consumer = g.consumer AND d."offset" = g."offset"`,
);

/** Creates the removal of expired data. Each call commits a bounded number of rows. */
export function createRetention(database: Database, sql: Sql, { latest }: OutcomeReads): RetentionStore {
  const change = async (site: string, statement: Statement) => {
    const [result] = await commitForSite(database, site, [statement]);
    return result?.rowCount ?? 0;
  };

  return {
    ...createSweepStore(sql),
    async removeExpired(site, what, limit) {
      const statements = removalStatements(site, what, limit);
      const mark = removeRetired(...connectionConsumerRange(site));
      const results = await commitForSite(database, site, [...statements, mark]);
      return results.slice(0, statements.length).reduce((sum, { rowCount }) => sum + rowCount, 0);
    },
    async releasePurchases(site, after, through) {
      const rows = await database.read(browserPurchases(site, after, through));
      const next = rows.length === purchasesPerPage ? rows.at(-1)?.offset : undefined;
      const offsetsOfPage = rows.map(({ offset }) => offset);
      const consumers = await database.read(selectConsumers(...connectionConsumerRange(site)));
      const outcomes = await Promise.all(consumers.map(({ consumer }) => latest(consumer, offsetsOfPage)));
      const purchases = findUndelivered(rows, outcomes);
      const ids = encodeTexts(purchases.map(({ id }) => id));
      const offsets = encodeTexts(purchases.map(({ offset }) => offset));
      const states = encodeBigints(purchases.map(({ released }) => released));
      const released = purchases.length === 0 ? 0 : await change(site, release(site, ids, offsets, states));
      return { released, ...(next !== undefined && { next }) };
    },
    async removeExpiredPrimaries(site, from, through, now) {
      const next = (await readRow(database, primaryPageEnd(site, from)))?.id;
      const gone = await change(site, removePrimaries(site, from, next, now, through));
      return { gone, ...(next !== undefined && { next }) };
    },
    async stripExpiredProfiles(site, visitors) {
      const statement = stripProfiles(
        site,
        encodeTexts(visitors.map(({ visitor }) => visitor)),
        encodeTexts(visitors.map(({ stored }) => stored)),
        encodeTexts(visitors.map(({ after }) => encodeProfile(after))),
        encodeBigints(visitors.map(({ after }) => getNextExpiry(after))),
      );
      const rows = await database.transact(async (transaction) => {
        const [, result] = await Promise.all([transaction.query(lockSite(site)), transaction.query(statement)]);
        return result.rows;
      });
      return rows.filter(({ changed }) => changed).length;
    },
    async removeExpiredLinks(site, from, before) {
      const next = (await readRow(database, linkPageEnd(site, from)))?.key;
      const gone = await change(site, removeLinks(site, from, next, before));
      return { gone, ...(next !== undefined && { next }) };
    },
    async stripExpiredDeadLetters(letters) {
      for (const [site, ofSite] of Map.groupBy(letters, ({ consumer }) => parseConsumerId(consumer).site)) {
        const consumers = encodeTexts(ofSite.map(({ consumer }) => consumer));
        const offsets = encodeTexts(ofSite.map(({ offset }) => offset));
        await change(site, stripDeadLetters(consumers, offsets, encodeBlobs(ofSite.map(({ bytes }) => bytes))));
      }
    },
    // PostgreSQL reuses the space of removed rows.
    reclaimDiskSpace: async () => false,
  };
}
