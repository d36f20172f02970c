import { type LogRecord, startOffset } from '../log/event-log.ts';
import { writeHeadsQuery } from '../log/heads-sql.ts';
import { toOffset, toSeq } from '../log/offsets.ts';
import { checksumUndated } from '../log/postgres/checksum.ts';
import { type LogReads, listRecordTables } from '../log/sqlite-log.reads.ts';
import { withoutNul } from '../postgres/postgres-sql.ts';
import type { Db } from '../sqlite/open.ts';

const page = { records: 2_000, bytes: 4 * 1024 * 1024 } as const;

/** A record as PostgreSQL stores it. */
export interface MovedRecord {
  readonly seq: number;
  readonly key: string;
  readonly at: number;
  readonly crc32: number | null;
  readonly bytes: Uint8Array | null;
}

/** Returns an estimate of the number of records, and the newest seq with its time. */
export function readLogEnd(db: Db): { readonly records: number; readonly seq: number; readonly at: number } {
  const ends = listRecordTables(db).map((table) => {
    const one = (order: string) =>
      db.prepare<[], { seq: number; at: number }>(`SELECT seq, at FROM ${table} ORDER BY seq ${order} LIMIT 1`).get();
    const [first, last] = [one('ASC'), one('DESC')];
    return { records: first && last ? last.seq - first.seq + 1 : 0, seq: last?.seq ?? 0, at: last?.at ?? 0 };
  });
  return {
    records: ends.reduce((sum, { records }) => sum + records, 0),
    seq: Math.max(...ends.map(({ seq }) => seq)),
    at: Math.max(...ends.map(({ at }) => at)),
  };
}

export function listPartitions(db: Db): readonly string[] {
  const heads = listRecordTables(db).flatMap((table) => db.prepare<[], { partition: string }>(writeHeadsQuery(table)).all());
  return [...new Set(heads.map(({ partition }) => partition))];
}

/** Reads the records of a partition after a seq, as far as they fit into a page. */
export async function readPage(reads: LogReads, partition: string, after: number): Promise<readonly MovedRecord[]> {
  const { records } = await reads.read(partition, after === 0 ? startOffset : toOffset(after), page);
  return records.map((record) => toMovedRecord(partition, record));
}

function toMovedRecord(partition: string, { offset, key: stored, at, body }: LogRecord): MovedRecord {
  const [seq, key] = [toSeq(offset), withoutNul(stored)];
  if ('redacted' in body) return { seq, key, at, crc32: null, bytes: null };
  if ('bytes' in body) return { seq, key, at, crc32: checksumUndated(partition, key, body.bytes), bytes: body.bytes };
  // A record that is damaged must stay so: its checksum matches nothing.
  return { seq, key, at, crc32: ~checksumUndated(partition, key, body.raw) >>> 0, bytes: body.raw };
}
