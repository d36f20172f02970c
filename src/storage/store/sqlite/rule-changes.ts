import type { Db } from '../../sqlite/open.ts';
import { maxRuleChanges, type RuleChange, type RuleOwner } from '../rule-changes.ts';
import type { DashboardSiteOp } from './dashboard-sites.ts';

export type RuleChangeOp =
  | { readonly kind: 'add-rule-change'; readonly change: RuleChange; readonly owner?: RuleOwner }
  | { readonly kind: 'remove-rule-changes'; readonly site: string; readonly connection?: string };

/** Prepares the writes of versions. Runs in the writer's thread. @param save saves its site or connection in the same transaction */
export function prepareRuleChanges(db: Db, save: (op: DashboardSiteOp) => void): (op: RuleChangeOp) => void {
  const put = db.prepare(
    `INSERT INTO rule_changes (site, connection, digest, at, by, rules)
     SELECT ?, ?, ?, ?, ?, ? WHERE ? IS NOT (SELECT digest FROM rule_changes WHERE site = ? AND connection = ? ORDER BY id DESC LIMIT 1)`,
  );
  const trim = db.prepare(
    `DELETE FROM rule_changes WHERE id IN (SELECT id FROM rule_changes WHERE site = ? AND connection = ?
       ORDER BY id DESC LIMIT -1 OFFSET ${maxRuleChanges})`,
  );
  const remove = db.prepare('DELETE FROM rule_changes WHERE site = ? AND connection = coalesce(?, connection)');
  return (op) => {
    if (op.kind === 'remove-rule-changes') {
      remove.run(op.site, op.connection ?? null);
      return;
    }
    const {
      change: { site, connection = '', digest, at, by, rules },
      owner,
    } = op;
    if (owner && 'site' in owner) save({ kind: 'save-site', site: owner.site, isNew: false });
    else if (owner) save({ kind: 'save-connection', connection: owner.connection, retireAt: null });
    put.run(site, connection, digest, at, by, JSON.stringify(rules), digest, site, connection);
    trim.run(site, connection);
  };
}
