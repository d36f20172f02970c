import type { Store } from '../ports/store.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { dropInPages, type ProfileSize, type StoredProfile, toProfileRow } from './rows/visitor-profiles.ts';

/** The stored bytes of a page of profiles. */
const pageBytes = 1024 * 1024;

/** Returns the text that reads a page up to the profile that exceeds its size. It reads the sizes first, and no profile that does not fit. */
const pageOf = (order: string, condition: string, limit: string) => `
  WITH page AS (SELECT ${order}, octet_length(profile) AS size FROM visitor_profiles
      WHERE site = $1 AND ${condition} ORDER BY ${order} LIMIT ${limit}),
    sized AS (SELECT visitor, sum(size) OVER (ORDER BY ${order}) AS bytes, row_number() OVER (ORDER BY ${order}) AS place FROM page)
  SELECT visitor, profile, expires_at FROM visitor_profiles
  WHERE site = $1 AND visitor IN (SELECT visitor FROM sized WHERE place = 1 OR bytes <= ${pageBytes}) ORDER BY ${order}`;
const ofSite = defineStatement<StoredProfile>(pageOf('visitor', 'visitor > $2', '$3'));
const expired = defineStatement<StoredProfile & { readonly expires_at: number }>(
  pageOf('expires_at, visitor', '(expires_at, visitor) > ($2, $3) AND expires_at <= $4', '$5'),
);
const sizeOf = defineStatement<ProfileSize>(
  'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = $1 AND visitor = $2',
);
const sizesOfSite = defineStatement<ProfileSize>(
  'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = $1 AND visitor > $2 ORDER BY visitor LIMIT $3',
);

/** Creates the reads of profiles, a bounded number of bytes at a time. @param drop removes what is no consent choice */
export function createProfilePageStore(
  sql: Sql,
  drop: (site: string, visitors: readonly string[]) => Promise<unknown>,
): Pick<Store, 'listSiteProfiles' | 'listExpiredProfiles' | 'dropProfiles'> {
  return {
    listSiteProfiles: async (site, after, limit) => (await sql.read(ofSite(site, after, limit))).map(toProfileRow),
    async listExpiredProfiles(site, now, after, limit) {
      const rows = await sql.read(expired(site, after?.expiresAt ?? -1, after?.visitor ?? '', now, limit));
      return rows.map((row) => ({ ...toProfileRow(row), expiresAt: row.expires_at }));
    },
    dropProfiles: (site, which, dryRun) =>
      dropInPages(
        {
          readSize: (visitor) => sql.read(sizeOf(site, visitor)),
          readPage: (after, limit) => sql.read(sizesOfSite(site, after, limit)),
          remove: (visitors) => drop(site, visitors),
        },
        which,
        dryRun,
      ),
  };
}
