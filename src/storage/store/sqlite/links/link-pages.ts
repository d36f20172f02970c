import type { Db } from '../../../sqlite/open.ts';

/** A place in a site's links: at this visitor's key. */
export interface LinkPosition {
  readonly visitor: number;
  readonly key: string;
}

/** Prepares the search for the last link of a page: `undefined` if the page is the last one. */
export function prepareLinkPageEnd(db: Db) {
  const select = db.prepare<[string, number, number, string, number], LinkPosition>(
    `SELECT v.id AS visitor, l.key FROM link_visitors AS v CROSS JOIN visitor_links AS l ON l.visitor = v.id
     WHERE v.site = ? AND v.id >= ? AND (v.id > ? OR l.key > ?) ORDER BY v.id, l.key LIMIT 1 OFFSET ?`,
  );
  return (site: string, from: LinkPosition | undefined, links: number): LinkPosition | undefined =>
    select.get(site, from?.visitor ?? 0, from?.visitor ?? 0, from?.key ?? '', links);
}

export function formatLinkPosition({ visitor, key }: LinkPosition): string {
  return `${visitor}/${key}`;
}

export function parseLinkPosition(text: string): LinkPosition | undefined {
  const at = text.indexOf('/');
  return at < 0 ? undefined : { visitor: Number(text.slice(0, at)), key: text.slice(at + 1) };
}
