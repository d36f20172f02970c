import { type Db, hasTable } from '../../sqlite/open.ts';
import { prepareLinkWrites } from './links/link-writes.ts';
import { preparePrimaryReports } from './primary-reports.ts';

/**
 * Moves the rows of tables of an earlier schema to their present tables while the gateway runs. A row that was moved leaves the old table, so
 * the next start continues. The writer drops the empty table when it opens the file.
 */

export interface MoveEarlierOp {
  readonly kind: 'move-earlier';
}

const earlierTables = ['earlier_links', 'earlier_primary_reports'] as const;
/** Rows of one move. It takes about 10 ms. */
const movedAtOnce = 200;

export function hasEarlierTables(db: Db): boolean {
  return earlierTables.some((table) => hasTable(db, table));
}

/** Prepares the moves, and drops tables that are empty. Runs in the writer's thread. Returns the number of rows. */
export function prepareMoves(db: Db): () => number {
  for (const table of earlierTables) {
    const isEmpty = hasTable(db, table) && db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined;
    if (isEmpty) db.exec(`DROP TABLE ${table}`);
  }
  if (!hasEarlierTables(db)) return () => 0;
  const links = prepareLinkWrites(db);
  const primaries = preparePrimaryReports(db);
  return () => {
    let moved = 0;
    for (let last = 1; last > 0 && moved < movedAtOnce; moved += last) last = links.moveSome() || primaries.moveOne();
    return moved;
  };
}
