import type { RuleCount, RuleCountStore } from '../ports/rule-counts.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

const begin = defineStatement<{ readonly since: number }>('SELECT coalesce(max(since), 0) AS since FROM rule_counting');

export function createRuleCountStore(sql: Sql): RuleCountStore {
  const { encodeTexts, isAmong } = sql.dialect;
  /** An event that was settled before the counts began leaves its outcome without having been counted. */
  const read = defineStatement<RuleCount>(
    `SELECT consumer, rule, CAST(sum(events) AS bigint) AS events FROM rule_counts
     WHERE ${isAmong('consumer', '$1')} AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2 HAVING sum(events) > 0 ORDER BY 1, 2`,
  );
  return {
    getRuleCounts: (consumers, since, until) => sql.read(read(encodeTexts(consumers), since, until)),
    getRuleCountingStart: async () => (await sql.read(begin()))[0]?.since ?? 0,
  };
}
