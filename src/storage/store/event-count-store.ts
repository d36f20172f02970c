import { dayMs, hourMs } from '../../event/units.ts';
import type { ConsumerId } from '../ports/consumer-id.ts';
import { addedCount, contestedCount, countsOfNoEvent, type EventCountStore, type EventCounts } from '../ports/event-counts.ts';
import { type EventOutcome, isEventOutcome, type OutcomeStore } from '../ports/outcomes.ts';
import type { Sql } from '../sql/change.ts';
import { selectAll } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement } from '../sql/statement.ts';
import { parseState } from './rows/connection-states.ts';

type ConnectionCounts = EventCounts['connections'] extends ReadonlyMap<ConsumerId, infer Counts> ? Counts : never;
type OfConsumer<Row> = Row & { readonly consumer: ConsumerId };

const selectCursor = defineStatement<{ readonly cursor: string }>('SELECT cursor FROM identity WHERE site = $1');
const received = defineStatement<EventCounts['received'][number]>(
  'SELECT bucket, events, duplicates FROM received_counts WHERE site = $1 AND bucket >= $2 AND bucket < $3 ORDER BY bucket',
);
const firstBucket = defineStatement<{ readonly since: number }>('SELECT coalesce(min(since), 0) AS since FROM counting');
const totals = defineStatement<{ readonly outcome: string; readonly events: number }>(
  'SELECT outcome, events FROM outcome_totals WHERE consumer = $1',
);
const allTotals = defineStatement<OfConsumer<{ readonly outcome: string; readonly events: number }>>(
  'SELECT consumer, outcome, events FROM outcome_totals',
);
/** The number of deferred deliveries and of next events that `getUnsent` reads. */
const unsentReads = 1_000;
/** The age of an event at its receipt beyond which most platforms do not take it, so that its wait loses nothing. */
const timelyMs = 7 * dayMs - hourMs;
/** No bucket is before `$2`, so the cast rounds down. */
const interval = 'CAST((bucket - $2) / $4 AS integer) AS interval';
const sumEvents = 'CAST(sum(events) AS bigint)';

function defineReads({ isAmong, getField }: Dialect) {
  const ofConsumers = isAmong('consumer', '$1');
  const ofBuckets = `${ofConsumers} AND bucket >= $2 AND bucket < $3`;
  return {
    selectStates: defineStatement<{ readonly consumer: ConsumerId; readonly state: string }>(
      `SELECT consumer, state FROM connections WHERE ${ofConsumers}`,
    ),
    added: defineStatement<OfConsumer<ConnectionCounts['added'][number]>>(
      `SELECT consumer, bucket, events FROM outcome_counts WHERE ${ofBuckets} AND outcome = '${addedCount}' ORDER BY bucket`,
    ),
    outcomes: defineStatement<OfConsumer<ConnectionCounts['outcomes'][number]>>(
      `SELECT consumer, ${interval}, outcome, ${sumEvents} AS events FROM outcome_counts
       WHERE ${ofBuckets} AND outcome NOT IN ('${addedCount}', '${contestedCount}')
       GROUP BY 1, 2, 3 HAVING sum(events) <> 0 ORDER BY 2, 3`,
    ),
    deliveryTimes: defineStatement<OfConsumer<ConnectionCounts['deliveryTimes'][number]>>(
      `SELECT consumer, ${interval}, from_ms AS "fromMs", ${sumEvents} AS events FROM delivery_times WHERE ${ofBuckets}
       GROUP BY 1, 2, 3 ORDER BY 2, 3`,
    ),
    contested: defineStatement<{ readonly events: number }>(
      `SELECT ${sumEvents} AS events FROM outcome_counts WHERE ${ofBuckets} AND outcome = '${contestedCount}'
       GROUP BY consumer ORDER BY 1 DESC LIMIT 1`,
    ),
    /** One statement, because alerts read every connection each minute. `$3` is null if no record follows the cursor. */
    unsent: defineStatement<{
      readonly identityCursor: string;
      readonly unread: number;
      readonly deferred: number;
      readonly deadLetters: number;
      readonly deadPurchases: number;
      readonly oldest: number | null;
      readonly since: number | null;
    }>(
      `WITH place AS (SELECT ${getField('state', 'cursor')} AS cursor FROM connections WHERE consumer = $2),
       next AS (SELECT time, received_at FROM event_index WHERE site = $1 AND "offset" > (SELECT cursor FROM place)
         ORDER BY "offset" LIMIT ${unsentReads}),
       later AS (SELECT "offset" FROM deferred_deliveries WHERE consumer = $2 AND reason <> 'confirm' AND EXISTS (SELECT 1 FROM place)
         ORDER BY "offset" LIMIT ${unsentReads}),
       first AS (SELECT min(CASE WHEN received_at - time <= ${timelyMs} THEN time END) AS time, min(received_at) AS received_at FROM (SELECT * FROM next UNION ALL
         SELECT e.time, e.received_at FROM later LEFT JOIN event_index e ON e.site = $1 AND e."offset" = later."offset") unsent)
       SELECT CAST(coalesce((SELECT sum(events) FROM received_counts WHERE site = $1 AND bucket >= $3), 0)
           - coalesce((SELECT sum(CASE outcome WHEN '${addedCount}' THEN -events ELSE events END) FROM outcome_counts
               WHERE consumer = $2 AND bucket >= $3 AND outcome NOT IN (${countsOfNoEvent.map((name) => `'${name}'`).join()})), 0) AS bigint) AS unread,
         coalesce((SELECT cursor FROM identity WHERE site = $1), '') AS "identityCursor",
         (SELECT count(*) FROM deferred_deliveries WHERE consumer = $2) AS deferred,
         (SELECT count(*) FROM dead_letters WHERE consumer = $2)
           + (SELECT coalesce(${sumEvents}, 0) FROM expired_ranges WHERE consumer = $2) AS "deadLetters",
         (SELECT count(*) FROM dead_letters WHERE consumer = $2 AND event_name = 'Purchase') AS "deadPurchases",
         (SELECT time FROM first) AS oldest, (SELECT received_at FROM first) AS since`,
    ),
  };
}

export function createEventCountStore(
  sql: Sql,
): EventCountStore & Pick<OutcomeStore, 'countByOutcome' | 'countAllByOutcome' | 'getUnsent'> {
  const { encodeTexts } = sql.dialect;
  const { selectStates, added, outcomes, deliveryTimes, contested, unsent } = defineReads(sql.dialect);
  return {
    async getEventCounts(site, consumers, since, until, intervalMs) {
      const ids = encodeTexts(consumers);
      const statements = [
        selectCursor(site),
        received(site, since, until),
        selectStates(ids),
        added(ids, since, until),
        outcomes(ids, since, until, intervalMs),
        deliveryTimes(ids, since, until, intervalMs),
      ] as const;
      const [cursors, receivedRows, states, addedRows, outcomeRows, timeRows] = await sql.readSnapshot(selectAll(statements));
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
    },
    countContested: async (consumers, since, until) =>
      Math.max(0, (await sql.read(contested(encodeTexts(consumers), since, until)))[0]?.events ?? 0),
    getCountingStart: async () => (await sql.read(firstBucket()))[0]?.since ?? 0,
    async countByOutcome(consumer) {
      const sums: Partial<Record<EventOutcome, number>> = { waiting: 0 };
      for (const { outcome, events } of await sql.read(totals(consumer))) if (isEventOutcome(outcome)) sums[outcome] = events;
      return sums;
    },
    async countAllByOutcome() {
      const all = new Map<ConsumerId, Partial<Record<EventOutcome, number>>>();
      for (const { consumer, outcome, events } of await sql.read(allTotals())) {
        const sums = all.get(consumer) ?? { waiting: 0 };
        if (isEventOutcome(outcome)) sums[outcome] = events;
        all.set(consumer, sums);
      }
      return all;
    },
    async getUnsent(site, consumer, from) {
      const [row] = await sql.read(unsent(site, consumer, from));
      const {
        oldest = null,
        since = null,
        identityCursor = '',
        unread = 0,
        deferred = 0,
        deadLetters = 0,
        deadPurchases = 0,
      } = row ?? {};
      const counts = { identityCursor, unread: Math.max(0, unread), deferred, deadLetters, deadPurchases };
      return { ...counts, ...(oldest !== null && { oldest }), ...(since !== null && { since }) };
    },
  };
}

function ofConsumer<Row extends { readonly consumer: ConsumerId }>(rows: readonly Row[], consumer: ConsumerId) {
  return rows.filter((row) => row.consumer === consumer).map(({ consumer: _, ...row }) => row);
}
