import type { TestProject } from 'vitest/node';
import { errorMessage } from '../../src/errors.ts';
import { testServerVariable } from '../postgres.fixture.ts';
import { type PostgresServer, startPostgresServer } from '../postgres-server.fixture.ts';

/**
 * Starts one PostgreSQL for the run's tests, if the path of any of them names it. Prints `not run: PostgreSQL` where it cannot run; the tests
 * skip then.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env[testServerVariable] !== undefined) return undefined;
  const { testFiles } = await project.globTestFiles(getFilters(project));
  if (!testFiles.some((file) => file.includes('postgres'))) return undefined;
  let server: PostgresServer;
  try {
    server = await startPostgresServer();
  } catch (error) {
    process.stdout.write(`not run: PostgreSQL (${errorMessage(error)})\n`);
    return undefined;
  }
  process.env[testServerVariable] = server.url;
  return () => server.stop();
}

/** Returns the filters of the command line. Vitest has them, and declares no type for them. */
function getFilters({ vitest }: TestProject): string[] | undefined {
  const filters: unknown = Reflect.get(vitest, 'filenamePattern');
  return Array.isArray(filters) ? filters : undefined;
}
