import Database from 'better-sqlite3';
import { ConveyError } from '../../errors.ts';

export type Db = Database.Database;

/** How long one waits for another that writes the same file. */
export const busyTimeoutMs = 5_000;

/** The file was written by a newer Convey. */
export class NewerSchemaError extends ConveyError {
  readonly code = 'NEWER';
}

export function openReader(file: string): Db {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  db.pragma(`busy_timeout = ${busyTimeoutMs}`);
  return db;
}

/**
 * @param onStep is told of each step of the schema that is taken, before it is.
 * @throws NewerFile
 */
export function openWriter(file: string, migrations: readonly string[], onStep?: (step: number) => void): Db {
  const db = new Database(file);
  try {
    db.pragma(`busy_timeout = ${busyTimeoutMs}`);
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('secure_delete = ON');
    migrate(db, file, migrations, onStep);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Without a step of its schema's history: a copy of it is as old as it is. What a crash left in its write-ahead log counts. */
export function openWithoutMigrating(file: string): Db {
  return new Database(file, { fileMustExist: true, timeout: busyTimeoutMs });
}

/** How many steps of its schema's history the file has had; 0 of one that is new. */
export function schemaVersion(db: Db): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** @throws NewerFile where the file has had steps that are not among these. */
export function assertSchemaSupported(db: Db, file: string, migrations: readonly string[]): void {
  const have = schemaVersion(db);
  if (have <= migrations.length) return;
  throw new NewerSchemaError(
    `${file} was written by a newer Convey (schema ${have}, this one knows ${migrations.length})`,
    'Install that version again, or restore a backup',
  );
}

/**
 * Takes the steps that the file lacks. Each runs once, whole or not at all, so a migration that was killed goes on where it was.
 * @param onStep is told of each step, counted from 1, before it is taken.
 * @throws NewerFile
 */
function migrate(db: Db, file: string, migrations: readonly string[], onStep?: (step: number) => void): void {
  assertSchemaSupported(db, file, migrations);
  const have = schemaVersion(db);
  for (const [index, sql] of migrations.entries()) {
    if (index < have) continue;
    onStep?.(index + 1);
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    })();
  }
}
