import type { AttemptRecord } from '../../ports/attempts.ts';
import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import type { Store } from '../../ports/store.ts';
import type { Db } from '../../sqlite/open.ts';
import { type AttemptRow, toAttempt } from '../rows/attempts.ts';

/** The compressed bytes of a page of bodies. */
const attemptPageBytes = 1024 * 1024;

/** The `+` excludes the index on `consumer`: with it, SQLite would collect and sort all attempts of the site for each page. */
export const attemptPageSql =
  'SELECT rowid AS position, * FROM attempts WHERE rowid > ? AND +consumer >= ? AND +consumer < ? ORDER BY rowid LIMIT ?';

/** Creates the paged read of one site's attempts for erasure and retention. */
export function createAttemptPageReads(db: Db): Pick<Store, 'listSiteAttempts'> {
  const attempts = db.prepare<[number, string, string, number], AttemptRow & { readonly position: number }>(attemptPageSql);
  return {
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
  };
}
