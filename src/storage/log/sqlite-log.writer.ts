import type { Db } from '../sqlite/open.ts';
import { serveWriter } from '../sqlite/writer.ts';
import { checksum } from './checksum.ts';
import { createCommitFeed } from './commit-feed.ts';
import { type LogOp, type LogResult, logMigrations } from './sqlite-log.schema.ts';

const reclaimedPages = 256;
const feed = createCommitFeed();

/** Prepares the operations of the event log's writer thread. */
function prepare(db: Db): (op: LogOp) => LogResult {
  const insert = db.prepare(
    'INSERT INTO records (partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (partition, key) DO NOTHING',
  );
  // A body of the same length keeps the row on its page. A row that moves leaves a copy in the unused part of the old page.
  const redact = db.prepare(
    'UPDATE records SET bytes = zeroblob(length(bytes)), crc32 = NULL WHERE partition = ? AND seq = ? AND crc32 IS NOT NULL',
  );
  const find = db.prepare<[string, number], { key: string; at: number; length: number }>(
    'SELECT key, at, length(bytes) AS length FROM records WHERE partition = ? AND seq = ? AND crc32 IS NOT NULL',
  );
  const replace = db.prepare('UPDATE records SET bytes = ?, crc32 = ? WHERE partition = ? AND seq = ?');
  const truncate = (partition: string, seq: number, bytes: Uint8Array) => {
    const record = find.get(partition, seq);
    if (!record) return;
    const padded = Buffer.alloc(Math.max(record.length, bytes.byteLength), ' ');
    padded.set(bytes);
    replace.run(padded, checksum(partition, record.key, record.at, padded), partition, seq);
  };
  const trim = db.prepare('DELETE FROM records WHERE partition = ? AND seq <= ?');
  const lastSeq = db.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'records'");
  const forgetSeq = db.prepare("DELETE FROM sqlite_sequence WHERE name = 'records'");
  const putSeq = db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('records', ?)");
  const newest = db.prepare<[], { at: number }>('SELECT at FROM records ORDER BY seq DESC LIMIT 1').get();
  let lastAt = newest?.at ?? 0;

  return (op) => {
    switch (op.kind) {
      case 'append': {
        lastAt = Math.max(lastAt, op.now);
        const seqs = op.records.map(({ partition, key, bytes }) => {
          const { changes, lastInsertRowid } = insert.run(partition, key, lastAt, checksum(partition, key, lastAt, bytes), bytes);
          return changes === 1 ? Number(lastInsertRowid) : null;
        });
        feed.add(op.records, seqs, lastAt);
        return seqs;
      }
      case 'redact':
        for (const seq of op.seqs) redact.run(op.partition, seq);
        return [];
      case 'truncate':
        for (const { seq, bytes } of op.records) truncate(op.partition, seq, bytes);
        return [];
      case 'reclaim':
        db.pragma(`incremental_vacuum(${reclaimedPages})`);
        return [Number(db.pragma('freelist_count', { simple: true }))];
      case 'touch':
        db.pragma(`user_version = ${logMigrations.length}`); // writes the value that the file already has
        return [];
      case 'start-after': {
        const last = lastSeq.get()?.seq ?? 0;
        if (last >= op.seq) return [last];
        forgetSeq.run();
        putSeq.run(op.seq);
        return [last];
      }
      case 'trim':
        trim.run(op.partition, op.through);
        return [];
    }
  };
}

/** Operations that remove no data. */
const nonRemoving: ReadonlySet<LogOp['kind']> = new Set(['append', 'touch', 'start-after']);

serveWriter({
  migrations: logMigrations,
  prepare,
  purges: ({ kind }) => !nonRemoving.has(kind),
  onEnd: feed.end,
  admit: (port, { db }) => feed.start(port, db),
});
