import type { ReportedSpool, SpoolStore } from '../../ports/spools.ts';
import type { Database } from '../../postgres/database.ts';
import { readServerTime } from '../../postgres/server-time.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, text } from './sql.ts';

/** `empty_since` is null if the spool has records. */
export const spoolTables = `
  CREATE TABLE spools (node ${text} PRIMARY KEY, host ${text} NOT NULL, empty_since bigint, seen_at bigint NOT NULL);
`;

const now = nowSql('NULL');
const put = defineStatement<{ readonly now: number }>(
  `INSERT INTO spools (node, host, empty_since, seen_at) VALUES ($1, $2, ${now} - $3::bigint, coalesce($4::bigint, ${now}))
   ON CONFLICT (node) DO UPDATE SET host = excluded.host, empty_since = excluded.empty_since, seen_at = excluded.seen_at
   RETURNING ${now} AS now`,
);
const remove = defineStatement('DELETE FROM spools WHERE node = $1');
const selectOpen = defineStatement<{ readonly host: string }>(
  `SELECT DISTINCT host FROM spools
   WHERE (empty_since IS NULL OR empty_since > $1::bigint OR seen_at < $1::bigint) AND seen_at > $1::bigint - $2::bigint ORDER BY host`,
);

const selectAll = defineStatement<ReportedSpool>(
  'SELECT node, host, empty_since IS NOT NULL AS "isEmpty", seen_at AS "seenAt" FROM spools ORDER BY host, node',
);

export function createSpools(database: Database): SpoolStore {
  return {
    async reportSpool({ node, host, emptyForMs, asOf }) {
      const { rows } = await database.write(put(node, host, emptyForMs === undefined ? null : Math.floor(emptyForMs), asOf));
      return rows[0]?.now ?? 0;
    },
    async removeSpool(node) {
      return (await database.write(remove(node))).rowCount > 0;
    },
    listSpools: () => database.read(selectAll()),
    readTime: () => readServerTime(database),
    async listOpenSpools(at, forgetMs) {
      return (await database.read(selectOpen(at, forgetMs))).map(({ host }) => host);
    },
  };
}
