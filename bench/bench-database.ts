import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { startPostgresServer } from '../scripts/postgres-server.ts';
import { readCpuMs } from '../scripts/process-cpu.ts';
import { runStatement } from '../scripts/run-statement.ts';
import { errorMessage } from '../src/errors.ts';
import { median } from './interleaved-rounds.ts';

/** A PostgreSQL of the benchmark. */
export interface BenchDatabase {
  readonly port: number;
  /** Creates an empty database, writes all earlier data to the disk, and returns the database's URL on a port that leads to the server. */
  create(name: string, port: number): Promise<string>;
  drop(name: string): Promise<void>;
  /** Runs a query in a database. */
  read(name: string, text: string): Promise<readonly unknown[]>;
  /** Returns the CPU time of all processes of the server so far, in microseconds. */
  readCpu(): number;
  stop(): Promise<void>;
}

/** The settings of a small machine's server. Those of tests have no autovacuum. */
const settings = { shared_buffers: '512MB', max_wal_size: '4GB', autovacuum: 'on' } as const;

/** Starts a PostgreSQL. Returns why it cannot run on this machine. */
export async function startBenchDatabase(): Promise<BenchDatabase | { readonly problem: string }> {
  if (!existsSync('/proc/self/stat')) return { problem: 'the CPU time of a server can be read on Linux only' };
  try {
    const server = await startPostgresServer({ settings });
    const { port } = new URL(server.url);
    const read = (name: string, text: string) => runStatement(`${server.url}/${name}`, text);
    const run = async (text: string) => void (await read('postgres', text));
    return {
      port: Number(port),
      async create(name, onPort) {
        await run(`CREATE DATABASE ${name}`);
        await run('CHECKPOINT');
        return `${server.url.replace(`:${port}`, `:${onPort}`)}/${name}`;
      },
      drop: (name) => run(`DROP DATABASE ${name} WITH (FORCE)`),
      read,
      readCpu: () => readCpuMs(server.pid()) * 1_000,
      stop: () => server.stop(),
    };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

/** Returns the time of a statement that does nothing, in milliseconds. */
export async function measureRoundTrip(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const times: number[] = [];
  for (let index = 0; index < 50; index++) {
    const startedAt = performance.now();
    await client.query('SELECT 1');
    times.push(performance.now() - startedAt);
  }
  await client.end();
  return median(times);
}
