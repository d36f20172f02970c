import { ConveyError } from '../../errors.ts';
import { defineStatement } from '../sql/statement.ts';
import type { Database, Transaction } from './database.ts';

/** One step of the schema's history. */
export interface SchemaStep {
  /** The schema version, as a number of steps, of the oldest release that can use the database after this step. */
  readonly oldestReader: number;
  readonly script: string;
}

export interface SchemaVersion {
  /** The number of steps that the database has had. */
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

/** The limit of a migration, including the wait for that of another process. */
export const migrationTimeoutMs = 10 * 60_000;

/**
 * Brings the database to this version's schema. Processes that start together do it one after another, under an advisory lock.
 * @param onStep is called before each step, with its number.
 * @throws ConveyError if a newer version's schema does not serve this version, or this version's schema not a gateway that runs.
 */
export async function migrateDatabase(
  database: Database,
  steps: readonly SchemaStep[],
  onStep?: (step: number) => void,
): Promise<void> {
  if (await isCurrent(database, steps)) return;
  await database.transact(
    async (transaction) => {
      await transaction.query(lockSchema());
      await transaction.runScript(createVersionTable);
      const { rows } = await transaction.query(selectVersion());
      const version = rows[0]?.version ?? 0;
      assertReadable(rows[0], steps);
      if (version >= steps.length) return;
      if (version > 0) await assertNoOlderNode(transaction, steps);
      for (const [index, { script }] of steps.slice(version).entries()) {
        onStep?.(version + index + 1);
        await transaction.runScript(script);
      }
      await transaction.query(replaceVersion(steps.length, steps.at(-1)?.oldestReader));
    },
    { timeoutMs: migrationTimeoutMs },
  );
}

/** Returns the schema's version, or `undefined` if the database has none. */
export async function readSchemaVersion(database: Pick<Database, 'read'>): Promise<SchemaVersion | undefined> {
  const [table] = await database.read(hasVersionTable());
  return table?.found === true ? (await database.read(selectVersion()))[0] : undefined;
}

/** Returns whether the database has all steps, so that most starts need no lock. @throws ConveyError as `migrateDatabase`. */
export async function isCurrent(database: Database, steps: readonly SchemaStep[]): Promise<boolean> {
  const stored = await readSchemaVersion(database);
  assertReadable(stored, steps);
  return stored !== undefined && stored.version >= steps.length;
}

/** The oldest version among the gateways that run. One that was killed leaves its row. */
const selectOldestNode = defineStatement<{ readonly version: number | null }>(
  `SELECT min(schema_version) AS version FROM nodes WHERE seen_at > extract(epoch FROM clock_timestamp()) * 1000 - 60000`,
);

/** @throws ConveyError if a gateway that runs needs tables or columns that the steps remove. */
async function assertNoOlderNode(transaction: Transaction, steps: readonly SchemaStep[]): Promise<void> {
  const { rows } = await transaction.query(selectOldestNode());
  const oldest = rows[0]?.version;
  if (oldest == null || oldest >= (steps.at(-1)?.oldestReader ?? 0)) return;
  throw new ConveyError(
    'A gateway of an older version runs on the database, and this version removes what it needs',
    'Upgrade it to the release in between first, or stop it and wait a minute',
  );
}

function assertReadable(stored: SchemaVersion | undefined, steps: readonly SchemaStep[]): void {
  if (stored === undefined || stored.oldestReader <= steps.length) return;
  throw new ConveyError(
    `The database's schema has version ${stored.version}, and this version of Convey knows ${steps.length}`,
    'Start the version of Convey that the other machines run.',
  );
}
