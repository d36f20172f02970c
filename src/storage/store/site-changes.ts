import type { Sha256 } from '../../event/event.ts';
import type { DashboardConnection, DashboardSite } from '../ports/dashboard-sites.ts';
import { maxRuleChanges, type RuleChange, type RuleOwner } from '../ports/rule-changes.ts';
import { defineChanges, run, type Steps } from '../sql/change.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import { removeAccountLinks } from './account-link-store.ts';
import { siteRoleRemovals } from './account-store.ts';
import { grantRemovals } from './grant-changes.ts';
import { removeImports } from './import-store.ts';
import { removeViews } from './saved-view-store.ts';

const putSite = defineStatement(
  `INSERT INTO dashboard_sites (id, config, keys) VALUES ($1, $2, $3)
   ON CONFLICT (id) DO UPDATE SET config = excluded.config, keys = excluded.keys`,
);
const removeSite = defineStatement('DELETE FROM dashboard_sites WHERE id = $1');
const putConnection = defineStatement(
  `INSERT INTO dashboard_connections (site, id, config, secrets) VALUES ($1, $2, $3, $4)
   ON CONFLICT (site, id) DO UPDATE SET config = excluded.config, secrets = excluded.secrets`,
);
const removeConnection = defineStatement('DELETE FROM dashboard_connections WHERE site = $1 AND id = $2');
const removeConnections = defineStatement('DELETE FROM dashboard_connections WHERE site = $1');
const putSecrets = defineStatement('UPDATE dashboard_connections SET secrets = $3 WHERE site = $1 AND id = $2');

const removeDistrust = defineStatement('DELETE FROM distrusted_keys WHERE site = $1 AND key = $2');
const removeDistrusts = defineStatement('DELETE FROM distrusted_keys WHERE site = $1');

const selectDigest = 'SELECT digest FROM rule_changes WHERE site = $1 AND connection = $2 ORDER BY id DESC LIMIT 1';
const addRules = defineStatement(
  `INSERT INTO rule_changes (site, connection, digest, at, "by", rules)
   SELECT $1, $2, $3, $4, $5, $6 WHERE CAST($3 AS text) IS DISTINCT FROM (${selectDigest})`,
);
const trimRules = defineStatement(
  `DELETE FROM rule_changes WHERE site = $1 AND connection = $2 AND id NOT IN (
     SELECT id FROM rule_changes WHERE site = $1 AND connection = $2 ORDER BY id DESC LIMIT ${maxRuleChanges})`,
);
const removeRules = defineStatement('DELETE FROM rule_changes WHERE site = $1');
const removeConnectionRules = defineStatement('DELETE FROM rule_changes WHERE site = $1 AND connection = $2');

function saveSite({ id, config, ...keys }: DashboardSite): Statement {
  return putSite(id, JSON.stringify(config), JSON.stringify(keys));
}

/** Returns the statement that saves a connection. */
export function saveConnection({ site, id, config, secrets }: DashboardConnection): Statement {
  return putConnection(site, id, JSON.stringify(config), JSON.stringify(secrets));
}

/** Statements that a database runs before each change of the sites: PostgreSQL counts the changes, which other processes notice. */
type Opening = readonly Statement[];

/** A new site ends the roles on an earlier one with its id, so its changes have the lock of the accounts. */
const defineSiteChange = defineChanges('accounts');
const defineRuleChange = defineChanges('rule_changes');

/** The changes of dashboard sites, their connections and rules. */
export const siteChanges = {
  saveSite: defineSiteChange('save-site', (opening: Opening, site: DashboardSite, isNew: boolean) =>
    run(...opening, ...(isNew ? siteRoleRemovals(site.id) : []), saveSite(site)),
  ),
  removeSite: defineSiteChange(
    'remove-site',
    (opening: Opening, id: string, whole: boolean) =>
      run(
        ...opening,
        ...(whole
          ? [
              removeConnections(id),
              removeDistrusts(id),
              removeViews(id),
              removeImports(id),
              removeAccountLinks(id),
              ...grantRemovals(id),
              ...siteRoleRemovals(id),
            ]
          : []),
        removeSite(id),
      ),
    { purges: true },
  ),
  saveConnection: defineSiteChange(
    'save-connection',
    (opening: Opening, connection: DashboardConnection) => run(...opening, saveConnection(connection)),
    { purges: true },
  ),
  removeConnection: defineSiteChange(
    'remove-connection',
    (opening: Opening, site: string, id: string) => run(...opening, removeConnection(site, id), ...grantRemovals(site, id)),
    { purges: true },
  ),
  trustKey: defineSiteChange('trust-key', (opening: Opening, site: string, key: Sha256) =>
    run(...opening, removeDistrust(site, key)),
  ),
  saveSecrets: defineSiteChange(
    'save-secrets',
    (opening: Opening, connections: readonly Omit<DashboardConnection, 'config'>[], sites: readonly DashboardSite[]) =>
      run(
        ...opening,
        ...connections.map(({ site, id, secrets }) => putSecrets(site, id, JSON.stringify(secrets))),
        ...sites.map(saveSite),
      ),
    { purges: true },
  ),
  /** Gateways that start together read the same config file, and only one adds its rules. */
  addRules: defineRuleChange('add', function* (opening: Opening, change: RuleChange, owner?: RuleOwner): Steps<void> {
    const { site, connection = '', digest, at, by, rules } = change;
    if (owner) yield* run(...opening, 'site' in owner ? saveSite(owner.site) : saveConnection(owner.connection));
    yield* run(addRules(site, connection, digest, at, by, JSON.stringify(rules)), trimRules(site, connection));
  }),
  removeRules: defineRuleChange(
    'remove',
    (site: string, connection?: string) =>
      run(connection === undefined ? removeRules(site) : removeConnectionRules(site, connection)),
    { purges: true },
  ),
};
