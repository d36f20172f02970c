import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeProfile } from '../../../visitors/decode-profile.ts';
import type { VisitorProfile } from '../../../visitors/visitor-profile.ts';
import type { Store } from '../../ports/store.ts';
import type { Db } from '../../sqlite/open.ts';
import { assertReadableAtOnce, type ProfileSize, type StoredProfile, sliceBySize } from '../rows/visitor-profiles.ts';

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
