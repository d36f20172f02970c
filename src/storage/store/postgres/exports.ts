import { dayMs } from '../../../event/units.ts';
import type { ExportStore, StoredExport } from '../../ports/exports.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, readRow, text } from './sql.ts';

/** `export_chunks` has the chunks of unfinished exports too. */
export const exportTables = `
  CREATE TABLE exports (id ${text} PRIMARY KEY, site ${text} NOT NULL, asked_by ${text} NOT NULL, made_at bigint NOT NULL,
    bytes bigint NOT NULL);
  CREATE TABLE export_chunks (export ${text} NOT NULL, position integer NOT NULL, site ${text} NOT NULL, added_at bigint NOT NULL,
    bytes bytea NOT NULL, PRIMARY KEY (export, position));
`;

const now = nowSql('NULL');
const addChunk = defineStatement(
  `INSERT INTO export_chunks (export, position, site, added_at, bytes) VALUES ($1, $2, $3, ${now}, $4)`,
);
/** Finishes an export unless its chunks were removed meanwhile. */
const finish = defineStatement(
  `INSERT INTO exports (id, site, asked_by, made_at, bytes) SELECT $1, $2, $3, $4::bigint, $5::bigint
   WHERE (SELECT sum(octet_length(bytes)) FROM export_chunks WHERE export = $1) = $5::bigint`,
);
const select = defineStatement<StoredExport>(
  `SELECT id, site, asked_by AS "askedBy", made_at AS "madeAt", bytes FROM exports WHERE site = coalesce($1, site)
   ORDER BY made_at DESC, id`,
);
const selectChunk = defineStatement<{ readonly bytes: Buffer }>(
  'SELECT bytes FROM export_chunks WHERE export = $1 AND position = $2',
);
const removeChunks = defineStatement('DELETE FROM export_chunks WHERE export = $1');
const remove = defineStatement('DELETE FROM exports WHERE id = $1');
const isUnfinished = 'NOT EXISTS (SELECT 1 FROM exports e WHERE e.id = c.export)';
const removeOfSite = defineStatement(`DELETE FROM export_chunks c WHERE c.site = $1 AND ${isUnfinished}`);
const removeUnfinished = defineStatement(
  `DELETE FROM export_chunks c WHERE ${isUnfinished}
     AND c.export IN (SELECT export FROM export_chunks GROUP BY export HAVING max(added_at) < ${now} - ${dayMs})`,
);

export function createExports(database: Database): ExportStore {
  return {
    async addChunk({ id, site }, position, bytes) {
      await database.write(addChunk(id, position, site, Buffer.from(bytes)));
    },
    async finishExport({ id, site, askedBy, madeAt, bytes }) {
      return (await database.write(finish(id, site, askedBy, madeAt, bytes))).rowCount > 0;
    },
    listExports: (site) => database.read(select(site)),
    async readChunk(id, position) {
      return (await readRow(database, selectChunk(id, position)))?.bytes;
    },
    async removeExport(id) {
      const [, removed] = await database.commit([removeChunks(id), remove(id)]);
      return (removed?.rowCount ?? 0) > 0;
    },
    async removeUnfinishedExports(site) {
      await database.write(site === undefined ? removeUnfinished() : removeOfSite(site));
    },
  };
}
