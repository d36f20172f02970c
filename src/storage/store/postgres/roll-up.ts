import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { addToStored, type CountedTable, countedTables, hourStartSql, listColumns } from '../rows/counted-tables.ts';

/** The connections of a site that run, and those that were removed. */
export const consumersSql = `SELECT consumer FROM connections WHERE consumer >= $1 AND consumer < $2
  UNION SELECT consumer FROM retired WHERE consumer >= $1 AND consumer < $2`;
/** Selects the places of rows of a site's connections, up to a limit. */
export const placesOfConsumers = (table: string, condition: string, limit: string) =>
  `ARRAY(SELECT one.place FROM (${consumersSql}) c CROSS JOIN LATERAL
     (SELECT ctid AS place FROM ${table} WHERE consumer = c.consumer AND ${condition} LIMIT ${limit}) one LIMIT ${limit})`;

/** The hours in which a connection began. They keep their buckets, because the events before it are counted by bucket. */
const beginsSql = `SELECT "begin" - "begin" % 3600000 FROM (
    SELECT (state::json -> 'begins' ->> 'at')::bigint AS "begin" FROM connections WHERE consumer >= $1 AND consumer < $2) b
  WHERE "begin" IS NOT NULL`;

/** `$1` and `$2` are the range of the site's connections, `$3` is the bound, `$4` the limit, `$5` the site. */
const places = ({ table, of }: CountedTable, condition: string) =>
  of === 'consumer'
    ? placesOfConsumers(table, condition, '$4')
    : `ARRAY(SELECT ctid FROM ${table} WHERE site = $5 AND ${condition} ORDER BY bucket LIMIT $4)`;

const removals = countedTables.map((counted) => ({
  of: counted.of,
  remove: defineStatement(
    `DELETE FROM ${counted.table} WHERE ctid = ANY (${places(counted, 'bucket < $3')})${useRange(counted)}`,
  ),
}));

/** Adds the buckets of an hour to the hour's first one, and removes them. Returns a row for each removed one. */
const rollUps = countedTables.map((counted) => {
  const { table, of, by, sums } = counted;
  const condition = `bucket < $3 AND bucket % 3600000 <> 0 AND ${hourStartSql} NOT IN (${beginsSql})`;
  const group = [of, hourStartSql, ...by].join(', ');
  return {
    of,
    rollUp: defineStatement(
      `WITH rolled AS (
         DELETE FROM ${table} WHERE ctid = ANY (${places(counted, condition)}) RETURNING ${listColumns(counted)}
       ), put AS (
         INSERT INTO ${table} (${listColumns(counted)})
         SELECT ${group}, ${sums.map((sum) => `sum(${sum})::bigint`).join(', ')} FROM rolled GROUP BY ${group}
         ${addToStored(counted)}
       )
       SELECT 1 FROM rolled`,
    ),
  };
});

/** PostgreSQL needs the type of a parameter that a statement does not use. */
function useRange({ of }: CountedTable): string {
  return of === 'site' ? ' AND $1::text IS NOT NULL AND $2::text IS NOT NULL' : '';
}

/** Returns the statements that remove a bounded number of old buckets. */
export function removeCounts(site: string, before: number, limit: number): readonly Statement[] {
  return removals.map(({ of, remove }) => remove(...parameters(site, of, before, limit)));
}

/** Returns the statements that sum up a bounded number of buckets to hours. */
export function rollUpCounts(site: string, before: number, limit: number): readonly Statement[] {
  return rollUps.map(({ of, rollUp }) => rollUp(...parameters(site, of, before, limit)));
}

function parameters(site: string, of: CountedTable['of'], before: number, limit: number): readonly unknown[] {
  return [...connectionConsumerRange(site), before, limit, ...(of === 'site' ? [site] : [])];
}
