import type { ConsumerId } from '../../ports/consumer-id.ts';
import { type DeliveryErrorCount, maxErrorPairs, maxErrorPairsAtOnce, otherError } from '../../ports/delivery-errors.ts';
import type { Db } from '../../sqlite/open.ts';

export const deliveryErrorSchema = `
  CREATE TABLE delivery_errors (consumer TEXT NOT NULL, bucket INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    events INTEGER NOT NULL, PRIMARY KEY (consumer, bucket, code, name)) STRICT, WITHOUT ROWID;`;

/** Prepares the writes that count failed requests and refused events. Runs in the writer's thread. */
export function prepareDeliveryErrors(db: Db): (consumer: ConsumerId, counts: readonly DeliveryErrorCount[]) => void {
  const find = db.prepare('SELECT 1 FROM delivery_errors WHERE consumer = ? AND bucket = ? AND code = ? AND name = ?');
  const countPairs = db
    .prepare<[string, number], number>('SELECT count(*) FROM delivery_errors WHERE consumer = ? AND bucket = ?')
    .pluck();
  const add = db.prepare(
    `INSERT INTO delivery_errors (consumer, bucket, code, name, events) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (consumer, bucket, code, name) DO UPDATE SET events = events + excluded.events`,
  );
  return (consumer, counts) => {
    // Before the first row is added, as PostgreSQL counts.
    const rows = counts.map(({ bucket, code, name, events }) => {
      const isKept =
        find.get(consumer, bucket, code, name) !== undefined ||
        (countPairs.get(consumer, bucket) ?? 0) < maxErrorPairs - maxErrorPairsAtOnce;
      return isKept ? { bucket, code, name, events } : { bucket, code: otherError, name: otherError, events };
    });
    for (const { bucket, code, name, events } of rows) add.run(consumer, bucket, code, name, events);
  };
}
