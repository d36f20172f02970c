import type { Db } from '../../sqlite/open.ts';
import type { DashboardSite, DashboardSiteStore } from '../dashboard-sites.ts';
import {
  type DashboardConnectionRow,
  type DashboardSiteRow,
  toDashboardConnection,
  toDashboardSite,
} from '../rows/dashboard-sites.ts';

export type DashboardSiteReads = Pick<DashboardSiteStore, 'listDashboardSites' | 'listDashboardConnections' | 'getSitesVersion'>;

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
  const connections = db.prepare<[], DashboardConnectionRow>(
    'SELECT site, id, config, secrets FROM dashboard_connections ORDER BY site, id',
  );
  return {
    async listDashboardSites() {
      return sites.all().map(toDashboardSite);
    },
    async listDashboardConnections() {
      return connections.all().map(toDashboardConnection);
    },
    getSitesVersion: async () => 0,
  };
}
