import { z } from 'zod';
import type { Rule } from '../../../event/rule.ts';
import type { Db } from '../../sqlite/open.ts';
import type { RuleChange, RuleChangeStore } from '../rule-changes.ts';
import type { RuleChangeOp } from './rule-changes.ts';

/** The store wrote the rules after they were checked, so only their outline is validated. */
const rulesSchema = z.array(z.custom<Rule>((input) => z.object({ id: z.string(), name: z.string() }).safeParse(input).success));

export function createRuleChangeStore(db: Db, write: (op: RuleChangeOp) => Promise<unknown>): RuleChangeStore {
  const select = db.prepare<[string], Omit<RuleChange, 'rules' | 'connection'> & { rules: string; connection: string }>(
    'SELECT site, connection, digest, at, by, rules FROM rule_changes WHERE site = ? ORDER BY id DESC',
  );
  return {
    async listRuleChanges(site) {
      return select.all(site).map(({ connection, rules, ...rest }) => ({
        ...rest,
        ...(connection !== '' && { connection }),
        rules: rulesSchema.parse(JSON.parse(rules)),
      }));
    },
    async addRuleChange(change, owner) {
      await write({ kind: 'add-rule-change', change, ...(owner && { owner }) });
    },
  };
}
