import type { NewRecord, Offset } from './event-log.ts';

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

const digits = 16;

/** Formats a seq with a fixed width, so that offsets compare as strings in log order. */
export function toOffset(seq: number): Offset {
  return String(seq).padStart(digits, '0');
}

/** Returns whether a text has the form of an offset. A cursor that was damaged on the disk may not. */
export function isOffset(text: string): boolean {
  return text === '' || (text.length === digits && /^\d+$/.test(text));
}

export function toSeq(offset: Offset): number {
  return offset === '' ? 0 : Number(offset);
}
