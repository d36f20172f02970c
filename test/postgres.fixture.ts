import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { runStatement } from '../scripts/run-statement.ts';

/** The variable with the URL of the run's PostgreSQL, without a database. `test/setup/postgres.ts` sets it. */
export const testServerVariable = 'CONVEY_TEST_POSTGRES';

/** Whether PostgreSQL runs. Tests on it skip otherwise: `describe.skipIf(!hasPostgres)`. */
export const hasPostgres = process.env[testServerVariable] !== undefined;

export interface TestDatabase {
  readonly url: string;
  /** Runs statements without Convey's adapters, as an operator or a fault does. */
  run<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Removes all rows, except those of the schema itself. It costs a tenth of a new database. */
  empty(): Promise<void>;
  /** Ends all other connections and refuses new ones, until it is called with `false`. */
  setAway(isAway: boolean): Promise<void>;
  drop(): Promise<void>;
}

/** Tables whose rows the schema creates. */
const schemaTables = ['schema', 'lanes'];

/** Creates an empty database. One per test file is enough: `empty` parts the tests. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env[testServerVariable];
  if (server === undefined) throw new Error('PostgreSQL does not run');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runStatement(`${server}/postgres`, `CREATE DATABASE ${name}`);
  const url = `${server}/${name}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    url,
    run: async (text, values = []) => (await client.query(text, [...values])).rows,
    async empty() {
      const kept = schemaTables.map((table) => `'${table}'`).join(', ');
      await client.query(`DO $$ DECLARE found text; BEGIN
        FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND NOT relispartition AND relname NOT IN (${kept}) LOOP
          EXECUTE 'DELETE FROM ' || quote_ident(found);
        END LOOP; END $$`);
    },
    async setAway(isAway) {
      // A database cannot refuse connections to itself.
      await runStatement(`${server}/postgres`, `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${!isAway}`);
      if (isAway)
        await client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
    },
    async drop() {
      await client.end();
      await runStatement(`${server}/postgres`, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
