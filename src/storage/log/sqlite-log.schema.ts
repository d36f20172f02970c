import type { MessagePort } from 'node:worker_threads';
import { keyIndexTables } from '../sqlite/keys/key-index.ts';
import type { NewRecord } from './event-log.ts';
import { consentCountSchema } from './sqlite-consent-counts.ts';

/** Records are often 1 to 2 KB long: a page of 8 KiB holds more of them for its size than one of 4 KiB. */
export const logPageBytes = 8_192;

/** The index from a record's key to its seq. */
export const recordKeys = 'record_keys';

const recordTables = `
   CREATE TABLE records (
     seq       INTEGER PRIMARY KEY,
     partition TEXT NOT NULL,
     key       TEXT NOT NULL,
     at        INTEGER NOT NULL,
     crc32     INTEGER,
     bytes     BLOB
   ) STRICT;
   CREATE INDEX records_by_seq ON records (partition, seq);
   CREATE TABLE last_seq (name TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;
   ${keyIndexTables(recordKeys)}`;

/**
 * The schema of a new file. A redacted record has a null `crc32`, and `bytes` are null or zeros of the same length. `at` never decreases along
 * `seq`, so a time is found by bisection. `last_seq` bounds the seqs that were given out or that a cursor has passed, and those of removed
 * records (`trimmed`). Its row `moved` exists if the file has no copies of moved records.
 */
export const logSchema = `${recordTables}
   INSERT INTO last_seq VALUES ('records', 0), ('trimmed', 0);
   ${consentCountSchema}
   INSERT INTO consent_counting VALUES (0);`;

/**
 * The steps of the schema's history. `earlier_records` are those of a file of the first schema. The writer moves them to `records` while the
 * gateway runs, and drops the empty table when it opens the file.
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
  `ALTER TABLE records RENAME TO earlier_records;
   ${recordTables}
   INSERT INTO last_seq SELECT 'records', coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'earlier_records'), 0);
   INSERT INTO last_seq VALUES ('trimmed', 0);`,
  `${consentCountSchema}
   INSERT INTO consent_counting
     SELECT iif(EXISTS (SELECT 1 FROM records) OR EXISTS (SELECT 1 FROM last_seq WHERE name = 'records' AND seq > 0),
       (unixepoch() / 3600 + 1) * 3600000, 0);`,
] as const;

/** A request for a task on the thread of the event log's writer, with one of the ports. */
export interface LogTaskRequest {
  /** Takes the committed records. */
  readonly feed?: MessagePort;
  /** Sends operations, and takes their outcomes. */
  readonly appends?: MessagePort;
}

export type LogOp =
  | { readonly kind: 'append'; readonly records: readonly NewRecord[]; readonly now: number }
  | {
      readonly kind: 'truncate';
      readonly partition: string;
      readonly records: readonly { readonly seq: number; readonly bytes: Uint8Array }[];
    }
  | { readonly kind: 'reclaim' }
  | { readonly kind: 'touch' }
  | { readonly kind: 'move-earlier' }
  | { readonly kind: 'complete-move' }
  | { readonly kind: 'start-after'; readonly seq: number }
  | { readonly kind: 'redact'; readonly partition: string; readonly seqs: readonly number[] }
  | { readonly kind: 'trim'; readonly partition: string; readonly through: number }
  | { readonly kind: 'remove-consent-counts'; readonly site: string; readonly before: number; readonly limit: number };

/**
 * `append`: the seq of each record, null for a duplicate. `reclaim`: the number of free pages left. `move-earlier`: the number of
 * records that it moved. `start-after`: the last seq given out before. `remove-consent-counts`: the number of removed rows. Empty for the other
 * kinds.
 */
export type LogResult = readonly (number | null)[];

/** Returns the text by which `recordKeys` finds a record. */
export function toIndexedKey({ partition, key }: Pick<NewRecord, 'partition' | 'key'>): string {
  return `${partition}\u001f${key}`;
}
