import type { Offset } from '../../log/event-log.ts';
import { type ConsumerId, formatConsumerId } from '../../ports/consumer-id.ts';
import { addedCount, countBucketStart, type DeliveryTimeCount, type OutcomeCountChange } from '../../ports/event-counts.ts';
import type { ReceivedReport } from '../../ports/reports.ts';
import type { Db } from '../../sqlite/open.ts';

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

/** Prepares the writes that add delivery times. Runs in the writer's thread. */
export function prepareDeliveryTimes(db: Db): (consumer: ConsumerId, counts: readonly DeliveryTimeCount[]) => void {
  const since = getFirstBucket(db);
  const add = db.prepare(
    `INSERT INTO delivery_times (consumer, bucket, from_ms, events) VALUES (?, ?, ?, ?)
     ON CONFLICT (consumer, bucket, from_ms) DO UPDATE SET events = events + excluded.events`,
  );
  return (consumer, counts) => {
    for (const { bucket, fromMs, events } of counts) if (bucket >= since) add.run(consumer, bucket, fromMs, events);
  };
}

/**
 * Prepares the count of reports that the site's identity consumer reads for the first time. Runs in the writer's thread, before
 * the cursor moves. An event that a rule added counts for its connection alone.
 */
export function prepareReceivedCounts(
  db: Db,
): (site: string, reports: readonly ReceivedReport[], duplicates: ReadonlyMap<Offset, Offset>) => void {
  const since = getFirstBucket(db);
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const putAdded = db.prepare(
    `INSERT INTO outcome_counts (consumer, bucket, outcome, events) VALUES (?, ?, '${addedCount}', 1)
     ON CONFLICT (consumer, bucket, outcome) DO UPDATE SET events = events + 1`,
  );
  const add = db.prepare(
    `INSERT INTO received_counts (site, bucket, events, duplicates, orders, browser_events) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (site, bucket) DO UPDATE SET events = events + excluded.events, duplicates = duplicates + excluded.duplicates,
       orders = orders + excluded.orders, browser_events = browser_events + excluded.browser_events`,
  );
  return (site, reports, duplicates) => {
    const before = selectCursor.get(site) ?? '';
    const buckets = new Map<number, { events: number; duplicates: number; orders: number; browserEvents: number }>();
    for (const { offset, at, name, reporter, addedFor } of reports) {
      const bucket = countBucketStart(at);
      if (offset <= before || bucket < since) continue;
      if (addedFor !== undefined) {
        putAdded.run(formatConsumerId(site, addedFor), bucket);
        continue;
      }
      const counts = buckets.get(bucket) ?? { events: 0, duplicates: 0, orders: 0, browserEvents: 0 };
      const isDuplicate = duplicates.has(offset);
      counts[isDuplicate ? 'duplicates' : 'events'] += 1;
      if (name === 'Purchase' && !isDuplicate) counts.orders += 1;
      if (reporter === 'browser') counts.browserEvents += 1;
      buckets.set(bucket, counts);
    }
    for (const [bucket, { events, duplicates, orders, browserEvents }] of buckets)
      add.run(site, bucket, events, duplicates, orders, browserEvents);
  };
}

/** Returns the first bucket whose events are counted. */
function getFirstBucket(db: Db): number {
  return db.prepare<[], number>('SELECT since FROM counting').pluck().get() ?? 0;
}
