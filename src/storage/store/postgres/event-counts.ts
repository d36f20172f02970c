import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import type { ConsumerId } from '../consumer-id.ts';
import {
  addedCount,
  contestedCount,
  countsOfNoEvent,
  type DeliveryTimeCount,
  type EventCountStore,
  type EventCounts,
  type OutcomeCountChange,
} from '../event-counts.ts';
import { type EventOutcome, isEventOutcome, type OutcomeStore } from '../outcomes.ts';
import { parseState } from '../rows/connection-states.ts';
import { readRow, text } from './sql.ts';

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

type OfConsumer<Row> = Row & { readonly consumer: ConsumerId };
type ConnectionCounts = EventCounts['connections'] extends ReadonlyMap<ConsumerId, infer Counts> ? Counts : never;

const selectCursor = defineStatement<{ readonly cursor: string }>('SELECT cursor FROM identity WHERE site = $1');
const received = defineStatement<EventCounts['received'][number]>(
  'SELECT bucket, events, duplicates FROM received_counts WHERE site = $1 AND bucket >= $2 AND bucket < $3 ORDER BY bucket',
);
const selectStates = defineStatement<{ readonly consumer: ConsumerId; readonly state: string }>(
  'SELECT consumer, state FROM connections WHERE consumer = ANY ($1::text[])',
);
const ofBuckets = 'consumer = ANY ($1::text[]) AND bucket >= $2::bigint AND bucket < $3::bigint';
const added = defineStatement<OfConsumer<ConnectionCounts['added'][number]>>(
  `SELECT consumer, bucket, events FROM outcome_counts WHERE ${ofBuckets} AND outcome = '${addedCount}' ORDER BY bucket`,
);
/** Integer division rounds down, because no bucket is before `since`. */
const interval = '(bucket - $2::bigint) / $4::bigint AS interval';
const outcomes = defineStatement<OfConsumer<ConnectionCounts['outcomes'][number]>>(
  `SELECT consumer, ${interval}, outcome, sum(events)::bigint AS events FROM outcome_counts WHERE ${ofBuckets} AND outcome NOT IN ('${addedCount}', '${contestedCount}')
   GROUP BY 1, 2, 3 HAVING sum(events) <> 0 ORDER BY 2, 3`,
);
const contested = defineStatement<{ readonly events: number }>(
  `SELECT coalesce(max(events), 0)::bigint AS events FROM (
     SELECT sum(events)::bigint AS events FROM outcome_counts WHERE ${ofBuckets} AND outcome = '${contestedCount}' GROUP BY consumer) sums`,
);
const deliveryTimes = defineStatement<OfConsumer<ConnectionCounts['deliveryTimes'][number]>>(
  `SELECT consumer, ${interval}, from_ms AS "fromMs", sum(events)::bigint AS events FROM delivery_times WHERE ${ofBuckets}
   GROUP BY 1, 2, 3 ORDER BY 2, 3`,
);
const firstBucket = defineStatement<{ readonly since: number }>(`SELECT ${firstBucketSql} AS since`);
const totals = defineStatement<{ readonly outcome: string; readonly events: number }>(
  'SELECT outcome, events FROM outcome_totals WHERE consumer = $1',
);
/** The number of deferred deliveries and of next events that `getUnsent` reads. */
const unsentReads = 1_000;
/** One statement, because alerts read every connection each minute. `$3` is null if no record follows the cursor, `$4` if none is earlier. */
const unsent = defineStatement<{
  readonly unread: number;
  readonly deferred: number;
  readonly deadLetters: number;
  readonly deadPurchases: number;
  readonly oldest: number | null;
  readonly since: number | null;
}>(
  `WITH place AS (SELECT (state::json ->> 'cursor') COLLATE "C" AS cursor FROM connections WHERE consumer = $2),
   first AS (SELECT min(time) AS time, min(received_at) AS received_at FROM (
     (SELECT time, received_at FROM event_index WHERE site = $1 AND "offset" > (SELECT cursor FROM place) ORDER BY "offset" LIMIT ${unsentReads})
     UNION ALL
     SELECT e.time, e.received_at
     FROM (SELECT "offset" FROM deferred_deliveries WHERE consumer = $2 AND reason <> 'confirm' ORDER BY "offset" LIMIT ${unsentReads}) d
       JOIN event_index e ON e.site = $1 AND e."offset" = d."offset" WHERE EXISTS (SELECT 1 FROM place)) unsent)
   SELECT greatest(0, coalesce((SELECT sum(events) FROM received_counts WHERE site = $1 AND bucket >= $3::bigint), 0)
       - coalesce((SELECT sum(CASE outcome WHEN '${addedCount}' THEN -events ELSE events END) FROM outcome_counts
           WHERE consumer = $2 AND bucket >= $3::bigint AND outcome NOT IN (${countsOfNoEvent.map((name) => `'${name}'`).join()})), 0)
       - (SELECT count(*) FROM event_index WHERE site = $1 AND "offset" > $4 AND "offset" <= $5))::bigint AS unread,
     (SELECT count(*) FROM deferred_deliveries WHERE consumer = $2) AS deferred,
     (SELECT count(*) FROM dead_letters WHERE consumer = $2)
       + (SELECT coalesce(sum(events), 0)::bigint FROM expired_ranges WHERE consumer = $2) AS "deadLetters",
     (SELECT count(*) FROM dead_letters WHERE consumer = $2 AND event_name = 'Purchase') AS "deadPurchases",
     (SELECT time FROM first) AS oldest, (SELECT received_at FROM first) AS since`,
);

type CountReads = EventCountStore & Pick<OutcomeStore, 'countByOutcome' | 'getUnsent'>;

export function createEventCounts(database: Database): CountReads {
  return {
    getEventCounts: (site, consumers, since, until, intervalMs) =>
      database.readSnapshot(async (snapshot): Promise<EventCounts> => {
        const ids = encodeTexts(consumers);
        const read = async <Row>(statement: Statement<Row>) => (await snapshot.query(statement)).rows;
        const [cursors, receivedRows, states, addedRows, outcomeRows, timeRows] = await Promise.all([
          read(selectCursor(site)),
          read(received(site, since, until)),
          read(selectStates(ids)),
          read(added(ids, since, until)),
          read(outcomes(ids, since, until, intervalMs)),
          read(deliveryTimes(ids, since, until, intervalMs)),
        ]);
        const stateOf = new Map(states.map(({ consumer, state }) => [consumer, parseState(state)]));
        const connections = consumers.map((consumer): [ConsumerId, ConnectionCounts] => {
          const state = stateOf.get(consumer);
          const counts = {
            added: ofConsumer(addedRows, consumer),
            outcomes: ofConsumer(outcomeRows, consumer),
            deliveryTimes: ofConsumer(timeRows, consumer),
          };
          return [consumer, { ...(state && { state }), ...counts }];
        });
        return { identityCursor: cursors[0]?.cursor ?? '', received: receivedRows, connections: new Map(connections) };
      }),
    async countContested(consumers, since, until) {
      return (await readRow(database, contested(encodeTexts(consumers), since, until)))?.events ?? 0;
    },
    async getCountingStart() {
      return (await readRow(database, firstBucket()))?.since ?? 0;
    },
    async countByOutcome(consumer) {
      const sums: Partial<Record<EventOutcome, number>> = { waiting: 0 };
      for (const { outcome, events } of await database.read(totals(consumer)))
        if (isEventOutcome(outcome)) sums[outcome] = events;
      return sums;
    },
    async getUnsent(site, consumer, place) {
      const { after = null, through = null } = place?.earlier ?? {};
      const row = await readRow(database, unsent(site, consumer, place?.since ?? null, after, through));
      const { oldest, since, ...counts } = row ?? {
        ...{ unread: 0, deferred: 0, deadLetters: 0, deadPurchases: 0 },
        ...{ oldest: null, since: null },
      };
      return { ...counts, ...(oldest !== null && { oldest }), ...(since !== null && { since }) };
    },
  };
}

function ofConsumer<Row extends { readonly consumer: ConsumerId }>(rows: readonly Row[], consumer: ConsumerId) {
  return rows.filter((row) => row.consumer === consumer).map(({ consumer: _, ...row }) => row);
}
