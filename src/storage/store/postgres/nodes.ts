import { type Database, defineStatement } from '../../postgres/database.ts';
import type { NodeStore, StoreNode } from '../nodes.ts';
import { nowSql, text } from './sql.ts';

export const nodeTables = `
  CREATE TABLE nodes (id ${text} PRIMARY KEY, sites_digest ${text} NOT NULL, seen_at bigint NOT NULL);
`;

const now = nowSql('NULL');
const put = defineStatement(
  `INSERT INTO nodes (id, sites_digest, seen_at) VALUES ($1, $2, ${now})
   ON CONFLICT (id) DO UPDATE SET sites_digest = excluded.sites_digest, seen_at = excluded.seen_at`,
);
const select = defineStatement<StoreNode>(
  `SELECT id, sites_digest AS "sitesDigest" FROM nodes WHERE seen_at > ${now} - $1::bigint ORDER BY id`,
);
const remove = defineStatement('DELETE FROM nodes WHERE id = $1');

export function createNodes(database: Database): NodeStore {
  return {
    async beat({ id, sitesDigest }, aliveMs) {
      await database.write(put(id, sitesDigest));
      return database.read(select(aliveMs));
    },
    async removeNode(id) {
      await database.write(remove(id));
    },
  };
}
