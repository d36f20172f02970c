import Database from 'better-sqlite3';
import { ConveyError } from '../../errors.ts';

export type Db = Database.Database;

/** How long a connection waits for another writer of the same file. */
export const busyTimeoutMs = 5_000;

/** The file was written by a newer Convey. */
export class NewerSchemaError extends ConveyError {
  readonly code = 'NEWER';
}

/** The numbers of frames in the write-ahead log, and of those that a checkpoint has copied, as `PRAGMA wal_checkpoint` returns them. */
export interface WalState {
  readonly log: number;
  readonly checkpointed: number;
}

/** A larger cache would be void after the next commit of the writer anyway. */
const readerCacheKib = 4_096;

export function openReader(file: string): Db {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  db.pragma(`busy_timeout = ${busyTimeoutMs}`);
  db.pragma(`cache_size = -${readerCacheKib}`);
  return db;
}

export interface MigrationOptions {
  /** The statements that give a new file the schema after all steps, in one transaction. By default it runs the steps. */
  readonly schema?: string;
  /** The page size of a new file. By default it is SQLite's. */
  readonly pageBytes?: number;
  /** Called before each step with its number, from 1. */
  readonly onStep?: (step: number) => void;
}

/** Opens the writing connection and migrates the file. @throws NewerSchemaError */
export function openWriter(file: string, migrations: readonly string[], options: MigrationOptions = {}): Db {
  const db = new Database(file);
  try {
    db.pragma(`busy_timeout = ${busyTimeoutMs}`);
    if (options.pageBytes !== undefined) db.pragma(`page_size = ${options.pageBytes}`);
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('secure_delete = ON');
    migrate(db, file, migrations, options);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a file without migrating it, with the commits that a crash left in its write-ahead log. */
export function openWithoutMigrating(file: string): Db {
  return new Database(file, { fileMustExist: true, timeout: busyTimeoutMs });
}

/** Returns the number of migration steps that the file has had; 0 for a new file. */
export function schemaVersion(db: Db): number {
  return Number(db.pragma('user_version', { simple: true }));
}

export function hasTable(db: Db, table: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;
}

/** @throws NewerSchemaError if the file has had more steps than these. */
export function assertSchemaSupported(db: Db, file: string, migrations: readonly string[]): void {
  const version = schemaVersion(db);
  if (version <= migrations.length) return;
  throw new NewerSchemaError(
    `${file} was written by a newer Convey (schema ${version}, this one knows ${migrations.length})`,
    'Install that version again, or restore a backup',
  );
}

/**
 * Runs the migration steps that the file lacks. Each step is one transaction, so that a killed migration continues where it stopped.
 * @throws NewerSchemaError
 */
function migrate(db: Db, file: string, migrations: readonly string[], { schema, onStep }: MigrationOptions): void {
  assertSchemaSupported(db, file, migrations);
  const run = (sql: string, version: number) =>
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version}`);
    })();
  if (schemaVersion(db) === 0 && schema !== undefined) run(schema, migrations.length);
  const version = schemaVersion(db);
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    onStep?.(index + 1);
    run(sql, index + 1);
  }
}
