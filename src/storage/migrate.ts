import { openDataDir } from './disk/data-dir.ts';
import { migrations as ofLog } from './log/sqlite-log.schema.ts';
import { assertUndamaged } from './recovery/assert-undamaged.ts';
import { assertSchemaSupported, openWithoutMigrating, openWriter, schemaVersion } from './sqlite/open.ts';
import { migrations as ofState } from './store/sqlite/schema.ts';

/** A file of the data folder, and how many steps of its schema's history it has had. */
export interface FileSchema {
  readonly file: string;
  readonly schema: number;
  /** What this Convey needs. */
  readonly needed: number;
}

/**
 * Brings the files of a data folder to this version's schema. A step that was cut off is taken anew by the next call.
 * @param onFile is told of each file before anything is done with it; of a file that is not there `schema` is 0.
 * @param onStep is told of each step before it is taken.
 * @throws ConveyError where a gateway runs on the folder, a file is of a newer version, or a start has to salvage one; then nothing was
 * changed.
 */
export function migrateFiles(
  dir: string,
  onFile: (file: FileSchema) => void,
  onStep: (file: string, step: number) => void,
): void {
  const dataDir = openDataDir(dir);
  try {
    assertUndamaged(dataDir.log, dataDir.state);
    const files = [
      { file: dataDir.log, migrations: ofLog },
      { file: dataDir.state, migrations: ofState },
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
    for (const { file, migrations } of files) openWriter(file, migrations, (step) => onStep(file, step)).close();
  } finally {
    dataDir.release();
  }
}
