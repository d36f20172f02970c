import { siteLeaseId } from '../../ports/consumer-id.ts';
import type { NodeStore, StoreNode } from '../../ports/nodes.ts';
import { encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, text } from './sql.ts';

/** `schema_version` is the number of steps of the schema that the process knows: see `migrate-database.ts`. */
export const nodeTables = `
  CREATE TABLE nodes (id ${text} PRIMARY KEY, sites_digest ${text} NOT NULL, roles text[] COLLATE "C" NOT NULL,
    seen_at bigint NOT NULL, schema_version integer NOT NULL);
`;

const now = nowSql('NULL');
const put = defineStatement(
  `INSERT INTO nodes (id, sites_digest, roles, seen_at, schema_version) VALUES ($1, $2, $3::text[], ${now}, $4)
   ON CONFLICT (id) DO UPDATE SET sites_digest = excluded.sites_digest, roles = excluded.roles, seen_at = excluded.seen_at,
     schema_version = excluded.schema_version`,
);
const select = defineStatement<StoreNode>(
  `SELECT id, sites_digest AS "sitesDigest", roles FROM nodes WHERE seen_at > ${now} - $1::bigint ORDER BY id`,
);
const countHeld = defineStatement<{ readonly held: number }>(
  `SELECT count(*)::integer AS held FROM leases WHERE consumer = ANY($1::text[]) AND until > ${now}`,
);
const remove = defineStatement('DELETE FROM nodes WHERE id = $1');

/** @param schemaVersion the number of steps of the schema that this process knows */
export function createNodes(database: Database, schemaVersion: number): NodeStore {
  return {
    async beat({ id, sitesDigest, roles }, aliveMs) {
      await database.write(put(id, sitesDigest, encodeTexts(roles), schemaVersion));
      return database.read(select(aliveMs));
    },
    listNodes: (aliveMs) => database.read(select(aliveMs)),
    async countHeldSites(sites) {
      const [row] = await database.read(countHeld(encodeTexts(sites.map(siteLeaseId))));
      return row?.held ?? 0;
    },
    async removeNode(id) {
      await database.write(remove(id));
    },
  };
}
