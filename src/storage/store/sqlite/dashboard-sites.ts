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

export type MadeOp =
  | { readonly kind: 'put-made-site'; readonly site: DashboardSite }
  | { readonly kind: 'remove-made-site'; readonly id: string; readonly whole: boolean }
  | { readonly kind: 'put-made-connection'; readonly connection: DashboardConnection; readonly anewAt: number | null }
  | { readonly kind: 'remove-made-connection'; readonly site: string; readonly id: string }
  | {
      readonly kind: 'put-made-secrets';
      readonly connections: readonly Omit<DashboardConnection, 'written'>[];
      readonly sites: readonly DashboardSite[];
    }
  | { readonly kind: 'retire'; readonly pump: ConsumerId; readonly now: number };

const removed: Issue = {
  field: 'connection',
  code: 'connection-removed',
  message: 'The connection was removed before this event was sent. Nothing sends it any more.',
};

/** Of the writer's thread: sites and connections that were made in the dashboard. `commit` is a step of a connection's pump. */
export function prepareMade(db: Db, commit: (pump: ConsumerId, delta: DeliveryCommit) => void): (op: MadeOp) => void {
  const putSite = db.prepare('INSERT OR REPLACE INTO made_sites (id, written, keys) VALUES (?, ?, ?)');
  const removeSite = db.prepare('DELETE FROM made_sites WHERE id = ?');
  const removeConnections = db.prepare('DELETE FROM made_connections WHERE site = ?');
  const putConnection = db.prepare('INSERT OR REPLACE INTO made_connections (site, id, written, secrets) VALUES (?, ?, ?, ?)');
  const removeConnection = db.prepare('DELETE FROM made_connections WHERE site = ? AND id = ?');
  const putSecrets = db.prepare('UPDATE made_connections SET secrets = ? WHERE site = ? AND id = ?');
  const retire = prepareRetire(db, commit);

  const put = ({ id, written, secretKeys, oldWriteKeys, webhookSecrets }: DashboardSite) =>
    putSite.run(id, JSON.stringify(written), JSON.stringify({ secretKeys, oldWriteKeys, webhookSecrets }));

  return (op) => {
    switch (op.kind) {
      case 'put-made-site': {
        put(op.site);
        return;
      }
      case 'remove-made-site':
        if (op.whole) removeConnections.run(op.id);
        removeSite.run(op.id);
        return;
      case 'put-made-connection': {
        const { site, id, written, secrets } = op.connection;
        if (op.anewAt !== null) retire(formatConsumerId(site, id), op.anewAt);
        putConnection.run(site, id, JSON.stringify(written), JSON.stringify(secrets));
        return;
      }
      case 'remove-made-connection':
        removeConnection.run(op.site, op.id);
        return;
      case 'put-made-secrets':
        for (const { site, id, secrets } of op.connections) putSecrets.run(JSON.stringify(secrets), site, id);
        for (const site of op.sites) put(site);
        return;
      case 'retire':
        retire(op.pump, op.now);
    }
  };
}

function prepareRetire(
  db: Db,
  commit: (pump: ConsumerId, delta: DeliveryCommit) => void,
): (pump: ConsumerId, now: number) => void {
  const fence = db.prepare('UPDATE leases SET epoch = epoch + 1, until = 0 WHERE pump = ?');
  const state = db.prepare<[string], string>('SELECT state FROM connections WHERE pump = ?').pluck();
  const waiting = db.prepare<[string], Offset>('SELECT offset FROM stragglers WHERE pump = ? ORDER BY offset').pluck();
  const close = db.prepare(
    `UPDATE attempts SET settled_at = ?, result = 'replaced', issues = '[]' WHERE pump = ? AND settled_at IS NULL`,
  );
  const mark = db.prepare(
    'INSERT OR REPLACE INTO retired (pump, block) SELECT pump, max(id) FROM outcome_blocks WHERE pump = ? GROUP BY pump',
  );
  const clear = ['connections', 'stragglers', 'dead_letters', 'expired_ranges', 'outcome_counts', 'outcome_totals'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE pump = ?`),
  );
  return (pump, now) => {
    fence.run(pump);
    const known = state.get(pump);
    const offsets = waiting.all(pump);
    if (known !== undefined && offsets.length > 0) {
      const outcomes = offsets.map((offset) => ({ offset, outcome: 'dead', issues: [removed] }) as const);
      commit(pump, { state: connectionStateSchema.parse(JSON.parse(known)), outcomes });
    }
    mark.run(pump);
    close.run(now, pump);
    for (const statement of clear) statement.run(pump);
  };
}

const sha256Schema = z.custom<Sha256>((given) => typeof given === 'string' && isSha256(given));
const keysSchema = z.object({
  secretKeys: z.array(z.object({ id: z.string(), hash: sha256Schema, createdAt: z.number() })).readonly(),
  oldWriteKeys: z.array(z.object({ key: z.string(), retiredAt: z.number() })).readonly(),
  /** Absent of sites that were put before there were any. */
  webhookSecrets: z
    .array(z.object({ id: z.string(), sealed: z.string(), createdAt: z.number() }))
    .readonly()
    .default([]),
});
const secretsSchema = z.record(z.string(), z.string());
const writtenSchema = z.record(z.string(), z.json());

type MadeReads = Pick<DashboardSiteStore, 'madeSites' | 'madeConnections'>;

export function madeReads(db: Db): MadeReads {
  const sites = db.prepare<[], { id: string; written: string; keys: string }>(
    'SELECT id, written, keys FROM made_sites ORDER BY id',
  );
  const connections = db.prepare<[], { site: string; id: string; written: string; secrets: string }>(
    'SELECT site, id, written, secrets FROM made_connections ORDER BY site, id',
  );
  const read = (written: string): StoredConfig => writtenSchema.parse(JSON.parse(written));
  return {
    async madeSites() {
      return sites.all().map(({ id, written, keys }) => ({
        id,
        written: read(written),
        ...keysSchema.parse(JSON.parse(keys)),
      }));
    },
    async madeConnections() {
      return connections.all().map(({ site, id, written, secrets }) => ({
        site,
        id,
        written: read(written),
        secrets: secretsSchema.parse(JSON.parse(secrets)),
      }));
    },
  };
}

export function madeWrites(write: (op: MadeOp) => Promise<unknown>): Omit<DashboardSiteStore, keyof MadeReads> {
  const run = async (op: MadeOp) => {
    await write(op);
  };
  return {
    putMadeSite: (site) => run({ kind: 'put-made-site', site }),
    removeMadeSite: (id, whole) => run({ kind: 'remove-made-site', id, whole }),
    putMadeConnection: (connection, anew) => run({ kind: 'put-made-connection', connection, anewAt: anew?.now ?? null }),
    removeMadeConnection: (site, id) => run({ kind: 'remove-made-connection', site, id }),
    putMadeSecrets: (connections, sites) => run({ kind: 'put-made-secrets', connections, sites }),
    retire: (site, id, now) => run({ kind: 'retire', pump: formatConsumerId(site, id), now }),
  };
}
