import type { Offset } from '../log/event-log.ts';
import { connectionConsumerRange } from '../ports/consumer-id.ts';
import type { AttemptErasure, Erasure, ErasureStore } from '../ports/erasure.ts';
import { defineChanges, type Sql, type Steps, selectAll } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import { attemptChecksum, hashBody } from './rows/checksums.ts';
import { keepRules, type StoredAttempt, unfinished } from './rows/erasure.ts';
import { pack } from './rows/packed.ts';

const selectUnfinished = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM unfinished_erasures WHERE site = $1 ORDER BY "offset"',
);
const findUnfinished = defineStatement('SELECT 1 FROM unfinished_erasures WHERE site = $1 LIMIT 1');
export const removeUnfinished = defineStatement('DELETE FROM unfinished_erasures WHERE site = $1');
const selectCheck = defineStatement('SELECT 1 FROM visitor_checks WHERE site = $1');
const putCheck = defineStatement('INSERT INTO visitor_checks (site) VALUES ($1) ON CONFLICT DO NOTHING');

type ErasedRows = Pick<Erasure, 'site' | 'offsets' | 'reportsAlone' | 'orderIds' | 'paymentObjects' | 'deadLetters' | 'now'>;

/** Returns a function that lists the statements of an erasure which both databases have. Those of sums, index, profiles and links differ. */
export function defineErasure({ encodeTexts, isAmong, toRows }: Dialect): (erasure: ErasedRows) => readonly Statement[] {
  const ofSite = 'consumer IN (SELECT consumer FROM connections WHERE consumer >= $1 AND consumer < $2)';
  const note = defineStatement(
    `INSERT INTO unfinished_erasures (site, "offset") SELECT $1, value FROM ${toRows('$2')} WHERE true ON CONFLICT DO NOTHING`,
  );
  const removePending = defineStatement(`DELETE FROM pending WHERE site = $1 AND ${isAmong('"offset"', '$2')}`);
  const putAbsent = defineStatement(
    `INSERT INTO absent AS a (site, "offset", reason) SELECT DISTINCT $1, value, 'erased' FROM ${toRows('$2')} WHERE true
     ON CONFLICT (site, "offset") DO UPDATE SET reason = 'erased' WHERE a.reason = 'erased-report'`,
  );
  const removeFromIndex = defineStatement(`DELETE FROM event_index WHERE site = $1 AND ${isAmong('"offset"', '$2')}`);
  /** Removes the events of reports that are erased alone, unless they were erased before. */
  const removeEvents = defineStatement(
    `DELETE FROM event_index WHERE site = $1 AND "offset" IN (
       SELECT coalesce(d.primary_offset, list.value) FROM ${toRows('$2')}
         LEFT JOIN duplicate_reports d ON d.site = $1 AND d."offset" = list.value
       WHERE NOT EXISTS (SELECT 1 FROM absent a WHERE a.site = $1 AND a."offset" = list.value))`,
  );
  const putReportsAbsent = defineStatement(
    `INSERT INTO absent (site, "offset", reason) SELECT DISTINCT $1, value, 'erased-report' FROM ${toRows('$2')} WHERE true
     ON CONFLICT DO NOTHING`,
  );
  const removeOrders = defineStatement(
    `DELETE FROM delivered_orders WHERE consumer >= $1 AND consumer < $2
       AND (${isAmong('order_id', '$3')} OR ${isAmong('"offset"', '$4')})`,
  );
  const removeUploads = defineStatement(
    `DELETE FROM uploads WHERE consumer >= $1 AND consumer < $2
       AND (${isAmong('order_id', '$3')} OR ${isAmong('"offset"', '$4')})`,
  );
  const removeRefunds = defineStatement(`DELETE FROM order_refunds WHERE site = $1 AND ${isAmong('order_id', '$2')}`);
  const removePaymentFacts = defineStatement(
    `DELETE FROM payment_objects WHERE site = $1
       AND (${isAmong('object', '$2')} OR (kind = 'order' AND ${isAmong('value', '$3')}))`,
  );
  const removeAllLetters = defineStatement(`DELETE FROM dead_letters WHERE ${ofSite} AND ${isAmong('"offset"', '$3')}`);
  const removeLetters = defineStatement(`DELETE FROM dead_letters WHERE consumer = $1 AND ${isAmong('"offset"', '$2')}`);
  /** Makes deferred deliveries due, so that their consumers find no record and settle them as erased. */
  const wake = defineStatement(
    `UPDATE deferred_deliveries SET due_at = $4 WHERE ${ofSite} AND ${isAmong('"offset"', '$3')} AND due_at > $4`,
  );
  return ({ site, offsets, reportsAlone, orderIds = [], paymentObjects = [], deadLetters, now }) => {
    const all = encodeTexts(offsets);
    const whole = encodeTexts(offsets.filter((offset) => !reportsAlone?.has(offset)));
    const alone = encodeTexts(offsets.filter((offset) => reportsAlone?.has(offset)));
    const range = connectionConsumerRange(site);
    const letters = deadLetters && [...Map.groupBy(deadLetters, ({ consumer }) => consumer)];
    return [
      note(site, encodeTexts([unfinished, ...offsets])),
      removePending(site, all),
      putAbsent(site, whole),
      removeFromIndex(site, whole),
      removeOrders(...range, encodeTexts(orderIds), whole),
      removeUploads(...range, encodeTexts(orderIds), whole),
      removeRefunds(site, encodeTexts(orderIds)),
      removePaymentFacts(site, encodeTexts(paymentObjects), encodeTexts(orderIds)),
      removeEvents(site, alone),
      putReportsAbsent(site, alone),
      ...(letters?.map(([consumer, rows]) => removeLetters(consumer, encodeTexts(rows.map(({ offset }) => offset)))) ?? [
        removeAllLetters(...range, all),
      ]),
      wake(...range, all, now),
    ];
  };
}

const selectAttempt = defineStatement<StoredAttempt>(
  'SELECT cursor_after AS through, offsets, rules FROM attempts WHERE id = $1',
);
/** An attempt without a body is over, if it was open. */
const putRemainder = defineStatement(
  `UPDATE attempts SET offsets = $2, first_offset = coalesce($3, first_offset), last_offset = coalesce($4, last_offset), body = $5,
     response = NULL, rules = $6, body_sha256 = CASE WHEN settled_at IS NULL THEN $7 ELSE body_sha256 END, checksum = $8,
     result = CASE WHEN settled_at IS NULL AND CAST($9 AS bigint) IS NOT NULL THEN 'replaced' ELSE result END,
     issues = CASE WHEN settled_at IS NULL AND CAST($9 AS bigint) IS NOT NULL THEN '[]' ELSE issues END,
     settled_at = coalesce(settled_at, CAST($9 AS bigint)) WHERE id = $1`,
);

/** The changes of erasures. */
export const erasureChanges = {
  eraseAttempts: defineChanges('attempts')(
    'erase',
    function* (attempts: readonly AttemptErasure[], now: number): Steps<void> {
      const found = yield* selectAll(attempts.map(({ id }) => selectAttempt(id)));
      yield attempts.flatMap((attempt, index) => (found[index] ?? []).map((stored) => remainderStatement(attempt, stored, now)));
    },
    { purges: true },
  ),
};

function remainderStatement({ id, offsets, body }: AttemptErasure, stored: StoredAttempt, now: number): Statement {
  const inOrder = offsets.toSorted();
  return putRemainder(
    id,
    pack(JSON.stringify(offsets)),
    inOrder[0],
    inOrder.at(-1),
    pack(body),
    keepRules(stored, offsets),
    hashBody(body),
    attemptChecksum(offsets, stored.through, body),
    body === '' ? now : null,
  );
}

/** The members of the port that note how far erasures and checks are. */
type ErasureNotes = Pick<
  ErasureStore,
  'hasUnfinishedErasure' | 'getUnfinishedErasure' | 'isVisitorCheckDone' | 'endVisitorCheck'
>;

export function createErasureNotes(sql: Sql): ErasureNotes {
  return {
    hasUnfinishedErasure: async (site) => (await sql.read(findUnfinished(site))).length > 0,
    async getUnfinishedErasure(site) {
      const noted = await sql.read(selectUnfinished(site));
      return noted.length === 0 ? undefined : noted.map(({ offset }) => offset).filter((offset) => offset !== unfinished);
    },
    isVisitorCheckDone: async (site) => (await sql.read(selectCheck(site))).length > 0,
    endVisitorCheck: async (site) => void (await sql.write(putCheck(site))),
  };
}
