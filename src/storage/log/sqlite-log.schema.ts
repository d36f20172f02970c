import type { NewRecord, Offset } from './event-log.ts';

/**
 * Once redacted, `crc32` is null and `bytes` is null or zeros of the same length. `at` never goes back along `seq`, so a time is found by bisection.
 */
export const migrations = [
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

export type Op =
  | { readonly kind: 'append'; readonly records: readonly NewRecord[]; readonly now: number }
  | {
      readonly kind: 'shorten';
      readonly partition: string;
      readonly records: readonly { readonly seq: number; readonly bytes: Uint8Array }[];
    }
  | { readonly kind: 'reclaim' }
  | { readonly kind: 'touch' }
  | { readonly kind: 'start-after'; readonly seq: number }
  | { readonly kind: 'redact'; readonly partition: string; readonly seqs: readonly number[] }
  | { readonly kind: 'trim'; readonly partition: string; readonly through: number };

/** Per appended record its seq, or null for a duplicate; of `reclaim` the pages that are left to give back; of `start-after` the last seq that was given out; empty for the other kinds. */
export type Result = readonly (number | null)[];

const digits = 16;

/** Fixed width, so that offsets compare as strings in log order. */
export function toOffset(seq: number): Offset {
  return String(seq).padStart(digits, '0');
}

/** Whether it has the form of one; a cursor that the disk has changed may have another. */
export function isOffset(text: string): boolean {
  return text === '' || (text.length === digits && /^\d+$/.test(text));
}

export function toSeq(offset: Offset): number {
  return offset === '' ? 0 : Number(offset);
}
