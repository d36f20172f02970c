import { z } from 'zod';
import type { Rule } from '../../../event/rule.ts';
import type { RuleChange } from '../../ports/rule-changes.ts';

/** `connection` is empty if the rules are the site's; `rules` is JSON. */
export type RuleChangeRow = Omit<RuleChange, 'rules' | 'connection'> & { readonly rules: string; readonly connection: string };

/** The store wrote the rules after they were checked, so only their outline is validated. */
const rulesSchema = z.array(z.custom<Rule>((input) => z.object({ id: z.string(), name: z.string() }).safeParse(input).success));

export function toRuleChange({ connection, rules, ...rest }: RuleChangeRow): RuleChange {
  return { ...rest, ...(connection !== '' && { connection }), rules: rulesSchema.parse(JSON.parse(rules)) };
}
