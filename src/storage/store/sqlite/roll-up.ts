import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import type { Db } from '../../sqlite/open.ts';
import { addToStored, type CountedTable, countedTables, hourStartSql, listColumns } from '../rows/counted-tables.ts';

/** The sums of buckets that are summed up or removed at once. */
interface CountsStep {
  readonly site: string;
  /** The connections whose counts are stored. */
  readonly consumers: readonly string[];
  readonly before: number;
  /** The number of buckets of each table and connection. */
  readonly limit: number;
}

/** Prepares the removal of old buckets. Returns the number of removed rows. Runs in the writer's thread. */
export function prepareCountRemoval(db: Db): (step: CountsStep) => number {
  const removals = countedTables.map(({ table, of }) => ({
    of,
    remove: db.prepare(
      `DELETE FROM ${table} WHERE ${of} = @of AND bucket IN
         (SELECT DISTINCT bucket FROM ${table} WHERE ${of} = @of AND bucket < @before ORDER BY bucket LIMIT @limit)`,
    ),
  }));
  return ({ site, consumers, before, limit }) =>
    removals.reduce((sum, { of, remove }) => {
      const owners = of === 'site' ? [site] : consumers;
      return owners.reduce((all, owner) => all + remove.run({ of: owner, before, limit }).changes, sum);
    }, 0);
}

/**
 * Prepares the step from buckets to hours: it adds the buckets of an hour to the hour's first one, and removes them, in one transaction. The
 * hours in which a connection of the site began keep their buckets, because the events before it are counted by bucket. Returns the number of
 * removed rows. Runs in the writer's thread.
 */
export function prepareRollUp(db: Db): (step: CountsStep) => number {
  const listBegins = db
    .prepare<[string, string], number>(
      `SELECT "begin" - "begin" % 3600000 FROM (
         SELECT CAST(json_extract(iif(json_valid(state), state, '{}'), '$.begins.at') AS INTEGER) AS "begin" FROM connections
         WHERE consumer >= ? AND consumer < ?) WHERE "begin" IS NOT NULL`,
    )
    .pluck();
  const rollUps = countedTables.map((table) => ({ of: table.of, rollUp: prepareTable(db, table) }));
  return ({ site, consumers, before, limit }) => {
    const begins = JSON.stringify(listBegins.all(...connectionConsumerRange(site)));
    return rollUps.reduce((sum, { of, rollUp }) => {
      const owners = of === 'site' ? [site] : consumers;
      return owners.reduce((all, owner) => all + rollUp({ of: owner, before, limit, begins }), sum);
    }, 0);
  };
}

function prepareTable(db: Db, counted: CountedTable) {
  const { table, of, by, sums } = counted;
  const list = db
    .prepare<{ of: string; before: number; limit: number; begins: string }, number>(
      `SELECT DISTINCT bucket FROM ${table} WHERE ${of} = @of AND bucket < @before AND bucket % 3600000 <> 0
         AND ${hourStartSql} NOT IN (SELECT value FROM json_each(@begins)) ORDER BY bucket LIMIT @limit`,
    )
    .pluck();
  const isListed = `${of} = @of AND bucket IN (SELECT value FROM json_each(@buckets))`;
  const group = [of, hourStartSql, ...by].join(', ');
  const add = db.prepare(
    `INSERT INTO ${table} (${listColumns(counted)})
     SELECT ${group}, ${sums.map((sum) => `sum(${sum})`).join(', ')} FROM ${table} WHERE ${isListed} GROUP BY ${group}
     ${addToStored(counted)}`,
  );
  const remove = db.prepare(`DELETE FROM ${table} WHERE ${isListed}`);
  return (step: { of: string; before: number; limit: number; begins: string }): number => {
    const found = list.all(step);
    if (found.length === 0) return 0;
    const buckets = { of: step.of, buckets: JSON.stringify(found) };
    add.run(buckets);
    return remove.run(buckets).changes;
  };
}
