import type { TestContext } from 'vitest';
import { type PostgresServer, type PostgresServerOptions, startPostgresServer } from '../../../scripts/postgres-server.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../postgres.fixture.ts';
import { skipWithoutTool } from '../fault-scale.ts';

/** The folder in which Debian's package of PostgreSQL 17 installs its programs. */
export const debianPrograms = process.env.CONVEY_POSTGRES_17 ?? '/usr/lib/postgresql/17/bin';

/** Starts a server that ends with the test. Skips the test if PostgreSQL cannot run. */
export async function startServerOrSkip(
  context: TestContext,
  fault: string,
  options?: PostgresServerOptions,
): Promise<PostgresServer> {
  try {
    const server = await startPostgresServer(options);
    context.onTestFinished(() => server.stop());
    return server;
  } catch {
    return skipWithoutTool(context, fault, 'PostgreSQL');
  }
}

/** Creates a database, on the server of the run, that ends with the test. Skips the test if PostgreSQL cannot run. */
export async function createDatabaseOrSkip(context: TestContext, fault: string): Promise<TestDatabase> {
  if (!hasPostgres) skipWithoutTool(context, fault, 'PostgreSQL');
  const database = await createTestDatabase();
  context.onTestFinished(() => database.drop());
  return database;
}
