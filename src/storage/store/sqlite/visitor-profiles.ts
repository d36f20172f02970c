import { setImmediate as nextTurn } from 'node:timers/promises';
import { getLinkKind, type IdentityLink, maxVisitorsPerKey } from '../../../identity/identity-links.ts';
import { decodeProfile, encodeProfile, maxProfileBytes } from '../../../identity/profile-encoding.ts';
import type { VisitorProfile } from '../../../identity/visitor-profile.ts';
import type { Db } from '../../sqlite/open.ts';
import type { IdentityCommit } from '../consumers.ts';
import type { Store } from '../store.ts';
import { maxAnswerBytes, ProfilesTooLargeError, visitorsAtOnce } from '../visitor-profiles.ts';

/** Of the writer's thread: what a step of the identity consumer says of visitors. */
export function prepareFacts(db: Db) {
  const putFacts = db.prepare('INSERT OR REPLACE INTO visitor_profiles (site, visitor, profile, updated_at) VALUES (?, ?, ?, ?)');
  const putLink = db.prepare(
    `INSERT INTO links (site, key, visitor, at, since) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, key, visitor) DO UPDATE SET at = max(at, excluded.at), since = min(since, excluded.since)`,
  );
  const unlink = db.prepare('DELETE FROM links WHERE site = ? AND visitor = ? AND at <= ?');
  /** What was told before counts no longer, and what was told since does. */
  const shorten = db.prepare('UPDATE links SET since = at WHERE site = ? AND visitor = ? AND since <= ?');
  return ({ site, profiles: facts, links, unlink: denied, now }: IdentityCommit) => {
    for (const { visitor, profile: known } of facts ?? []) putFacts.run(site, visitor, encodeProfile(known), now);
    // In the table's order: keys are hashes, and as they come they would visit its pages at random.
    const inOrder = (links ?? []).toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    for (const { key, visitor, at, since = at } of inOrder) putLink.run(site, key, visitor, at, since);
    for (const { visitor, through } of denied ?? []) {
      unlink.run(site, visitor, through);
      shorten.run(site, visitor, through);
    }
  };
}

export function factsBytes({ profiles: facts, links }: IdentityCommit): number {
  return (facts?.length ?? 0) * 1_024 + (links?.length ?? 0) * 256;
}

type FactReads = Pick<Store, 'getProfiles' | 'findLinks' | 'findCheckoutLinks'>;

/** A shopper's checkouts of many weeks; a visitor who is nobody's may have been linked with any number. */
const newestLinks = 256;

/**
 * One more than may share a key is enough to tell that too many do. `CROSS` keeps SQLite from beginning with the links: it would walk
 * through all of the site's.
 */
export const linksByKeysSql = `SELECT l.key, l.visitor, l.at, l.since FROM json_each(@keys) AS k CROSS JOIN links AS l
     ON l.site = @site AND l.key = k.value
       AND l.visitor IN (SELECT visitor FROM links WHERE site = @site AND key = k.value LIMIT @most)
     ORDER BY l.at DESC, l.visitor`;

export function factReads(db: Db): FactReads {
  const ofVisitors = db.prepare<[string, string], { visitor: string; profile: string }>(
    'SELECT visitor, profile FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  /** Reads the rows' headers alone. */
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
      const answerBytes = found.reduce((sum, { bytes }) => sum + Math.min(bytes, maxProfileBytes), 0);
      if (answerBytes > maxAnswerBytes && found.length > visitorsAtOnce)
        throw new ProfilesTooLargeError(`${answerBytes} bytes are known of ${found.length} visitors: ask for fewer at once`);
      for (const [index, slice] of slicesOf(found).entries()) {
        if (index > 0) await nextTurn();
        const asked = JSON.stringify(slice.map(({ visitor }) => visitor));
        for (const { visitor, profile } of ofVisitors.iterate(site, asked)) known.set(visitor, decodeProfile(profile));
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

/** What is read in one go. Larger parts of what may be answered at once would keep others waiting. */
const sliceBytes = 1_024 * 1_024;

/** Consecutive parts, none larger than `sliceBytes` unless it is a single row. */
export function slicesOf<Row extends { readonly bytes: number }>(rows: readonly Row[]): readonly (readonly Row[])[] {
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
