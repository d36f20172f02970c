import { getLinkKind, type IdentityLink, maxVisitorsPerKey } from '../../../../visitors/identity-links.ts';
import { compareTexts } from '../../../../visitors/merge-links.ts';
import type { Store } from '../../../ports/store.ts';
import { getKeyIndex } from '../../../sqlite/keys/key-index.ts';
import { type Db, hasTable } from '../../../sqlite/open.ts';
import { newestLinks } from '../../rows/visitor-profiles.ts';
import { prepareVisitorSearch } from './find-visitor.ts';
import { fingerprintKey, linkKeys } from './link-tables.ts';

/** Enough visitors to detect a key that too many share. */
const visitorsPerKey = maxVisitorsPerKey + 1;

/** The index may name a visitor more than once. */
const candidatesPerVisitor = 4;

type LinkReads = Pick<Store, 'findLinks' | 'findCheckoutLinks' | 'listVisitorLinks' | 'findLinkedVisitors'>;

/** Creates the reads of identity links. Links of an earlier schema are read first, because the writer moves them meanwhile. */
export function createLinkReads(db: Db): LinkReads {
  const index = getKeyIndex(db, linkKeys);
  const earlier = createEarlierLinkReads(db);
  const getLink = db.prepare<[number, string, string], Required<IdentityLink>>(
    `SELECT l.key, v.visitor, l.at, l.since FROM visitor_links AS l CROSS JOIN link_visitors AS v ON v.id = l.visitor
     WHERE l.visitor = ? AND l.key = ? AND v.site = ?`,
  );
  const newest = db.prepare<[number, number], { key: string; at: number }>(
    'SELECT key, at FROM visitor_links WHERE visitor = ? ORDER BY at DESC LIMIT ?',
  );
  const listLinks = db.prepare<[number], { key: string; at: number }>('SELECT key, at FROM visitor_links WHERE visitor = ?');

  const findVisitor = prepareVisitorSearch(db);
  const readLinks = (site: string, visitor: string, read: (id: number) => readonly { key: string; at: number }[]) => {
    const id = findVisitor(site, visitor);
    return id === undefined ? [] : read(id).map((link) => ({ ...link, visitor }));
  };
  const findByKey = (site: string, key: string, most?: number) => {
    const links = new Map<string, Required<IdentityLink>>();
    for (const id of index.find(fingerprintKey(site, key), most && most * candidatesPerVisitor)) {
      const link = getLink.get(id, key, site);
      if (link) links.set(link.visitor, link);
      if (links.size === most) break;
    }
    return [...links.values()];
  };

  return {
    async findLinks(site, keys) {
      const links = index.readTogether(() =>
        [...new Set(keys)].flatMap((key) => {
          if (!earlier) return findByKey(site, key, visitorsPerKey);
          const before = earlier.byKey(site, key, visitorsPerKey);
          return distinct([...before, ...findByKey(site, key, visitorsPerKey)]).slice(0, visitorsPerKey);
        }),
      );
      return links.sort((one, other) => other.at - one.at || compareTexts(one.visitor, other.visitor));
    },
    async findCheckoutLinks(site, visitors) {
      return visitors.flatMap((visitor) => {
        const before = earlier?.ofVisitor(site, visitor) ?? [];
        const links = distinct([...before, ...readLinks(site, visitor, (id) => newest.all(id, newestLinks))]);
        const inOrder = links.sort((one, other) => other.at - one.at).slice(0, newestLinks);
        return inOrder.filter((link) => getLinkKind(link) === 'checkout');
      });
    },
    async listVisitorLinks(site, visitors) {
      return [...new Set(visitors)].sort(compareTexts).flatMap((visitor) => {
        const before = earlier?.ofVisitor(site, visitor) ?? [];
        const links = distinct([...before, ...readLinks(site, visitor, (id) => listLinks.all(id))]);
        return links.sort((one, other) => one.at - other.at || compareTexts(one.key, other.key));
      });
    },
    async findLinkedVisitors(site, keys) {
      const visitors = new Set<string>();
      index.readTogether(() => {
        for (const key of keys) {
          for (const { visitor } of earlier?.byKey(site, key, -1) ?? []) visitors.add(visitor);
          for (const { visitor } of findByKey(site, key)) visitors.add(visitor);
        }
      });
      return [...visitors].sort(compareTexts);
    },
  };
}

/** Leaves out the earlier copy of a link that was moved between two reads. */
function distinct<Link extends IdentityLink>(links: readonly Link[]): Link[] {
  return [...new Map(links.map((link) => [JSON.stringify([link.key, link.visitor]), link])).values()];
}

function createEarlierLinkReads(db: Db) {
  if (!hasTable(db, 'earlier_links')) return undefined;
  const byKey = db.prepare<[string, string, number], Required<IdentityLink>>(
    'SELECT key, visitor, at, since FROM earlier_links WHERE site = ? AND key = ? LIMIT ?',
  );
  const ofVisitor = db.prepare<[string, string], IdentityLink>(
    'SELECT key, visitor, at FROM earlier_links WHERE site = ? AND visitor = ?',
  );
  return {
    byKey: (site: string, key: string, most: number) => byKey.all(site, key, most),
    ofVisitor: (site: string, visitor: string) => ofVisitor.all(site, visitor),
  };
}
