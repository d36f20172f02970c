import { ConveyError } from '../../errors.ts';
import { type Database, defineStatement } from './database.ts';

/** One step of the schema's history. */
export interface SchemaStep {
  /** The number of steps that the oldest version knows which can use the database after this one. */
  readonly oldestReader: number;
  readonly script: string;
}

interface SchemaVersion {
  readonly version: number;
  readonly oldestReader: number;
}

const createVersionTable = 'CREATE TABLE IF NOT EXISTS schema (version integer NOT NULL, oldest_reader integer NOT NULL)';
const selectVersion = defineStatement<SchemaVersion>('SELECT version, oldest_reader AS "oldestReader" FROM schema');
const replaceVersion = defineStatement(
  'WITH old AS (DELETE FROM schema) INSERT INTO schema (version, oldest_reader) VALUES ($1, $2)',
);
/** Takes a lock that ends with the transaction. The number is arbitrary, and no other program on the database uses it. */
const lockSchema = defineStatement('SELECT pg_advisory_xact_lock(404926587)');
const hasVersionTable = defineStatement<{ readonly found: boolean }>(`SELECT to_regclass('schema') IS NOT NULL AS found`);

const migrationTimeoutMs = 10 * 60_000;

/**
 * Brings the database to this version's schema. Processes that start together do it one after another, under an advisory lock.
 * @throws ConveyError if a newer version's schema does not serve this version.
 */
export async function migrateDatabase(database: Database, steps: readonly SchemaStep[]): Promise<void> {
  if (await isCurrent(database, steps)) return;
  await database.transact(
    async (transaction) => {
      await transaction.query(lockSchema());
      await transaction.runScript(createVersionTable);
      const { rows } = await transaction.query(selectVersion());
      const version = rows[0]?.version ?? 0;
      assertReadable(rows[0], steps);
      if (version >= steps.length) return;
      for (const { script } of steps.slice(version)) await transaction.runScript(script);
      await transaction.query(replaceVersion(steps.length, steps.at(-1)?.oldestReader));
    },
    { timeoutMs: migrationTimeoutMs },
  );
}

/** Returns whether the database has all steps, so that most starts need no lock. @throws ConveyError as `migrateDatabase`. */
export async function isCurrent(database: Database, steps: readonly SchemaStep[]): Promise<boolean> {
  const [table] = await database.read(hasVersionTable());
  if (table?.found !== true) return false;
  const [stored] = await database.read(selectVersion());
  assertReadable(stored, steps);
  return stored !== undefined && stored.version >= steps.length;
}

function assertReadable(stored: SchemaVersion | undefined, steps: readonly SchemaStep[]): void {
  if (stored === undefined || stored.oldestReader <= steps.length) return;
  throw new ConveyError(
    `The database's schema has version ${stored.version}, and this version of Convey knows ${steps.length}`,
    'Start the version of Convey that the other machines run.',
  );
}
