import { getKeyIndex } from '../../../sqlite/keys/key-index.ts';
import type { Db } from '../../../sqlite/open.ts';
import { fingerprintVisitor, linkKeys } from './link-tables.ts';

/** Prepares the search for the number of a visitor with links. */
export function prepareVisitorSearch(db: Db): (site: string, visitor: string) => number | undefined {
  const index = getKeyIndex(db, linkKeys);
  const get = db.prepare<[number], { site: string; visitor: string }>('SELECT site, visitor FROM link_visitors WHERE id = ?');
  return (site, visitor) =>
    index.find(fingerprintVisitor(site, visitor)).find((id) => {
      const found = get.get(id);
      return found?.site === site && found.visitor === visitor;
    });
}
