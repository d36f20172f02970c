import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';

/**
 * Loaded before the gateway into its process and threads, with `node --import`. Kills the process at the crash point in the file
 * `CONVEY_POINT` as soon as that file exists, and records in `CONVEY_POINT.reached` that the point was reached. The gateway has no code
 * for this.
 */
export type CrashPoint =
  /** A statement on one of the two files: before it, before or after the commit of its transaction, or while it runs. */
  | {
      readonly at: 'before' | 'before-commit' | 'after-commit' | 'during';
      readonly file: 'log.db' | 'state.db';
      /** The beginning of its text. */
      readonly sql: string;
      /** One of its parameters contains this text, or equals this number. */
      readonly parameter?: string | number;
    }
  /** An event was parsed, and is about to be posted to the log's thread. */
  | { readonly at: 'before-post' }
  /** Half of a request's body was sent to this port. */
  | { readonly at: 'half-sent'; readonly port: number };

/** The content of the file `CONVEY_POINT`. */
export type ArmedCrashPoint = CrashPoint & {
  /** Delay of the kill from the start of the statement, for `during`. */
  readonly killAfterMs: number;
};

const file = process.env.CONVEY_POINT ?? '';

function readArmedPoint(): ArmedCrashPoint | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function recordReached(moment: 'before' | 'after'): void {
  appendFileSync(`${file}.reached`, `${moment}\n`);
}

/** Blocks this thread forever. */
function blockThread(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function killProcess(): void {
  recordReached('before');
  process.kill(process.pid, 'SIGKILL');
  blockThread();
}

/** Kills the process from another one while the statement occupies this thread. Never returns. */
function killDuring(run: () => void, afterMs: number): void {
  recordReached('before');
  const waitSeconds = (afterMs / 1_000).toFixed(4);
  spawn('sh', ['-c', `sleep ${waitSeconds}; kill -9 ${process.pid}`], { stdio: 'ignore', detached: true });
  run();
  recordReached('after');
  blockThread();
}

/** Returns whether a statement is the armed crash point. */
function isAtPoint(point: ArmedCrashPoint | undefined, db: string, sql: string, parameters: readonly unknown[]): boolean {
  if (!point || !('sql' in point) || basename(db) !== point.file || !sql.startsWith(point.sql)) return false;
  const { parameter } = point;
  if (parameter === undefined) return true;
  return parameters.some((one) =>
    typeof one === 'string' && typeof parameter === 'string' ? one.includes(parameter) : one === parameter,
  );
}

/** Whether the open transaction on this thread contains the statement of the crash point. */
let isPointInTransaction = false;

function runWithCrashPoint<Result>(db: string, sql: string, parameters: readonly unknown[], run: () => Result): Result {
  if (sql.startsWith('BEGIN')) isPointInTransaction = false;
  const point = readArmedPoint();
  if (sql === 'COMMIT' && isPointInTransaction) {
    if (point?.at === 'before-commit') killProcess();
    const result = run();
    if (point?.at === 'after-commit') killProcess();
    return result;
  }
  if (isAtPoint(point, db, sql, parameters)) {
    isPointInTransaction = true;
    if (point?.at === 'before') killProcess();
    if (point?.at === 'during') killDuring(run, point.killAfterMs);
  }
  return run();
}

function patchStatements(): void {
  const statement: unknown = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1'));
  if (typeof statement !== 'object' || statement === null) throw new Error('a statement has no prototype');
  const run: unknown = Reflect.get(statement, 'run');
  if (typeof run !== 'function') throw new Error('a statement cannot be run');
  Object.defineProperty(statement, 'run', {
    value(this: Database.Statement, ...parameters: unknown[]) {
      return runWithCrashPoint(this.database.name, this.source, parameters, () => Reflect.apply(run, this, parameters));
    },
  });
  for (const name of ['exec', 'pragma'] as const) {
    const original = Database.prototype[name];
    Object.defineProperty(Database.prototype, name, {
      value(this: Database.Database, sql: string, ...rest: unknown[]) {
        return runWithCrashPoint(this.name, sql, [], () => Reflect.apply(original, this, [sql, ...rest]));
      },
    });
  }
}

function patchPostMessage(): void {
  const post = Worker.prototype.postMessage;
  Object.defineProperty(Worker.prototype, 'postMessage', {
    value(this: Worker, message: unknown, ...rest: unknown[]) {
      if (isAppend(message) && readArmedPoint()?.at === 'before-post') killProcess();
      return Reflect.apply(post, this, [message, ...rest]);
    },
  });
}

function isAppend(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || !('ops' in message) || !Array.isArray(message.ops)) return false;
  return message.ops.some(({ kind }: { readonly kind?: unknown }) => kind === 'append');
}

function patchSockets(): void {
  const write = Socket.prototype.write;
  Object.defineProperty(Socket.prototype, 'write', {
    value(this: Socket, chunk: unknown, ...rest: unknown[]) {
      const point = chunk instanceof Uint8Array ? readArmedPoint() : undefined;
      if (point?.at !== 'half-sent' || point.port !== this.remotePort || !(chunk instanceof Uint8Array))
        return Reflect.apply(write, this, [chunk, ...rest]);
      Reflect.apply(write, this, [chunk.subarray(0, chunk.byteLength / 2), killProcess]);
      return false;
    },
  });
}

patchStatements();
patchPostMessage();
patchSockets();
