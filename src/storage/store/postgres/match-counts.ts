import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { MatchCount } from '../../ports/match-counts.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { getFirstKeptDay, maxNames, otherNames, toMatchCountRows } from '../rows/match-counts.ts';
import { text } from './sql.ts';

export const matchCountTables = `
  CREATE TABLE match_counts (consumer ${text} NOT NULL, day ${text} NOT NULL, name ${text} NOT NULL, key ${text} NOT NULL,
    reason ${text} NOT NULL, events bigint NOT NULL, PRIMARY KEY (consumer, day, name, key, reason));
`;

/** Adds counts. The names of a day that come after the first ones are counted together. */
const add = defineStatement(
  `WITH given AS (
     SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) WITH ORDINALITY AS g(day, name, key, reason, events, place)
   ), known AS (
     SELECT day, name FROM match_counts WHERE consumer = $1 AND day = ANY ($2::text[]) AND key = ''
   ), fresh AS (
     SELECT day, name, row_number() OVER (PARTITION BY day ORDER BY min(place)) AS rank FROM given
     WHERE NOT EXISTS (SELECT 1 FROM known k WHERE k.day = given.day AND k.name = given.name) GROUP BY day, name
   ), excess AS (
     SELECT day, name FROM fresh WHERE rank + (SELECT count(*) FROM known k WHERE k.day = fresh.day) > ${maxNames}
   )
   INSERT INTO match_counts AS m (consumer, day, name, key, reason, events)
   SELECT $1, g.day, CASE WHEN e.name IS NULL THEN g.name ELSE '${otherNames}' END AS counted, g.key, g.reason, sum(g.events)::bigint
   FROM given g LEFT JOIN excess e ON e.day = g.day AND e.name = g.name GROUP BY g.day, counted, g.key, g.reason
   ON CONFLICT (consumer, day, name, key, reason) DO UPDATE SET events = m.events + excluded.events`,
);
const removeOld = defineStatement('DELETE FROM match_counts WHERE consumer = $1 AND day < $2');

/** Returns the statements that add match counts and remove old days. */
export function matchCountStatements(consumer: ConsumerId, counts: readonly MatchCount[] = []): readonly Statement[] {
  if (counts.length === 0) return [];
  const rows = counts.flatMap(toMatchCountRows);
  const texts = (column: 'day' | 'name' | 'key' | 'reason') => encodeTexts(rows.map((row) => row[column]));
  const newest =
    counts
      .map(({ day }) => day)
      .toSorted()
      .at(-1) ?? '';
  return [
    add(consumer, texts('day'), texts('name'), texts('key'), texts('reason'), encodeBigints(rows.map(({ events }) => events))),
    removeOld(consumer, getFirstKeptDay(newest)),
  ];
}
