import type { MessagePort } from 'node:worker_threads';
import { errorMessage } from '../../errors.ts';
import { OpQueue, type Outcome, WriteFailedError } from '../sqlite/op-queue.ts';
import { serializeError } from '../sqlite/sqlite-errors.ts';
import type { WriterHost, WriterTask } from '../sqlite/writer.ts';
import { type AppendResult, type EventLog, LogUnavailableError, type NewRecord, type Offset } from './event-log.ts';
import { toOffset } from './offsets.ts';
import type { LogOp, LogResult } from './sqlite-log.schema.ts';

/** An append is refused after this time without a reply of the writer. */
export const appendTimeoutMs = 5_000;

/** The result of appends by a thread: the newest offset of each partition, or why an append failed. */
export type AppendNotice =
  | { readonly heads: readonly (readonly [partition: string, head: Offset])[] }
  | { readonly failed: string };

/** Serves another thread's appends on the thread of the event log's writer. The appends of all threads share its commits. */
export function serveAppends(port: MessagePort, { run }: Pick<WriterHost<LogOp, LogResult>, 'run'>): WriterTask {
  const open = new Set<Promise<unknown>>();
  const serve = async (ops: readonly LogOp[]) => {
    const outcomes = await Promise.all(
      ops.map((op) => run(op).then((result): Outcome<LogResult> => ({ result }), serializeError)),
    );
    port.postMessage(outcomes);
  };
  port.on('message', (ops: readonly LogOp[]) => {
    const served = serve(ops);
    open.add(served);
    void served.finally(() => open.delete(served));
  });
  return {
    async stop() {
      await Promise.allSettled(open);
      port.close();
    },
  };
}

/** The appends of a thread other than the event log's own. */
export interface ThreadAppends extends Pick<EventLog, 'append'> {
  /** Waits for the open appends, and closes the port. */
  close(): Promise<void>;
}

/**
 * Creates the appends of a thread by a port to the event log's writer: durable before they resolve, rejected within 5 s.
 * @param notify called before the appends of a commit resolve, so that the log's own thread knows of them when their senders do.
 */
export function createThreadAppends(port: MessagePort, now: () => number, notify: (notice: AppendNotice) => void): ThreadAppends {
  const noteLate = (op: LogOp, result: LogResult) => {
    if (op.kind === 'append') raiseHeads(listHeads(op.records, toAppendResults(op.records, result)));
  };
  const queue = new OpQueue<LogOp, LogResult>((ops) => port.postMessage(ops), appendTimeoutMs, noteLate);
  port.on('message', (outcomes: readonly Outcome<LogResult>[]) => queue.settle(outcomes));
  port.on('close', () => queue.end(new WriteFailedError('CLOSED', 'The writer of the event log is closed')));
  const heads = new Map<string, Offset>();
  const raiseHeads = (more: readonly (readonly [partition: string, head: Offset])[]) => {
    if (heads.size === 0)
      queueMicrotask(() => {
        notify({ heads: [...heads] });
        heads.clear();
      });
    for (const [partition, head] of more) heads.set(partition, head);
  };
  return {
    async append(records) {
      try {
        const results = toAppendResults(records, await queue.run({ kind: 'append', records, now: now() }));
        raiseHeads(listHeads(records, results));
        return results;
      } catch (error) {
        notify({ failed: errorMessage(error) });
        throw new LogUnavailableError(errorMessage(error), { cause: error });
      }
    },
    async close() {
      await queue.waitUntilIdle();
      port.close();
    },
  };
}

/** @param seqs the seq of each record, or null for a duplicate. */
export function toAppendResults(records: readonly NewRecord[], seqs: LogResult): readonly AppendResult[] {
  return records.map((_, index) => {
    const seq = seqs[index];
    return seq == null ? { duplicate: true } : { offset: toOffset(seq) };
  });
}

/** Returns the partition and offset of each stored record that is the last of its partition. */
export function listHeads(
  records: readonly NewRecord[],
  results: readonly AppendResult[],
): readonly (readonly [partition: string, head: Offset])[] {
  const heads = new Map<string, Offset>();
  for (const [index, { partition }] of records.entries()) {
    const result = results[index];
    if (result && 'offset' in result) heads.set(partition, result.offset);
  }
  return [...heads];
}
