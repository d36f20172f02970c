import { decodeProfile } from '../../../visitors/decode-profile.ts';
import { getLinkKind, type IdentityLink, maxVisitorsPerKey } from '../../../visitors/identity-links.ts';
import { mergeLinks } from '../../../visitors/merge-links.ts';
import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { VisitorProfile } from '../../../visitors/visitor-profile.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import type { Store } from '../../ports/store.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import {
  assertReadableAtOnce,
  createChoiceProfile,
  newestLinks,
  type ProfileSize,
  type StoredProfile,
  sliceBySize,
} from '../rows/visitor-profiles.ts';
import { lockSite } from './leases.ts';
import { keepLast, text } from './sql.ts';

/** `visitor_profiles.expires_at` is when a value of the profile expires. */
export const profileTables = `
  CREATE TABLE visitor_profiles (site ${text} NOT NULL, visitor ${text} NOT NULL, profile ${text} NOT NULL, updated_at bigint NOT NULL,
    expires_at bigint NOT NULL, PRIMARY KEY (site, visitor));
  CREATE INDEX visitor_profiles_by_update ON visitor_profiles (site, updated_at);
  CREATE INDEX visitor_profiles_by_expiry ON visitor_profiles (site, expires_at, visitor);
  CREATE TABLE links (site ${text} NOT NULL, key ${text} NOT NULL, visitor ${text} NOT NULL, at bigint NOT NULL, since bigint NOT NULL,
    PRIMARY KEY (site, key, visitor));
  CREATE INDEX links_by_visitor ON links (site, visitor, at);
  CREATE TABLE browser_usage (site ${text} PRIMARY KEY, day bigint NOT NULL, visitors bigint NOT NULL, links bigint NOT NULL);
`;

const putProfiles = defineStatement(
  `INSERT INTO visitor_profiles (site, visitor, profile, expires_at, updated_at)
   SELECT $1, g.*, $5::bigint FROM unnest($2::text[], $3::text[], $4::bigint[]) AS g
   ON CONFLICT (site, visitor) DO UPDATE SET profile = excluded.profile, updated_at = excluded.updated_at, expires_at = excluded.expires_at`,
);
const putLinks = defineStatement(
  `INSERT INTO links AS l (site, key, visitor, at, since)
   SELECT $1, g.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS g
   ON CONFLICT (site, key, visitor) DO UPDATE SET at = greatest(l.at, excluded.at), since = least(l.since, excluded.since)`,
);
const denials =
  'SELECT visitor, max(through) AS through FROM unnest($2::text[], $3::bigint[]) AS g(visitor, through) GROUP BY visitor';
const unlink = defineStatement(
  `DELETE FROM links l USING (${denials}) d WHERE l.site = $1 AND l.visitor = d.visitor AND l.at <= d.through`,
);
/** Removes the reports before a denial from a link, so that only later reports count. */
const shorten = defineStatement(
  `UPDATE links l SET since = at FROM (${denials}) d WHERE l.site = $1 AND l.visitor = d.visitor AND l.since <= d.through`,
);
/** Returns the statements that store profiles and links. */
export function profileStatements(change: IdentityCommit): readonly Statement[] {
  const { site, profiles = [], links = [], unlink: denied = [], now } = change;
  const statements: Statement[] = [];
  if (profiles.length > 0) {
    const rows = keepLast(profiles, ({ visitor }) => visitor);
    statements.push(
      putProfiles(
        site,
        encodeTexts(rows.map(({ visitor }) => visitor)),
        encodeTexts(rows.map(({ profile }) => encodeProfile(profile))),
        encodeBigints(rows.map(({ profile }) => getNextExpiry(profile))),
        now,
      ),
    );
  }
  if (links.length > 0) {
    const rows = mergeLinks(links);
    statements.push(
      putLinks(
        site,
        encodeTexts(rows.map(({ key }) => key)),
        encodeTexts(rows.map(({ visitor }) => visitor)),
        encodeBigints(rows.map(({ at }) => at)),
        encodeBigints(rows.map(({ since }) => since)),
      ),
    );
  }
  if (denied.length > 0) {
    const visitors = encodeTexts(denied.map(({ visitor }) => visitor));
    const through = encodeBigints(denied.map(({ through: at }) => at));
    statements.push(unlink(site, visitors, through), shorten(site, visitors, through));
  }
  return statements;
}

const ofVisitors = defineStatement<StoredProfile>(
  'SELECT visitor, profile FROM visitor_profiles WHERE site = $1 AND visitor = ANY ($2::text[])',
);
const sizesOfVisitors = defineStatement<ProfileSize>(
  'SELECT visitor, octet_length(profile) AS bytes FROM visitor_profiles WHERE site = $1 AND visitor = ANY ($2::text[])',
);
const newestOfVisitors = defineStatement<IdentityLink>(
  `SELECT l.* FROM unnest($2::text[]) WITH ORDINALITY AS g(visitor, place) CROSS JOIN LATERAL (
     SELECT key, visitor, at FROM links WHERE site = $1 AND visitor = g.visitor ORDER BY at DESC LIMIT ${newestLinks}
   ) l ORDER BY g.place, l.at DESC`,
);
/** Selects links by their keys, per key at most one more than may share it: enough to detect a key that too many share. */
const byKeys = defineStatement<Required<IdentityLink>>(
  `SELECT l.* FROM unnest($2::text[]) AS g(key) CROSS JOIN LATERAL (
     SELECT key, visitor, at, since FROM links WHERE site = $1 AND key = g.key ORDER BY visitor LIMIT ${maxVisitorsPerKey + 1}
   ) l ORDER BY l.at DESC, l.visitor`,
);
const linkedVisitors = defineStatement<{ readonly visitor: string }>(
  'SELECT DISTINCT visitor FROM links WHERE site = $1 AND key = ANY ($2::text[]) ORDER BY visitor',
);
const allOfVisitors = defineStatement<IdentityLink>(
  'SELECT key, visitor, at FROM links WHERE site = $1 AND visitor = ANY ($2::text[]) ORDER BY visitor, at, key',
);
type ProfileReads = Pick<Store, 'getProfiles' | 'findLinks' | 'findCheckoutLinks' | 'findLinkedVisitors' | 'listVisitorLinks'>;

export function createVisitorProfiles(database: Database): ProfileReads {
  const readProfiles = async (site: string, visitors: readonly string[], known: Map<string, VisitorProfile>) => {
    for (const { visitor, profile } of await database.read(ofVisitors(site, encodeTexts(visitors))))
      known.set(visitor, decodeProfile(profile));
  };
  return {
    async getProfiles(site, visitors) {
      const known = new Map<string, VisitorProfile>();
      if (visitors.length === 0) return known;
      const sizes = await database.read(sizesOfVisitors(site, encodeTexts(visitors)));
      assertReadableAtOnce(sizes);
      for (const slice of sliceBySize(sizes))
        await readProfiles(
          site,
          slice.map(({ visitor }) => visitor),
          known,
        );
      return known;
    },
    async findLinks(site, keys) {
      return keys.length === 0 ? [] : database.read(byKeys(site, encodeTexts(keys)));
    },
    async findCheckoutLinks(site, visitors) {
      const newest = await database.read(newestOfVisitors(site, encodeTexts(visitors)));
      return newest.filter((link) => getLinkKind(link) === 'checkout');
    },
    async findLinkedVisitors(site, keys) {
      return (await database.read(linkedVisitors(site, encodeTexts(keys)))).map(({ visitor }) => visitor);
    },
    listVisitorLinks: (site, visitors) => database.read(allOfVisitors(site, encodeTexts(visitors))),
  };
}

/** Links to checkouts stay: a later denial applies to the order by them. */
const unlinkDropped = defineStatement(
  "DELETE FROM links WHERE site = $1 AND visitor = ANY ($2::text[]) AND key NOT LIKE 'checkout:%'",
);
const replaceProfiles = defineStatement(
  `UPDATE visitor_profiles p SET profile = g.profile, expires_at = g.expires_at
   FROM unnest($2::text[], $3::text[], $4::bigint[]) AS g(visitor, profile, expires_at) WHERE p.site = $1 AND p.visitor = g.visitor`,
);
const removeProfiles = defineStatement('DELETE FROM visitor_profiles WHERE site = $1 AND visitor = ANY ($2::text[])');

/** Returns the statement that replaces stored profiles. */
export function replaceProfilesStatement(site: string, rows: IdentityCommit['profiles'] = []): Statement {
  return replaceProfiles(
    site,
    encodeTexts(rows.map(({ visitor }) => visitor)),
    encodeTexts(rows.map(({ profile }) => encodeProfile(profile))),
    encodeBigints(rows.map(({ profile }) => getNextExpiry(profile))),
  );
}

/** Returns the statement that removes stored profiles. */
export function removeProfilesStatement(site: string, visitors: readonly string[]): Statement {
  return removeProfiles(site, encodeTexts(visitors));
}

/** Removes all but the consent choices from profiles of a site. */
export function keepOnlyChoices(database: Database, site: string, visitors: readonly string[]): Promise<void> {
  return database.transact(async (transaction) => {
    const ids = encodeTexts(visitors);
    const [, , { rows }] = await Promise.all([
      transaction.query(lockSite(site)),
      transaction.query(unlinkDropped(site, ids)),
      transaction.query(ofVisitors(site, ids)),
    ]);
    const kept = rows.flatMap(({ visitor, profile }) => {
      const choices = keepChoices(profile);
      return choices ? [{ visitor, profile: choices }] : [];
    });
    const keptVisitors = new Set(kept.map(({ visitor }) => visitor));
    const removed = visitors.filter((visitor) => !keptVisitors.has(visitor));
    await Promise.all([
      transaction.query(replaceProfilesStatement(site, kept)),
      transaction.query(removeProfilesStatement(site, removed)),
    ]);
  });
}

/** Returns a profile that has only the consent choices of a stored one; `undefined` if it has none or cannot be read. */
function keepChoices(stored: string): VisitorProfile | undefined {
  try {
    return createChoiceProfile(decodeProfile(stored));
  } catch {
    return undefined;
  }
}
