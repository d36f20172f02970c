import { type Fingerprint, fingerprint } from '../../../sqlite/keys/key-entries.ts';
import { keyIndexTables } from '../../../sqlite/keys/key-index.ts';

/** The index from the keys of links, and from visitors, to `link_visitors`. */
export const linkKeys = 'link_keys';

/**
 * The tables of identity links: part of a migration step, so they never change. A visitor with links has a number, in the order of arrival, so
 * that the links of new visitors are appended.
 */
export const linkTables = `
  CREATE TABLE link_visitors (id INTEGER PRIMARY KEY, site TEXT NOT NULL, visitor TEXT NOT NULL) STRICT;
  CREATE INDEX link_visitors_by_site ON link_visitors (site);
  CREATE TABLE visitor_links (visitor INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (visitor, key)) STRICT, WITHOUT ROWID;
  CREATE INDEX visitor_links_by_time ON visitor_links (visitor, at);
  ${keyIndexTables(linkKeys)}`;

export function fingerprintKey(site: string, key: string): Fingerprint {
  return fingerprint(`key\u001f${site}\u001f${key}`);
}

export function fingerprintVisitor(site: string, visitor: string): Fingerprint {
  return fingerprint(`visitor\u001f${site}\u001f${visitor}`);
}
