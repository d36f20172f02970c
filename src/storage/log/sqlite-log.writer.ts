import { MessagePort } from 'node:worker_threads';
import { fingerprint } from '../sqlite/keys/key-entries.ts';
import { getKeyIndex } from '../sqlite/keys/key-index.ts';
import { type Db, hasTable } from '../sqlite/open.ts';
import { serveWriter, type WriterHost, type WriterTask } from '../sqlite/writer.ts';
import { checksum } from './checksum.ts';
import { createCommitFeed } from './commit-feed.ts';
import { ConsentCounter, prepareConsentCountRemoval } from './sqlite-consent-counts.ts';
import { listRecordTables, type RecordRow, type RecordTable } from './sqlite-log.reads.ts';
import {
  type LogOp,
  type LogResult,
  type LogTaskRequest,
  logMigrations,
  logPageBytes,
  logSchema,
  recordKeys,
  toIndexedKey,
} from './sqlite-log.schema.ts';
import { serveAppends } from './thread-appends.ts';

const reclaimedPages = 256;
const feed = createCommitFeed();
const consent = new ConsentCounter();
/** Moving some records takes about 10 ms, in which no event is appended. */
const movedAtOnce = 200;

interface StoredRecord extends RecordRow {
  readonly partition: string;
}

/** Prepares the operations of the event log's writer thread. */
function prepare(db: Db): (op: LogOp) => LogResult {
  dropEmptied(db);
  const tables = listRecordTables(db);
  const insert = db.prepare('INSERT INTO records (seq, partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?, ?)');
  const keys = prepareKeys(db);
  consent.prepare(db);
  const removeConsentCounts = prepareConsentCountRemoval(db);
  const move = tables.length > 1 ? prepareMove(db, keys.add) : undefined;
  const changes = tables.map((table) => prepareChanges(db, table));
  const findLast = db.prepare<[], number>("SELECT seq FROM last_seq WHERE name = 'records'").pluck();
  const putLast = db.prepare<[number, 'records' | 'trimmed']>('UPDATE last_seq SET seq = max(seq, ?) WHERE name = ?');
  /** Writes the value that the file already has, so that there is something to commit. */
  const touch = () => db.pragma(`user_version = ${logMigrations.length}`);
  const findFirst = db.prepare<[], number | null>('SELECT min(seq) FROM records').pluck();
  const newest = tables.flatMap(
    (table) => db.prepare<[], { seq: number; at: number }>(`SELECT seq, at FROM ${table} ORDER BY seq DESC LIMIT 1`).get() ?? [],
  );
  let lastAt = Math.max(0, ...newest.map(({ at }) => at));
  let last = Math.max(findLast.get() ?? 0, ...newest.map(({ seq }) => seq));

  return (op) => {
    switch (op.kind) {
      case 'append': {
        lastAt = Math.max(lastAt, op.now);
        const seqs = op.records.map(({ partition, key, bytes }) => {
          if (!keys.claim(partition, key, last + 1)) return null;
          last += 1; // A failed commit leaves a gap.
          insert.run(last, partition, key, lastAt, checksum(partition, key, lastAt, bytes), bytes);
          return last;
        });
        // Repeats alone wait for a commit too, so that the time of the answer does not show whether the event is known.
        if (seqs.every((seq) => seq === null)) touch();
        consent.note(op.records, seqs, lastAt);
        feed.add(op.records, seqs, lastAt);
        return seqs;
      }
      case 'redact':
        for (const change of changes) change.redact(op.partition, op.seqs);
        return [];
      case 'truncate':
        for (const { seq, bytes } of op.records) for (const change of changes) change.truncate(op.partition, seq, bytes);
        return [];
      case 'reclaim':
        db.pragma(`incremental_vacuum(${reclaimedPages})`);
        return [Number(db.pragma('freelist_count', { simple: true }))];
      case 'touch':
        touch();
        return [];
      case 'start-after': {
        const before = last;
        last = Math.max(last, op.seq);
        putLast.run(last, 'records');
        return [before];
      }
      case 'trim':
        putLast.run(last, 'records');
        putLast.run(Math.min(last, op.through), 'trimmed');
        for (const change of changes) change.trim(op.partition, op.through);
        keys.removeUpTo((findFirst.get() ?? last + 1) - 1);
        return [];
      case 'remove-consent-counts':
        return [removeConsentCounts(op.site, op.before, op.limit)];
      case 'move-earlier':
        return [move?.() ?? 0];
      case 'complete-move':
        db.exec("INSERT INTO last_seq VALUES ('moved', 0)");
        return [];
    }
  };
}

/** Drops the table of earlier records if all of them were moved or removed, and the bytes of their copies were zeroed. */
function dropEmptied(db: Db): void {
  if (!hasTable(db, 'earlier_records')) return;
  const isEmpty = db.prepare('SELECT 1 FROM earlier_records LIMIT 1').get() === undefined;
  const isZeroed = db.prepare("SELECT 1 FROM last_seq WHERE name = 'moved'").get() !== undefined;
  if (isEmpty && isZeroed) db.exec("DROP TABLE earlier_records; DELETE FROM last_seq WHERE name = 'moved'");
}

/** Prepares the deduplication by partition and key. */
function prepareKeys(db: Db) {
  const index = getKeyIndex(db, recordKeys);
  const find = db.prepare<[number], Pick<StoredRecord, 'partition' | 'key'>>('SELECT partition, key FROM records WHERE seq = ?');
  const findEarlier = hasTable(db, 'earlier_records')
    ? db.prepare('SELECT 1 FROM earlier_records WHERE partition = ? AND key = ?')
    : undefined;
  return {
    /** Gives a key to the record with this seq. Returns false if a stored record has it. */
    claim(partition: string, key: string, seq: number): boolean {
      const one = fingerprint(toIndexedKey({ partition, key }));
      for (const candidate of index.find(one)) {
        const record = find.get(candidate);
        if (record?.key === key && record.partition === partition) return false;
      }
      if (findEarlier?.get(partition, key) !== undefined) return false;
      index.add(one, seq);
      return true;
    },
    add: (record: StoredRecord) => index.add(fingerprint(toIndexedKey(record)), record.seq),
    removeUpTo: (seq: number) => index.removeUpTo(seq),
  };
}

/** Prepares the move of some earlier records. Returns their number. */
function prepareMove(db: Db, addKey: (record: StoredRecord) => void): () => number {
  const select = db.prepare<[number], StoredRecord>(
    'SELECT seq, partition, key, at, crc32, bytes FROM earlier_records ORDER BY seq LIMIT ?',
  );
  const insert = db.prepare(
    'INSERT INTO records (seq, partition, key, at, crc32, bytes) VALUES (@seq, @partition, @key, @at, @crc32, @bytes)',
  );
  const remove = db.prepare('DELETE FROM earlier_records WHERE seq <= ?');
  return () => {
    const records = select.all(movedAtOnce);
    for (const record of records) {
      insert.run(record);
      addKey(record);
    }
    remove.run(records.at(-1)?.seq ?? 0);
    return records.length;
  };
}

/** Prepares the changes of stored records. */
function prepareChanges(db: Db, table: RecordTable) {
  // A body of the same length keeps the row on its page. A row that moves leaves a copy in the unused part of the old page, as the move of
  // earlier records does: they are zeroed when it is complete.
  const redact = db.prepare(
    `UPDATE ${table} SET bytes = zeroblob(length(bytes)), crc32 = NULL WHERE partition = ? AND seq = ? AND crc32 IS NOT NULL`,
  );
  const find = db.prepare<[string, number], { key: string; at: number; length: number }>(
    `SELECT key, at, length(bytes) AS length FROM ${table} WHERE partition = ? AND seq = ? AND crc32 IS NOT NULL`,
  );
  const replace = db.prepare(`UPDATE ${table} SET bytes = ?, crc32 = ? WHERE partition = ? AND seq = ?`);
  const trim = db.prepare(`DELETE FROM ${table} WHERE partition = ? AND seq <= ?`);
  return {
    redact(partition: string, seqs: readonly number[]): void {
      for (const seq of seqs) redact.run(partition, seq);
    },
    truncate(partition: string, seq: number, bytes: Uint8Array): void {
      const record = find.get(partition, seq);
      if (!record) return;
      const padded = Buffer.alloc(Math.max(record.length, bytes.byteLength), ' ');
      padded.set(bytes);
      replace.run(padded, checksum(partition, record.key, record.at, padded), partition, seq);
    },
    trim(partition: string, through: number): void {
      trim.run(partition, through);
    },
  };
}

/** Connects a thread that appends, or one that takes the committed records. */
function attach(request: unknown, host: WriterHost<LogOp, LogResult>): WriterTask {
  const [appends, records] = [getPort(request, 'appends'), getPort(request, 'feed')];
  if (appends) return serveAppends(appends, host);
  if (records) return feed.start(records, host.db);
  throw new TypeError('the request of a task needs a port');
}

function getPort(request: unknown, purpose: keyof LogTaskRequest): MessagePort | undefined {
  const port: unknown = typeof request === 'object' && request !== null ? Reflect.get(request, purpose) : undefined;
  return port instanceof MessagePort ? port : undefined;
}

/** Operations that remove no data. */
const nonRemoving: ReadonlySet<LogOp['kind']> = new Set([
  ...(['append', 'touch', 'start-after', 'move-earlier', 'complete-move'] as const),
  // Counts name no person.
  'remove-consent-counts',
]);

serveWriter({
  migrations: logMigrations,
  schema: logSchema,
  pageBytes: logPageBytes,
  prepare,
  purges: ({ kind }) => !nonRemoving.has(kind),
  keyIndexes: [recordKeys],
  beforeCommit: consent.save,
  recover: consent.recover,
  onEnd(isCommitted) {
    consent.end(isCommitted);
    feed.end(isCommitted);
  },
  attach,
});
