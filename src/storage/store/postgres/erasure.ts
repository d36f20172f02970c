import type { Offset } from '../../log/event-log.ts';
import type { Erasure, ErasureStore } from '../../ports/erasure.ts';
import { encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { postgresDialect, runSteps } from '../../postgres/postgres-sql.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { createErasureNotes, defineErasure, erasureChanges, removeUnfinished } from '../erasure-store.ts';
import { addErasedReports } from '../rows/erasure.ts';
import { indexStatements } from './event-index.ts';
import { commitFenced, commitForSite, transactFenced } from './leases.ts';
import { erasePurchases } from './money.ts';
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

const removeLinks = defineStatement(
  'DELETE FROM links l USING unnest($2::text[], $3::text[]) AS g(key, visitor) WHERE l.site = $1 AND l.key = g.key AND l.visitor = g.visitor',
);
const removeAllLinks = defineStatement('DELETE FROM links WHERE site = $1 AND visitor = ANY ($2::text[])');

const toSharedStatements = defineErasure(postgresDialect);

function eraseStatements(erasure: Erasure): readonly Statement[] {
  const { site, offsets, reportsAlone, index = [], visitors } = erasure;
  const whole = encodeTexts(offsets.filter((offset) => !reportsAlone?.has(offset)));
  const kept = visitors.flatMap(({ visitor, profile }) => (profile ? [{ visitor, profile }] : []));
  const removed = visitors.filter(({ profile }) => !profile).map(({ visitor }) => visitor);
  const links = visitors.flatMap(({ visitor, links: keys = [] }) => keys.map((key) => ({ key, visitor })));
  const unlinked = visitors.filter(({ links: keys }) => !keys).map(({ visitor }) => visitor);
  return [
    ...toSharedStatements(erasure),
    erasePurchases(site, whole),
    ...indexStatements({ site, index }),
    replaceProfilesStatement(site, kept),
    removeProfilesStatement(site, removed),
    removeLinks(site, encodeTexts(links.map(({ key }) => key)), encodeTexts(links.map(({ visitor }) => visitor))),
    removeAllLinks(site, encodeTexts(unlinked)),
  ];
}

/** Locks attempts against the consumers that settle them. */
const lockAttempts = defineStatement('SELECT 1 FROM attempts WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE');

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
        await transaction.query(lockAttempts(encodeTexts(attempts.map(({ id }) => id))));
        await runSteps(erasureChanges.eraseAttempts.begin(attempts, now), transaction);
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
