import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const checkpointBytes = 16 * 1024 * 1024;

export interface NewRecord {
  /** Identifies this event. */
  readonly key: string;
  readonly json: string;
}

/** Writes the records that queued during the last commit, in one transaction. Returns which of them are new. */
const db = new Database(workerData);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.pragma('wal_autocheckpoint = 0');
db.exec('CREATE TABLE records (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT');
const insert = db.prepare('INSERT INTO records (key, json) VALUES (?, ?) ON CONFLICT (key) DO NOTHING');
const commit = db.transaction((records: readonly NewRecord[]) =>
  records.map(({ key, json }) => insert.run(key, json).changes === 1),
);
let sinceCheckpoint = 0;

parentPort?.on('message', (records: readonly NewRecord[]) => {
  parentPort?.postMessage(commit.immediate(records));
  for (const { json } of records) sinceCheckpoint += 2 * json.length;
  if (sinceCheckpoint < checkpointBytes) return;
  db.pragma('wal_checkpoint(PASSIVE)');
  sinceCheckpoint = 0;
});
