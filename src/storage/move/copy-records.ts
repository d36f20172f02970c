import { getPartitionSite } from '../log/event-log.ts';
import { writeHeadsQuery } from '../log/heads-sql.ts';
import { recordTableSql } from '../log/postgres/tables.ts';
import { createLogReads } from '../log/sqlite-log.reads.ts';
import { encodeBigints, encodeBlobs, encodeTexts } from '../postgres/binary-arrays.ts';
import type { Database } from '../postgres/database.ts';
import { defineStatement } from '../sql/statement.ts';
import type { Db } from '../sqlite/open.ts';
import { noteTablesSql } from '../store/postgres/table-rewrites.ts';
import { longMs, type MoveRun } from './folder-move.ts';
import { listPartitions, type MovedRecord, readPage } from './read-records.ts';
import {
  addRow,
  type Cell,
  type ChecksumRow,
  hashRow,
  isEqual,
  noRows,
  type RowsChecksum,
  selectChecksum,
  toChecksum,
} from './row-checksum.ts';

const columns = [
  { name: 'partition', kind: 'text' },
  { name: 'seq', kind: 'integer' },
  { name: 'key', kind: 'text' },
  { name: 'at', kind: 'integer' },
  { name: 'crc32', kind: 'integer' },
  { name: 'bytes', kind: 'bytes' },
] as const;

const selectHead = defineStatement<{ readonly seq: number }>(
  'SELECT coalesce(max(seq), 0)::bigint AS seq FROM records WHERE partition = $1',
);
const selectPartitions = defineStatement<{ readonly partition: string }>(writeHeadsQuery('records'));
const insert = defineStatement<{ readonly seq: number }>(
  `INSERT INTO records (partition, seq, key, at, crc32, bytes)
   SELECT $1, g.* FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[]) AS g
   ON CONFLICT DO NOTHING RETURNING seq`,
);
const inRange = 'WHERE partition = $1 AND seq > $2::bigint AND seq <= $3::bigint';
const removeRange = defineStatement(`DELETE FROM records ${inRange}`);
const checkRange = defineStatement<ChecksumRow>(selectChecksum('records', columns, inRange));
const checkAll = defineStatement<ChecksumRow>(selectChecksum('records', columns));

/** The replaced rows stay in the file of their table, and may have the body of a person who was erased since. */
const noteStale = defineStatement(noteTablesSql(`(${recordTableSql('$2')}) AS part`));

export interface CopiedRecords extends RowsChecksum {
  /** The records that were left out because an earlier one has their key. The event log stores a key once; a damaged file may not have. */
  readonly repeated: number;
}

export type OnRecords = (done: number) => void;

/** Copies the records up to a seq that the database does not have. The gateway may run, and each page is a read of its own. */
export async function copyNewRecords(db: Db, run: MoveRun, through: number, onRecords: OnRecords): Promise<void> {
  const reads = createLogReads(db);
  let done = 0;
  for (const partition of listPartitions(db)) {
    let after = await readHead(run.database, partition);
    for (;;) {
      const records = await readPage(reads, partition, after);
      const upTo = records.filter(({ seq }) => seq <= through);
      if (upTo.length > 0) await run.commit([insertStatement(partition, upTo)]);
      done += upTo.length;
      onRecords(done);
      if (upTo.length < records.length || records.length === 0) break;
      after = records.at(-1)?.seq ?? after;
    }
  }
}

/**
 * Makes the records of the database equal to those of the file, which nothing else may write: copies the new ones, and replaces pages that
 * were redacted, shortened or removed since they were copied.
 */
export async function copyAllRecords(db: Db, run: MoveRun, onRecords: OnRecords): Promise<CopiedRecords> {
  const reads = createLogReads(db);
  const partitions = listPartitions(db);
  let copied: CopiedRecords = { ...noRows, repeated: 0 };
  let done = 0;
  for (const partition of partitions) {
    const head = await readHead(run.database, partition);
    let after = 0;
    for (;;) {
      const records = await readPage(reads, partition, after);
      const last = records.at(-1)?.seq;
      if (last === undefined) break;
      const page = await equalizePage(run, partition, { after, last, head }, records);
      copied = { rows: copied.rows + page.rows, sum: copied.sum + page.sum, repeated: copied.repeated + page.repeated };
      done += records.length;
      onRecords(done);
      after = last;
    }
    await run.commit([removeRange(partition, after, Number.MAX_SAFE_INTEGER)], longMs);
  }
  for (const { partition } of await run.database.read(selectPartitions()))
    if (!partitions.includes(partition)) await run.commit([removeRange(partition, 0, Number.MAX_SAFE_INTEGER)], longMs);
  return copied;
}

/** Returns the checksum of all records in the database. */
export async function checkRecords(database: Pick<Database, 'read'>): Promise<RowsChecksum> {
  const [row] = await database.read(checkAll(), { timeoutMs: longMs });
  return toChecksum(row);
}

interface PageRange {
  readonly after: number;
  readonly last: number;
  /** The newest seq that the database had at first. */
  readonly head: number;
}

async function equalizePage(
  run: MoveRun,
  partition: string,
  { after, last, head }: PageRange,
  records: readonly MovedRecord[],
): Promise<CopiedRecords> {
  const stored = after < head ? run.database.read(checkRange(partition, after, last), { timeoutMs: longMs }) : [];
  const all = sumUp(partition, records);
  const [row] = await stored;
  if (isEqual(toChecksum(row), all)) return { ...all, repeated: 0 };
  const { rows } = await run.transact(async (transaction) => {
    const [removed, inserted] = await Promise.all([
      transaction.query(removeRange(partition, after, last)),
      transaction.query(insertStatement(partition, records)),
    ]);
    if (removed.rowCount > 0) await transaction.query(noteStale(getPartitionSite(partition), partition));
    return inserted;
  });
  if (rows.length === records.length) return { ...all, repeated: 0 };
  const inserted = new Set(rows.map(({ seq }) => seq));
  const kept = records.filter(({ seq }) => inserted.has(seq));
  return { ...sumUp(partition, kept), repeated: records.length - kept.length };
}

function sumUp(partition: string, records: readonly MovedRecord[]): RowsChecksum {
  let sum = noRows;
  for (const { seq, key, at, crc32, bytes } of records) {
    const cells: readonly Cell[] = [partition, seq, key, at, crc32, bytes];
    sum = addRow(sum, hashRow(columns, cells));
  }
  return sum;
}

function insertStatement(partition: string, records: readonly MovedRecord[]) {
  return insert(
    partition,
    encodeBigints(records.map(({ seq }) => seq)),
    encodeTexts(records.map(({ key }) => key)),
    encodeBigints(records.map(({ at }) => at)),
    encodeBigints(records.map(({ crc32 }) => crc32)),
    encodeBlobs(records.map(({ bytes }) => bytes)),
  );
}

async function readHead(database: Pick<Database, 'read'>, partition: string): Promise<number> {
  return (await database.read(selectHead(partition)))[0]?.seq ?? 0;
}
