import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { MatchCount } from '../../ports/match-counts.ts';
import type { Db } from '../../sqlite/open.ts';
import { getFirstKeptDay, maxNames, otherNames, toMatchCountRows } from '../rows/match-counts.ts';

/** Prepares the writes that add a commit's match counts and remove old days. Runs in the writer's thread. */
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
      const name = toCountedName(consumer, count);
      for (const { day, key, reason, events } of toMatchCountRows(count)) increase.run(consumer, day, name, key, reason, events);
      forget.run(consumer, getFirstKeptDay(count.day));
    }
  };
}
