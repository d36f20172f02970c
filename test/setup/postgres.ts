import { errorMessage } from '../../src/errors.ts';
import { testServerVariable } from '../postgres.fixture.ts';
import { startPostgresServer } from '../postgres-server.fixture.ts';

/** Starts one PostgreSQL for the run's tests. Prints `not run: PostgreSQL` where it cannot run; the tests skip then. */
export async function startPostgres(): Promise<(() => Promise<void>) | undefined> {
  try {
    const server = await startPostgresServer();
    process.env[testServerVariable] = server.url;
    return () => server.stop();
  } catch (error) {
    process.stdout.write(`not run: PostgreSQL (${errorMessage(error)})\n`);
    return undefined;
  }
}
