import { getKeyIndex } from '../../sqlite/keys/key-index.ts';
import { type Db, hasTable } from '../../sqlite/open.ts';
import { fingerprintKey, fingerprintVisitor, linkKeys } from './links/link-tables.ts';
import { fingerprintEvent, fingerprintId, reportKeys } from './primary-reports.ts';

/** Additions between two saves, so that the entries become runs. */
const addedAtOnce = 10_000;

/** Returns whether a table belongs to a key index, which `rebuildKeys` writes from the rows. */
export function isKeyTable(table: string): boolean {
  return [linkKeys, reportKeys].some((name) => table.startsWith(`${name}_`));
}

/**
 * Writes the key indexes of a salvaged file from its rows. A visitor's number must not be given to another one while links have it, so links
 * without their visitor are removed.
 */
export function rebuildKeys(db: Db): void {
  if (!hasTable(db, 'visitor_links')) return;
  db.exec(`DELETE FROM visitor_links WHERE visitor NOT IN (SELECT id FROM link_visitors);
    DELETE FROM link_visitors WHERE id NOT IN (SELECT visitor FROM visitor_links)`);
  const links = getKeyIndex(db, linkKeys);
  const reports = getKeyIndex(db, reportKeys);
  let added = 0;
  const count = () => {
    added += 1;
    if (added % addedAtOnce > 0) return;
    links.save();
    reports.save();
  };
  const pages = (table: string, columns: string) => {
    const page = db.prepare<[number, number], Record<string, string> & { readonly id: number }>(
      `SELECT ${columns} FROM ${table} WHERE ${table}.rowid > ? ORDER BY ${table}.rowid LIMIT ?`,
    );
    return iteratePages((after) => page.all(after, addedAtOnce));
  };
  const keysOf = db.prepare<[number], string>('SELECT key FROM visitor_links WHERE visitor = ?').pluck();
  for (const { id, site = '', visitor = '' } of pages('link_visitors', 'id, site, visitor')) {
    links.add(fingerprintVisitor(site, visitor), id);
    for (const key of keysOf.all(id)) links.add(fingerprintKey(site, key), id);
    count();
  }
  for (const { id, site = '', event = '', name = '' } of pages('primary_reports', 'row AS id, site, id AS event, name')) {
    reports.add(fingerprintEvent({ site, id: event, name }), id);
    reports.add(fingerprintId(site, event), id);
    count();
  }
  links.save();
  reports.save();
}

/** Reads in pages, because a connection that iterates cannot write. */
function* iteratePages<Row extends { readonly id: number }>(read: (after: number) => readonly Row[]): Generator<Row> {
  for (let after = 0; ; ) {
    const page = read(after);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}
