import { dayMs } from '../../../event/units.ts';
import type { Db } from '../../sqlite/open.ts';
import type { ConsumerId } from '../consumer-id.ts';
import type { MatchCount } from '../match-counts.ts';
import type { Store } from '../store.ts';

/** A day is removed if it is this much older than a day that is counted. */
export const keptDays = 400;
/** The number of names per day and connection with counts of their own: a sender with the write key can invent names. */
export const maxNames = 200;
/** Event names contain no brackets. */
export const otherNames = '(other)';

/**
 * Prepares the writes that add a commit's match counts and remove old days. Runs in the writer's thread. A row counts delivered events
 * if it has neither key nor reason, events with the key if it has a key, and events without the key for this reason if it has both.
 */
export function prepareMatches(db: Db) {
  const increase = db.prepare(
    `INSERT INTO match_counts (consumer, day, name, key, reason, events) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (consumer, day, name, key, reason) DO UPDATE SET events = events + excluded.events`,
  );
  const isCounted = db.prepare<[string, string, string], { one: 1 }>(
    "SELECT 1 AS one FROM match_counts WHERE consumer = ? AND day = ? AND name = ? AND key = ''",
  );
  const countNames = db.prepare<[string, string], { names: number }>(
    "SELECT count(*) AS names FROM match_counts WHERE consumer = ? AND day = ? AND key = ''",
  );
  const forget = db.prepare('DELETE FROM match_counts WHERE consumer = ? AND day < ?');
  const toCountedName = (consumer: ConsumerId, { day, eventName }: MatchCount) =>
    isCounted.get(consumer, day, eventName) || (countNames.get(consumer, day)?.names ?? 0) < maxNames ? eventName : otherNames;

  return (consumer: ConsumerId, counts: readonly MatchCount[]): void => {
    for (const count of counts) {
      const { day, delivered, had, lacked } = count;
      const name = toCountedName(consumer, count);
      increase.run(consumer, day, name, '', '', delivered);
      for (const [key, events] of Object.entries(had)) increase.run(consumer, day, name, key, '', events);
      for (const [key, reasons] of Object.entries(lacked))
        for (const [reason, events] of Object.entries(reasons)) increase.run(consumer, day, name, key, reason, events);
      forget.run(consumer, new Date(Date.parse(day) - keptDays * dayMs).toISOString().slice(0, 10));
    }
  };
}

export interface MatchCountRow {
  readonly day: string;
  readonly name: string;
  readonly key: string;
  readonly reason: string;
  readonly events: number;
}

export function createMatchReads(db: Db): Pick<Store, 'getMatchCounts'> {
  const ofDays = db.prepare<[string, string, string], MatchCountRow>(
    'SELECT day, name, key, reason, events FROM match_counts WHERE consumer = ? AND day >= ? AND day <= ? ORDER BY day, name, key, reason',
  );
  return {
    async getMatchCounts(consumer, since, until) {
      return toMatchCounts(ofDays.all(consumer, since, until));
    },
  };
}

/** @param rows ordered by their columns: the row without a key begins its day and name. */
export function toMatchCounts(rows: readonly MatchCountRow[]): readonly MatchCount[] {
  const counts: (MatchCount & MutableCount)[] = [];
  for (const { day, name, key, reason, events } of rows) {
    if (key === '') counts.push({ day, eventName: name, delivered: events, had: {}, lacked: {} });
    const last = counts.at(-1);
    if (!last || key === '') continue;
    if (reason === '') last.had[key] = events;
    else last.lacked[key] = { ...last.lacked[key], [reason]: events };
  }
  return counts;
}

interface MutableCount {
  readonly had: Record<string, number>;
  readonly lacked: Record<string, Readonly<Record<string, number>>>;
}
