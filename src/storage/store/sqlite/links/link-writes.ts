import type { IdentityLink } from '../../../../visitors/identity-links.ts';
import { mergeLinks } from '../../../../visitors/merge-links.ts';
import { getKeyIndex } from '../../../sqlite/keys/key-index.ts';
import { type Db, hasTable } from '../../../sqlite/open.ts';
import { prepareVisitorSearch } from './find-visitor.ts';
import type { LinkPosition } from './link-pages.ts';
import { fingerprintKey, fingerprintVisitor, linkKeys } from './link-tables.ts';

/** Prepares the writes of identity links. Runs in the writer's thread. */
export function prepareLinkWrites(db: Db) {
  const index = getKeyIndex(db, linkKeys);
  const earlier = prepareEarlierLinks(db);
  const addVisitor = db.prepare('INSERT INTO link_visitors (site, visitor) VALUES (?, ?)');
  const removeVisitor = db.prepare('DELETE FROM link_visitors WHERE id = ?');
  const addLink = db.prepare('INSERT INTO visitor_links (visitor, key, at, since) VALUES (?, ?, ?, ?)');
  const renewLink = db.prepare('UPDATE visitor_links SET at = max(at, ?), since = min(since, ?) WHERE visitor = ? AND key = ?');
  const shorten = db.prepare('UPDATE visitor_links SET since = at WHERE visitor = ? AND since <= ?');
  const keysOf = db.prepare<[number, number], string>('SELECT key FROM visitor_links WHERE visitor = ? AND at <= ?').pluck();
  const removeLink = db.prepare('DELETE FROM visitor_links WHERE visitor = ? AND key = ?');
  const hasLinks = db.prepare('SELECT 1 FROM visitor_links WHERE visitor = ? LIMIT 1');
  const inRange = db.prepare<[LinkRange], { site: string; visitor: string; id: number; key: string }>(
    `SELECT v.site, v.visitor, v.id, l.key FROM link_visitors AS v CROSS JOIN visitor_links AS l ON l.visitor = v.id
     WHERE v.site = @site AND v.id >= @fromVisitor AND v.id <= @toVisitor AND (v.id > @fromVisitor OR l.key > @fromKey)
       AND (v.id < @toVisitor OR l.key <= @toKey) AND l.at < @before`,
  );

  const find = prepareVisitorSearch(db);
  const add = (id: number, site: string, { key, at, since }: Required<IdentityLink>) => {
    addLink.run(id, key, at, since);
    index.add(fingerprintKey(site, key), id);
  };
  const putOf = (site: string, visitor: string, links: readonly Required<IdentityLink>[]) => {
    const known = find(site, visitor);
    const id = known ?? Number(addVisitor.run(site, visitor).lastInsertRowid);
    if (known === undefined) index.add(fingerprintVisitor(site, visitor), id);
    for (const link of links) {
      const { key, at, since } = link;
      if (known === undefined || renewLink.run(at, since, id, key).changes === 0) add(id, site, link);
    }
  };
  /** Moves the links of a visitor, so that a change of them meets one table only. */
  const moveEarlier = (site: string, visitor: string) => {
    const links = earlier?.take(site, visitor) ?? [];
    if (links.length > 0) putOf(site, visitor, links);
  };
  const remove = (id: number, site: string, visitor: string, keys: readonly string[]) => {
    for (const key of keys) if (removeLink.run(id, key).changes > 0) index.remove(fingerprintKey(site, key), id);
    if (hasLinks.get(id) !== undefined) return;
    removeVisitor.run(id);
    index.remove(fingerprintVisitor(site, visitor), id);
  };
  const changeOf = (site: string, visitor: string, change: (id: number) => void) => {
    moveEarlier(site, visitor);
    const id = find(site, visitor);
    if (id !== undefined) change(id);
  };
  const listKeys = (id: number, through = Number.MAX_SAFE_INTEGER) => keysOf.all(id, through);

  return {
    put(site: string, links: readonly IdentityLink[]): void {
      for (const [visitor, ofVisitor] of Map.groupBy(mergeLinks(links), (link) => link.visitor)) {
        moveEarlier(site, visitor);
        putOf(site, visitor, ofVisitor);
      }
    },
    /** Removes the links up to a time; of later ones, the reports up to it. */
    unlink(site: string, visitor: string, through: number): void {
      changeOf(site, visitor, (id) => {
        shorten.run(id, through);
        remove(id, site, visitor, listKeys(id, through));
      });
    },
    /** Removes links of a visitor: all, or those whose key passes. */
    remove(site: string, visitor: string, which: (key: string) => boolean = () => true): void {
      changeOf(site, visitor, (id) => remove(id, site, visitor, listKeys(id).filter(which)));
    },
    /** Removes the links of a page whose last report is older. Returns their number. */
    removeExpired(site: string, from: LinkPosition | undefined, to: LinkPosition | undefined, before: number): number {
      const found = inRange.all({ ...toRange(from, to), site, before });
      for (const [id, links] of Map.groupBy(found, (link) => link.id)) {
        const visitor = links[0]?.visitor ?? '';
        remove(
          id,
          site,
          visitor,
          links.map(({ key }) => key),
        );
      }
      return found.length;
    },
    /** Moves some links of an earlier schema. Returns their number. */
    moveSome(): number {
      const some = earlier?.first();
      if (!some) return 0;
      const links = earlier?.take(some.site, some.visitor) ?? [];
      putOf(some.site, some.visitor, links);
      return links.length;
    },
  };
}

interface LinkRange {
  readonly site: string;
  readonly fromVisitor: number;
  readonly fromKey: string;
  readonly toVisitor: number;
  readonly toKey: string;
  readonly before: number;
}

function toRange(from: LinkPosition | undefined, to: LinkPosition | undefined): Omit<LinkRange, 'site' | 'before'> {
  return {
    fromVisitor: from?.visitor ?? 0,
    fromKey: from?.key ?? '',
    toVisitor: to?.visitor ?? Number.MAX_SAFE_INTEGER,
    toKey: to?.key ?? '',
  };
}

/** Prepares the removal of links from the table of an earlier schema, if the file has it. */
function prepareEarlierLinks(db: Db) {
  if (!hasTable(db, 'earlier_links')) return undefined;
  const first = db.prepare<[], { site: string; visitor: string }>('SELECT site, visitor FROM earlier_links LIMIT 1');
  const take = db.prepare<[string, string], Required<IdentityLink>>(
    'DELETE FROM earlier_links WHERE site = ? AND visitor = ? RETURNING key, visitor, at, since',
  );
  return {
    first: () => first.get(),
    take: (site: string, visitor: string) => take.all(site, visitor),
  };
}
