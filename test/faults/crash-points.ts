import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';

/**
 * Loaded before the gateway, into its process and its threads (`node --import`). Kills it at the point that stands in the file
 * `CONVEY_POINT`, from the moment that it stands there, and says in `CONVEY_POINT.reached` that it came to it. The gateway
 * itself knows nothing of this.
 */
export type Point =
  /** A statement of one of the two files: before it, before or after the commit that holds it, or while it runs. */
  | {
      readonly at: 'before' | 'before-commit' | 'after-commit' | 'during';
      readonly file: 'log.db' | 'state.db';
      /** Its text begins with this. */
      readonly sql: string;
      /** One of its parameters holds this text, or is this number. */
      readonly given?: string | number;
    }
  /** An event was read, and is about to be handed to the log's thread. */
  | { readonly at: 'handed-over' }
  /** Half a request's body has left for this port. */
  | { readonly at: 'half-sent'; readonly port: number };

/** The content of the file. */
export type ArmedPoint = Point & {
  /** How long after a statement begins the kill may land inside it. */
  readonly killAfterMs: number;
};

const file = process.env.CONVEY_POINT ?? '';

function armed(): ArmedPoint | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function reached(what: 'before' | 'after'): void {
  appendFileSync(`${file}.reached`, `${what}\n`);
}

/** Nothing more is done on this thread. */
function stop(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function die(): void {
  reached('before');
  process.kill(process.pid, 'SIGKILL');
  stop();
}

/** The kill comes from outside, since the thread is busy; it never gets past the statement. */
function dieDuring(run: () => void, afterMs: number): void {
  reached('before');
  const waitSeconds = (afterMs / 1_000).toFixed(4);
  spawn('sh', ['-c', `sleep ${waitSeconds}; kill -9 ${process.pid}`], { stdio: 'ignore', detached: true });
  run();
  reached('after');
  stop();
}

/** Whether the armed point is met by a statement. */
function meets(point: ArmedPoint | undefined, db: string, sql: string, given: readonly unknown[]): boolean {
  if (!point || !('sql' in point) || basename(db) !== point.file || !sql.startsWith(point.sql)) return false;
  const { given: wanted } = point;
  if (wanted === undefined) return true;
  return given.some((one) => (typeof one === 'string' && typeof wanted === 'string' ? one.includes(wanted) : one === wanted));
}

/** Of the open transaction on this thread. */
let metInTransaction = false;

function around<Result>(db: string, sql: string, given: readonly unknown[], run: () => Result): Result {
  if (sql.startsWith('BEGIN')) metInTransaction = false;
  const point = armed();
  if (sql === 'COMMIT' && metInTransaction) {
    if (point?.at === 'before-commit') die();
    const result = run();
    if (point?.at === 'after-commit') die();
    return result;
  }
  if (meets(point, db, sql, given)) {
    metInTransaction = true;
    if (point?.at === 'before') die();
    if (point?.at === 'during') dieDuring(run, point.killAfterMs);
  }
  return run();
}

function watchStatements(): void {
  const statement: unknown = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1'));
  if (typeof statement !== 'object' || statement === null) throw new Error('a statement has no prototype');
  const run: unknown = Reflect.get(statement, 'run');
  if (typeof run !== 'function') throw new Error('a statement cannot be run');
  Object.defineProperty(statement, 'run', {
    value(this: Database.Statement, ...given: unknown[]) {
      return around(this.database.name, this.source, given, () => Reflect.apply(run, this, given));
    },
  });
  for (const name of ['exec', 'pragma'] as const) {
    const original = Database.prototype[name];
    Object.defineProperty(Database.prototype, name, {
      value(this: Database.Database, sql: string, ...rest: unknown[]) {
        return around(this.name, sql, [], () => Reflect.apply(original, this, [sql, ...rest]));
      },
    });
  }
}

function watchHandingOver(): void {
  const post = Worker.prototype.postMessage;
  Object.defineProperty(Worker.prototype, 'postMessage', {
    value(this: Worker, message: unknown, ...rest: unknown[]) {
      if (isAppend(message) && armed()?.at === 'handed-over') die();
      return Reflect.apply(post, this, [message, ...rest]);
    },
  });
}

function isAppend(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || !('ops' in message) || !Array.isArray(message.ops)) return false;
  return message.ops.some(({ kind }: { readonly kind?: unknown }) => kind === 'append');
}

function watchSockets(): void {
  const write = Socket.prototype.write;
  Object.defineProperty(Socket.prototype, 'write', {
    value(this: Socket, chunk: unknown, ...rest: unknown[]) {
      const point = chunk instanceof Uint8Array ? armed() : undefined;
      if (point?.at !== 'half-sent' || point.port !== this.remotePort || !(chunk instanceof Uint8Array))
        return Reflect.apply(write, this, [chunk, ...rest]);
      Reflect.apply(write, this, [chunk.subarray(0, chunk.byteLength / 2), die]);
      return false;
    },
  });
}

watchStatements();
watchHandingOver();
watchSockets();
