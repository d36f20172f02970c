import type { Db } from '../../sqlite/open.ts';
import { maxRuleChanges, type RuleChange } from '../rule-changes.ts';

export interface RuleChangeOp {
  readonly kind: 'add-rule-change';
  readonly change: RuleChange;
}

/** Prepares the write of a version. Runs in the writer's thread. */
export function prepareRuleChanges(db: Db): (op: RuleChangeOp) => void {
  const put = db.prepare('INSERT INTO rule_changes (site, connection, digest, at, by, rules) VALUES (?, ?, ?, ?, ?, ?)');
  const trim = db.prepare(
    `DELETE FROM rule_changes WHERE id IN (SELECT id FROM rule_changes WHERE site = ? AND connection = ?
       ORDER BY id DESC LIMIT -1 OFFSET ${maxRuleChanges})`,
  );
  return ({ change: { site, connection = '', digest, at, by, rules } }) => {
    put.run(site, connection, digest, at, by, JSON.stringify(rules));
    trim.run(site, connection);
  };
}
