import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { errorMessage } from '../../errors.ts';
import { checkDiskSpace, type DiskReserves } from '../disk/disk-space.ts';
import { moveInBackground } from '../sqlite/move-in-background.ts';
import { type Db, openReader } from '../sqlite/open.ts';
import { bytesOnDisk, type CopyableFile, Writer } from '../sqlite/writer.ts';
import type { AppendResult, EventLog, KeyFilter, LogHealth, LogPage, LogRecord, NewRecord, Offset } from './event-log.ts';
import { LogUnavailableError } from './event-log.ts';
import { writeHeadsQuery } from './heads-sql.ts';
import { toOffset, toSeq } from './offsets.ts';
import { createConsentCountReads } from './sqlite-consent-counts.ts';
import {
  createLogReads,
  type LogReads,
  listRecordTables,
  type RecordRow,
  selectRecords,
  selectRows,
  toRecord,
} from './sqlite-log.reads.ts';
import type { LogOp, LogResult, LogTaskRequest } from './sqlite-log.schema.ts';
import { type AppendNotice, appendTimeoutMs, listHeads, toAppendResults } from './thread-appends.ts';

/** Offsets counted in one query before other work runs, with a comparison of each key and without. */
const countedAtOnce = { withKeys: 10_000, withoutKeys: 200_000 } as const;

export interface SqliteLogOptions extends DiskReserves {
  readonly now: () => number;
  /** Returns why events cannot be delivered, with the remedy. No event is accepted meanwhile. */
  readonly otherProblem?: () => string | undefined;
  /** Called when the move of earlier records has failed. It is tried again. */
  readonly onMoveFault?: (error: unknown) => void;
}

/** The embedded event log. It can feed the records to another thread. */
export interface SqliteEventLog extends EventLog, CopyableFile {
  readonly file: string;
  /** Sends each committed record to a port, for a `CommittedRecords`. There can be one port. */
  feed(port: MessagePort): void;
  /** Opens a port by which another thread appends, with `createThreadAppend`. */
  openAppends(): MessagePort;
  /** Takes the results of the appends of another thread. */
  noteAppends(notice: AppendNotice): void;
}

/** Opens the embedded event log: one file, one writer thread, group commit, `synchronous=FULL`. @throws if it cannot be opened. */
export async function openSqliteLog(file: string, options: SqliteLogOptions): Promise<SqliteEventLog> {
  let log: SqliteLog | undefined;
  const noteLate = (op: LogOp, result: LogResult) => log?.noteLate(op, result);
  const writer = await Writer.open<LogOp, LogResult>('./sqlite-log.writer', import.meta.url, file, appendTimeoutMs, noteLate);
  try {
    log = new SqliteLog(file, writer, openReader(file), options);
    log.moveEarlier();
    return log;
  } catch (error) {
    await writer.close();
    throw error;
  }
}

class SqliteLog implements SqliteEventLog {
  readonly file: string;
  readonly #writer: Writer<LogOp, LogResult>;
  readonly #db: Db;
  readonly #reads: LogReads;
  readonly #consent: ReturnType<typeof createConsentCountReads>;
  readonly #options: SqliteLogOptions;
  readonly #heads: Map<string, Offset>;
  /** The error of the last write, until one succeeds. */
  #lastError: string | undefined;
  #probing: Promise<unknown> | undefined;
  readonly #hasEarlier: boolean;
  #moves: ReturnType<typeof moveInBackground> | undefined;
  readonly #sql;

  constructor(file: string, writer: Writer<LogOp, LogResult>, db: Db, options: SqliteLogOptions) {
    this.file = file;
    this.#writer = writer;
    this.#db = db;
    this.#options = options;
    const tables = listRecordTables(db);
    const all = (columns: string) => selectRecords(db, columns);
    this.#hasEarlier = tables.length > 1;
    this.#reads = createLogReads(db);
    this.#consent = createConsentCountReads(db);
    this.#sql = {
      newest: db.prepare<[string, number, number], RecordRow>(`${selectRows(db)} AND seq < ? ORDER BY seq DESC LIMIT ?`),
      count: db
        .prepare<[string, number, number], number>(
          `SELECT count(*) FROM ${all('partition, seq')} WHERE partition = ? AND seq > ? AND seq <= ?`,
        )
        .pluck(),
      countByKey: db
        .prepare<KeyFilter & { partition: string; from: number; to: number }, number>(
          `SELECT count(*) FROM ${all('partition, seq, key')} WHERE partition = @partition AND seq > @from AND seq <= @to AND instr(key, @excludedPrefix) <> 1
           AND (length(key) - length(replace(key, @separator, '')) <= @maxSeparators OR substr(key, -length(@suffix)) = @suffix)`,
        )
        .pluck(),
      estimate: db.prepare<[], { records: number }>(
        `SELECT coalesce(max(last) - min(first) + 1, 0) AS records FROM (${tables
          .map((table) => `SELECT (SELECT max(seq) FROM ${table}) AS last, (SELECT min(seq) FROM ${table}) AS first`)
          .join(' UNION ALL ')})`,
      ),
    };
    const heads = tables.flatMap((table) => readHeads(db, table));
    this.#heads = new Map(heads.toSorted(([, one], [, other]) => (one < other ? -1 : 1)));
  }

  async append(records: readonly NewRecord[]): Promise<readonly AppendResult[]> {
    const seqs = await this.#write({ kind: 'append', records, now: this.#options.now() });
    const results = toAppendResults(records, seqs);
    this.#raiseHeads(listHeads(records, results));
    return results;
  }

  read(partition: string, after: Offset, max: { readonly records: number; readonly bytes: number }): Promise<LogPage> {
    return this.#reads.read(partition, after, max);
  }

  get(partition: string, offsets: readonly Offset[]): Promise<readonly LogRecord[]> {
    return this.#reads.get(partition, offsets);
  }

  async latest(partition: string, count: number, before?: Offset): Promise<LogPage> {
    const records = this.#sql.newest
      .all(partition, before === undefined ? Number.MAX_SAFE_INTEGER : toSeq(before), count)
      .map((row) => toRecord(partition, row))
      .reverse();
    return { records, lastOffset: records.at(-1)?.offset ?? '' };
  }

  findTime(partition: string, from: Offset): ReturnType<EventLog['findTime']> {
    return this.#reads.findTime(partition, from);
  }

  findOffsetAt(partition: string, at: Date): Promise<Offset> {
    return this.#reads.findOffsetAt(partition, at);
  }

  getConsentCounts(site: string, since: number, until: number): ReturnType<EventLog['getConsentCounts']> {
    return this.#consent.getConsentCounts(site, since, until);
  }

  getConsentCountingStart(): Promise<number> {
    return this.#consent.getConsentCountingStart();
  }

  listConsentSites(): Promise<readonly string[]> {
    return this.#consent.listConsentSites();
  }

  async removeConsentCounts(site: string, before: number, limit: number): Promise<number> {
    const [removed] = await this.#write({ kind: 'remove-consent-counts', site, before, limit });
    return removed ?? 0;
  }

  async count(partition: string, after: Offset, through: Offset, filter?: KeyFilter): Promise<number> {
    const last = toSeq(through);
    const atOnce = filter ? countedAtOnce.withKeys : countedAtOnce.withoutKeys;
    let records = 0;
    for (let from = toSeq(after); from < last; from += atOnce) {
      const to = Math.min(from + atOnce, last);
      records +=
        (filter ? this.#sql.countByKey.get({ ...filter, partition, from, to }) : this.#sql.count.get(partition, from, to)) ?? 0;
      if (to < last) await nextTurn();
    }
    return records;
  }

  async heads(): Promise<ReadonlyMap<string, Offset>> {
    return this.#heads;
  }

  async redact(partition: string, offsets: readonly Offset[]): Promise<void> {
    await this.#write({ kind: 'redact', partition, seqs: offsets.map(toSeq) });
  }

  purge(): Promise<void> {
    // Moved records leave copies in unused bytes. Otherwise records keep their place.
    return this.#writer.purge(this.#hasEarlier ? 'file' : 'log');
  }

  async truncate(partition: string, records: readonly { readonly offset: Offset; readonly bytes: Uint8Array }[]): Promise<void> {
    await this.#write({
      kind: 'truncate',
      partition,
      records: records.map(({ offset, bytes }) => ({ seq: toSeq(offset), bytes })),
    });
  }

  async reclaimDiskSpace(): Promise<boolean> {
    const [left] = await this.#write({ kind: 'reclaim' });
    return (left ?? 0) > 0;
  }

  async trim(partition: string, through: Offset): Promise<void> {
    await this.#write({ kind: 'trim', partition, through: toSeq(through) });
    if ((this.#heads.get(partition) ?? '') <= through) this.#heads.delete(partition);
  }

  async health(): Promise<LogHealth> {
    const { records } = this.#sql.estimate.get() ?? { records: 0 };
    const bytes = bytesOnDisk(this.file);
    if (this.#writer.problem !== undefined)
      return { writable: false, problem: `${this.#writer.problem}. Restart Convey`, records, bytes };
    const otherProblem = this.#options.otherProblem?.();
    if (otherProblem !== undefined) return { writable: false, problem: otherProblem, records, bytes };
    if (this.#lastError !== undefined) this.#probe();
    if (this.#lastError !== undefined)
      return { writable: false, problem: `Writing the event log failed: ${this.#lastError}. Check the disk`, records, bytes };
    const space = checkDiskSpace(dirname(this.file), this.#options);
    if (space.state === 'full') return { writable: false, problem: space.problem, records, bytes };
    if (space.state === 'low') return { writable: true, browserProblem: space.problem, records, bytes };
    return { writable: true, records, bytes };
  }

  async ensureOffsetsAfter(offset: Offset): Promise<Offset> {
    const [last] = await this.#write({ kind: 'start-after', seq: toSeq(offset) });
    return last == null || last === 0 ? '' : toOffset(last);
  }

  feed(port: MessagePort): void {
    this.#writer.attachTask({ feed: port } satisfies LogTaskRequest, [port]);
  }

  openAppends(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#writer.attachTask({ appends: port2 } satisfies LogTaskRequest, [port2]);
    return port1;
  }

  noteAppends(notice: AppendNotice): void {
    if ('failed' in notice) this.#lastError = notice.failed;
    else {
      this.#lastError = undefined;
      this.#raiseHeads(notice.heads);
    }
  }

  /** Takes the result of a write that was rejected because it took too long, and is committed now. */
  noteLate(op: LogOp, result: LogResult): void {
    this.#lastError = undefined;
    if (op.kind === 'append') this.#raiseHeads(listHeads(op.records, toAppendResults(op.records, result)));
  }

  copyTo(file: string): Promise<void> {
    return this.#writer.copyTo(file);
  }

  async close(): Promise<void> {
    const stopped = this.#moves?.stop();
    this.#db.close();
    // Cancels a purge, which the move may wait for.
    await this.#writer.close();
    await stopped;
  }

  /** Moves the records of an earlier schema. Every moved record leaves the old table, so the next start continues. */
  moveEarlier(): void {
    if (!this.#hasEarlier) return;
    this.#moves = moveInBackground({
      move: async () => (await this.#write({ kind: 'move-earlier' }))[0],
      complete: async () => {
        await this.#writer.purge('file');
        await this.#write({ kind: 'complete-move' });
      },
      onFault: (error) => this.#options.onMoveFault?.(error),
    });
  }

  #raiseHeads(heads: readonly (readonly [partition: string, head: Offset])[]): void {
    for (const [partition, head] of heads) if (head > (this.#heads.get(partition) ?? '')) this.#heads.set(partition, head);
  }

  /** Starts a write without changes, to find out whether writing works again: no event is appended while it fails. */
  #probe(): void {
    this.#probing ??= Promise.allSettled([this.#write({ kind: 'touch' })]).then(() => {
      this.#probing = undefined;
    });
  }

  async #write(op: LogOp): Promise<LogResult> {
    try {
      const result = await this.#writer.run(op);
      this.#lastError = undefined;
      return result;
    } catch (error) {
      this.#lastError = errorMessage(error);
      throw new LogUnavailableError(errorMessage(error), { cause: error });
    }
  }
}

/** Reads the newest offset of each partition. */
function readHeads(db: Db, table: string): readonly (readonly [string, Offset])[] {
  const rows = db.prepare<[], { partition: string; seq: number }>(writeHeadsQuery(table)).all();
  return rows.map(({ partition, seq }) => [partition, toOffset(seq)]);
}
