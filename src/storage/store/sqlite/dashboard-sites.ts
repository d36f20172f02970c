import type { Offset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import { prepareStatements } from '../../sqlite/sqlite-sql.ts';
import { siteRoleRemovals } from '../account-store.ts';
import type { ConsumerId } from '../consumer-id.ts';
import { formatConsumerId } from '../consumer-id.ts';
import type { DashboardConnection, DashboardSite, DashboardSiteStore } from '../dashboard-sites.ts';
import type { EventOutcomeEntry } from '../outcomes.ts';
import { clearedTables, listRemovalOutcomes } from '../rows/removed-connections.ts';
import type { DashboardSiteReads } from './dashboard-site-reads.ts';

export type DashboardSiteOp =
  | { readonly kind: 'save-site'; readonly site: DashboardSite; readonly isNew: boolean }
  | { readonly kind: 'remove-site'; readonly id: string; readonly whole: boolean }
  | { readonly kind: 'save-connection'; readonly connection: DashboardConnection; readonly retireAt: number | null }
  | { readonly kind: 'remove-connection'; readonly site: string; readonly id: string }
  | {
      readonly kind: 'save-secrets';
      readonly connections: readonly Omit<DashboardConnection, 'config'>[];
      readonly sites: readonly DashboardSite[];
    }
  | { readonly kind: 'retire'; readonly consumer: ConsumerId; readonly now: number };

/**
 * Prepares the writes of dashboard sites and connections. Runs in the writer's thread.
 * @param writeOutcomes writes the outcomes of a connection's events.
 */
export function prepareDashboardSiteOps(
  db: Db,
  writeOutcomes: (consumer: ConsumerId, entries: readonly EventOutcomeEntry[]) => void,
): (op: DashboardSiteOp) => void {
  const putSite = db.prepare('INSERT OR REPLACE INTO dashboard_sites (id, config, keys) VALUES (?, ?, ?)');
  const removeSite = db.prepare('DELETE FROM dashboard_sites WHERE id = ?');
  const removeConnections = db.prepare('DELETE FROM dashboard_connections WHERE site = ?');
  const putConnection = db.prepare(
    'INSERT OR REPLACE INTO dashboard_connections (site, id, config, secrets) VALUES (?, ?, ?, ?)',
  );
  const removeConnection = db.prepare('DELETE FROM dashboard_connections WHERE site = ? AND id = ?');
  const putSecrets = db.prepare('UPDATE dashboard_connections SET secrets = ? WHERE site = ? AND id = ?');
  const retire = prepareRetire(db, writeOutcomes);
  const runStatement = prepareStatements(db);
  const removeRoles = (site: string) => void siteRoleRemovals(site).map(runStatement);

  const put = ({ id, config, secretKeys, oldWriteKeys, webhookSecrets }: DashboardSite) =>
    putSite.run(id, JSON.stringify(config), JSON.stringify({ secretKeys, oldWriteKeys, webhookSecrets }));

  return (op) => {
    switch (op.kind) {
      case 'save-site':
        if (op.isNew) removeRoles(op.site.id);
        put(op.site);
        return;
      case 'remove-site':
        if (op.whole) {
          removeConnections.run(op.id);
          removeRoles(op.id);
        }
        removeSite.run(op.id);
        return;
      case 'save-connection': {
        const { site, id, config, secrets } = op.connection;
        if (op.retireAt !== null) retire(formatConsumerId(site, id), op.retireAt);
        putConnection.run(site, id, JSON.stringify(config), JSON.stringify(secrets));
        return;
      }
      case 'remove-connection':
        removeConnection.run(op.site, op.id);
        return;
      case 'save-secrets':
        for (const { site, id, secrets } of op.connections) putSecrets.run(JSON.stringify(secrets), site, id);
        for (const site of op.sites) put(site);
        return;
      case 'retire':
        retire(op.consumer, op.now);
    }
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

export function createDashboardSiteWrites(
  write: (op: DashboardSiteOp) => Promise<unknown>,
): Omit<DashboardSiteStore, keyof DashboardSiteReads> {
  const run = async (op: DashboardSiteOp) => {
    await write(op);
  };
  return {
    saveDashboardSite: (site, isNew = false) => run({ kind: 'save-site', site, isNew }),
    removeDashboardSite: (id, whole) => run({ kind: 'remove-site', id, whole }),
    saveDashboardConnection: (connection, created) =>
      run({ kind: 'save-connection', connection, retireAt: created?.now ?? null }),
    removeDashboardConnection: (site, id) => run({ kind: 'remove-connection', site, id }),
    saveSecrets: (connections, sites) => run({ kind: 'save-secrets', connections, sites }),
    retireConnection: (site, id, now) => run({ kind: 'retire', consumer: formatConsumerId(site, id), now }),
  };
}
