import { crc32 } from 'node:zlib';
import { errorMessage } from '../../../errors.ts';
import { encodeBigints, encodeBlobs } from '../../postgres/binary-arrays.ts';
import { type Database, openDatabase } from '../../postgres/database.ts';
import { BrokenPromiseError, describeDatabaseError, getErrorCode, isDataError } from '../../postgres/database-errors.ts';
import { defineStatement } from '../../sql/statement.ts';
import {
  type AppendResult,
  type EventLog,
  getPartitionSite,
  type KeyFilter,
  type LogHealth,
  type LogPage,
  type LogRecord,
  LogUnavailableError,
  type NewRecord,
  type Offset,
  RecordRefusedError,
  startOffset,
} from '../event-log.ts';
import { toOffset, toSeq } from '../offsets.ts';
import { checksumUndated } from './checksum.ts';
import { createConsentCountLog } from './consent-counts.ts';
import { type AppendedSeqs, LanesClosedError, LaneWriter } from './lane-writer.ts';
import { PartitionHeads } from './partition-heads.ts';
import { laneCount } from './tables.ts';

export interface PostgresLogOptions {
  /** Reads, redactions and removals. The caller closes it. */
  readonly database: Database;
  /** Appends have connections of their own, so that no long read holds them up. */
  readonly url: string;
  /** Replaces the database's clock, in tests. */
  readonly now?: () => number;
  /** Checks the settings of the appends' connections: each new one, and one every minute. @throws BrokenPromiseError */
  readonly verify?: (connection: Pick<Database, 'read'>) => Promise<void>;
}

/** Long reads and removals, such as those of a site's whole history. */
const longTimeoutMs = 60_000;
const healthyForMs = 1_000;
const maintainEveryMs = 60_000;
const keepAppendsMs = 60 * 60_000;

interface Row {
  readonly seq: number;
  readonly key: string;
  readonly at: number;
  readonly crc32: number | null;
  /** Text costs a third less to read than bytes, which arrive as hexadecimal digits. */
  readonly body: string | Buffer | null;
}

/** Defines a statement twice: with bodies as text, and as bytes for a body that is no UTF-8 because it is damaged. */
function defineRead(write: (body: string) => string) {
  return { text: defineStatement<Row>(write(`convert_from(bytes, 'UTF8')`)), bytes: defineStatement<Row>(write('bytes')) };
}

type RecordRead = ReturnType<typeof defineRead>;

const selectAfter = defineRead(
  (body) =>
    `SELECT seq, key, at, crc32, ${body} AS body FROM (
       SELECT seq, key, at, crc32, bytes, row_number() OVER records AS position,
         sum(coalesce(octet_length(bytes), 0)) OVER records AS total
       FROM (SELECT * FROM records WHERE partition = $1 AND seq > $2::bigint ORDER BY seq LIMIT $3) AS page
       WINDOW records AS (ORDER BY seq ROWS UNBOUNDED PRECEDING)) AS bounded
     WHERE total <= $4::bigint OR position = 1 ORDER BY seq`,
);
const selectAmong = defineRead(
  (body) =>
    `SELECT seq, key, at, crc32, ${body} AS body FROM records WHERE partition = $1 AND seq = ANY($2::bigint[]) ORDER BY seq`,
);
const selectNewest = defineRead(
  (body) =>
    `SELECT seq, key, at, crc32, ${body} AS body FROM records WHERE partition = $1 AND seq < $2::bigint ORDER BY seq DESC LIMIT $3`,
);
/** Bisects the seqs of a partition, whose times never decrease. */
const selectOffsetAt = defineStatement<{ readonly seq: number | null }>(
  `WITH RECURSIVE step (low, high, found) AS (
     SELECT min(seq), max(seq), 0::bigint FROM records WHERE partition = $1
     UNION ALL
     SELECT CASE WHEN record.at < $2::bigint THEN middle + 1 ELSE low END,
            CASE WHEN record.at < $2::bigint THEN high ELSE record.seq - 1 END,
            CASE WHEN record.at < $2::bigint THEN record.seq ELSE found END
     FROM step CROSS JOIN LATERAL (SELECT (low + high) / 2 AS middle) AS halves
     CROSS JOIN LATERAL (SELECT seq, at FROM records WHERE partition = $1 AND seq <= middle ORDER BY seq DESC LIMIT 1) AS record
     WHERE low <= high)
   SELECT max(found) AS seq FROM step`,
);
const countAll = defineStatement<{ readonly records: number }>(
  'SELECT count(*) AS records FROM records WHERE partition = $1 AND seq > $2::bigint AND seq <= $3::bigint',
);
const countByKey = defineStatement<{ readonly records: number }>(
  `SELECT count(*) AS records FROM records WHERE partition = $1 AND seq > $2::bigint AND seq <= $3::bigint
   AND NOT starts_with(key, $4) AND (length(key) - length(replace(key, $5, '')) <= $6::integer OR right(key, length($7)) = $7)`,
);
const redactBodies = defineStatement(
  'UPDATE records SET bytes = NULL, crc32 = NULL WHERE partition = $1 AND seq = ANY($2::bigint[]) AND crc32 IS NOT NULL',
);
const selectKeys = defineStatement<{ readonly seq: number; readonly key: string }>(
  'SELECT seq, key FROM records WHERE partition = $1 AND seq = ANY($2::bigint[])',
);
const replaceBodies = defineStatement(
  `UPDATE records SET bytes = short.bytes, crc32 = short.crc32 FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS short (seq, crc32, bytes)
   WHERE partition = $1 AND records.seq = short.seq AND records.crc32 IS NOT NULL`,
);
const removeRecords = defineStatement('DELETE FROM records WHERE partition = $1 AND seq <= $2::bigint');
/** Notes a partition that has lost records, as an append does for one with new ones. */
const noteRemoval = defineStatement(
  `WITH lane AS (UPDATE lanes SET next = next + 1 WHERE lane = $1 RETURNING next - 1 AS base, last_at)
   INSERT INTO appends (lane, base, at, partitions) SELECT $1, base, last_at, ARRAY[$2::text] FROM lane`,
);
const selectTime = defineStatement<{ readonly seq: number; readonly at: number }>(
  'SELECT seq, at FROM records WHERE partition = $1 AND seq >= $2::bigint ORDER BY seq LIMIT 1',
);
const removeOldAppends = defineStatement(
  'DELETE FROM appends USING lanes WHERE appends.lane = lanes.lane AND at < last_at - $1::bigint',
);
const advanceLanes = defineStatement<{ readonly last: number }>(
  `WITH before AS (SELECT max(next) - 1 AS last FROM lanes), ahead AS (UPDATE lanes SET next = greatest(next, $1::bigint + 1))
   SELECT last FROM before`,
);
const probeWrite = defineStatement('UPDATE lanes SET next = next WHERE lane = 0');
const estimateSize = defineStatement<{ readonly records: number; readonly bytes: number }>(
  `SELECT coalesce(sum(n_live_tup), 0)::bigint AS records, coalesce(sum(pg_total_relation_size(relid)), 0)::bigint AS bytes
   FROM pg_stat_user_tables WHERE relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'records'::regclass)`,
);

/** Opens the event log on a database whose schema is current. */
export function openPostgresLog(options: PostgresLogOptions): EventLog {
  return new PostgresLog(options);
}

class PostgresLog implements EventLog {
  readonly isFedBySpools = true;
  readonly #database: Database;
  readonly #appending: Database;
  readonly #lanes: readonly LaneWriter[];
  readonly #heads: PartitionHeads;
  readonly #consent: ReturnType<typeof createConsentCountLog>;
  readonly #verify: PostgresLogOptions['verify'];
  /** A setting that breaks a promise: no append is acknowledged. */
  #brokenPromise: BrokenPromiseError | undefined;
  /** The error of the last write, until one succeeds. */
  #lastError: unknown;
  #wroteAt = Number.NEGATIVE_INFINITY;
  #probing: Promise<unknown> | undefined;
  #maintainedAt = Number.NEGATIVE_INFINITY;
  #size: Pick<LogHealth, 'records' | 'bytes'> = { records: 0, bytes: 0 };

  constructor({ database, url, now, verify }: PostgresLogOptions) {
    this.#database = database;
    this.#verify = verify;
    this.#appending = openDatabase({ url, maxConnections: laneCount, ...(verify && { verify }) });
    this.#lanes = Array.from(
      { length: laneCount },
      (_, lane) => new LaneWriter({ database: this.#appending, lane, checksum: checksumUndated, now }),
    );
    this.#heads = new PartitionHeads(database);
    this.#consent = createConsentCountLog(database);
  }

  async append(records: readonly NewRecord[]): Promise<readonly AppendResult[]> {
    if (records.length === 0) return [];
    if (this.#brokenPromise) throw new LogUnavailableError(this.#brokenPromise.message);
    const lanes = records.map(({ partition }) => findLane(partition));
    const seqs = await this.#write(async () => {
      const [first = 0] = lanes;
      if (lanes.every((lane) => lane === first)) return this.#appendToLane(first, records);
      return this.#appendToLanes(lanes, records);
    });
    return seqs.map((seq) => (seq === null ? { duplicate: true } : { offset: toOffset(seq) }));
  }

  async read(partition: string, after: Offset, max: { readonly records: number; readonly bytes: number }): Promise<LogPage> {
    const records = await this.#readRecords(selectAfter, [partition, toSeq(after), max.records, max.bytes]);
    return { records, lastOffset: records.at(-1)?.offset ?? after };
  }

  get(partition: string, offsets: readonly Offset[]): Promise<readonly LogRecord[]> {
    return this.#readRecords(selectAmong, [partition, encodeBigints(offsets.map(toSeq))]);
  }

  async latest(partition: string, count: number, before?: Offset): Promise<LogPage> {
    const end = before === undefined ? Number.MAX_SAFE_INTEGER : toSeq(before);
    const records = (await this.#readRecords(selectNewest, [partition, end, count])).toReversed();
    return { records, lastOffset: records.at(-1)?.offset ?? startOffset };
  }

  async findTime(partition: string, from: Offset): ReturnType<EventLog['findTime']> {
    const [found] = await this.#database.read(selectTime(partition, toSeq(from)));
    return found && { offset: toOffset(found.seq), at: found.at };
  }

  async findOffsetAt(partition: string, at: Date): Promise<Offset> {
    const [found] = await this.#database.read(selectOffsetAt(partition, at.getTime()));
    return found?.seq ? toOffset(found.seq) : startOffset;
  }

  async count(partition: string, after: Offset, through: Offset, filter?: KeyFilter): Promise<number> {
    const range = [partition, toSeq(after), toSeq(through)];
    const statement = filter
      ? countByKey(...range, filter.excludedPrefix, filter.separator, filter.maxSeparators, filter.suffix)
      : countAll(...range);
    const [counted] = await this.#database.read(statement, { timeoutMs: longTimeoutMs });
    return counted?.records ?? 0;
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

  removeConsentCounts(site: string, before: number, limit: number): Promise<number> {
    return this.#change(() => this.#consent.removeConsentCounts(site, before, limit));
  }

  heads(): Promise<ReadonlyMap<string, Offset>> {
    return this.#heads.read();
  }

  /** Does nothing: the store's `endErasure` rewrites the tables of both. */
  async purge(): Promise<void> {}

  async redact(partition: string, offsets: readonly Offset[]): Promise<void> {
    await this.#change(() => this.#database.write(redactBodies(partition, encodeBigints(offsets.map(toSeq)))));
  }

  async truncate(partition: string, records: readonly { readonly offset: Offset; readonly bytes: Uint8Array }[]): Promise<void> {
    await this.#change(async () => {
      const bodies = new Map(records.map(({ offset, bytes }) => [toSeq(offset), bytes]));
      const rows = await this.#database.read(selectKeys(partition, encodeBigints([...bodies.keys()])));
      const found = rows.flatMap(({ seq, key }) => {
        const bytes = bodies.get(seq);
        return bytes === undefined ? [] : [{ seq, bytes, crc32: checksumUndated(partition, key, bytes) }];
      });
      await this.#database.write(
        replaceBodies(
          partition,
          encodeBigints(found.map(({ seq }) => seq)),
          encodeBigints(found.map((one) => one.crc32)),
          encodeBlobs(found.map(({ bytes }) => bytes)),
        ),
      );
    });
  }

  async trim(partition: string, through: Offset): Promise<void> {
    await this.#change(async () => {
      await this.#database.write(removeRecords(partition, toSeq(through)), { timeoutMs: longTimeoutMs });
      await this.#database.write(noteRemoval(findLane(partition), partition));
    });
  }

  /** Does nothing: the database reuses the space itself. */
  async reclaimDiskSpace(): Promise<boolean> {
    return false;
  }

  async health(): Promise<LogHealth> {
    // Appends prove more than a probe, which would take a lane's row from them.
    if (this.#lastError === undefined && performance.now() - this.#wroteAt > healthyForMs) await this.#probe();
    if (this.#lastError !== undefined) {
      // A probe of a database without a reply takes seconds, so a later call reports its result.
      void this.#probe();
      const problem = `Writing the event log failed: ${describeDatabaseError(this.#lastError)}`;
      return { writable: false, problem, ...this.#size };
    }
    if (this.#brokenPromise || performance.now() - this.#maintainedAt > maintainEveryMs) await this.#maintain();
    if (this.#brokenPromise) return { writable: false, problem: this.#brokenPromise.message, ...this.#size };
    return { writable: true, ...this.#size };
  }

  async ensureOffsetsAfter(offset: Offset): Promise<Offset> {
    const { rows } = await this.#change(() => this.#database.write(advanceLanes(toSeq(offset))));
    const last = rows[0]?.last ?? 0;
    return last === 0 ? startOffset : toOffset(last);
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.flush()));
    await this.#appending.close();
  }

  #appendToLane(lane: number, records: readonly NewRecord[]): Promise<AppendedSeqs> {
    const writer = this.#lanes[lane];
    if (!writer) throw new RangeError(`there is no lane ${lane}`);
    return writer.append(records);
  }

  /** Appends records of several sites: one commit per lane, so that no transaction waits for two. */
  async #appendToLanes(lanes: readonly number[], records: readonly NewRecord[]): Promise<AppendedSeqs> {
    const positions = Map.groupBy(records.keys(), (index) => lanes[index] ?? 0);
    const seqs = new Array<number | null>(records.length).fill(null);
    await Promise.all(
      [...positions].map(async ([lane, indexes]) => {
        const appended = await this.#appendToLane(
          lane,
          records.filter((_, index) => lanes[index] === lane),
        );
        for (const [position, index] of indexes.entries()) seqs[index] = appended[position] ?? null;
      }),
    );
    return seqs;
  }

  async #readRecords(read: RecordRead, values: readonly [string, ...unknown[]]): Promise<readonly LogRecord[]> {
    const [partition] = values;
    const rows = await this.#database.read(read.text(...values)).catch((error: unknown) => {
      if (getErrorCode(error) !== invalidTextCode) throw error;
      return this.#database.read(read.bytes(...values));
    });
    return rows.map((row) => toRecord(partition, row));
  }

  /** Starts a write without changes, to find out whether writing works. Never rejects. */
  #probe(): Promise<unknown> {
    const probe = async () => {
      if ((await this.#database.write(probeWrite())).rowCount === 0) throw new LanesClosedError();
    };
    this.#probing ??= Promise.allSettled([this.#write(probe)]).then(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** Checks the settings, removes old rows and estimates the size. The next round repeats what failed. */
  async #maintain(): Promise<void> {
    this.#maintainedAt = performance.now();
    await this.#checkSettings();
    this.#database.write(removeOldAppends(keepAppendsMs), { timeoutMs: longTimeoutMs }).catch(() => undefined);
    const [size] = await this.#database.read(estimateSize()).catch(() => []);
    if (size) this.#size = size;
  }

  /** An operator may change a setting of a running server. */
  async #checkSettings(): Promise<void> {
    try {
      await this.#verify?.(this.#appending);
      this.#brokenPromise = undefined;
    } catch (error) {
      // Any other error is that of the next append, too.
      if (error instanceof BrokenPromiseError) this.#brokenPromise = error;
    }
  }

  /** Changes stored records. A failure does not stop the appends. */
  async #change<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new LogUnavailableError(errorMessage(error), { cause: error });
    }
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#lastError = undefined;
      this.#wroteAt = performance.now();
      return result;
    } catch (error) {
      if (isDataError(error)) throw new RecordRefusedError(errorMessage(error), { cause: error });
      this.#lastError = error;
      throw new LogUnavailableError(errorMessage(error), { cause: error });
    }
  }
}

/** The SQLSTATE of bytes that are no UTF-8. */
const invalidTextCode = '22021';

function findLane(partition: string): number {
  return crc32(getPartitionSite(partition)) % laneCount;
}

function toRecord(partition: string, row: Row): LogRecord {
  const { key, at, body } = row;
  const offset = toOffset(row.seq);
  if (body === null || row.crc32 === null) return { offset, key, at, body: { redacted: true } };
  const bytes = Buffer.from(body);
  if (checksumUndated(partition, key, bytes) !== row.crc32) return { offset, key, at, body: { corrupt: true, raw: bytes } };
  return { offset, key, at, body: { bytes } };
}
