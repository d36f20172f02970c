import { type Db, hasTable } from '../sqlite/open.ts';
import { checksum } from './checksum.ts';
import type { EventLog, LogRecord } from './event-log.ts';
import { toOffset, toSeq } from './offsets.ts';

export interface RecordRow {
  readonly seq: number;
  readonly key: string;
  readonly at: number;
  readonly crc32: number | null;
  readonly bytes: Uint8Array | null;
}

export type RecordTable = 'records' | 'earlier_records';

/** Returns the tables of records: two until those of an earlier schema are moved. */
export function listRecordTables(db: Db): readonly RecordTable[] {
  return hasTable(db, 'earlier_records') ? ['records', 'earlier_records'] : ['records'];
}

/** Returns the records of all tables, as a subquery with these columns. */
export function selectRecords(db: Db, columns: string): string {
  const selects = listRecordTables(db).map((table) => `SELECT ${columns} FROM ${table}`);
  return `(${selects.join(' UNION ALL ')})`;
}

/** Selects records of a partition. */
export function selectRows(db: Db): string {
  return `SELECT seq, key, at, crc32, bytes FROM ${selectRecords(db, 'partition, seq, key, at, crc32, bytes')} WHERE partition = ?`;
}

export type LogReads = Pick<EventLog, 'read' | 'get' | 'findOffsetAt' | 'findTime'>;

/** Creates the reads that any thread may do. */
export function createLogReads(db: Db): LogReads {
  const rows = selectRows(db);
  const after = db.prepare<[string, number, number], RecordRow>(`${rows} AND seq > ? ORDER BY seq LIMIT ?`);
  const among = db.prepare<[string, string], RecordRow>(`${rows} AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq`);
  const atOrBefore = db.prepare<[string, number], { seq: number; at: number }>(
    `SELECT seq, at FROM ${selectRecords(db, 'partition, seq, at')} WHERE partition = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`,
  );
  const atOrAfter = db.prepare<[string, number], { seq: number; at: number }>(
    `SELECT seq, at FROM ${selectRecords(db, 'partition, seq, at')} WHERE partition = ? AND seq >= ? ORDER BY seq LIMIT 1`,
  );
  return {
    async findTime(partition, from) {
      const row = atOrAfter.get(partition, toSeq(from));
      return row && { offset: toOffset(row.seq), at: row.at };
    },
    async read(partition, offset, max) {
      const records: LogRecord[] = [];
      let bytes = 0;
      for (const row of after.iterate(partition, toSeq(offset), max.records)) {
        bytes += row.bytes?.byteLength ?? 0;
        if (records.length > 0 && bytes > max.bytes) break;
        records.push(toRecord(partition, row));
      }
      return { records, lastOffset: records.at(-1)?.offset ?? offset };
    },
    async get(partition, offsets) {
      return among.all(partition, JSON.stringify(offsets.map(toSeq))).map((row) => toRecord(partition, row));
    },
    async findOffsetAt(partition, at) {
      let found = 0;
      let low = 1;
      let high = atOrBefore.get(partition, Number.MAX_SAFE_INTEGER)?.seq ?? 0;
      while (low <= high) {
        const middle = Math.floor((low + high) / 2);
        const row = atOrBefore.get(partition, middle);
        if (!row) low = middle + 1;
        else if (row.at < at.getTime()) {
          found = row.seq;
          low = middle + 1;
        } else high = row.seq - 1;
      }
      return found === 0 ? '' : toOffset(found);
    },
  };
}

/** Returns the record of a row. A row whose checksum does not match is corrupt. */
export function toRecord(partition: string, row: RecordRow): LogRecord {
  const { key, at, bytes } = row;
  const offset = toOffset(row.seq);
  if (bytes === null || row.crc32 === null) return { offset, key, at, body: { redacted: true } };
  if (checksum(partition, key, at, bytes) !== row.crc32) return { offset, key, at, body: { corrupt: true, raw: bytes } };
  return { offset, key, at, body: { bytes } };
}
