import { dayMs } from '../../../event/units.ts';
import type { CollectorNotice, CollectorNoticeStore } from '../../ports/collector-notices.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, text } from './sql.ts';

export const collectorNoticeTables = `
  CREATE TABLE collector_notices (site ${text} NOT NULL, kind ${text} NOT NULL, domain ${text} NOT NULL, node ${text} NOT NULL,
    requests bigint NOT NULL, last_at bigint NOT NULL, PRIMARY KEY (site, kind, domain, node));
  CREATE INDEX collector_notices_by_time ON collector_notices (last_at);
`;

const age = `last_at < ${nowSql('NULL')} - CASE kind WHEN 'domain-refused' THEN ${dayMs} ELSE ${30 * dayMs} END`;
const put = defineStatement(
  `INSERT INTO collector_notices (node, site, kind, domain, requests, last_at)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
   ON CONFLICT (site, kind, domain, node) DO UPDATE SET requests = excluded.requests, last_at = excluded.last_at`,
);
const removeOld = defineStatement(`DELETE FROM collector_notices WHERE last_at < ${nowSql('NULL')} - ${dayMs} AND ${age}`);
const select = defineStatement<CollectorNotice>(
  `SELECT site, kind, domain, sum(requests)::bigint AS requests, max(last_at) AS "lastAt" FROM collector_notices
   WHERE site = $1 AND NOT (${age}) GROUP BY site, kind, domain`,
);

export function createCollectorNotices(database: Database): CollectorNoticeStore {
  return {
    async putNotices(node, notices) {
      const texts = (['site', 'kind', 'domain'] as const).map((name) => encodeTexts(notices.map((one) => one[name])));
      const numbers = (['requests', 'lastAt'] as const).map((name) => encodeBigints(notices.map((one) => one[name])));
      await database.commit([put(node, ...texts, ...numbers), removeOld()]);
    },
    listNotices: (site) => database.read(select(site)),
  };
}
