import type { AttemptRecord } from '../../ports/attempts.ts';
import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import type { Store } from '../../ports/store.ts';
import type { Db } from '../../sqlite/open.ts';
import { type AttemptRow, toAttempt } from '../rows/attempts.ts';
import { toProfileRow } from '../rows/visitor-profiles.ts';

type RetentionReads = Pick<Store, 'listDeferredUpTo' | 'listSiteAttempts' | 'listSiteProfiles' | 'listExpiredProfiles'>;

/** The stored bytes of a page of profiles. */
const profilePageBytes = 1024 * 1024;
/** The compressed bytes of a page of bodies. */
const attemptPageBytes = 1024 * 1024;

/** The `+` excludes the index on `consumer`: with it, SQLite would collect and sort all attempts of the site for each page. */
export const attemptPageSql =
  'SELECT rowid AS position, * FROM attempts WHERE rowid > ? AND +consumer >= ? AND +consumer < ? ORDER BY rowid LIMIT ?';

/** Creates the paged reads of one site's data for erasure and retention. */
export function createRetentionReads(db: Db): RetentionReads {
  const deferred = db
    .prepare<[string, string, number], string>(
      'SELECT offset FROM deferred_deliveries WHERE consumer = ? AND offset <= ? ORDER BY offset LIMIT ?',
    )
    .pluck();
  const attempts = db.prepare<[number, string, string, number], AttemptRow & { readonly position: number }>(attemptPageSql);
  const profiles = db.prepare<[string, string, number], { visitor: string; profile: string }>(
    'SELECT visitor, profile FROM visitor_profiles WHERE site = ? AND visitor > ? ORDER BY visitor LIMIT ?',
  );
  const expired = db.prepare<[string, number, string, number, number], { visitor: string; profile: string; expires_at: number }>(
    `SELECT visitor, profile, expires_at FROM visitor_profiles WHERE site = ? AND (expires_at, visitor) > (?, ?) AND expires_at <= ?
     ORDER BY expires_at, visitor LIMIT ?`,
  );
  return {
    async listDeferredUpTo(consumer, through, limit) {
      return deferred.all(consumer, through, limit);
    },
    async listSiteAttempts(site, after, limit) {
      const found: AttemptRecord[] = [];
      let [bytes, through] = [0, after];
      for (const row of attempts.iterate(after, ...connectionConsumerRange(site), limit)) {
        bytes += row.body.byteLength;
        if (found.length > 0 && bytes > attemptPageBytes) break;
        found.push(toAttempt(row));
        through = row.position;
      }
      return { attempts: found, through };
    },
    async listSiteProfiles(site, after, limit) {
      return readPage(profiles.iterate(site, after, limit)).map(toProfileRow);
    },
    async listExpiredProfiles(site, now, after, limit) {
      const rows = expired.iterate(site, after?.expiresAt ?? -1, after?.visitor ?? '', now, limit);
      return readPage(rows).map((row) => ({ ...toProfileRow(row), expiresAt: row.expires_at }));
    },
  };
}

/** Returns rows up to the size of a page, at least one. */
function readPage<Row extends { readonly profile: string }>(rows: Iterable<Row>): readonly Row[] {
  const found: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += row.profile.length;
    if (found.length > 0 && bytes > profilePageBytes) break;
    found.push(row);
  }
  return found;
}
