import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeProfile } from '../../../identity/decode-profile.ts';
import { maxProfileBytes } from '../../../identity/profile-encoding.ts';
import type { VisitorProfile } from '../../../identity/visitor-profile.ts';
import type { Db } from '../../sqlite/open.ts';
import type { Store } from '../store.ts';
import { maxResponseBytes, ProfilesTooLargeError, visitorsAtOnce } from '../visitor-profiles.ts';

type ProfileReads = Pick<Store, 'getProfiles'>;

export function createProfileReads(db: Db): ProfileReads {
  const ofVisitors = db.prepare<[string, string], { visitor: string; profile: string }>(
    'SELECT visitor, profile FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  /** Reads only the rows' headers. */
  const sizes = db.prepare<[string, string], { visitor: string; bytes: number }>(
    'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
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
