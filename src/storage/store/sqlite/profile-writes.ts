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
    // Sorted like the table. Keys are hashes, and unsorted they would touch pages at random.
    const inOrder = (links ?? []).toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    for (const { key, visitor, at, since = at } of inOrder) putLink.run(site, key, visitor, at, since);
    for (const { visitor, through } of denied ?? []) {
      unlink.run(site, visitor, through);
      shorten.run(site, visitor, through);
    }
  };
}
