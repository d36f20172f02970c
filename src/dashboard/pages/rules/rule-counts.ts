import type { RuleCountsView } from '../../../api/client.ts';

interface ConnectionRuleCount {
  readonly connection: string;
  readonly events: number;
}

/** Returns the connections on whose events a rule had an effect. @param only the connection whose rule it is; undefined for a rule of the site */
export function listRuleCounts(
  { connections }: RuleCountsView,
  rule: string,
  only: string | undefined,
): readonly ConnectionRuleCount[] {
  return connections.flatMap(({ connection, rules }) => {
    const found = rules.find((one) => one.rule === rule);
    return found && (only === undefined || only === connection) ? [{ connection, events: found.events }] : [];
  });
}
