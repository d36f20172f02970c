import type { Offset } from '../../log/event-log.ts';
import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import type { AttemptErasure, Erasure, ErasureStore } from '../../ports/erasure.ts';
import { encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { createErasureNotes, removeUnfinished } from '../erasure-store.ts';
import { attemptChecksum, hashBody } from '../rows/checksums.ts';
import { addErasedReports, keepRules, type StoredAttempt, unfinished } from '../rows/erasure.ts';
import { pack } from '../rows/packed.ts';
import { indexStatements } from './event-index.ts';
import { commitFenced, commitForSite, transactFenced } from './leases.ts';
import { erasePurchases } from './money.ts';
import { orderErasures } from './order-ledger.ts';
import { text } from './sql.ts';
import { type RewriteLimits, rewriteSmallTables } from './table-rewrites.ts';
import { removeProfilesStatement, replaceProfilesStatement } from './visitor-profiles.ts';

export const erasureTables = `
  CREATE TABLE unfinished_erasures (site ${text} NOT NULL, "offset" ${text} NOT NULL, PRIMARY KEY (site, "offset"));
`;

/** `visitor_checks`: the sites whose earlier visitor ids were searched for personal ones. */
export const visitorCheckTables = `
  CREATE TABLE visitor_checks (site ${text} PRIMARY KEY);
`;

const note = defineStatement(
  'INSERT INTO unfinished_erasures (site, "offset") SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING',
);
const removePending = defineStatement('DELETE FROM pending WHERE site = $1 AND "offset" = ANY ($2::text[])');
const putAbsent = defineStatement(
  `INSERT INTO absent AS a (site, "offset", reason) SELECT DISTINCT $1, g, 'erased' FROM unnest($2::text[]) AS g
   ON CONFLICT (site, "offset") DO UPDATE SET reason = 'erased' WHERE a.reason = 'erased-report'`,
);
const removeFromIndex = defineStatement('DELETE FROM event_index WHERE site = $1 AND "offset" = ANY ($2::text[])');
/** Removes the event of a report that is erased alone, unless it was erased before. */
const eraseAlone = defineStatement(
  `WITH erased AS (
     INSERT INTO absent (site, "offset", reason) SELECT $1, g, 'erased-report' FROM unnest($2::text[]) AS g
     ON CONFLICT DO NOTHING RETURNING "offset"
   )
   DELETE FROM event_index e USING erased LEFT JOIN duplicate_reports d ON d.site = $1 AND d."offset" = erased."offset"
   WHERE e.site = $1 AND e."offset" = coalesce(d.primary_offset, erased."offset")`,
);
const consumers = 'consumer IN (SELECT consumer FROM connections WHERE consumer >= $1 AND consumer < $2)';
const removeDeadLetters = defineStatement(`DELETE FROM dead_letters WHERE ${consumers} AND "offset" = ANY ($3::text[])`);
const removeTheseDeadLetters = defineStatement(
  `DELETE FROM dead_letters d USING unnest($1::text[], $2::text[]) AS g(consumer, "offset")
   WHERE d.consumer = g.consumer AND d."offset" = g."offset"`,
);
/** Makes deferred deliveries due, so that their consumers find no record and settle them as erased. */
const wake = defineStatement(
  `UPDATE deferred_deliveries SET due_at = least(due_at, $4::bigint) WHERE ${consumers} AND "offset" = ANY ($3::text[])`,
);
const removeLinks = defineStatement(
  'DELETE FROM links l USING unnest($2::text[], $3::text[]) AS g(key, visitor) WHERE l.site = $1 AND l.key = g.key AND l.visitor = g.visitor',
);
const removeAllLinks = defineStatement('DELETE FROM links WHERE site = $1 AND visitor = ANY ($2::text[])');

function eraseStatements({
  site,
  offsets,
  reportsAlone,
  index = [],
  orderIds = [],
  deadLetters,
  visitors,
  now,
}: Erasure): readonly Statement[] {
  const all = encodeTexts(offsets);
  const whole = encodeTexts(offsets.filter((offset) => !reportsAlone?.has(offset)));
  const alone = encodeTexts(offsets.filter((offset) => reportsAlone?.has(offset)));
  const range = connectionConsumerRange(site);
  const kept = visitors.flatMap(({ visitor, profile }) => (profile ? [{ visitor, profile }] : []));
  const removed = visitors.filter(({ profile }) => !profile).map(({ visitor }) => visitor);
  const links = visitors.flatMap(({ visitor, links: keys = [] }) => keys.map((key) => ({ key, visitor })));
  const unlinked = visitors.filter(({ links: keys }) => !keys).map(({ visitor }) => visitor);
  return [
    note(site, encodeTexts([unfinished, ...offsets])),
    removePending(site, all),
    putAbsent(site, whole),
    removeFromIndex(site, whole),
    erasePurchases(site, whole),
    ...orderErasures(site, orderIds, whole),
    eraseAlone(site, alone),
    deadLetters
      ? removeTheseDeadLetters(
          encodeTexts(deadLetters.map(({ consumer }) => consumer)),
          encodeTexts(deadLetters.map(({ offset }) => offset)),
        )
      : removeDeadLetters(...range, all),
    wake(...range, all, now),
    ...indexStatements({ site, index }),
    replaceProfilesStatement(site, kept),
    removeProfilesStatement(site, removed),
    removeLinks(site, encodeTexts(links.map(({ key }) => key)), encodeTexts(links.map(({ visitor }) => visitor))),
    removeAllLinks(site, encodeTexts(unlinked)),
  ];
}

const selectAttempts = defineStatement<StoredAttempt & { readonly id: string }>(
  `SELECT id, cursor_after AS through, offsets, rules FROM attempts WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`,
);
/** An attempt without a body is over, if it was open. */
const putRemainder = defineStatement(
  `UPDATE attempts SET offsets = $2, first_offset = coalesce($3, first_offset), last_offset = coalesce($4, last_offset), body = $5,
     response = NULL, rules = $6, body_sha256 = CASE WHEN settled_at IS NULL THEN $7 ELSE body_sha256 END, checksum = $8,
     result = CASE WHEN settled_at IS NULL AND $9::bigint IS NOT NULL THEN 'replaced' ELSE result END,
     issues = CASE WHEN settled_at IS NULL AND $9::bigint IS NOT NULL THEN '[]' ELSE issues END,
     settled_at = coalesce(settled_at, $9::bigint) WHERE id = $1`,
);

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

const erasedRecords = defineStatement<{ readonly offset: Offset }>(
  `SELECT g."offset" FROM unnest($2::text[], $3::text[], $4::text[]) AS g("offset", id, name) WHERE
     EXISTS (SELECT 1 FROM absent a WHERE a.site = $1 AND a."offset" = g."offset" AND a.reason = 'erased')
     OR EXISTS (SELECT 1 FROM primary_reports p JOIN absent a ON a.site = p.site AND a."offset" = p."offset"
       WHERE p.site = $1 AND p.id = g.id AND p.name = g.name AND p.keep_until >= $5 AND a.reason = 'erased')`,
);
const erasedAlone = defineStatement<{ readonly offset: Offset }>(
  `SELECT "offset" FROM absent WHERE site = $1 AND reason = 'erased-report' AND "offset" = ANY ($2::text[])`,
);

export function createErasure(database: Database, sql: Sql, limits: RewriteLimits): ErasureStore {
  return {
    ...createErasureNotes(sql),
    async beginErasure(erasure, lease) {
      const statements = eraseStatements(erasure);
      if (lease) await commitFenced(database, lease, undefined, statements);
      else await commitForSite(database, erasure.site, statements);
    },
    eraseAttempts: (attempts, now, lease) =>
      transactFenced(database, lease, async (transaction) => {
        const { rows } = await transaction.query(selectAttempts(encodeTexts(attempts.map(({ id }) => id))));
        const stored = new Map(rows.map((row) => [row.id, row]));
        const statements = attempts.flatMap((attempt) => {
          const row = stored.get(attempt.id);
          return row ? [remainderStatement(attempt, row, now)] : [];
        });
        await Promise.all(statements.map((statement) => transaction.query(statement)));
      }),
    async endErasure(site, lease) {
      const awaitsRewrite = await rewriteSmallTables(database, site, limits);
      const statements = [removeUnfinished(site)];
      if (lease) await commitFenced(database, lease, undefined, statements);
      else await database.commit(statements);
      return awaitsRewrite ? 'awaits-rewrite' : 'ended';
    },
    async findErasedRecords(site, records, now) {
      const offsets = encodeTexts(records.map(({ offset }) => offset));
      const [ids, names] = [encodeTexts(records.map(({ id }) => id)), encodeTexts(records.map(({ name }) => name))];
      const [whole, alone] = await Promise.all([
        database.read(erasedRecords(site, offsets, ids, names, now)),
        database.read(erasedAlone(site, offsets)),
      ]);
      const erased = new Set(whole.map(({ offset }) => offset));
      const soleReports = new Set(alone.map(({ offset }) => offset));
      return addErasedReports(records, erased, soleReports);
    },
  };
}
