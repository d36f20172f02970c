import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeProfile } from '../../../identity/decode-profile.ts';
import { getLinkKind, type IdentityLink, maxVisitorsPerKey } from '../../../identity/identity-links.ts';
import { maxProfileBytes } from '../../../identity/profile-encoding.ts';
import type { VisitorProfile } from '../../../identity/visitor-profile.ts';
import type { Db } from '../../sqlite/open.ts';
import type { Store } from '../store.ts';
import { maxResponseBytes, ProfilesTooLargeError, visitorsAtOnce } from '../visitor-profiles.ts';

type ProfileReads = Pick<Store, 'getProfiles' | 'findLinks' | 'findCheckoutLinks'>;

/**
 * The newest links of a visitor that are searched for checkouts. They cover many weeks. A visitor id that many people share may have any
 * number of links.
 */
export const newestLinks = 256;

/**
 * Selects links by their keys, per key at most one more than may share it: enough to detect a key that too many share. `CROSS` makes SQLite
 * begin with the keys; otherwise it would scan all links of the site.
 */
export const linksByKeysSql = `SELECT l.key, l.visitor, l.at, l.since FROM json_each(@keys) AS k CROSS JOIN links AS l
     ON l.site = @site AND l.key = k.value
       AND l.visitor IN (SELECT visitor FROM links WHERE site = @site AND key = k.value LIMIT @most)
     ORDER BY l.at DESC, l.visitor`;

export function createProfileReads(db: Db): ProfileReads {
  const ofVisitors = db.prepare<[string, string], { visitor: string; profile: string }>(
    'SELECT visitor, profile FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  /** Reads only the rows' headers. */
  const sizes = db.prepare<[string, string], { visitor: string; bytes: number }>(
    'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  const ofVisitor = db.prepare<[string, string, number], IdentityLink>(
    'SELECT key, visitor, at FROM links WHERE site = ? AND visitor = ? ORDER BY at DESC LIMIT ?',
  );
  const byKeys = db.prepare<[{ site: string; keys: string; most: number }], Required<IdentityLink>>(linksByKeysSql);
  return {
    async getProfiles(site, visitors) {
      const known = new Map<string, VisitorProfile>();
      if (visitors.length === 0) return known;
      const found = sizes.all(site, JSON.stringify(visitors));
      const responseBytes = found.reduce((sum, { bytes }) => sum + Math.min(bytes, maxProfileBytes), 0);
      if (responseBytes > maxResponseBytes && found.length > visitorsAtOnce)
        throw new ProfilesTooLargeError(
          `The profiles of ${found.length} visitors have ${responseBytes} bytes. Read fewer at once`,
        );
      for (const [index, slice] of sliceBySize(found).entries()) {
        if (index > 0) await nextTurn();
        const visitorsJson = JSON.stringify(slice.map(({ visitor }) => visitor));
        for (const { visitor, profile } of ofVisitors.iterate(site, visitorsJson)) known.set(visitor, decodeProfile(profile));
      }
      return known;
    },
    async findCheckoutLinks(site, visitors) {
      const newest = visitors.flatMap((visitor) => ofVisitor.all(site, visitor, newestLinks));
      return newest.filter((link) => getLinkKind(link) === 'checkout');
    },
    async findLinks(site, keys) {
      return keys.length === 0 ? [] : byKeys.all({ site, keys: JSON.stringify(keys), most: maxVisitorsPerKey + 1 });
    },
  };
}

/** The bytes that are read at once. Larger slices would delay other reads. */
const sliceBytes = 1_024 * 1_024;

/** Splits rows into consecutive slices, none larger than `sliceBytes` unless it is a single row. */
export function sliceBySize<Row extends { readonly bytes: number }>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const slices: Row[][] = [];
  let left = 0;
  for (const row of rows) {
    const last = slices.at(-1);
    if (last && row.bytes <= left) last.push(row);
    else slices.push([row]);
    left = (last && row.bytes <= left ? left : sliceBytes) - row.bytes;
  }
  return slices;
}
