import type { Offset } from '../../log/event-log.ts';
import { type ConsumerId, formatConsumerId } from '../../ports/consumer-id.ts';
import type { DashboardConnection } from '../../ports/dashboard-sites.ts';
import type { EventOutcomeEntry } from '../../ports/outcomes.ts';
import type { Db } from '../../sqlite/open.ts';
import { prepareStatements } from '../../sqlite/sqlite-sql.ts';
import { clearedTables, listRemovalOutcomes } from '../rows/removed-connections.ts';
import { saveConnection } from '../site-changes.ts';

/** Creates a connection, whose earlier one with this id is retired; or retires one. */
export type RetiringOp =
  | { readonly kind: 'create-connection'; readonly connection: DashboardConnection; readonly now: number }
  | { readonly kind: 'retire'; readonly consumer: ConsumerId; readonly now: number };

/**
 * Prepares the changes that end a connection's deliveries. Runs in the writer's thread.
 * @param writeOutcomes writes the outcomes of a connection's events.
 */
export function prepareRetiringOps(
  db: Db,
  writeOutcomes: (consumer: ConsumerId, entries: readonly EventOutcomeEntry[]) => void,
): (op: RetiringOp) => void {
  const runStatement = prepareStatements(db);
  const retire = prepareRetire(db, writeOutcomes);
  return (op) => {
    if (op.kind === 'retire') {
      retire(op.consumer, op.now);
      return;
    }
    const { site, id } = op.connection;
    retire(formatConsumerId(site, id), op.now);
    runStatement(saveConnection(op.connection));
  };
}

function prepareRetire(
  db: Db,
  writeOutcomes: (consumer: ConsumerId, entries: readonly EventOutcomeEntry[]) => void,
): (consumer: ConsumerId, now: number) => void {
  const fence = db.prepare('UPDATE leases SET epoch = epoch + 1, until = 0 WHERE consumer = ?');
  const exists = db.prepare<[string], number>('SELECT 1 FROM connections WHERE consumer = ?').pluck();
  const waiting = db
    .prepare<[string], Offset>('SELECT offset FROM deferred_deliveries WHERE consumer = ? ORDER BY offset')
    .pluck();
  const close = db.prepare(
    `UPDATE attempts SET settled_at = ?, result = 'replaced', issues = '[]' WHERE consumer = ? AND settled_at IS NULL`,
  );
  const mark = db.prepare(
    `INSERT OR REPLACE INTO retired (consumer, block)
       VALUES (@consumer, coalesce((SELECT max(id) FROM outcome_blocks WHERE consumer = @consumer), 0))`,
  );
  const awaiting = db
    .prepare<[string], Offset>(
      `SELECT value ->> 'offset' FROM receipts, json_each(iif(json_valid(receipt), receipt, '{}'), '$.members') WHERE consumer = ?`,
    )
    .pluck();
  const clear = clearedTables.map((table) => db.prepare(`DELETE FROM ${table} WHERE consumer = ?`));
  return (consumer, now) => {
    fence.run(consumer);
    const outcomes = listRemovalOutcomes(waiting.all(consumer), awaiting.all(consumer));
    if (outcomes.length > 0 && exists.get(consumer) !== undefined) writeOutcomes(consumer, outcomes);
    mark.run({ consumer });
    close.run(now, consumer);
    for (const statement of clear) statement.run(consumer);
  };
}
