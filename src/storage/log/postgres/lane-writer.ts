import { encodeBigints, encodeBlobs, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { DatabaseTimeoutError, isDataError, isTableError } from '../../postgres/database-errors.ts';
import { serverTime } from '../../postgres/server-time.ts';
import { defineStatement, type Result, type Statement } from '../../sql/statement.ts';
import type { NewRecord } from '../event-log.ts';
import { countStoredSql, noteMissedSql } from './consent-counts.ts';

/** An append without this much of its time left is not begun. */
const minCommitMs = 1_000;
const appendTimeoutMs = 5_000;
/** The time that an append waits so that others can join its commit. It halves the load of the database, and costs a few milliseconds. */
const groupCommitMs = 5;
const maxBatch = { records: 5_000, bytes: 8 * 1_024 * 1_024 } as const;

/** `lanes` has no rows, as while a data folder is being moved into the database. */
export class LanesClosedError extends Error {
  override readonly name = 'LanesClosedError';

  constructor() {
    super('it accepts no events until `convey migrate --to` has ended');
  }
}

/** Returns the checksum of a record. It leaves the time out, which the database sets. */
export type Checksum = (partition: string, key: string, bytes: Uint8Array) => number;

export interface LaneWriterOptions {
  readonly database: Pick<Database, 'write'>;
  readonly lane: number;
  readonly checksum: Checksum;
  /** Replaces the database's clock, in tests. */
  readonly now: (() => number) | undefined;
}

/** The seq of each record, null for a duplicate. */
export type AppendedSeqs = readonly (number | null)[];

interface QueuedAppend {
  readonly records: readonly NewRecord[];
  readonly queuedAt: number;
  readonly resolve: (seqs: AppendedSeqs) => void;
  readonly reject: (error: unknown) => void;
}

interface Appended {
  readonly base: number;
  /** The positions of the stored records in the batch, from 0. */
  readonly stored: readonly number[] | null;
}

/**
 * Takes the lane's row, stores the records that are new, and notes the append. The update waits for the lane's previous append and reads its
 * `next`, also if it began to wait earlier. The row stays locked until the commit is synced.
 * @param counting the part that counts the records' tallies
 */
const defineAppend = (counting: string) =>
  defineStatement<Appended>(
    `WITH lane AS (
     UPDATE lanes SET next = next + $2::bigint,
       last_at = greatest(last_at, coalesce($3::bigint, ${serverTime}))
     WHERE lane = $1 RETURNING next - $2::bigint AS base, last_at),
   stored AS (
     INSERT INTO records (partition, seq, key, at, crc32, bytes)
     SELECT new.partition, base + new.position - 1, new.key, last_at, new.crc32, new.bytes
     FROM lane, unnest($4::text[], $5::text[], $6::bigint[], $7::bytea[]) WITH ORDINALITY AS new (partition, key, crc32, bytes, position)
     ON CONFLICT (partition, key) DO NOTHING RETURNING seq),
   noted AS (INSERT INTO appends (lane, base, at, partitions) SELECT $1, base, last_at, $8::text[] FROM lane)
   ${counting}
   SELECT base, (SELECT array_agg((seq - base)::integer) FROM stored) AS stored FROM lane`,
  );
const append = defineAppend('');
const appendCounted = defineAppend(`, ${countStoredSql}`);
const appendMissed = defineAppend(`, ${noteMissedSql}`);

/**
 * Writes the records of one lane, one commit at a time. Appends that arrive within 5 ms, or while another one commits, share a commit.
 */
export class LaneWriter {
  readonly #options: LaneWriterOptions;
  readonly #queue: QueuedAppend[] = [];
  #running: Promise<void> | undefined;

  constructor(options: LaneWriterOptions) {
    this.#options = options;
  }

  /** Appends records of the lane. Rejects within 5 s; the records may still be stored then, and their keys make a repetition harmless. */
  append(records: readonly NewRecord[]): Promise<AppendedSeqs> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, queuedAt: performance.now(), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when all queued appends have ended. */
  async flush(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let [first] = this.#queue; first !== undefined; [first] = this.#queue) {
      const waitMs = groupCommitMs - (performance.now() - first.queuedAt);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await this.#write(this.#takeBatch());
    }
    this.#running = undefined;
  }

  #takeBatch(): readonly QueuedAppend[] {
    this.#rejectLate();
    let records = 0;
    let bytes = 0;
    let count = 0;
    for (const queued of this.#queue) {
      records += queued.records.length;
      for (const record of queued.records) bytes += record.bytes.byteLength;
      if (count > 0 && (records > maxBatch.records || bytes > maxBatch.bytes)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Rejects appends with little time left, which would be the time limit of the whole batch. */
  #rejectLate(): void {
    const now = performance.now();
    while (this.#queue[0] && this.#queue[0].queuedAt + appendTimeoutMs - now < minCommitMs)
      this.#queue.shift()?.reject(new DatabaseTimeoutError('the append waited too long for its turn'));
  }

  async #write(batch: readonly QueuedAppend[]): Promise<void> {
    const [oldest] = batch;
    if (!oldest) return;
    try {
      const seqs = await this.#commit(
        batch.flatMap(({ records }) => records),
        oldest.queuedAt + appendTimeoutMs,
      );
      let from = 0;
      for (const { records, resolve } of batch) {
        resolve(seqs.slice(from, from + records.length));
        from += records.length;
      }
    } catch (error) {
      if (batch.length > 1 && isDataError(error)) {
        // One append has a value that the database cannot store. The others must not fail with it.
        for (const single of batch) await this.#write([single]);
        return;
      }
      // Appends that wait behind a dead connection would exceed their time limit.
      const others = error instanceof DatabaseTimeoutError ? this.#queue.splice(0) : [];
      for (const { reject } of [...batch, ...others]) reject(error);
    }
  }

  async #commit(records: readonly NewRecord[], deadline: number): Promise<AppendedSeqs> {
    const { lane, checksum, now } = this.#options;
    const partitions = records.map(({ partition }) => partition);
    const values = [
      lane,
      records.length,
      now?.(),
      encodeTexts(partitions),
      encodeTexts(records.map(({ key }) => key)),
      encodeBigints(records.map(({ partition, key, bytes }) => checksum(partition, key, bytes))),
      encodeBlobs(records.map(({ bytes }) => bytes)),
      encodeTexts([...new Set(partitions)]),
    ];
    const tallies = (['source', 'version', 'country', 'choice'] as const).map((part) =>
      encodeTexts(records.map(({ tally }) => tally?.[part] ?? null)),
    );
    const isCounted = records.some(({ tally }) => tally !== undefined);
    const { rows } = await this.#writeFirst(
      isCounted ? [appendCounted(...values, ...tallies), appendMissed(...values), append(...values)] : [append(...values)],
      deadline,
    );
    const [appended] = rows;
    if (!appended) throw new LanesClosedError();
    const seqs = new Array<number | null>(records.length).fill(null);
    for (const position of appended.stored ?? []) seqs[position] = appended.base + position;
    return seqs;
  }

  /** Runs the first of the statements whose tables have no fault. Faulty tables of counts fail no append. */
  async #writeFirst([first, ...others]: readonly Statement<Appended>[], deadline: number): Promise<Result<Appended>> {
    if (!first) throw new RangeError('there is no statement');
    const timeoutMs = deadline - performance.now();
    if (timeoutMs <= 0) throw new DatabaseTimeoutError('the append waited too long for its turn');
    try {
      return await this.#options.database.write(first, { timeoutMs });
    } catch (error) {
      if (others.length === 0 || !isTableError(error)) throw error;
      return this.#writeFirst(others, deadline);
    }
  }
}
