import { type Db, serveWriter } from '../sqlite.ts';
import { checksum } from './checksum.ts';
import { migrations, type Op, type Result } from './sqlite.schema.ts';

/** The writer's thread of `sqlite.ts`. */
function prepare(db: Db): (op: Op) => Result {
  const insert = db.prepare(
    'INSERT INTO records (partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (partition, key) DO NOTHING',
  );
  const redact = db.prepare('UPDATE records SET bytes = NULL, crc32 = NULL WHERE partition = ? AND seq = ?');
  const trim = db.prepare('DELETE FROM records WHERE partition = ? AND seq <= ?');
  const newest = db.prepare<[], { at: number }>('SELECT at FROM records ORDER BY seq DESC LIMIT 1').get();
  let lastAt = newest?.at ?? 0;

  return (op) => {
    switch (op.kind) {
      case 'append': {
        lastAt = Math.max(lastAt, op.now);
        return op.records.map(({ partition, key, bytes }) => {
          const { changes, lastInsertRowid } = insert.run(partition, key, lastAt, checksum(partition, key, lastAt, bytes), bytes);
          return changes === 1 ? Number(lastInsertRowid) : null;
        });
      }
      case 'redact':
        for (const seq of op.seqs) redact.run(op.partition, seq);
        return [];
      case 'trim':
        trim.run(op.partition, op.through);
        return [];
    }
  };
}

function weigh(op: Op): number {
  if (op.kind !== 'append') return 4096;
  return op.records.reduce((sum, record) => sum + record.bytes.byteLength + record.key.length * 2 + 64, 0);
}

serveWriter({ migrations, prepare, weigh, purges: (op) => op.kind !== 'append' });
