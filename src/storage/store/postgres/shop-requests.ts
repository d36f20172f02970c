import { z } from 'zod';
import { dayMs } from '../../../event/units.ts';
import type { ShopRequestStore } from '../../ports/shop-requests.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, readRow, text } from './sql.ts';

/** `content` is JSON, and null once the request is done. `is_done` is for a role that may not read `content`. */
export const shopRequestTables = `
  CREATE TABLE shop_requests (id ${text} PRIMARY KEY, site ${text} NOT NULL, content ${text}, added_at bigint NOT NULL);
  CREATE INDEX shop_requests_open ON shop_requests (added_at, id) WHERE content IS NOT NULL;
`;
export const shopRequestDoneColumn = `
  ALTER TABLE shop_requests ADD COLUMN is_done boolean GENERATED ALWAYS AS (content IS NULL) STORED;
`;

const rememberedMs = 7 * dayMs;
const now = nowSql('NULL');
const add = defineStatement(
  `INSERT INTO shop_requests (id, site, content, added_at) VALUES ($1, $2, $3, ${now}) ON CONFLICT DO NOTHING`,
);
/** An open request gets this old only if its site was removed. */
const removeOld = defineStatement(
  `DELETE FROM shop_requests WHERE added_at < ${now} - CASE WHEN content IS NULL THEN ${rememberedMs} ELSE ${30 * dayMs} END`,
);
const selectDone = defineStatement('SELECT 1 FROM shop_requests WHERE id = $1 AND is_done');
const selectOpen = defineStatement<{ readonly id: string; readonly site: string; readonly content: string }>(
  'SELECT DISTINCT ON (site) id, site, content FROM shop_requests WHERE content IS NOT NULL ORDER BY site, added_at, id',
);
const end = defineStatement('UPDATE shop_requests SET content = NULL WHERE id = $1');
const remove = defineStatement('DELETE FROM shop_requests WHERE id = $1');

export function createShopRequests(database: Database): ShopRequestStore {
  const isDone = async (id: string) => (await readRow(database, selectDone(id))) !== undefined;
  return {
    async addShopRequest({ id, site, content }) {
      const { rowCount } = await database.write(add(id, site, JSON.stringify(content)));
      return rowCount === 0 && isDone(id);
    },
    isShopRequestDone: isDone,
    async listNextShopRequests() {
      const rows = await database.read(selectOpen());
      return rows.map((row) => ({ ...row, content: z.json().parse(JSON.parse(row.content)) }));
    },
    async endShopRequest(id) {
      await database.write(end(id));
    },
    async removeShopRequest(id) {
      await database.write(remove(id));
    },
    async removeOldShopRequests() {
      await database.write(removeOld());
    },
  };
}
