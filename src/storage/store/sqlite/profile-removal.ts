import { setImmediate as nextTurn } from 'node:timers/promises';
import { emptyProfile } from '../../../identity/empty-profile.ts';
import { getLinkKind } from '../../../identity/identity-links.ts';
import { encodeProfile } from '../../../identity/profile-encoding.ts';
import { getNextExpiry } from '../../../identity/profile-expiry.ts';
import type { Db } from '../../sqlite/open.ts';
import type { Store } from '../store.ts';
import { prepareLinkWrites } from './links/link-writes.ts';

export interface ProfileRemovalOp {
  readonly kind: 'drop-profiles';
  readonly site: string;
  readonly visitors: readonly string[];
}

interface ConsentTimes {
  readonly grantedAt: number | null;
  readonly deniedAt: number | null;
  readonly withdrawnAt: number | null;
}

/**
 * Prepares the removal of profiles. SQLite reads the consent times, so that large and damaged profiles can be removed. Runs in
 * the writer's thread.
 */
export function prepareProfileRemoval(db: Db): (op: ProfileRemovalOp) => number {
  const consentTime = (name: string) => `iif(json_valid(profile), profile ->> '$.${name}', NULL) AS ${name}`;
  const selectConsentTimes = db.prepare<[string, string], ConsentTimes>(
    `SELECT ${consentTime('grantedAt')}, ${consentTime('deniedAt')}, ${consentTime('withdrawnAt')} FROM visitor_profiles WHERE site = ? AND visitor = ?`,
  );
  const replace = db.prepare('UPDATE visitor_profiles SET profile = ?, expires_at = ? WHERE site = ? AND visitor = ?');
  const remove = db.prepare('DELETE FROM visitor_profiles WHERE site = ? AND visitor = ?');
  /** Links to checkouts stay: a later denial applies to the order by them. */
  const links = prepareLinkWrites(db);
  return ({ site, visitors }) => {
    let changed = 0;
    for (const visitor of visitors) {
      links.remove(site, visitor, (key) => getLinkKind({ key }) !== 'checkout');
      const { grantedAt = null, deniedAt = null, withdrawnAt = null } = selectConsentTimes.get(site, visitor) ?? {};
      const chosen = {
        ...(grantedAt !== null && { grantedAt }),
        ...(deniedAt !== null && { deniedAt }),
        ...(withdrawnAt !== null && { withdrawnAt }),
      };
      const isAnyChosen = Object.keys(chosen).length > 0;
      const profile = { ...emptyProfile, ...chosen };
      const replaced = () => replace.run(encodeProfile(profile), getNextExpiry(profile), site, visitor);
      changed += (isAnyChosen ? replaced() : remove.run(site, visitor)).changes;
    }
    return changed;
  };
}

const rowsAtOnce = 1_000;

export function createProfileRemoval(write: (op: ProfileRemovalOp) => Promise<unknown>, db: Db): Pick<Store, 'dropProfiles'> {
  interface Size {
    readonly visitor: string;
    readonly bytes: number;
  }
  const selectSize = db.prepare<[string, string], Size>(
    'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = ? AND visitor = ?',
  );
  const selectSizes = db.prepare<[string, string, number], Size>(
    'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = ? AND visitor > ? ORDER BY visitor LIMIT ?',
  );
  return {
    async dropProfiles(site, which, dryRun) {
      const dropped = { profiles: 0, bytes: 0 };
      const drop = async (found: readonly Size[]) => {
        dropped.profiles += found.length;
        for (const { bytes } of found) dropped.bytes += bytes;
        const visitors = found.map(({ visitor }) => visitor);
        if (!dryRun && visitors.length > 0) await write({ kind: 'drop-profiles', site, visitors });
      };
      if ('visitor' in which) {
        await drop(selectSize.all(site, which.visitor));
        return dropped;
      }
      for (let after = ''; ; ) {
        const page = selectSizes.all(site, after, rowsAtOnce);
        const last = page.at(-1);
        if (!last) return dropped;
        await drop(page.filter(({ bytes }) => bytes > which.largerThan));
        after = last.visitor;
        await nextTurn();
      }
    },
  };
}
