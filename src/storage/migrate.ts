import { type DataDir, openDataDir } from './disk/data-dir.ts';
import { logMigrations } from './log/sqlite-log.schema.ts';
import { assertUndamaged } from './recovery/assert-undamaged.ts';
import { assertSchemaSupported, openWithoutMigrating, openWriter, schemaVersion } from './sqlite/open.ts';
import { stateMigrations as storeMigrations } from './store/sqlite/schema.ts';

/** A file of the data folder, with the number of migration steps that it has had. */
export interface FileSchema {
  readonly file: string;
  readonly schema: number;
  /** The number of steps that this version has. */
  readonly needed: number;
}

/**
 * Migrates the files of a data folder to this version's schema. The next call repeats an interrupted step.
 * @param onFile is called for each file before any change; `schema` is 0 if the file is new.
 * @param onStep is called before each step.
 * @throws ConveyError if a gateway uses the folder, a file has a newer schema, or a start must salvage one. Nothing is changed then.
 */
export function migrateFiles(
  dir: string,
  onFile: (file: FileSchema) => void,
  onStep: (file: string, step: number) => void,
): void {
  const dataDir = openDataDir(dir);
  try {
    migrateLockedFiles(dataDir, onFile, onStep);
  } finally {
    dataDir.release();
  }
}

/** Migrates the files of a locked data folder, like `migrateFiles`. @throws ConveyError */
export function migrateLockedFiles(
  dataDir: Pick<DataDir, 'log' | 'state'>,
  onFile: (file: FileSchema) => void,
  onStep: (file: string, step: number) => void,
): void {
  assertUndamaged(dataDir.log, dataDir.state);
  const files = [
    { file: dataDir.log, migrations: logMigrations },
    { file: dataDir.state, migrations: storeMigrations },
  ] as const;
  for (const { file, migrations } of files) {
    const db = openWithoutMigrating(file);
    try {
      onFile({ file, schema: schemaVersion(db), needed: migrations.length });
      assertSchemaSupported(db, file, migrations);
    } finally {
      db.close();
    }
  }
  for (const { file, migrations } of files) openWriter(file, migrations, { onStep: (step) => onStep(file, step) }).close();
}
