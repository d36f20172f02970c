import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import type { Db } from '../../sqlite/open.ts';
import { prepareLinkWrites } from './links/link-writes.ts';

/** Prepares the profile and link writes of an identity commit. Runs in the writer's thread. */
export function prepareProfiles(db: Db) {
  const putProfile = db.prepare(
    `INSERT INTO visitor_profiles (site, visitor, profile, updated_at, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, visitor) DO UPDATE SET profile = excluded.profile, updated_at = excluded.updated_at, expires_at = excluded.expires_at`,
  );
  const linkWrites = prepareLinkWrites(db);
  return ({ site, profiles: facts, links, unlink: denied, now }: IdentityCommit) => {
    for (const { visitor, profile: known } of facts ?? [])
      putProfile.run(site, visitor, encodeProfile(known), now, getNextExpiry(known));
    linkWrites.put(site, links ?? []);
    for (const { visitor, through } of denied ?? []) linkWrites.unlink(site, visitor, through);
  };
}
