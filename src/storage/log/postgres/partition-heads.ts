import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import type { Offset } from '../event-log.ts';
import { writeHeadsQuery } from '../heads-sql.ts';
import { toOffset } from '../offsets.ts';
import { recordTables } from './tables.ts';

/** Below this age, a refresh reads the appends since the last one. Later it costs less to look at every partition. */
const maxFollowMs = 10_000;
/** A row of an append that was missed is noticed within this time. */
const fullScanMs = 60_000;

interface PartitionHead {
  readonly partition: string;
  /** Null if the partition has no records. */
  readonly seq: number | null;
}

const selectLanes = defineStatement<{ readonly lane: number; readonly next: number }>('SELECT lane, next FROM lanes');
/** Each seek in `records` would be one in each of its tables. */
const selectHeads = defineStatement<PartitionHead>(
  recordTables.map((table) => `(${writeHeadsQuery(table)})`).join(' UNION ALL '),
);
const selectChangedHeads = defineStatement<PartitionHead>(
  `SELECT name AS partition, (SELECT max(seq) FROM records WHERE partition = name) AS seq
   FROM (SELECT DISTINCT unnest(partitions) AS name FROM unnest($1::integer[], $2::bigint[]) AS place (lane, next)
         JOIN appends ON appends.lane = place.lane AND base >= next) AS changed`,
);

/** The newest offset of each partition. Other processes may append, so each read looks at the appends since the last one. */
export class PartitionHeads {
  readonly #database: Database;
  readonly #heads = new Map<string, Offset>();
  #lanes: readonly { readonly lane: number; readonly next: number }[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #scannedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(): Promise<ReadonlyMap<string, Offset>> {
    // A read that began earlier may miss an append that has ended since.
    await this.#reading;
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    return this.#heads;
  }

  async #refresh(): Promise<void> {
    const startedAt = performance.now();
    const follows = startedAt - this.#readAt < maxFollowMs && startedAt - this.#scannedAt < fullScanMs;
    const place = this.#lanes;
    const { heads, lanes } = await this.#database.readSnapshot(async (transaction) => {
      const statement = follows
        ? selectChangedHeads(
            place.map(({ lane }) => lane),
            place.map(({ next }) => next),
          )
        : selectHeads();
      const [{ rows: heads }, { rows: lanes }] = await Promise.all([
        transaction.query(statement),
        transaction.query(selectLanes()),
      ]);
      return { heads, lanes };
    });
    const isBack = lanes.some(({ lane, next }) => next < (place.find((one) => one.lane === lane)?.next ?? next));
    if (follows && isBack) {
      // The database lost its last commits: the appends since then have lower offsets.
      this.#readAt = Number.NEGATIVE_INFINITY;
      return this.#refresh();
    }
    if (!follows) {
      this.#heads.clear();
      this.#scannedAt = startedAt;
    }
    for (const { partition, seq } of heads) {
      if (seq === null) this.#heads.delete(partition);
      else this.#heads.set(partition, toOffset(seq));
    }
    this.#lanes = lanes;
    this.#readAt = startedAt;
  }
}
