import type { Offset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import { type ConnectionState, connectionStateSchema } from '../connection-state.ts';
import type { ConsumerId } from '../consumer-id.ts';
import { countBucketStart, type EventCounts, type OutcomeCountChange } from '../event-counts.ts';
import { type EventOutcome, isEventOutcome } from '../outcomes.ts';
import type { ReceivedReport } from '../reports.ts';
import type { Store } from '../store.ts';

/** Prepares the writes that move events between outcomes, in their buckets and in the totals. Runs in the writer's thread. */
export function prepareOutcomeCounts(db: Db): (consumer: ConsumerId, counts: readonly OutcomeCountChange[]) => void {
  const since = getFirstBucket(db);
  const ofBucket = db.prepare(
    `INSERT INTO outcome_counts (consumer, bucket, outcome, events) VALUES (?, ?, ?, ?)
     ON CONFLICT (consumer, bucket, outcome) DO UPDATE SET events = events + excluded.events`,
  );
  const ofAll = db.prepare(
    `INSERT INTO outcome_totals (consumer, outcome, events) VALUES (?, ?, ?)
     ON CONFLICT (consumer, outcome) DO UPDATE SET events = events + excluded.events`,
  );
  return (consumer, counts) => {
    for (const { bucket, outcome, events } of counts) {
      ofAll.run(consumer, outcome, events);
      if (bucket >= since) ofBucket.run(consumer, bucket, outcome, events);
    }
  };
}

/**
 * Prepares the count of reports that the site's identity consumer reads for the first time. Runs in the writer's thread, before
 * the cursor moves.
 */
export function prepareReceivedCounts(
  db: Db,
): (site: string, reports: readonly ReceivedReport[], duplicates: ReadonlySet<Offset>) => void {
  const since = getFirstBucket(db);
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const add = db.prepare(
    `INSERT INTO received_counts (site, bucket, events, duplicates) VALUES (?, ?, ?, ?)
     ON CONFLICT (site, bucket) DO UPDATE SET events = events + excluded.events, duplicates = duplicates + excluded.duplicates`,
  );
  return (site, reports, duplicates) => {
    const before = selectCursor.get(site) ?? '';
    const buckets = new Map<number, { events: number; duplicates: number }>();
    for (const { offset, at } of reports) {
      const bucket = countBucketStart(at);
      if (offset <= before || bucket < since) continue;
      const counts = buckets.get(bucket) ?? { events: 0, duplicates: 0 };
      if (duplicates.has(offset)) counts.duplicates += 1;
      else counts.events += 1;
      buckets.set(bucket, counts);
    }
    for (const [bucket, { events, duplicates }] of buckets) add.run(site, bucket, events, duplicates);
  };
}

export function countsBytes(counts: readonly OutcomeCountChange[] = []): number {
  return counts.length * 128;
}

function getFirstBucket(db: Db): number {
  return db.prepare<[], number>('SELECT since FROM counting').pluck().get() ?? 0;
}

type CountReads = Pick<Store, 'countByOutcome' | 'getEventCounts' | 'getCountingStart' | 'countReceivedAfter' | 'getUnsent'>;

/** The number of deferred deliveries and of next events that `getUnsent` reads. */
const unsentReads = 1_000;

export function createCountReads(db: Db): CountReads {
  const countedSince = getFirstBucket(db);
  const totals = db.prepare<[string], { outcome: string; events: number }>(
    'SELECT outcome, events FROM outcome_totals WHERE consumer = ?',
  );
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const stateOfConsumer = db.prepare<[string], string>('SELECT state FROM connections WHERE consumer = ?').pluck();
  const received = db.prepare<[string, number, number], { bucket: number; events: number; duplicates: number }>(
    'SELECT bucket, events, duplicates FROM received_counts WHERE site = ? AND bucket >= ? AND bucket < ? ORDER BY bucket',
  );
  const outcomes = db.prepare<
    [{ consumer: string; since: number; until: number; intervalMs: number }],
    { interval: number; outcome: string; events: number }
  >(
    `SELECT CAST((bucket - @since) / @intervalMs AS INTEGER) AS interval, outcome, sum(events) AS events FROM outcome_counts
     WHERE consumer = @consumer AND bucket >= @since AND bucket < @until GROUP BY interval, outcome HAVING sum(events) <> 0 ORDER BY interval`,
  );
  const readState = (consumer: ConsumerId): ConnectionState | undefined => {
    const state = stateOfConsumer.get(consumer);
    return state === undefined ? undefined : connectionStateSchema.parse(JSON.parse(state));
  };
  /** Reads in one transaction, so that concurrent commits are excluded. */
  const counted = db.transaction(
    (site: string, consumers: readonly ConsumerId[], since: number, until: number, intervalMs: number): EventCounts => ({
      identityCursor: selectCursor.get(site) ?? '',
      received: received.all(site, since, until),
      connections: new Map(
        consumers.map((consumer) => {
          const state = readState(consumer);
          return [consumer, { ...(state && { state }), outcomes: outcomes.all({ consumer, since, until, intervalMs }) }];
        }),
      ),
    }),
  );
  const after = db
    .prepare<[string, number], number>(
      'SELECT coalesce(sum(events + duplicates), 0) FROM received_counts WHERE site = ? AND bucket > ?',
    )
    .pluck();
  const waiting = db.prepare<[string], number>('SELECT count(*) FROM deferred_deliveries WHERE consumer = ?').pluck();
  const letters = db.prepare<[string], number>('SELECT count(*) FROM dead_letters WHERE consumer = ?').pluck();
  const ranges = db.prepare<[string], number>('SELECT coalesce(sum(events), 0) FROM expired_ranges WHERE consumer = ?').pluck();
  const oldest = db
    .prepare<{ site: string; consumer: string; cursor: string }, number | null>(
      `SELECT min(time) FROM (
         SELECT * FROM (SELECT time FROM event_index WHERE site = @site AND offset > @cursor ORDER BY offset LIMIT ${unsentReads})
         UNION ALL
         SELECT time FROM (SELECT offset FROM deferred_deliveries WHERE consumer = @consumer AND reason <> 'confirm' ORDER BY offset LIMIT ${unsentReads})
           CROSS JOIN event_index USING (offset) WHERE site = @site)`,
    )
    .pluck();
  return {
    async countByOutcome(consumer) {
      const sums: Partial<Record<EventOutcome, number>> = { waiting: 0 };
      for (const { outcome, events } of totals.all(consumer)) if (isEventOutcome(outcome)) sums[outcome] = events;
      return sums;
    },
    async getEventCounts(site, consumers, since, until, intervalMs) {
      return counted(site, consumers, since, until, intervalMs);
    },
    async getCountingStart() {
      return countedSince;
    },
    async countReceivedAfter(site, bucket) {
      return after.get(site, bucket) ?? 0;
    },
    async getUnsent(site, consumer) {
      const state = readState(consumer);
      const time = state && oldest.get({ site, consumer, cursor: state.cursor });
      return {
        waiting: waiting.get(consumer) ?? 0,
        deadLetters: (letters.get(consumer) ?? 0) + (ranges.get(consumer) ?? 0),
        ...(time != null && { oldest: time }),
      };
    },
  };
}
