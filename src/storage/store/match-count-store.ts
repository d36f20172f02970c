import type { MatchCountStore } from '../ports/match-counts.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { type MatchCountRow, toMatchCounts } from './rows/match-counts.ts';

const ofDays = defineStatement<MatchCountRow>(
  'SELECT day, name, key, reason, events FROM match_counts WHERE consumer = $1 AND day >= $2 AND day <= $3 ORDER BY day, name, key, reason',
);

export function createMatchCountStore(sql: Sql): MatchCountStore {
  return { getMatchCounts: async (consumer, since, until) => toMatchCounts(await sql.read(ofDays(consumer, since, until))) };
}
