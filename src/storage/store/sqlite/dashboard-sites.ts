import { z } from 'zod';
import { isSha256, type Sha256 } from '../../../event/event.ts';
import type { Issue } from '../../../event/issue.ts';
import type { Offset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import { connectionStateSchema } from '../connection-state.ts';
import type { ConsumerId } from '../consumer-id.ts';
import { formatConsumerId } from '../consumer-id.ts';
import type { DeliveryCommit } from '../consumers.ts';
import type { DashboardConnection, DashboardSite, DashboardSiteStore, StoredConfig } from '../dashboard-sites.ts';
import { prepareAwaitingReads } from './receipts.ts';

export type DashboardSiteOp =
  | { readonly kind: 'save-site'; readonly site: DashboardSite }
  | { readonly kind: 'remove-site'; readonly id: string; readonly whole: boolean }
  | { readonly kind: 'save-connection'; readonly connection: DashboardConnection; readonly anewAt: number | null }
  | { readonly kind: 'remove-connection'; readonly site: string; readonly id: string }
  | {
      readonly kind: 'save-secrets';
      readonly connections: readonly Omit<DashboardConnection, 'config'>[];
      readonly sites: readonly DashboardSite[];
    }
  | { readonly kind: 'retire'; readonly consumer: ConsumerId; readonly now: number };

const removed: Issue = {
  field: 'connection',
  code: 'connection-removed',
  message: 'The connection was removed before this event was sent. It is no longer sent.',
};

const removedUnverified: Issue = {
  field: 'connection',
  code: 'connection-removed',
  message: "The connection was removed before the platform gave its verdict. Compare the event with the platform's own report.",
};

/**
 * Prepares the writes of dashboard sites and connections. Runs in the writer's thread.
 * @param commit commits for a connection's consumer.
 */
export function prepareDashboardSiteOps(
  db: Db,
  commit: (consumer: ConsumerId, change: DeliveryCommit) => void,
): (op: DashboardSiteOp) => void {
  const putSite = db.prepare('INSERT OR REPLACE INTO dashboard_sites (id, config, keys) VALUES (?, ?, ?)');
  const removeSite = db.prepare('DELETE FROM dashboard_sites WHERE id = ?');
  const removeConnections = db.prepare('DELETE FROM dashboard_connections WHERE site = ?');
  const putConnection = db.prepare(
    'INSERT OR REPLACE INTO dashboard_connections (site, id, config, secrets) VALUES (?, ?, ?, ?)',
  );
  const removeConnection = db.prepare('DELETE FROM dashboard_connections WHERE site = ? AND id = ?');
  const putSecrets = db.prepare('UPDATE dashboard_connections SET secrets = ? WHERE site = ? AND id = ?');
  const retire = prepareRetire(db, commit);

  const put = ({ id, config, secretKeys, oldWriteKeys, webhookSecrets }: DashboardSite) =>
    putSite.run(id, JSON.stringify(config), JSON.stringify({ secretKeys, oldWriteKeys, webhookSecrets }));

  return (op) => {
    switch (op.kind) {
      case 'save-site': {
        put(op.site);
        return;
      }
      case 'remove-site':
        if (op.whole) removeConnections.run(op.id);
        removeSite.run(op.id);
        return;
      case 'save-connection': {
        const { site, id, config, secrets } = op.connection;
        if (op.anewAt !== null) retire(formatConsumerId(site, id), op.anewAt);
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
  commit: (consumer: ConsumerId, change: DeliveryCommit) => void,
): (consumer: ConsumerId, now: number) => void {
  const fence = db.prepare('UPDATE leases SET epoch = epoch + 1, until = 0 WHERE consumer = ?');
  const state = db.prepare<[string], string>('SELECT state FROM connections WHERE consumer = ?').pluck();
  const waiting = db
    .prepare<[string], Offset>('SELECT offset FROM deferred_deliveries WHERE consumer = ? ORDER BY offset')
    .pluck();
  const close = db.prepare(
    `UPDATE attempts SET settled_at = ?, result = 'replaced', issues = '[]' WHERE consumer = ? AND settled_at IS NULL`,
  );
  const mark = db.prepare(
    'INSERT OR REPLACE INTO retired (consumer, block) SELECT consumer, max(id) FROM outcome_blocks WHERE consumer = ? GROUP BY consumer',
  );
  const listAwaiting = prepareAwaitingReads(db);
  const clear = [
    'connections',
    'deferred_deliveries',
    'receipts',
    'dead_letters',
    'expired_ranges',
    'outcome_counts',
    'outcome_totals',
  ].map((table) => db.prepare(`DELETE FROM ${table} WHERE consumer = ?`));
  return (consumer, now) => {
    fence.run(consumer);
    const stored = state.get(consumer);
    const outcomes = [
      ...waiting.all(consumer).map((offset) => ({ offset, outcome: 'dead', issues: [removed] }) as const),
      ...listAwaiting(consumer).map((offset) => ({ offset, outcome: 'unverified', issues: [removedUnverified] }) as const),
    ];
    if (stored !== undefined && outcomes.length > 0) {
      commit(consumer, { state: connectionStateSchema.parse(JSON.parse(stored)), outcomes });
    }
    mark.run(consumer);
    close.run(now, consumer);
    for (const statement of clear) statement.run(consumer);
  };
}

const sha256Schema = z.custom<Sha256>((given) => typeof given === 'string' && isSha256(given));
const keysSchema = z.object({
  secretKeys: z.array(z.object({ id: z.string(), hash: sha256Schema, createdAt: z.number() })).readonly(),
  oldWriteKeys: z.array(z.object({ key: z.string(), retiredAt: z.number() })).readonly(),
  /** Absent if an earlier version saved the site. */
  webhookSecrets: z
    .array(z.object({ id: z.string(), sealed: z.string(), createdAt: z.number() }))
    .readonly()
    .default([]),
});
const secretsSchema = z.record(z.string(), z.string());
const configSchema = z.record(z.string(), z.json());

type DashboardSiteReads = Pick<DashboardSiteStore, 'listDashboardSites' | 'listDashboardConnections'>;

interface DashboardSiteRow {
  readonly id: string;
  readonly config: string;
  readonly keys: string;
}

function toDashboardSite({ id, config, keys }: DashboardSiteRow): DashboardSite {
  return { id, config: parseConfig(config), ...keysSchema.parse(JSON.parse(keys)) };
}

function parseConfig(config: string): StoredConfig {
  return configSchema.parse(JSON.parse(config));
}

/** Reads the dashboard's sites from a file of any schema; a schema without the table has none. */
export function readDashboardSitesOfAnySchema(db: Db): readonly DashboardSite[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const read = (sql: string) => db.prepare<[], DashboardSiteRow>(sql).all().map(toDashboardSite);
  if (tables.includes('dashboard_sites')) return read('SELECT id, config, keys FROM dashboard_sites ORDER BY id');
  if (tables.includes('made_sites')) return read('SELECT id, written AS config, keys FROM made_sites ORDER BY id');
  return [];
}

export function createDashboardSiteReads(db: Db): DashboardSiteReads {
  const sites = db.prepare<[], DashboardSiteRow>('SELECT id, config, keys FROM dashboard_sites ORDER BY id');
  const connections = db.prepare<[], { site: string; id: string; config: string; secrets: string }>(
    'SELECT site, id, config, secrets FROM dashboard_connections ORDER BY site, id',
  );
  return {
    async listDashboardSites() {
      return sites.all().map(toDashboardSite);
    },
    async listDashboardConnections() {
      return connections.all().map(({ site, id, config, secrets }) => ({
        site,
        id,
        config: parseConfig(config),
        secrets: secretsSchema.parse(JSON.parse(secrets)),
      }));
    },
  };
}

export function createDashboardSiteWrites(
  write: (op: DashboardSiteOp) => Promise<unknown>,
): Omit<DashboardSiteStore, keyof DashboardSiteReads> {
  const run = async (op: DashboardSiteOp) => {
    await write(op);
  };
  return {
    saveDashboardSite: (site) => run({ kind: 'save-site', site }),
    removeDashboardSite: (id, whole) => run({ kind: 'remove-site', id, whole }),
    saveDashboardConnection: (connection, anew) => run({ kind: 'save-connection', connection, anewAt: anew?.now ?? null }),
    removeDashboardConnection: (site, id) => run({ kind: 'remove-connection', site, id }),
    saveSecrets: (connections, sites) => run({ kind: 'save-secrets', connections, sites }),
    retireConnection: (site, id, now) => run({ kind: 'retire', consumer: formatConsumerId(site, id), now }),
  };
}
