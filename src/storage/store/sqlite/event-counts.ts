import type { Offset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import { type ConnectionState, connectionStateSchema } from '../connection-state.ts';
import type { ConsumerId } from '../consumer-id.ts';
import { countBucketStart, type EventCounts, type OutcomeCountChange } from '../event-counts.ts';
import { type EventOutcome, isEventOutcome } from '../outcomes.ts';
import type { ReceivedReport } from '../reports.ts';
import type { Store } from '../store.ts';

/** Of the writer's thread: moves events from outcome to outcome, in their steps and in the sums of all time. */
export function prepareOutcomeCounts(db: Db): (pump: ConsumerId, counts: readonly OutcomeCountChange[]) => void {
  const since = firstStep(db);
  const ofStep = db.prepare(
    `INSERT INTO outcome_counts (pump, step, outcome, events) VALUES (?, ?, ?, ?)
     ON CONFLICT (pump, step, outcome) DO UPDATE SET events = events + excluded.events`,
  );
  const ofAll = db.prepare(
    `INSERT INTO outcome_totals (pump, outcome, events) VALUES (?, ?, ?)
     ON CONFLICT (pump, outcome) DO UPDATE SET events = events + excluded.events`,
  );
  return (pump, counts) => {
    for (const { bucket: step, outcome, events } of counts) {
      ofAll.run(pump, outcome, events);
      if (step >= since) ofStep.run(pump, step, outcome, events);
    }
  };
}

/** Of the writer's thread: counts what the site's identity pump sees for the first time. Before its cursor moves. */
export function prepareReceivedCounts(
  db: Db,
): (site: string, seen: readonly ReceivedReport[], copies: ReadonlySet<Offset>) => void {
  const since = firstStep(db);
  const cursorOf = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const add = db.prepare(
    `INSERT INTO received_counts (site, step, events, copies) VALUES (?, ?, ?, ?)
     ON CONFLICT (site, step) DO UPDATE SET events = events + excluded.events, copies = copies + excluded.copies`,
  );
  return (site, seen, copies) => {
    const before = cursorOf.get(site) ?? '';
    const steps = new Map<number, { events: number; copies: number }>();
    for (const { offset, at } of seen) {
      const step = countBucketStart(at);
      if (offset <= before || step < since) continue;
      const counts = steps.get(step) ?? { events: 0, copies: 0 };
      if (copies.has(offset)) counts.copies += 1;
      else counts.events += 1;
      steps.set(step, counts);
    }
    for (const [step, { events, copies }] of steps) add.run(site, step, events, copies);
  };
}

export function countsBytes(counts: readonly OutcomeCountChange[] = []): number {
  return counts.length * 128;
}

function firstStep(db: Db): number {
  return db.prepare<[], number>('SELECT since FROM counting').pluck().get() ?? 0;
}

type CountReads = Pick<Store, 'countByOutcome' | 'getEventCounts' | 'getCountingStart' | 'countReceivedAfter' | 'getUnsent'>;

const lookedAt = 1_000;

export function countReads(db: Db): CountReads {
  const countedSince = firstStep(db);
  const totals = db.prepare<[string], { outcome: string; events: number }>(
    'SELECT outcome, events FROM outcome_totals WHERE pump = ?',
  );
  const cursorOf = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const stateOf = db.prepare<[string], string>('SELECT state FROM connections WHERE pump = ?').pluck();
  const received = db.prepare<[string, number, number], { step: number; events: number; copies: number }>(
    'SELECT step, events, copies FROM received_counts WHERE site = ? AND step >= ? AND step < ? ORDER BY step',
  );
  const outcomes = db.prepare<
    [{ pump: string; since: number; until: number; stretchMs: number }],
    { stretch: number; outcome: string; events: number }
  >(
    `SELECT CAST((step - @since) / @stretchMs AS INTEGER) AS stretch, outcome, sum(events) AS events FROM outcome_counts
     WHERE pump = @pump AND step >= @since AND step < @until GROUP BY stretch, outcome HAVING sum(events) <> 0 ORDER BY stretch`,
  );
  const readState = (pump: ConsumerId): ConnectionState | undefined => {
    const state = stateOf.get(pump);
    return state === undefined ? undefined : connectionStateSchema.parse(JSON.parse(state));
  };
  /** One read of the file: what commits meanwhile is not in it. */
  const counted = db.transaction(
    (site: string, pumps: readonly ConsumerId[], since: number, until: number, stretchMs: number): EventCounts => ({
      identityCursor: cursorOf.get(site) ?? '',
      received: received.all(site, since, until),
      connections: new Map(
        pumps.map((pump) => {
          const state = readState(pump);
          return [pump, { ...(state && { state }), outcomes: outcomes.all({ pump, since, until, stretchMs }) }];
        }),
      ),
    }),
  );
  const after = db
    .prepare<[string, number], number>(
      'SELECT coalesce(sum(events + copies), 0) FROM received_counts WHERE site = ? AND step > ?',
    )
    .pluck();
  const waiting = db.prepare<[string], number>('SELECT count(*) FROM stragglers WHERE pump = ?').pluck();
  const letters = db.prepare<[string], number>('SELECT count(*) FROM dead_letters WHERE pump = ?').pluck();
  const ranges = db.prepare<[string], number>('SELECT coalesce(sum(events), 0) FROM expired_ranges WHERE pump = ?').pluck();
  const oldest = db
    .prepare<{ site: string; pump: string; cursor: string }, number | null>(
      `SELECT min(time) FROM (
         SELECT * FROM (SELECT time FROM event_index WHERE site = @site AND offset > @cursor ORDER BY offset LIMIT ${lookedAt})
         UNION ALL
         SELECT time FROM (SELECT offset FROM stragglers WHERE pump = @pump AND why <> 'confirm' ORDER BY offset LIMIT ${lookedAt})
           CROSS JOIN event_index USING (offset) WHERE site = @site)`,
    )
    .pluck();
  return {
    async countByOutcome(pump) {
      const sums: Partial<Record<EventOutcome, number>> = { waiting: 0 };
      for (const { outcome, events } of totals.all(pump)) if (isEventOutcome(outcome)) sums[outcome] = events;
      return sums;
    },
    async getEventCounts(site, pumps, since, until, stretchMs) {
      return counted(site, pumps, since, until, stretchMs);
    },
    async getCountingStart() {
      return countedSince;
    },
    async countReceivedAfter(site, step) {
      return after.get(site, step) ?? 0;
    },
    async getUnsent(site, pump) {
      const state = readState(pump);
      const time = state && oldest.get({ site, pump, cursor: state.cursor });
      return {
        waiting: waiting.get(pump) ?? 0,
        deadLetters: (letters.get(pump) ?? 0) + (ranges.get(pump) ?? 0),
        ...(time != null && { oldest: time }),
      };
    },
  };
}
