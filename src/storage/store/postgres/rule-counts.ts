import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { RuleCountChange } from '../../ports/rule-counts.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { text } from './sql.ts';

/** The same tables as `sqlite/rule-counts.ts` describes. `rule_counting` has a row if a version before these tables ran. */
export const ruleCountTables = `
  CREATE TABLE rule_counts (consumer ${text} NOT NULL, bucket bigint NOT NULL, rule ${text} NOT NULL, events bigint NOT NULL,
    PRIMARY KEY (consumer, bucket, rule));
  CREATE TABLE rule_counting (since bigint NOT NULL);
  INSERT INTO rule_counting SELECT (floor(extract(epoch FROM now()) / 300)::bigint + 1) * 300000 WHERE EXISTS (SELECT 1 FROM identity);
`;

const add = defineStatement(
  `INSERT INTO rule_counts AS r (consumer, bucket, rule, events)
   SELECT $1, g.bucket, g.rule, sum(g.events)::bigint FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS g(bucket, rule, events)
   GROUP BY 2, 3
   ON CONFLICT (consumer, bucket, rule) DO UPDATE SET events = r.events + excluded.events`,
);

/** Returns the statement that counts the effects of rules. */
export function ruleCountStatements(consumer: ConsumerId, counts: readonly RuleCountChange[] = []): readonly Statement[] {
  if (counts.length === 0) return [];
  const buckets = encodeBigints(counts.map(({ bucket }) => bucket));
  const rules = encodeTexts(counts.map(({ rule }) => rule));
  return [add(consumer, buckets, rules, encodeBigints(counts.map(({ events }) => events)))];
}
