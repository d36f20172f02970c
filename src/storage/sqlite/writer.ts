import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { type OnlineCopy, startOnlineCopy } from './online-copy.ts';
import { busyTimeoutMs, type Db, openWriter } from './open.ts';
import { serializeError } from './sqlite-errors.ts';

/**
 * How Convey uses SQLite, for the adapters in `log/` and `store/`. Each file has one writer connection, on a thread of its
 * own, that does writes and checkpoints; readers are read-only connections on the caller's thread.
 *
 * Group commit: whatever queued while the last commit was being synced is the next transaction. An operation that fails
 * is undone alone; a commit that fails (disk full, I/O error) fails every operation in it.
 */

const checkpointBytes = 16 * 1024 * 1024;
/** A page and its frame header go to the WAL for a few rows at a time, so it grows faster than what was asked of it. */
const walBytesPerByte = 2;

/** An operation did not happen. `code` is SQLite's (`SQLITE_FULL`), the operation's own, or `TIMEOUT`. */
export class WriteFailedError extends Error {
  override readonly name = 'WriteFailedError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Outcome<Result> = { readonly result: Result } | { readonly code: string; readonly message: string };
type Request<Op> = { readonly ops: readonly Op[] } | { readonly copyTo: string } | { readonly close: true };
type Reply<Result> =
  | { readonly outcomes: readonly Outcome<Result>[] }
  | { readonly ready: true }
  | { readonly copied: Outcome<true> }
  | { readonly failed: { readonly code: string; readonly message: string } };

/** What a writer module gives: its schema, and how one operation is applied inside the open transaction. */
export interface WriterSpec<Op, Result> {
  /** Each step of the schema's history, in order; never edited once released. */
  readonly migrations: readonly string[];
  readonly prepare: (db: Db) => (op: Op) => Result;
  /** Roughly how many bytes the operation writes, so that checkpoints come in time. */
  readonly weigh: (op: Op) => number;
  /** Whether the operation takes data away that must not be left in the write-ahead log either. */
  readonly purges: (op: Op) => boolean;
  /**
   * Whether the file is to be written anew after the operation. SQLite moves rows from page to page and leaves copies of them in
   * the unused part of a page, where `secure_delete` does not reach.
   */
  readonly rewrites?: (op: Op) => boolean;
}

/** The body of a writer's thread. Called by the thread's own module, and returns at once. */
export function serveWriter<Op, Result>(spec: WriterSpec<Op, Result>): void {
  const port = parentPort;
  if (!port) throw new Error('serveWriter runs on a worker thread');
  const send = (reply: Reply<Result>) => port.postMessage(reply);
  try {
    serve(port, openWriter(workerData.file, spec.migrations), spec, send);
    send({ ready: true });
  } catch (error) {
    send({ failed: serializeError(error) });
  }
}

function serve<Op, Result>(port: MessagePort, db: Db, spec: WriterSpec<Op, Result>, send: (reply: Reply<Result>) => void): void {
  const apply = spec.prepare(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT op');
  const releaseSavepoint = db.prepare('RELEASE op');
  const undo = db.prepare('ROLLBACK TO op');
  let sinceCheckpoint = 0;
  /** What was taken away still stands in the write-ahead log. */
  let owesTruncate = false;

  const applyOne = (op: Op): Outcome<Result> => {
    savepoint.run();
    try {
      const result = apply(op);
      releaseSavepoint.run();
      return { result };
    } catch (error) {
      if (!db.inTransaction) throw error; // SQLite gave the whole transaction up: disk full, I/O error
      undo.run();
      releaseSavepoint.run();
      return serializeError(error);
    }
  };

  /** What went wrong; the operation is committed all the same, and may be asked for again. */
  const rewrite = (): Outcome<Result> | undefined => {
    try {
      db.exec('VACUUM');
      return undefined;
    } catch (error) {
      return serializeError(error);
    }
  };
  const isRewriting = (op: Op | undefined) => op !== undefined && spec.rewrites?.(op) === true;

  /** On a full disk it fails like any write; what is committed stays in the log, and the next commit tries again. */
  const checkpoint = () =>
    attempt(() => {
      db.pragma('wal_checkpoint(PASSIVE)');
      sinceCheckpoint = 0;
    });

  /** Whoever reads the file for long, as a check does, must not keep the commits waiting: then the next commit tries again. */
  const truncate = () => {
    owesTruncate = true;
    attempt(() => {
      db.pragma('busy_timeout = 0');
      owesTruncate = db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) !== 0;
      if (!owesTruncate) sinceCheckpoint = 0;
    });
    db.pragma(`busy_timeout = ${busyTimeoutMs}`);
  };

  let copying: OnlineCopy | undefined;
  const copy = async (to: string) => {
    copying = startOnlineCopy(db, to);
    const copied = await copying.done.then((): Outcome<true> => ({ result: true }), serializeError);
    copying = undefined;
    send({ copied });
  };

  port.on('message', async (request: Request<Op>) => {
    if ('copyTo' in request) {
      void copy(request.copyTo);
      return;
    }
    if ('close' in request) {
      await copying?.stop();
      truncate();
      db.close();
      port.close();
      return;
    }
    const { ops } = request;
    try {
      begin.run();
      const outcomes = ops.map(applyOne);
      commit.run();
      const rewritten = spec.rewrites && ops.some(spec.rewrites) ? rewrite() : undefined;
      if (owesTruncate || ops.some(spec.purges)) truncate();
      send({ outcomes: outcomes.map((outcome, index) => (rewritten && isRewriting(ops[index]) ? rewritten : outcome)) });
    } catch (error) {
      attempt(() => db.inTransaction && rollback.run());
      send({ outcomes: ops.map(() => serializeError(error)) });
      return;
    }
    for (const op of ops) sinceCheckpoint += spec.weigh(op) * walBytesPerByte;
    if (sinceCheckpoint >= checkpointBytes) checkpoint();
  });
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The thread must outlive a bad disk: it serves again when there is room.
  }
}

/** What is kept in one file, as far as it can be copied while it is written. */
export interface CopyableFile {
  /**
   * Writes the file as it stands at the end of the copying into a new one, a few pages at a time between commits. One copy at a time.
   * @throws WriteFailedError; what was begun is the caller's to remove.
   */
  copyTo(file: string): Promise<void>;
}

interface Waiting<Op, Result> {
  readonly op: Op;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: WriteFailedError) => void;
  timer?: NodeJS.Timeout;
}

/** The caller's side of a writer's thread. */
export class Writer<Op, Result> implements CopyableFile {
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  #queue: Waiting<Op, Result>[] = [];
  #sent: Waiting<Op, Result>[] = [];
  #dead: WriteFailedError | undefined;
  #onIdle: (() => void) | undefined;
  #copying: PromiseWithResolvers<void> | undefined;

  private constructor(worker: Worker, timeoutMs: number) {
    this.#worker = worker;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Starts `module` (a sibling of `from`, without extension) as the one writer of `file`; resolves when the schema stands.
   * @throws WriteFailedError when the file cannot be opened or migrated.
   */
  static async open<Op, Result>(module: string, from: string, file: string, timeoutMs: number): Promise<Writer<Op, Result>> {
    const worker = new Worker(new URL(`${module}${extname(new URL(from).pathname)}`, from), { workerData: { file } });
    const writer = new Writer<Op, Result>(worker, timeoutMs);
    await new Promise<void>((resolve, reject) => {
      worker.once('message', (reply: Reply<Result>) => {
        if ('failed' in reply) {
          void worker.terminate();
          reject(new WriteFailedError(reply.failed.code, reply.failed.message));
        } else resolve();
      });
      worker.once('error', reject);
    });
    worker.on('message', (reply: Reply<Result>) => writer.#settle(reply));
    worker.on('error', (error) => writer.#die(new WriteFailedError('THREAD', `The writer of ${file} stopped: ${error.message}`)));
    worker.on('exit', () => writer.#die(new WriteFailedError('CLOSED', `The writer of ${file} is closed`)));
    return writer;
  }

  /** Why nothing can be written any more, once the thread is gone. */
  get problem(): string | undefined {
    return this.#dead?.message;
  }

  /** How many operations wait for a commit. */
  get pending(): number {
    return this.#queue.length + this.#sent.length;
  }

  /** Resolves once `op` is committed and synced. @throws WriteFailedError; after `TIMEOUT` it may still happen. */
  run(op: Op, timeoutMs = this.#timeoutMs): Promise<Result> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const waiting: Waiting<Op, Result> = { op, resolve, reject };
      waiting.timer = setTimeout(() => this.#expire(waiting, timeoutMs), timeoutMs);
      this.#queue.push(waiting);
      this.#flush();
    });
  }

  copyTo(file: string): Promise<void> {
    if (this.#dead) return Promise.reject(this.#dead);
    if (this.#copying) return Promise.reject(new WriteFailedError('BUSY', 'the file is being copied already'));
    this.#copying = Promise.withResolvers();
    this.#worker.postMessage({ copyTo: file } satisfies Request<Op>);
    return this.#copying.promise;
  }

  /** Waits for what is queued, checkpoints, closes the file. A copy that runs is given up. */
  async close(): Promise<void> {
    if (this.pending > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    if (this.#dead) return;
    const gone = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage({ close: true } satisfies Request<Op>);
    await gone;
  }

  #flush(): void {
    if (this.#sent.length > 0 || this.#queue.length === 0) return;
    this.#sent = this.#queue;
    this.#queue = [];
    this.#worker.postMessage({ ops: this.#sent.map((waiting) => waiting.op) } satisfies Request<Op>);
  }

  #settle(reply: Reply<Result>): void {
    if ('copied' in reply) this.#endCopy(reply.copied);
    if (!('outcomes' in reply)) return;
    const sent = this.#sent;
    this.#sent = [];
    this.#flush();
    for (const [index, waiting] of sent.entries()) {
      clearTimeout(waiting.timer);
      const outcome = reply.outcomes[index];
      if (outcome && 'result' in outcome) waiting.resolve(outcome.result);
      else waiting.reject(new WriteFailedError(outcome?.code ?? 'FAILED', outcome?.message ?? 'no answer from the writer'));
    }
    if (this.pending === 0) this.#onIdle?.();
  }

  #endCopy(copied: Outcome<true>): void {
    const copying = this.#copying;
    this.#copying = undefined;
    if ('result' in copied) copying?.resolve();
    else copying?.reject(new WriteFailedError(copied.code, copied.message));
  }

  #expire(waiting: Waiting<Op, Result>, timeoutMs: number): void {
    this.#queue = this.#queue.filter((queued) => queued !== waiting);
    waiting.reject(new WriteFailedError('TIMEOUT', `no answer from the disk within ${timeoutMs} ms`));
  }

  #die(reason: WriteFailedError): void {
    this.#dead ??= reason;
    for (const waiting of [...this.#sent, ...this.#queue]) {
      clearTimeout(waiting.timer);
      waiting.reject(this.#dead);
    }
    this.#sent = [];
    this.#queue = [];
    this.#copying?.reject(this.#dead);
    this.#copying = undefined;
    this.#onIdle?.();
  }
}

/** Size of the file with its write-ahead log, in bytes. */
export function bytesOnDisk(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}
