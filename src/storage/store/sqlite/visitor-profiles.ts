import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeProfile } from '../../../visitors/decode-profile.ts';
import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { VisitorProfile } from '../../../visitors/visitor-profile.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import type { Store } from '../../ports/store.ts';
import type { Db } from '../../sqlite/open.ts';
import { assertReadableAtOnce, type ProfileSize, type StoredProfile, sliceBySize } from '../rows/visitor-profiles.ts';
import { prepareLinkWrites } from './links/link-writes.ts';

type ProfileReads = Pick<Store, 'getProfiles'>;

export function createProfileReads(db: Db): ProfileReads {
  const ofVisitors = db.prepare<[string, string], StoredProfile>(
    'SELECT visitor, profile FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  /** Reads only the rows' headers. */
  const sizes = db.prepare<[string, string], ProfileSize>(
    'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  return {
    async getProfiles(site, visitors) {
      const known = new Map<string, VisitorProfile>();
      if (visitors.length === 0) return known;
      const found = sizes.all(site, JSON.stringify(visitors));
      assertReadableAtOnce(found);
      for (const [index, slice] of sliceBySize(found).entries()) {
        if (index > 0) await nextTurn();
        const visitorsJson = JSON.stringify(slice.map(({ visitor }) => visitor));
        for (const { visitor, profile } of ofVisitors.iterate(site, visitorsJson)) known.set(visitor, decodeProfile(profile));
      }
      return known;
    },
  };
}

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
