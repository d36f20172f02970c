import { formatConsumerId } from '../../ports/consumer-id.ts';
import type { DashboardSite } from '../../ports/dashboard-sites.ts';
import type { SiteStore } from '../../ports/rule-changes.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement } from '../../sql/statement.ts';
import type { Db } from '../../sqlite/open.ts';
import { type DashboardSiteRow, toDashboardSite } from '../rows/dashboard-sites.ts';
import { siteChanges } from '../site-changes.ts';
import { createSiteStore } from '../site-store.ts';
import type { RetiringOp } from './retired-connections.ts';

/** Reads the dashboard's sites from a file of any schema; a schema without the table has none. */
export function readDashboardSitesOfAnySchema(db: Db): readonly DashboardSite[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const read = (sql: string) => db.prepare<[], DashboardSiteRow>(sql).all().map(toDashboardSite);
  if (tables.includes('dashboard_sites')) return read('SELECT id, config, keys FROM dashboard_sites ORDER BY id');
  if (tables.includes('made_sites')) return read('SELECT id, written AS config, keys FROM made_sites ORDER BY id');
  return [];
}

const addDistrust = defineStatement('INSERT INTO distrusted_keys (site, key, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING');

export function createSqliteSites(sql: Sql, write: (op: RetiringOp) => Promise<unknown>): SiteStore {
  return {
    ...createSiteStore(sql),
    getSitesVersion: async () => 0,
    distrustKey: async ({ site, key, since }) => void (await sql.write(addDistrust(site, key, since))),
    async saveDashboardConnection(connection, created) {
      if (created) await write({ kind: 'create-connection', connection, now: created.now });
      else await sql.change(siteChanges.saveConnection, [], connection);
    },
    async retireConnection(site, id, now) {
      await write({ kind: 'retire', consumer: formatConsumerId(site, id), now });
    },
  };
}
