import { setTimeout as sleep } from 'node:timers/promises';
import { recordTableSql, recordTables } from '../../log/postgres/tables.ts';
import type { RewriteReport, TableRewriteStore } from '../../ports/table-rewrites.ts';
import { encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database, QueryOptions } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { readRow, text } from './sql.ts';

/**
 * `stale_tables`: the large tables that have earlier versions of a site's erased rows, with the number of the table's file. A rewrite gives the
 * table another file.
 */
export const rewriteTables = `
  CREATE TABLE stale_tables (site ${text} NOT NULL, name ${text} NOT NULL, file bigint NOT NULL, PRIMARY KEY (site, name));
`;

const personalTables = [
  'attempts',
  'dead_letters',
  'delivered_orders',
  'uploads',
  'payment_objects',
  'event_index',
  'export_chunks',
  'links',
  'primary_reports',
  'visitor_profiles',
] as const;

/** `CLUSTER` rewrites a table as `VACUUM (FULL)` does, and takes the limit of its transaction. */
const rewrites = new Map<string, () => Statement>(
  [...personalTables, ...recordTables].map((table) => [table, defineStatement(`CLUSTER ${table} USING ${table}_pkey`)]),
);
/** All statements on a table queue behind a rewrite that waits for a lock, such as that of a dump. */
const limitLockWait = defineStatement("SELECT set_config('lock_timeout', '2s', true)");
const smallTimeoutMs = 600_000;
const largeTimeoutMs = 3_600_000;

export interface RewriteLimits {
  /** A table over this size is rewritten at the operator's hour. */
  readonly tableBytes: number;
  /** The same for a part of the event log, whose appends are refused after 5 s. */
  readonly logBytes: number;
  /** The wait for transactions that see erased rows. A standby reports its own every 10 s (`wal_receiver_status_interval`). */
  readonly readerMs: number;
}
export const defaultRewriteLimits: RewriteLimits = {
  tableBytes: 256 * 1024 * 1024,
  logBytes: 64 * 1024 * 1024,
  readerMs: 15_000,
};

const selectTables = defineStatement<{ readonly name: string; readonly isSmall: boolean }>(
  `SELECT name, pg_total_relation_size(name::regclass) <= $3::bigint AS "isSmall" FROM unnest($2::text[]) AS g(name)
   UNION ALL
   SELECT name, pg_total_relation_size(name::regclass) <= $4::bigint FROM (${recordTableSql('$1')}) AS part`,
);
/** Returns the statement that notes the tables of a site's erased rows. @param tables a source of rows with the column `name` */
export const noteTablesSql = (tables: string) =>
  `INSERT INTO stale_tables (site, name, file) SELECT $1, name, pg_relation_filenode(name::regclass) FROM ${tables}
   ON CONFLICT (site, name) DO UPDATE SET file = excluded.file`;
const noteTables = defineStatement(noteTablesSql('unnest($2::text[]) AS g(name)'));
const isStale = 'pg_relation_filenode(name::regclass) = file';
const selectStale = defineStatement<{ readonly name: string }>(
  `SELECT DISTINCT name FROM stale_tables WHERE ${isStale} ORDER BY name`,
);
const settle = defineStatement<{ readonly site: string }>(
  `WITH rewritten AS (DELETE FROM stale_tables WHERE NOT (${isStale}) RETURNING site)
   SELECT DISTINCT site FROM rewritten
   WHERE NOT EXISTS (SELECT 1 FROM stale_tables s WHERE s.site = rewritten.site AND ${isStale})`,
);

const isOlder = (xid: string) => `age(${xid}) > pg_snapshot_xmax(pg_current_snapshot())::text::bigint - $1::bigint`;
/**
 * A rewrite keeps the versions of rows that an open transaction still sees, also one on a standby with `hot_standby_feedback`, whose sender
 * has no database. It does not wait for a plain `VACUUM`.
 */
const findOlderReader = defineStatement(
  `SELECT 1 FROM pg_stat_activity a WHERE coalesce(datname, current_database()) = current_database() AND pid <> pg_backend_pid()
     AND ${isOlder('backend_xmin')} AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
   UNION ALL SELECT 1 FROM pg_replication_slots WHERE ${isOlder('xmin')}
   UNION ALL SELECT 1 FROM pg_prepared_xacts WHERE database = current_database() AND ${isOlder('transaction')}
   LIMIT 1`,
);
const selectNextTransaction = defineStatement<{ readonly next: number }>(
  'SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next',
);
const readerWaitMs = 50;

/** Waits until no transaction sees the rows that are erased by now. @throws Error after `readerMs` */
async function waitForReaders(database: Database, readerMs: number, signal?: AbortSignal): Promise<void> {
  const next = (await readRow(database, selectNextTransaction()))?.next ?? 0;
  for (const until = performance.now() + readerMs; (await readRow(database, findOlderReader(next))) !== undefined; ) {
    if (performance.now() >= until)
      throw new Error('an open transaction, such as that of a dump, still sees erased rows. End it, also on a standby');
    signal?.throwIfAborted();
    await sleep(readerWaitMs);
  }
}

async function rewrite(database: Database, table: string, options: QueryOptions): Promise<void> {
  const statement = rewrites.get(table);
  if (statement) await database.commit([limitLockWait(), statement()], options);
}

/**
 * Rewrites the small tables with a site's erased rows, and notes the large ones. Returns whether there are large ones. @throws if a
 * transaction still sees erased rows, or a table is locked
 */
export async function rewriteSmallTables(database: Database, site: string, limits: RewriteLimits): Promise<boolean> {
  const { tableBytes, logBytes, readerMs } = limits;
  await waitForReaders(database, readerMs);
  const tables = await database.read(selectTables(site, encodeTexts(personalTables), tableBytes, logBytes));
  const large = tables.filter(({ isSmall }) => !isSmall).map(({ name }) => name);
  await database.write(noteTables(site, encodeTexts(large)));
  for (const { name, isSmall } of tables) if (isSmall) await rewrite(database, name, { timeoutMs: smallTimeoutMs });
  return large.length > 0;
}

export function createTableRewrites(database: Database): TableRewriteStore {
  const settleRewrites = async () => (await database.write(settle())).rows.map(({ site }) => site);
  return {
    settleRewrites,
    async rewriteTables(signal) {
      const failed: RewriteReport['failed'][number][] = [];
      for (const { name: table } of await database.read(selectStale())) {
        if (signal.aborted) break;
        try {
          await waitForReaders(database, defaultRewriteLimits.readerMs, signal);
          await rewrite(database, table, { timeoutMs: largeTimeoutMs, signal });
        } catch (error) {
          if (!signal.aborted) failed.push({ table, error });
        }
      }
      return { ended: await settleRewrites(), failed };
    },
  };
}
