import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryTimeCount, OutcomeCountChange } from '../../ports/event-counts.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { text } from './sql.ts';

/** `counting.since` is the first bucket that is counted: 0, unless the data was moved from a store that began to count later. */
export const eventCountTables = `
  CREATE TABLE counting (since bigint NOT NULL);
  CREATE TABLE received_counts (site ${text} NOT NULL, bucket bigint NOT NULL, events bigint NOT NULL, duplicates bigint NOT NULL,
    orders bigint NOT NULL, browser_events bigint NOT NULL, PRIMARY KEY (site, bucket));
  CREATE TABLE outcome_counts (consumer ${text} NOT NULL, bucket bigint NOT NULL, outcome ${text} NOT NULL, events bigint NOT NULL,
    PRIMARY KEY (consumer, bucket, outcome));
  CREATE TABLE outcome_totals (consumer ${text} NOT NULL, outcome ${text} NOT NULL, events bigint NOT NULL,
    PRIMARY KEY (consumer, outcome));
  CREATE TABLE delivery_times (consumer ${text} NOT NULL, bucket bigint NOT NULL, from_ms bigint NOT NULL, events bigint NOT NULL,
    PRIMARY KEY (consumer, bucket, from_ms));
`;

/** The first bucket that is counted. */
export const firstBucketSql = 'coalesce((SELECT min(since) FROM counting), 0)';

const addOutcomes = defineStatement(
  `WITH given AS (SELECT * FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS g(bucket, outcome, events)),
   totals AS (
     INSERT INTO outcome_totals AS t (consumer, outcome, events) SELECT $1, outcome, sum(events)::bigint FROM given GROUP BY outcome
     ON CONFLICT (consumer, outcome) DO UPDATE SET events = t.events + excluded.events
   )
   INSERT INTO outcome_counts AS c (consumer, bucket, outcome, events)
   SELECT $1, bucket, outcome, sum(events)::bigint FROM given WHERE bucket >= ${firstBucketSql} GROUP BY bucket, outcome
   ON CONFLICT (consumer, bucket, outcome) DO UPDATE SET events = c.events + excluded.events`,
);
const addTimes = defineStatement(
  `INSERT INTO delivery_times AS t (consumer, bucket, from_ms, events)
   SELECT $1, bucket, from_ms, sum(events)::bigint FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS g(bucket, from_ms, events)
   WHERE bucket >= ${firstBucketSql} GROUP BY bucket, from_ms
   ON CONFLICT (consumer, bucket, from_ms) DO UPDATE SET events = t.events + excluded.events`,
);

/** Returns the statement that moves events between outcomes, in their buckets and in the totals. */
export function outcomeCountStatements(consumer: ConsumerId, counts: readonly OutcomeCountChange[] = []): readonly Statement[] {
  if (counts.length === 0) return [];
  const buckets = encodeBigints(counts.map(({ bucket }) => bucket));
  const outcomes = encodeTexts(counts.map(({ outcome }) => outcome));
  return [addOutcomes(consumer, buckets, outcomes, encodeBigints(counts.map(({ events }) => events)))];
}

/** Returns the statement that adds delivery times. */
export function deliveryTimeStatements(consumer: ConsumerId, counts: readonly DeliveryTimeCount[] = []): readonly Statement[] {
  if (counts.length === 0) return [];
  const buckets = encodeBigints(counts.map(({ bucket }) => bucket));
  const fromMs = encodeBigints(counts.map(({ fromMs: ms }) => ms));
  return [addTimes(consumer, buckets, fromMs, encodeBigints(counts.map(({ events }) => events)))];
}
