import type { Db } from '../../sqlite/open.ts';

/**
 * `object` is the id of a payment, an invoice or a subscription; `value` the order, or the event of the first sale. `owner` has the hashes and
 * the visitor id of the person, each on a line of its own, as in `uploads`.
 */
export const paymentObjectSchema = `
  CREATE TABLE payment_objects (site TEXT NOT NULL, object TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
    owner TEXT, PRIMARY KEY (site, object)) STRICT, WITHOUT ROWID;
  CREATE INDEX payment_objects_by_at ON payment_objects (site, at);
`;

/** Prepares the removal of facts that are too old. Returns the number of removed rows. Runs in the writer's thread. */
export function preparePaymentObjectRemoval(db: Db) {
  const remove = db.prepare(
    `DELETE FROM payment_objects WHERE (site, object) IN (SELECT site, object FROM payment_objects
       WHERE site = @site AND at < @before AND (kind <> 'trial' OR at < @trialsBefore) LIMIT @limit)`,
  );
  return (site: string, before: number, trialsBefore: number, limit: number): number =>
    remove.run({ site, before, trialsBefore, limit }).changes;
}
