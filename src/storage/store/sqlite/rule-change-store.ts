import type { Db } from '../../sqlite/open.ts';
import { type RuleChangeRow, toRuleChange } from '../rows/rule-changes.ts';
import { maxRuleChanges, type RuleChangeStore } from '../rule-changes.ts';
import type { RuleChangeOp } from './rule-changes.ts';

export function createRuleChangeStore(db: Db, write: (op: RuleChangeOp) => Promise<unknown>): RuleChangeStore {
  const select = db.prepare<[string, number], RuleChangeRow>(
    `SELECT site, connection, digest, at, by, rules FROM rule_changes JOIN (
       SELECT id, row_number() OVER (PARTITION BY connection ORDER BY id DESC) AS place FROM rule_changes WHERE site = ?
     ) USING (id) WHERE place <= ? ORDER BY id DESC`,
  );
  return {
    async listRuleChanges(site, versions = maxRuleChanges) {
      return select.all(site, versions).map(toRuleChange);
    },
    async addRuleChange(change, owner) {
      await write({ kind: 'add-rule-change', change, ...(owner && { owner }) });
    },
    async removeRuleChanges(site, connection) {
      await write({ kind: 'remove-rule-changes', site, ...(connection !== undefined && { connection }) });
    },
  };
}
