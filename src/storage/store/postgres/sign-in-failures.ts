import { dayMs, minuteMs, type UnixMs } from '../../../event/units.ts';
import { type FailureKey, maxFailureKeys, type SignInFailureStore } from '../../ports/sign-in-failures.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, text } from './sql.ts';

export const signInFailureTables = `
  CREATE TABLE sign_in_failures (key ${text} PRIMARY KEY, count bigint NOT NULL, last_at bigint NOT NULL);
`;

const pruneEveryMs = minuteMs;

/**
 * Locks the row of each key, which it adds if there is none: also one that another transaction removes meanwhile. Every transaction takes the
 * rows in the order of their keys, so that two never wait for each other.
 */
const lockKeys = defineStatement<{
  readonly key: FailureKey;
  readonly count: number;
  readonly lastAt: UnixMs;
  readonly now: UnixMs;
}>(
  `INSERT INTO sign_in_failures AS f (key, count, last_at) SELECT key, 0, 0 FROM unnest($1::text[]) AS g(key) ORDER BY key
   ON CONFLICT (key) DO UPDATE SET count = f.count RETURNING key, count, last_at AS "lastAt", ${nowSql('$2')} AS now`,
);
const putFailures = defineStatement(
  `UPDATE sign_in_failures f SET count = g.count, last_at = g.last_at
   FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS g(key, count, last_at) WHERE f.key = g.key`,
);
const removeForgotten = defineStatement('DELETE FROM sign_in_failures WHERE count = 0 AND key = ANY ($1::text[])');
/** Waits for no row. */
const prune = defineStatement(
  `DELETE FROM sign_in_failures WHERE key IN (
     SELECT key FROM sign_in_failures WHERE last_at < ${nowSql('$1')} - ${dayMs} OR key IN (
       SELECT key FROM (SELECT key, row_number() OVER (PARTITION BY split_part(key, ':', 1) ORDER BY last_at DESC) AS place
         FROM sign_in_failures) AS ranked WHERE place > ${maxFailureKeys})
     FOR UPDATE SKIP LOCKED)`,
);

/** @param now the time of a test; by default, the database's clock */
export function createSignInFailures(database: Database, now: () => UnixMs | undefined = () => undefined): SignInFailureStore {
  let prunedAt = performance.now();
  return {
    async update(keys, change) {
      await database.transact(async (transaction) => {
        const all = encodeTexts(keys);
        const { rows } = await transaction.query(lockKeys(all, now()));
        const stored = new Map(rows.map(({ key, count, lastAt }) => [key, { count, lastAt }]));
        const changed = [...change(stored, rows[0]?.now ?? 0)];
        await Promise.all([
          transaction.query(
            putFailures(
              encodeTexts(changed.map(([key]) => key)),
              encodeBigints(changed.map(([, { count }]) => count)),
              encodeBigints(changed.map(([, { lastAt }]) => lastAt)),
            ),
          ),
          transaction.query(removeForgotten(all)),
        ]);
      });
      if (performance.now() - prunedAt < pruneEveryMs) return;
      prunedAt = performance.now();
      // A later update repeats it.
      await database.write(prune(now())).catch(() => undefined);
    },
  };
}
