import { consentTimeNames, type NullableConsentTimes } from '../../../visitors/consent-times.ts';
import { getLinkKind } from '../../../visitors/identity-links.ts';
import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { Db } from '../../sqlite/open.ts';
import { createChoiceProfile } from '../rows/visitor-profiles.ts';
import { prepareLinkWrites } from './links/link-writes.ts';

export interface ProfileRemovalOp {
  readonly kind: 'drop-profiles';
  readonly site: string;
  readonly visitors: readonly string[];
}

/**
 * Prepares the removal of profiles. SQLite reads the consent times, so that large and damaged profiles can be removed. Runs in
 * the writer's thread.
 */
export function prepareProfileRemoval(db: Db): (op: ProfileRemovalOp) => number {
  const consentTime = (name: string) => `iif(json_valid(profile), profile ->> '$.${name}', NULL) AS ${name}`;
  const selectConsentTimes = db.prepare<[string, string], NullableConsentTimes>(
    `SELECT ${consentTimeNames.map(consentTime).join(', ')} FROM visitor_profiles WHERE site = ? AND visitor = ?`,
  );
  const replace = db.prepare('UPDATE visitor_profiles SET profile = ?, expires_at = ? WHERE site = ? AND visitor = ?');
  const remove = db.prepare('DELETE FROM visitor_profiles WHERE site = ? AND visitor = ?');
  /** Links to checkouts stay: a later denial applies to the order by them. */
  const links = prepareLinkWrites(db);
  return ({ site, visitors }) => {
    let changed = 0;
    for (const visitor of visitors) {
      links.remove(site, visitor, (key) => getLinkKind({ key }) !== 'checkout');
      const kept = createChoiceProfile(selectConsentTimes.get(site, visitor) ?? {});
      const result = kept ? replace.run(encodeProfile(kept), getNextExpiry(kept), site, visitor) : remove.run(site, visitor);
      changed += result.changes;
    }
    return changed;
  };
}
