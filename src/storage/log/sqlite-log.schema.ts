import type { NewRecord } from './event-log.ts';

/**
 * The steps of the schema's history. A redacted record has a null `crc32`, and `bytes` are null or zeros of the same length. `at` never
 * decreases along `seq`, so a time is found by bisection.
 */
export const logMigrations = [
  `CREATE TABLE records (
     seq       INTEGER PRIMARY KEY AUTOINCREMENT,
     partition TEXT NOT NULL,
     key       TEXT NOT NULL,
     at        INTEGER NOT NULL,
     crc32     INTEGER,
     bytes     BLOB
   ) STRICT;
   CREATE UNIQUE INDEX records_by_key ON records (partition, key);
   CREATE INDEX records_by_partition ON records (partition, seq);`,
] as const;

export type LogOp =
  | { readonly kind: 'append'; readonly records: readonly NewRecord[]; readonly now: number }
  | {
      readonly kind: 'truncate';
      readonly partition: string;
      readonly records: readonly { readonly seq: number; readonly bytes: Uint8Array }[];
    }
  | { readonly kind: 'reclaim' }
  | { readonly kind: 'touch' }
  | { readonly kind: 'start-after'; readonly seq: number }
  | { readonly kind: 'redact'; readonly partition: string; readonly seqs: readonly number[] }
  | { readonly kind: 'trim'; readonly partition: string; readonly through: number };

/**
 * `append`: the seq of each record, null for a duplicate. `reclaim`: the number of free pages left. `start-after`: the last seq given out
 * before. Empty for the other kinds.
 */
export type LogResult = readonly (number | null)[];
