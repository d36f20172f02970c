/** The number of lanes. A site's partitions are in one lane; more lanes let more appends be synced at the same time. */
export const laneCount = 4;
/** The number of hash partitions of `records`. An erasure rewrites one at a time. */
export const recordPartitions = 16;
/** The tables of these partitions. */
export const recordTables = Array.from({ length: recordPartitions }, (_, index) => `records_${index}`);

/**
 * `lanes`: the next seq of each lane, in one row that an append locks until it is durable, so that seqs become visible in order. `appends`:
 * one row per append of a lane, with the partitions that have new records or none left; kept for an hour. `records.crc32` is null if the
 * body was redacted; `at` never decreases along `seq` in a lane, so a time is found by bisection.
 */
export const logTables = `
  CREATE TABLE lanes (lane integer PRIMARY KEY, next bigint NOT NULL, last_at bigint NOT NULL);
  INSERT INTO lanes SELECT lane, 1, 0 FROM generate_series(0, ${laneCount - 1}) AS lane;
  CREATE TABLE appends (lane integer NOT NULL, base bigint NOT NULL, at bigint NOT NULL, partitions text[] COLLATE "C" NOT NULL,
    PRIMARY KEY (lane, base));
  CREATE TABLE records (partition text COLLATE "C" NOT NULL, seq bigint NOT NULL, key text COLLATE "C" NOT NULL, at bigint NOT NULL,
    crc32 bigint, bytes bytea, PRIMARY KEY (partition, seq), UNIQUE (partition, key)) PARTITION BY HASH (partition);
  ${recordTables
    .map(
      (table, index) =>
        `CREATE TABLE ${table} PARTITION OF records FOR VALUES WITH (MODULUS ${recordPartitions}, REMAINDER ${index});`,
    )
    .join('\n  ')}`;

/** Returns the query for the name of the table with the records of a partition. */
export const recordTableSql = (partition: string) =>
  `SELECT 'records_' || index AS name FROM generate_series(0, ${recordPartitions - 1}) AS index
   WHERE satisfies_hash_partition('records'::regclass, ${recordPartitions}, index, ${partition}::text)`;
