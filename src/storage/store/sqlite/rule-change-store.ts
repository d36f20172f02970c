import { z } from 'zod';
import type { Rule } from '../../../event/rule.ts';
import type { Db } from '../../sqlite/open.ts';
import { maxRuleChanges, type RuleChange, type RuleChangeStore } from '../rule-changes.ts';
import type { RuleChangeOp } from './rule-changes.ts';

/** The store wrote the rules after they were checked, so only their outline is validated. */
export const rulesSchema = z.array(
  z.custom<Rule>((input) => z.object({ id: z.string(), name: z.string() }).safeParse(input).success),
);

export function createRuleChangeStore(db: Db, write: (op: RuleChangeOp) => Promise<unknown>): RuleChangeStore {
  const select = db.prepare<[string, number], Omit<RuleChange, 'rules' | 'connection'> & { rules: string; connection: string }>(
    `SELECT site, connection, digest, at, by, rules FROM rule_changes JOIN (
       SELECT id, row_number() OVER (PARTITION BY connection ORDER BY id DESC) AS place FROM rule_changes WHERE site = ?
     ) USING (id) WHERE place <= ? ORDER BY id DESC`,
  );
  return {
    async listRuleChanges(site, versions = maxRuleChanges) {
      return select.all(site, versions).map(({ connection, rules, ...rest }) => ({
        ...rest,
        ...(connection !== '' && { connection }),
        rules: rulesSchema.parse(JSON.parse(rules)),
      }));
    },
    async addRuleChange(change, owner) {
      await write({ kind: 'add-rule-change', change, ...(owner && { owner }) });
    },
    async removeRuleChanges(site, connection) {
      await write({ kind: 'remove-rule-changes', site, ...(connection !== undefined && { connection }) });
    },
  };
}
