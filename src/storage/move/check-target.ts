import { ConveyError } from '../../errors.ts';
import { checkDatabase, type Durability, describeSettingProblems } from '../postgres/check-settings.ts';
import type { Database } from '../postgres/database.ts';
import { readSchemaVersion, type SchemaStep } from '../postgres/migrate-database.ts';
import { defineStatement } from '../sql/statement.ts';

/** @throws ConveyError if the database breaks a promise, or has the tables of another version. */
export async function checkTarget(database: Database, steps: readonly SchemaStep[], durability: Durability): Promise<void> {
  const { problems } = await checkDatabase(database, durability);
  if (problems.length > 0)
    throw new ConveyError('The database of `--to` does not meet the requirements', describeSettingProblems(problems));
  const version = (await readSchemaVersion(database))?.version ?? steps.length;
  if (version === steps.length) return;
  throw new ConveyError(
    `The database's tables have version ${version}, and this version of Convey has ${steps.length}`,
    'Use an empty database, or the version of Convey that made the tables',
  );
}

/** Tables and sequences on which the role lacks a right that the move needs. */
const selectForbidden = defineStatement<{ readonly name: string }>(
  `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND NOT relispartition AND (
     relkind IN ('r', 'p') AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
       AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE') AND has_table_privilege(oid, 'TRUNCATE'))
     OR relkind = 'S' AND NOT has_sequence_privilege(oid, 'UPDATE'))
   ORDER BY relname`,
);

/** @throws ConveyError if the role of the database's URL may not write a table. */
export async function assertRights(database: Pick<Database, 'read'>): Promise<void> {
  const rows = await database.read(selectForbidden());
  if (rows.length === 0) return;
  const names = rows.slice(0, 3).map(({ name }) => `\`${name}\``);
  throw new ConveyError(
    `The role of \`--to\` may not write ${names.join(', ')}${rows.length > names.length ? ' and others' : ''}`,
    'Make the role the owner of the tables',
  );
}
