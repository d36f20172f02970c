import { type Db, hasTable, openWithoutMigrating, openWriter, schemaVersion } from '../sqlite/open.ts';
import { parseState } from '../store/rows/connection-states.ts';
import { knownOffsetsSql } from '../store/sqlite/consumer-state.ts';
import { isKeyTable, rebuildKeys } from '../store/sqlite/rebuild-keys.ts';
import { stateMigrations } from '../store/sqlite/schema.ts';

/** Moves an identity cursor that is beyond the last known event of its site back to this event. Identity cursors have no checksum. */
const resetCursorsSql = (duplicates: string) => `UPDATE identity SET cursor = known.last FROM (
    SELECT i.site, coalesce(max(k.offset), '') AS last FROM identity i LEFT JOIN (${knownOffsetsSql(duplicates)}) k ON k.site = i.site GROUP BY i.site
  ) AS known WHERE known.site = identity.site AND (cursor > known.last OR cursor GLOB '*[^0-9]*')`;

type Cell = null | bigint | number | string | Buffer;

export interface StoreSalvageResult {
  readonly rows: number;
  /** Tables with unreadable rows. */
  readonly damaged: readonly string[];
  /** Whether cursors and deferred deliveries are uncertain, so that every connection starts at the oldest event in the event log. */
  readonly beginsAnew: boolean;
}

/** Tables in which a missing row would be an event that is never sent: by their names in any schema. */
const decisive = ['connections', 'stragglers', 'deferred_deliveries'];

/**
 * Copies the readable part of a damaged store to a new file: the rows before the first and after the last damaged page of each table. If
 * pending deliveries are uncertain, the connections start at the oldest event, so that events are sent again with the same ids instead of
 * never.
 * @param isTrusted the readable part is the state of one commit. It mixes several if a checkpoint went past damage in the write-ahead log.
 */
export function salvageStore(file: string, to: string, isTrusted: boolean): StoreSalvageResult {
  const old = openDamaged(file);
  const schema = old ? readSchemaVersion(old) : stateMigrations.length;
  const db = openWriter(to, stateMigrations.slice(0, schema));
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .pluck()
      .all();
    const damaged: string[] = [];
    let rows = 0;
    db.exec('BEGIN');
    for (const table of tables) {
      if (isKeyTable(table) || (old && !hadTable(old, table))) continue;
      const copied = old ? copyTable(old, db, table) : { rows: 0, isWhole: false };
      rows += copied.rows;
      if (!copied.isWhole) damaged.push(table);
    }
    rebuildKeys(db);
    const beginsAnew = !isTrusted || damaged.some((table) => decisive.includes(table));
    if (beginsAnew) forgetDeliveries(db, tables);
    const duplicates = tables.includes('duplicate_reports') ? 'duplicate_reports' : 'copies';
    if (tables.includes('event_index')) db.exec(resetCursorsSql(duplicates));
    db.exec('COMMIT');
    db.pragma('wal_checkpoint(TRUNCATE)');
    return { rows, damaged, beginsAnew };
  } finally {
    db.close();
    old?.close();
  }
}

function openDamaged(file: string): Db | undefined {
  try {
    const db = openWithoutMigrating(file);
    try {
      db.pragma('schema_version');
      db.defaultSafeIntegers(true);
      return db;
    } catch {
      db.close();
      return undefined;
    }
  } catch {
    return undefined;
  }
}

function readSchemaVersion(old: Db): number {
  const schema = schemaVersion(old);
  return schema >= 1 && schema <= stateMigrations.length ? schema : stateMigrations.length;
}

/** Returns false for a table that only the steps of the schema make, and that the file has dropped. */
function hadTable(old: Db, table: string): boolean {
  try {
    return !table.startsWith('earlier_') || hasTable(old, table);
  } catch {
    return true;
  }
}

function copyTable(from: Db, to: Db, table: string): { readonly rows: number; readonly isWhole: boolean } {
  const columns = to.prepare<[], { name: string; pk: number }>(`SELECT name, pk FROM pragma_table_info('${table}')`).all();
  const key = columns.filter(({ pk }) => pk > 0).toSorted((one, other) => one.pk - other.pk);
  const names = columns.map(({ name }) => name);
  const insert = to.prepare<Cell[]>(
    `INSERT OR IGNORE INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  const order = isWithoutRowid(to, table) ? key.map(({ name }) => name) : ['rowid'];
  let rows = 0;
  const read = (direction: 'ASC' | 'DESC') => {
    try {
      const by = order.map((name) => `${name} ${direction}`).join(', ');
      const select = from.prepare<[], Cell[]>(`SELECT ${names.join(', ')} FROM ${table} ORDER BY ${by}`).raw();
      for (const row of select.iterate()) {
        if (table === 'connections') parseState(String(row[names.indexOf('state')]));
        rows += insert.run(...row).changes;
      }
      return true;
    } catch {
      return false;
    }
  };
  const isWhole = read('ASC') || (read('DESC') && false);
  return { rows, isWhole };
}

function isWithoutRowid(db: Db, table: string): boolean {
  const wr = db.prepare<[string], number>('SELECT wr FROM pragma_table_list WHERE name = ?').pluck().get(table);
  return wr === 1;
}

/** Removes outcomes and counts, which the repeated deliveries would count twice. Requests with a response stay as history. */
function forgetDeliveries(db: Db, tables: readonly string[]): void {
  for (const table of [
    'connections',
    'stragglers',
    'deferred_deliveries',
    'receipts',
    'outcome_blocks',
    'outcome_counts',
    'outcome_totals',
    'delivery_times',
    'purchase_outcomes',
    'settled_money',
    'retired',
    'expired_ranges',
  ])
    if (tables.includes(table)) db.exec(`DELETE FROM ${table}`);
  db.exec('DELETE FROM attempts WHERE settled_at IS NULL');
}
