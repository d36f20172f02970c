import type { Db } from '../../sqlite/open.ts';
import { type ConnectionState, connectionStateSchema } from '../connection-state.ts';
import type { ConsumerId } from '../consumer-id.ts';
import { addedCount, contestedCount, countsOfNoEvent, type EventCounts } from '../event-counts.ts';
import { type EventOutcome, isEventOutcome } from '../outcomes.ts';
import type { Store } from '../store.ts';
import { getFirstBucket } from './event-counts.ts';

type CountReads = Pick<Store, 'countByOutcome' | 'getEventCounts' | 'countContested' | 'getCountingStart' | 'getUnsent'>;

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
     WHERE consumer = @consumer AND bucket >= @since AND bucket < @until AND outcome NOT IN ('${addedCount}', '${contestedCount}')
     GROUP BY interval, outcome HAVING sum(events) <> 0 ORDER BY interval`,
  );
  const added = db.prepare<[string, number, number], { bucket: number; events: number }>(
    `SELECT bucket, events FROM outcome_counts WHERE consumer = ? AND bucket >= ? AND bucket < ? AND outcome = '${addedCount}' ORDER BY bucket`,
  );
  const contested = db
    .prepare<[string, number, number], number>(
      `SELECT coalesce(sum(events), 0) FROM outcome_counts
       WHERE consumer = ? AND bucket >= ? AND bucket < ? AND outcome = '${contestedCount}'`,
    )
    .pluck();
  const deliveryTimes = db.prepare<
    [{ consumer: string; since: number; until: number; intervalMs: number }],
    { interval: number; fromMs: number; events: number }
  >(
    `SELECT CAST((bucket - @since) / @intervalMs AS INTEGER) AS interval, from_ms AS fromMs, sum(events) AS events FROM delivery_times
     WHERE consumer = @consumer AND bucket >= @since AND bucket < @until GROUP BY interval, from_ms ORDER BY interval, from_ms`,
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
          const span = { consumer, since, until, intervalMs };
          const counts = { outcomes: outcomes.all(span), deliveryTimes: deliveryTimes.all(span) };
          return [consumer, { ...(state && { state }), added: added.all(consumer, since, until), ...counts }];
        }),
      ),
    }),
  );
  const unread = db
    .prepare<{ site: string; consumer: string; since: number }, number>(
      `SELECT coalesce((SELECT sum(events) FROM received_counts WHERE site = @site AND bucket >= @since), 0)
         - coalesce((SELECT sum(iif(outcome = '${addedCount}', -events, events)) FROM outcome_counts WHERE consumer = @consumer
             AND bucket >= @since AND outcome NOT IN (${countsOfNoEvent.map((name) => `'${name}'`).join()})), 0)`,
    )
    .pluck();
  const indexed = db
    .prepare<[string, string, string], number>('SELECT count(*) FROM event_index WHERE site = ? AND offset > ? AND offset <= ?')
    .pluck();
  const deferred = db.prepare<[string], number>('SELECT count(*) FROM deferred_deliveries WHERE consumer = ?').pluck();
  const letters = db.prepare<[string], number>('SELECT count(*) FROM dead_letters WHERE consumer = ?').pluck();
  const purchases = db
    .prepare<[string], number>("SELECT count(*) FROM dead_letters WHERE consumer = ? AND event_name = 'Purchase'")
    .pluck();
  const ranges = db.prepare<[string], number>('SELECT coalesce(sum(events), 0) FROM expired_ranges WHERE consumer = ?').pluck();
  const oldest = db.prepare<
    { site: string; consumer: string; cursor: string },
    { time: number | null; receivedAt: number | null }
  >(
    `SELECT min(time) AS time, min(received_at) AS receivedAt FROM (
       SELECT * FROM (SELECT time, received_at FROM event_index WHERE site = @site AND offset > @cursor ORDER BY offset LIMIT ${unsentReads})
       UNION ALL
       SELECT time, received_at FROM (SELECT offset FROM deferred_deliveries WHERE consumer = @consumer AND reason <> 'confirm' ORDER BY offset LIMIT ${unsentReads})
         CROSS JOIN event_index USING (offset) WHERE site = @site)`,
  );
  type Place = Parameters<Store['getUnsent']>[2];
  /** Reads in one transaction, so that an event which a commit defers meanwhile counts once. */
  const getUnsent = db.transaction((site: string, consumer: ConsumerId, place: Place) => {
    const state = readState(consumer);
    const { time = null, receivedAt = null } = (state && oldest.get({ site, consumer, cursor: state.cursor })) ?? {};
    const { since, earlier } = place ?? {};
    const ofBuckets = since === undefined ? 0 : (unread.get({ site, consumer, since }) ?? 0);
    const before = earlier ? (indexed.get(site, earlier.after, earlier.through) ?? 0) : 0;
    return {
      unread: Math.max(0, ofBuckets - before),
      deferred: deferred.get(consumer) ?? 0,
      deadLetters: (letters.get(consumer) ?? 0) + (ranges.get(consumer) ?? 0),
      deadPurchases: purchases.get(consumer) ?? 0,
      ...(time !== null && { oldest: time }),
      ...(receivedAt !== null && { since: receivedAt }),
    };
  });
  return {
    async countByOutcome(consumer) {
      const sums: Partial<Record<EventOutcome, number>> = { waiting: 0 };
      for (const { outcome, events } of totals.all(consumer)) if (isEventOutcome(outcome)) sums[outcome] = events;
      return sums;
    },
    async getEventCounts(site, consumers, since, until, intervalMs) {
      return counted(site, consumers, since, until, intervalMs);
    },
    async countContested(consumers, since, until) {
      return Math.max(0, ...consumers.map((consumer) => contested.get(consumer, since, until) ?? 0));
    },
    async getCountingStart() {
      return countedSince;
    },
    async getUnsent(site, consumer, place) {
      return getUnsent(site, consumer, place);
    },
  };
}
