import { isMatchKey, type MatchKey } from '../../../event/match-keys.ts';
import { dayMs } from '../../../event/units.ts';
import type { Db } from '../../sqlite/open.ts';
import type { ConsumerId } from '../consumer-id.ts';
import type { MatchCount } from '../match-counts.ts';
import type { Store } from '../store.ts';

/** How much older than what is counted a day may be before it is forgotten. */
const keptDays = 400;
/** Names of one day and connection that are counted each for itself: anybody who has the write key may invent names. */
const maxNames = 200;
/** No event's name has a bracket. */
const otherNames = '(other)';

/**
 * Of the writer's thread: adds what a commit delivered, and forgets what is too old beside it. A row is a number: with neither
 * key nor reason of the events that were delivered, with a key of those that had it, with a reason too of those that lacked it.
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
  const nameOf = (consumer: ConsumerId, { day, eventName }: MatchCount) =>
    isCounted.get(consumer, day, eventName) || (countNames.get(consumer, day)?.names ?? 0) < maxNames ? eventName : otherNames;

  return (consumer: ConsumerId, counts: readonly MatchCount[]): void => {
    for (const count of counts) {
      const { day, delivered, had, lacked } = count;
      const name = nameOf(consumer, count);
      increase.run(consumer, day, name, '', '', delivered);
      for (const [key, events] of Object.entries(had)) increase.run(consumer, day, name, key, '', events);
      for (const [key, reasons] of Object.entries(lacked))
        for (const [reason, events] of Object.entries(reasons)) increase.run(consumer, day, name, key, reason, events);
      forget.run(consumer, new Date(Date.parse(day) - keptDays * dayMs).toISOString().slice(0, 10));
    }
  };
}

export function matchesBytes(counts: readonly MatchCount[] = []): number {
  return counts.length * 2_048;
}

interface Row {
  readonly day: string;
  readonly name: string;
  readonly key: string;
  readonly reason: string;
  readonly events: number;
}

export function matchReads(db: Db): Pick<Store, 'getMatchCounts'> {
  const ofDays = db.prepare<[string, string, string], Row>(
    'SELECT day, name, key, reason, events FROM match_counts WHERE consumer = ? AND day >= ? AND day <= ? ORDER BY day, name, key, reason',
  );
  return {
    async getMatchCounts(consumer, since, until) {
      const counts: (MatchCount & Summed)[] = [];
      for (const { day, name, key, reason, events } of ofDays.all(consumer, since, until)) {
        // The row without a key comes first, so it begins its day and name.
        if (key === '') counts.push({ day, eventName: name, delivered: events, had: {}, lacked: {} });
        const last = counts.at(-1);
        if (!last || !isMatchKey(key)) continue;
        if (reason === '') last.had[key] = events;
        else last.lacked[key] = { ...last.lacked[key], [reason]: events };
      }
      return counts;
    },
  };
}

interface Summed {
  readonly had: { [K in MatchKey]?: number };
  readonly lacked: { [K in MatchKey]?: Readonly<Record<string, number>> };
}
