import type { UnixMs } from '../../event/units.ts';
import type { ImportStore, StoredImport } from '../ports/imports.ts';
import { defineChanges, run, type Sql, type Steps, select } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

interface ImportRow extends Omit<StoredImport, 'finishedAt'> {
  readonly finishedAt: UnixMs | null;
}

const columns = `site, id, line, accepted, repeated, refused, started_at AS "startedAt", updated_at AS "updatedAt",
  finished_at AS "finishedAt"`;

const selectImports = defineStatement<ImportRow>(`SELECT ${columns} FROM imports WHERE site = $1 ORDER BY updated_at DESC, id`);
const selectImport = defineStatement<ImportRow>(`SELECT ${columns} FROM imports WHERE site = $1 AND id = $2`);
const add = defineStatement(
  `INSERT INTO imports (site, id, line, accepted, repeated, refused, started_at, updated_at) VALUES ($1, $2, 0, 0, 0, 0, $3, $3)
   ON CONFLICT (site, id) DO NOTHING`,
);
const trim = defineStatement(
  `DELETE FROM imports WHERE site = $1 AND id <> $2 AND id NOT IN (
     SELECT id FROM imports WHERE site = $1 ORDER BY updated_at DESC, id LIMIT $3)`,
);
const advance = defineStatement(
  `UPDATE imports SET line = $4, accepted = accepted + $5, repeated = repeated + $6, refused = refused + $7, updated_at = $8,
     finished_at = $9 WHERE site = $1 AND id = $2 AND line = $3`,
);
/** Removes all imports of a site. */
export const removeImports = defineStatement('DELETE FROM imports WHERE site = $1');

/** The changes of imports. */
export const importChanges = {
  start: defineChanges('imports')('start', function* (site: string, id: string, now: UnixMs, most: number): Steps<
    readonly ImportRow[]
  > {
    yield* run(add(site, id, now));
    yield* run(trim(site, id, most));
    return yield* select(selectImport(site, id));
  }),
};

export function createImportStore(sql: Sql): ImportStore {
  return {
    listImports: async (site) => (await sql.read(selectImports(site))).map(toImport),
    findImport: async (site, id) => (await sql.read(selectImport(site, id))).map(toImport)[0],
    async startImport(...started) {
      const [row] = await sql.change(importChanges.start, ...started);
      if (!row) throw new Error('the import that was started is not stored');
      return toImport(row);
    },
    async advanceImport(site, id, { after, line, accepted, repeated, refused, isFinished }, now) {
      return (await sql.write(advance(site, id, after, line, accepted, repeated, refused, now, isFinished ? now : null))) > 0;
    },
  };
}

function toImport({ finishedAt, ...row }: ImportRow): StoredImport {
  return { ...row, ...(finishedAt !== null && { finishedAt }) };
}
