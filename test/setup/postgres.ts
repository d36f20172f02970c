import { startPostgresServer } from '../../scripts/postgres-server.ts';
import { errorMessage } from '../../src/errors.ts';
import { testServerVariable } from '../postgres.fixture.ts';

/**
 * Starts one PostgreSQL for the run's tests, unless the environment names one. Prints `not run: PostgreSQL` if it cannot run; the tests are
 * then skipped.
 */
export async function startPostgres(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[testServerVariable] !== undefined) return undefined;
  try {
    const server = await startPostgresServer();
    process.env[testServerVariable] = server.url;
    return () => server.stop();
  } catch (error) {
    process.stdout.write(`not run: PostgreSQL (${errorMessage(error)})\n`);
    return undefined;
  }
}
