import type { IdentityLink } from '../../../identity/identity-links.ts';
import { encodeProfile } from '../../../identity/profile-encoding.ts';
import { getNextExpiry } from '../../../identity/profile-expiry.ts';
import type { Db } from '../../sqlite/open.ts';
import type { IdentityCommit } from '../consumers.ts';

/** Prepares the profile and link writes of an identity commit. Runs in the writer's thread. */
export function prepareProfiles(db: Db) {
  const putProfile = db.prepare(
    `INSERT INTO visitor_profiles (site, visitor, profile, updated_at, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, visitor) DO UPDATE SET profile = excluded.profile, updated_at = excluded.updated_at, expires_at = excluded.expires_at`,
  );
  const putLink = db.prepare(
    `INSERT INTO links (site, key, visitor, at, since) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, key, visitor) DO UPDATE SET at = max(at, excluded.at), since = min(since, excluded.since)`,
  );
  const unlink = db.prepare('DELETE FROM links WHERE site = ? AND visitor = ? AND at <= ?');
  /** Removes the reports before a denial from a link, so that only later reports count. */
  const shorten = db.prepare('UPDATE links SET since = at WHERE site = ? AND visitor = ? AND since <= ?');
  return ({ site, profiles: facts, links, unlink: denied, now }: IdentityCommit) => {
    for (const { visitor, profile: known } of facts ?? [])
      putProfile.run(site, visitor, encodeProfile(known), now, getNextExpiry(known));
    for (const { key, visitor, at, since } of mergeLinks(links ?? [])) putLink.run(site, key, visitor, at, since);
    for (const { visitor, through } of denied ?? []) {
      unlink.run(site, visitor, through);
      shorten.run(site, visitor, through);
    }
  };
}

/** Returns each link once, sorted like the table. Keys are hashes, and unsorted they would touch pages at random. */
export function mergeLinks(links: readonly IdentityLink[]): readonly Required<IdentityLink>[] {
  const inOrder = links.toSorted((a, b) => compare(a.key, b.key) || compare(a.visitor, b.visitor));
  const merged: Required<IdentityLink>[] = [];
  for (const { key, visitor, at, since = at } of inOrder) {
    const last = merged.at(-1);
    if (last?.key === key && last.visitor === visitor)
      merged[merged.length - 1] = { key, visitor, at: Math.max(last.at, at), since: Math.min(last.since, since) };
    else merged.push({ key, visitor, at, since });
  }
  return merged;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
