import type { Db } from '../../sqlite/open.ts';
import { isLost } from '../rows/uploads.ts';

/**
 * `at` is the time of the purchase. `content`, `person` and `answer` are JSON. `owner` has the hashes and the visitor id of `person`, each on
 * a line of its own; null: a delivered order has them. `upload_states.state` is JSON.
 */
export const uploadSchema = `
  CREATE TABLE uploads (consumer TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT NOT NULL, offset TEXT NOT NULL,
    at INTEGER NOT NULL, content TEXT NOT NULL, person TEXT, owner TEXT, state TEXT NOT NULL, due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL, tried_at INTEGER, answer TEXT, PRIMARY KEY (consumer, kind, key)) STRICT, WITHOUT ROWID;
  CREATE INDEX uploads_due ON uploads (consumer, kind, due_at) WHERE state = 'waiting';
  CREATE INDEX uploads_by_order ON uploads (order_id);
  CREATE INDEX uploads_by_at ON uploads (consumer, at);
  CREATE TABLE upload_states (consumer TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Prepares the removal of rows of old purchases. Returns the number of removed rows. Runs in the writer's thread. */
export function prepareUploadRemoval(db: Db) {
  const remove = db.prepare(
    `DELETE FROM uploads WHERE (consumer, kind, key) IN
       (SELECT consumer, kind, key FROM uploads
          WHERE consumer = @consumer AND at < @before AND NOT (${isLost} AND tried_at >= @lostBefore) LIMIT @limit)`,
  );
  return (consumer: string, before: number, lostBefore: number, limit: number): number =>
    remove.run({ consumer, before, lostBefore, limit }).changes;
}
