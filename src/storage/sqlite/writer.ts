import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MessagePort, parentPort, type TransferListItem, Worker, workerData } from 'node:worker_threads';
import { getKeyIndex } from './keys/key-index.ts';
import { type OnlineCopy, startOnlineCopy } from './online-copy.ts';
import { type LateResult, OpQueue, type Outcome, settleOp, WriteFailedError } from './op-queue.ts';
import { busyTimeoutMs, type Db, openWriter, type WalState } from './open.ts';
import { isCorruptionCode, serializeError } from './sqlite-errors.ts';
import { openForZeroing, type ZeroingPass } from './zero-unused-bytes.ts';

/**
 * SQLite access for the adapters in `log/` and `store/`. Each file has one writer connection on a thread of its own, which writes and
 * checkpoints. Readers are read-only connections on the caller's thread.
 *
 * Group commit: operations that are queued while a commit is synced form the next transaction. A failing operation is undone alone, also one
 * that meets a damaged page; a failing commit (disk full, I/O error) fails every operation in it.
 *
 * A task runs on the thread beside the operations: it shares the connection, so that its reads and writes cross no thread. Its operations
 * wait for those that have arrived from other threads.
 */

/**
 * A checkpoint stops the writes. Under load it is therefore rare, which also writes a page once that changed many times. The disk reserve has
 * room for the pages of both files' WAL.
 */
const checkpoints = {
  underLoadBytes: 96 * 1024 * 1024,
  /** Bytes written before the next checkpoint, after one that a long read or the disk kept incomplete. */
  retryBytes: 1024 * 1024,
  whenIdleBytes: 1024 * 1024,
  idleMs: 500,
} as const;

/** The pause between two tries to empty the WAL, and the longest time that removed data waits for a long read. */
const truncation = { retryMs: 20, longestMs: 5_000 } as const;

/** Bounds the memory of a thread. It otherwise has the young space of the main thread. */
const youngSpaceMebibytes = 12;

type Request<Op> =
  | { readonly ops: readonly Op[] }
  | { readonly copyTo: string }
  | { readonly purge: PurgedBytes }
  | { readonly attachTask: unknown }
  | { readonly close: true };
type Reply<Result> =
  | { readonly outcomes: readonly Outcome<Result>[] }
  | { readonly ready: true }
  | { readonly copied: Outcome<true> }
  | { readonly purged: Outcome<true> }
  | { readonly failed: { readonly code: string; readonly message: string } };

/** The bytes without removed data after a purge: those of the write-ahead log, or also the unused ones of the file. */
type PurgedBytes = 'log' | 'file';

/** A writer module: its schema, and how it applies one operation in the open transaction. */
export interface WriterSpec<Op, Result> {
  /** The steps of the schema's history, in order. A released step never changes. */
  readonly migrations: readonly string[];
  /** The schema of a new file. By default the file gets it by the steps. */
  readonly schema?: string;
  /** The page size of a new file. */
  readonly pageBytes?: number;
  readonly prepare: (db: Db) => (op: Op) => Result;
  /** Returns whether the operation removes data that must not stay in the write-ahead log either. */
  readonly purges: (op: Op) => boolean;
  /** The file's key indexes, by name. They follow the transactions. */
  readonly keyIndexes?: readonly string[];
  /** Called after the operations of a transaction, which it may add to. If it throws, the transaction is rolled back. */
  readonly beforeCommit?: () => void;
  /** Called when a transaction was rolled back. Returns whether it is run again, because `beforeCommit` now adds less. */
  readonly recover?: (error: unknown) => boolean;
  /** Called after each transaction. */
  readonly onEnd?: (isCommitted: boolean) => void;
  /** Attaches a task that another thread requests. */
  readonly attach?: (request: unknown, host: WriterHost<Op, Result>) => WriterTask | Promise<WriterTask>;
}

/** The part of a writer's thread that a task may use. */
export interface WriterHost<Op, Result> {
  /** The writing connection. A task only reads from it. */
  readonly db: Db;
  /** Resolves when the operation is committed and synced, together with the others of the same turn of the event loop. @throws WriteFailedError */
  run(op: Op): Promise<Result>;
}

export interface WriterTask {
  /** Resolves when the task has ended. The file is closed only then. */
  stop(): Promise<void>;
}

/** Runs a writer's thread. The thread's module calls it, and it returns at once. */
export function serveWriter<Op, Result>(spec: WriterSpec<Op, Result>): void {
  const port = parentPort;
  if (!port) throw new Error('serveWriter runs on a worker thread');
  const send = (reply: Reply<Result>) => port.postMessage(reply);
  try {
    serve(port, openWriter(workerData.file, spec.migrations, spec), spec, send);
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
  const indexes = (spec.keyIndexes ?? []).map((name) => getKeyIndex(db, name));
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  const walState = db.prepare<[], WalState>('PRAGMA wal_checkpoint(NOOP)');
  /** The frames of the WAL at which the next checkpoint under load is due. A long read delays the end of one. */
  let nextCheckpoint = checkpoints.underLoadBytes / pageBytes;
  let idleTimer: NodeJS.Timeout | undefined;
  /** Whether the write-ahead log still holds removed data. */
  let owesTruncate = false;
  let isClosing = false;

  const applyOne = (op: Op): Outcome<Result> => {
    const marked = indexes.map((index) => ({ index, mark: index.mark() }));
    savepoint.run();
    try {
      const result = apply(op);
      releaseSavepoint.run();
      return { result };
    } catch (error) {
      if (!db.inTransaction) throw error; // SQLite rolled back the whole transaction: disk full, I/O error
      undo.run();
      releaseSavepoint.run();
      for (const { index, mark } of marked) index.undo(mark);
      return serializeError(error);
    }
  };

  let pass: ZeroingPass | undefined;

  /** Checkpoints without waiting. On a full disk it fails like any write; the commits stay in the WAL. */
  const checkpoint = () =>
    attempt(() => {
      pass?.noteChanges();
      db.pragma('wal_checkpoint(PASSIVE)');
    });

  const checkpointIdle = () => {
    if (!owesTruncate) return checkpoint();
    truncate();
    if (owesTruncate) idleTimer?.refresh();
  };

  /** Checkpoints a large WAL now, and a smaller one when no operation follows. */
  const checkpointIfDue = () => {
    const frames = walState.get()?.log ?? 0;
    const step = checkpoints.underLoadBytes / pageBytes;
    nextCheckpoint = frames < step ? step : nextCheckpoint;
    if (frames >= nextCheckpoint) {
      checkpoint();
      const { log, checkpointed } = walState.get() ?? { log: frames, checkpointed: 0 };
      nextCheckpoint = frames + (checkpointed < log ? checkpoints.retryBytes / pageBytes : step);
    } else if (frames * pageBytes < checkpoints.whenIdleBytes && !owesTruncate) return;
    else if (idleTimer) idleTimer.refresh();
    else idleTimer = setTimeout(checkpointIdle, checkpoints.idleMs);
  };

  /** Empties the WAL, unless a long read is running, which must not delay commits. The next commit or pause then tries again. */
  const truncate = () => {
    owesTruncate = true;
    attempt(() => {
      pass?.noteChanges();
      db.pragma('busy_timeout = 0');
      owesTruncate = db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) !== 0;
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

  /** Empties the WAL between the reads of others. @throws WriteFailedError if they leave no gap. */
  const emptyWal = async () => {
    const deadline = performance.now() + truncation.longestMs;
    for (truncate(); owesTruncate; truncate()) {
      if (performance.now() > deadline || isClosing)
        throw new WriteFailedError('BUSY', `a long read keeps removed data in the write-ahead log of ${db.name}: try again`);
      await sleep(truncation.retryMs);
    }
  };

  let zeroing: ReturnType<typeof openForZeroing> | undefined;
  let purging: Promise<void> | undefined;
  const purge = async (bytes: PurgedBytes) => {
    try {
      if (bytes === 'file') {
        zeroing ??= openForZeroing(db);
        pass = zeroing.start();
        await pass.done;
      }
      await emptyWal();
      // No commit is in between: a page that changed since the pass has its newest version in the file now, and in no frame.
      pass?.zeroChanged();
      send({ purged: { result: true } });
    } catch (error) {
      send({ purged: serializeError(error) });
    }
    pass = undefined;
  };

  /** Runs operations in one transaction. Never throws. */
  const runAll = (ops: readonly Op[]): readonly Outcome<Result>[] => {
    let outcomes: readonly Outcome<Result>[] = [];
    try {
      begin.run();
      outcomes = ops.map(applyOne);
      for (const index of indexes) index.save();
      spec.beforeCommit?.();
      commit.run();
      spec.onEnd?.(true);
      if (owesTruncate || ops.some(spec.purges)) truncate();
      return outcomes;
    } catch (error) {
      attempt(() => db.inTransaction && rollback.run());
      for (const index of indexes) index.rollback();
      const hasMetDamage = outcomes.some((one) => 'code' in one && isCorruptionCode(one.code));
      const isRecovered = !hasMetDamage && spec.recover?.(error) === true;
      spec.onEnd?.(false);
      if (isRecovered) return runAll(ops);
      // SQLite ends a transaction in which it met a damaged page, with the operations that met none.
      if (hasMetDamage && ops.length > 1) return ops.flatMap((op) => runAll([op]));
      return ops.map(() => serializeError(error));
    }
  };

  const tasks: (WriterTask | Promise<WriterTask>)[] = [];
  const stopTasks = () => Promise.allSettled(tasks.map(async (task) => (await task).stop()));
  const host: WriterHost<Op, Result> = { db, run: createLocalRun(runAll, () => attempt(checkpointIfDue)) };

  port.on('message', async (request: Request<Op>) => {
    if ('copyTo' in request) {
      void copy(request.copyTo);
      return;
    }
    if ('purge' in request) {
      purging = purge(request.purge);
      return;
    }
    if ('attachTask' in request) {
      if (spec.attach) tasks.push(spec.attach(request.attachTask, host));
      return;
    }
    if ('close' in request) {
      isClosing = true;
      await stopTasks();
      await copying?.stop();
      await pass?.stop();
      await purging;
      clearTimeout(idleTimer);
      truncate();
      db.close();
      zeroing?.close();
      port.close();
      return;
    }
    send({ outcomes: runAll(request.ops) });
    attempt(checkpointIfDue);
  });
}

/** Returns the `run` of a task. The operations of one turn form a transaction, after the messages that have arrived. */
function createLocalRun<Op, Result>(
  runAll: (ops: readonly Op[]) => readonly Outcome<Result>[],
  onIdle: () => void,
): (op: Op) => Promise<Result> {
  let queue: { readonly op: Op; readonly resolve: (result: Result) => void; readonly reject: (error: unknown) => void }[] = [];
  const flush = () => {
    const flushed = queue;
    queue = [];
    const outcomes = runAll(flushed.map(({ op }) => op));
    for (const [index, pending] of flushed.entries()) settleOp(pending, outcomes[index]);
    onIdle();
  };
  return (op) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({ op, resolve, reject });
    });
}

function attempt(step: () => unknown): void {
  try {
    step();
  } catch {
    // The thread must survive a bad disk: it works again when there is room.
  }
}

/** A file that can be copied while it is written. */
export interface CopyableFile {
  /**
   * Copies the file's state at the end of the copying to a new file, a few pages at a time between commits. One copy at a time.
   * @throws WriteFailedError; the caller removes the incomplete copy.
   */
  copyTo(file: string): Promise<void>;
}

/** The caller's side of a writer thread. */
export class Writer<Op, Result> implements CopyableFile {
  readonly #worker: Worker;
  readonly #ops: OpQueue<Op, Result>;
  #copying: PromiseWithResolvers<void> | undefined;
  /** The purge that runs, and the one after it. */
  #purging: PromiseWithResolvers<void> | undefined;
  readonly #nextPurges = new Map<PurgedBytes, Promise<void>>();

  private constructor(worker: Worker, timeoutMs: number, onLate?: LateResult<Op, Result>) {
    this.#worker = worker;
    this.#ops = new OpQueue((ops) => worker.postMessage({ ops } satisfies Request<Op>), timeoutMs, onLate);
  }

  /**
   * Starts `module` (a sibling of `from`, without extension) as the only writer of `file`. Resolves when the file is migrated.
   * @throws WriteFailedError when the file cannot be opened or migrated.
   */
  static async open<Op, Result>(
    module: string,
    from: string,
    file: string,
    timeoutMs: number,
    onLate?: LateResult<Op, Result>,
  ): Promise<Writer<Op, Result>> {
    const worker = new Worker(new URL(`${module}${extname(new URL(from).pathname)}`, from), {
      workerData: { file },
      resourceLimits: { maxYoungGenerationSizeMb: youngSpaceMebibytes },
    });
    const writer = new Writer<Op, Result>(worker, timeoutMs, onLate);
    await new Promise<void>((resolve, reject) => {
      worker.once('message', (reply: Reply<Result>) => {
        if (!('failed' in reply)) return resolve();
        const fail = () => reject(new WriteFailedError(reply.failed.code, reply.failed.message));
        // The end of the thread closes the file.
        worker.terminate().then(fail, fail);
      });
      worker.once('error', reject);
    });
    worker.on('message', (reply: Reply<Result>) => writer.#settle(reply));
    worker.on('error', (error) => writer.#die(new WriteFailedError('THREAD', `The writer of ${file} stopped: ${error.message}`)));
    worker.on('exit', () => writer.#die(new WriteFailedError('CLOSED', `The writer of ${file} is closed`)));
    return writer;
  }

  /** The reason why nothing can be written any more, if the thread has ended. */
  get problem(): string | undefined {
    return this.#ops.dead?.message;
  }

  /** The number of operations that wait for a commit. */
  get pending(): number {
    return this.#ops.pending;
  }

  /** Resolves when `op` is committed and synced. @throws WriteFailedError; after `TIMEOUT` the operation may still be committed. */
  run(op: Op, timeoutMs?: number): Promise<Result> {
    return this.#ops.run(op, timeoutMs);
  }

  /** Attaches a task to the thread. It has no reply: the task answers on a port of its request. */
  attachTask(request: unknown, transfer: readonly TransferListItem[]): void {
    if (!this.#ops.dead) this.#worker.postMessage({ attachTask: request } satisfies Request<Op>, transfer);
  }

  copyTo(file: string): Promise<void> {
    if (this.#ops.dead) return Promise.reject(this.#ops.dead);
    if (this.#copying) return Promise.reject(new WriteFailedError('BUSY', 'the file is already being copied'));
    this.#copying = Promise.withResolvers();
    this.#worker.postMessage({ copyTo: file } satisfies Request<Op>);
    return this.#copying.promise;
  }

  /**
   * Resolves when no row that was removed before is left in the write-ahead log; for `file`, no copy of it in the file either: SQLite moves
   * rows between pages and leaves copies there, which `secure_delete` does not overwrite. Works on a few pages at a time between commits.
   * Calls that wait share a pass. @throws WriteFailedError, also when a long read goes on
   */
  purge(bytes: PurgedBytes): Promise<void> {
    if (this.#ops.dead) return Promise.reject(this.#ops.dead);
    if (!this.#purging) return this.#startPurge(bytes);
    const shared = this.#nextPurges.get(bytes) ?? this.#purgeNext(bytes);
    this.#nextPurges.set(bytes, shared);
    return shared;
  }

  async #purgeNext(bytes: PurgedBytes): Promise<void> {
    while (this.#purging) await Promise.allSettled([this.#purging.promise]);
    this.#nextPurges.delete(bytes);
    if (this.#ops.dead) throw this.#ops.dead;
    return this.#startPurge(bytes);
  }

  #startPurge(bytes: PurgedBytes): Promise<void> {
    this.#purging = Promise.withResolvers();
    this.#worker.postMessage({ purge: bytes } satisfies Request<Op>);
    return this.#purging.promise;
  }

  /** Waits for queued operations, cancels a running copy or pass, checkpoints and closes the file. */
  async close(): Promise<void> {
    await this.#ops.waitUntilIdle();
    if (this.#ops.dead) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage({ close: true } satisfies Request<Op>);
    await ended;
  }

  #settle(reply: Reply<Result>): void {
    if ('copied' in reply) this.#endCopy(reply.copied);
    if ('purged' in reply) this.#endPurge(reply.purged);
    if ('outcomes' in reply) this.#ops.settle(reply.outcomes);
  }

  #endCopy(copied: Outcome<true>): void {
    const copying = this.#copying;
    this.#copying = undefined;
    endJob(copying, copied);
  }

  #endPurge(purged: Outcome<true>): void {
    const purging = this.#purging;
    this.#purging = undefined;
    endJob(purging, purged);
  }

  #die(reason: WriteFailedError): void {
    this.#ops.end(reason);
    this.#copying?.reject(reason);
    this.#copying = undefined;
    this.#purging?.reject(reason);
    this.#purging = undefined;
  }
}

function endJob(job: PromiseWithResolvers<void> | undefined, outcome: Outcome<true>): void {
  if ('result' in outcome) job?.resolve();
  else job?.reject(new WriteFailedError(outcome.code, outcome.message));
}

/** Returns the size of the file with its write-ahead log, in bytes. */
export function bytesOnDisk(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}
