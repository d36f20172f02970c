import { z } from 'zod';
import { isSha256, type Sha256 } from '../../../event/event.ts';
import type { Db } from '../../sqlite/open.ts';
import type { DashboardSite, DashboardSiteStore, StoredConfig } from '../dashboard-sites.ts';

const sha256Schema = z.custom<Sha256>((input) => typeof input === 'string' && isSha256(input));
const keysSchema = z.object({
  secretKeys: z.array(z.object({ id: z.string(), hash: sha256Schema, createdAt: z.number() })).readonly(),
  oldWriteKeys: z.array(z.object({ key: z.string(), retiredAt: z.number() })).readonly(),
  /** Absent if an earlier version saved the site. */
  webhookSecrets: z
    .array(z.object({ id: z.string(), sealed: z.string(), createdAt: z.number() }))
    .readonly()
    .default([]),
});
export const secretsSchema = z.record(z.string(), z.string());
const configSchema = z.record(z.string(), z.json());

export type DashboardSiteReads = Pick<DashboardSiteStore, 'listDashboardSites' | 'listDashboardConnections' | 'getSitesVersion'>;

export interface DashboardSiteRow {
  readonly id: string;
  readonly config: string;
  readonly keys: string;
}

export function toDashboardSite({ id, config, keys }: DashboardSiteRow): DashboardSite {
  return { id, config: parseConfig(config), ...keysSchema.parse(JSON.parse(keys)) };
}

export function parseConfig(config: string): StoredConfig {
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
    getSitesVersion: async () => 0,
  };
}
