import { formatConsumerId } from '../ports/consumer-id.ts';
import type { DashboardSiteStore, DistrustedKey } from '../ports/dashboard-sites.ts';
import { maxRuleChanges, type RuleChangeStore } from '../ports/rule-changes.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import {
  type DashboardConnectionRow,
  type DashboardSiteRow,
  toDashboardConnection,
  toDashboardSite,
} from './rows/dashboard-sites.ts';
import { type RuleChangeRow, toRuleChange } from './rows/rule-changes.ts';
import { siteChanges } from './site-changes.ts';

const selectSites = defineStatement<DashboardSiteRow>('SELECT id, config, keys FROM dashboard_sites ORDER BY id');
const selectConnections = defineStatement<DashboardConnectionRow>(
  'SELECT site, id, config, secrets FROM dashboard_connections ORDER BY site, id',
);
const selectConnectionsWithoutSecrets = defineStatement<DashboardConnectionRow>(
  "SELECT site, id, config, '{}' AS secrets FROM dashboard_connections ORDER BY site, id",
);
const selectLateAccounts = defineStatement<{ readonly site: string; readonly connection: string }>(
  `SELECT site, connection FROM grants
   WHERE connection IS NOT NULL AND account IS NOT NULL AND late_goal IS NOT NULL AND late_goal <> '{}' ORDER BY site, connection`,
);
const selectDistrusted = defineStatement<DistrustedKey>('SELECT site, key, since FROM distrusted_keys ORDER BY site, key');
const selectRules = defineStatement<RuleChangeRow>(
  `SELECT site, connection, digest, at, "by", rules FROM (
     SELECT *, row_number() OVER (PARTITION BY connection ORDER BY id DESC) AS place FROM rule_changes WHERE site = $1
   ) ranked WHERE place <= $2 ORDER BY id DESC`,
);

interface SiteStoreOptions {
  /** Statements that the database runs before each change of the sites. */
  readonly opening?: readonly Statement[];
  /** Whether connections are read with their secrets, which the role of a gateway that only collects may not. */
  readonly readsSecrets?: boolean;
}

/** The members of the port that both databases share: all but those that end a connection's deliveries, the distrust of a key, and the count of changes. */
export type SharedSiteStore = Omit<
  DashboardSiteStore,
  'getSitesVersion' | 'saveDashboardConnection' | 'retireConnection' | 'distrustKey'
> &
  RuleChangeStore;

export function createSiteStore(sql: Sql, { opening = [], readsSecrets = true }: SiteStoreOptions = {}): SharedSiteStore {
  return {
    listDashboardSites: async () => (await sql.read(selectSites())).map(toDashboardSite),
    listDashboardConnections: async () =>
      (await sql.read(readsSecrets ? selectConnections() : selectConnectionsWithoutSecrets())).map(toDashboardConnection),
    listLateAccounts: async () =>
      (await sql.read(selectLateAccounts())).map(({ site, connection }) => formatConsumerId(site, connection)),
    saveDashboardSite: async (site, isNew = false) => void (await sql.change(siteChanges.saveSite, opening, site, isNew)),
    removeDashboardSite: async (id, whole) => void (await sql.change(siteChanges.removeSite, opening, id, whole)),
    removeDashboardConnection: async (site, id) => void (await sql.change(siteChanges.removeConnection, opening, site, id)),
    listDistrustedKeys: () => sql.read(selectDistrusted()),
    trustKey: async (site, key) => void (await sql.change(siteChanges.trustKey, opening, site, key)),
    saveSecrets: async (connections, sites) => void (await sql.change(siteChanges.saveSecrets, opening, connections, sites)),
    listRuleChanges: async (site, versions = maxRuleChanges) => (await sql.read(selectRules(site, versions))).map(toRuleChange),
    addRuleChange: (change, owner) => sql.change(siteChanges.addRules, opening, change, owner),
    removeRuleChanges: async (site, connection) => void (await sql.change(siteChanges.removeRules, site, connection)),
  };
}
