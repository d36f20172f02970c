/** The number of hash partitions of `records`. An erasure rewrites one at a time. */
const recordPartitions = 16;

/**
 * `lanes`: the offsets given out, in one row per lane. Its lock orders the appends of a lane until they are durable. `appends`: one row per
 * append, by which other processes notice new records. `records.crc32` is null if the body was redacted; `at` never decreases along `seq`.
 */
export const logTables = `
  CREATE TABLE lanes (lane integer PRIMARY KEY, next bigint NOT NULL, last_at bigint NOT NULL);
  INSERT INTO lanes SELECT lane, 1, 0 FROM generate_series(0, 3) AS lane;
  CREATE TABLE appends (lane integer NOT NULL, base bigint NOT NULL, at bigint NOT NULL, partitions text[] COLLATE "C" NOT NULL,
    PRIMARY KEY (lane, base));
  CREATE TABLE records (partition text COLLATE "C" NOT NULL, seq bigint NOT NULL, key text COLLATE "C" NOT NULL, at bigint NOT NULL,
    crc32 bigint, bytes bytea, PRIMARY KEY (partition, seq), UNIQUE (partition, key)) PARTITION BY HASH (partition);
  ${Array.from(
    { length: recordPartitions },
    (_, index) =>
      `CREATE TABLE records_${index} PARTITION OF records FOR VALUES WITH (MODULUS ${recordPartitions}, REMAINDER ${index});`,
  ).join('\n  ')}`;
