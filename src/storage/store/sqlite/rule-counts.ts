import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { RuleCountChange } from '../../ports/rule-counts.ts';
import type { Db } from '../../sqlite/open.ts';

/** `rule_counts` has the events by the rules of their latest outcome. `rule_counting.since` is the first bucket that is counted; 0 in a new file. */
export const ruleCountSchema = `
  CREATE TABLE rule_counts (consumer TEXT NOT NULL, bucket INTEGER NOT NULL, rule TEXT NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (consumer, bucket, rule)) STRICT, WITHOUT ROWID;
  CREATE TABLE rule_counting (since INTEGER NOT NULL) STRICT;`;

/** Prepares the writes that count the effects of rules. Runs in the writer's thread. */
export function prepareRuleCounts(db: Db): (consumer: ConsumerId, counts: readonly RuleCountChange[]) => void {
  const add = db.prepare(
    `INSERT INTO rule_counts (consumer, bucket, rule, events) VALUES (?, ?, ?, ?)
     ON CONFLICT (consumer, bucket, rule) DO UPDATE SET events = events + excluded.events`,
  );
  return (consumer, counts) => {
    for (const { bucket, rule, events } of counts) add.run(consumer, bucket, rule, events);
  };
}
