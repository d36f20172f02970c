import type { Db } from '../../sqlite/open.ts';
import type { IdentityCommit } from '../consumers.ts';
import { sourceBits } from '../rows/event-index.ts';
import type { Store } from '../store.ts';
import type { BrowserUse } from '../visitor-profiles.ts';

/** Prepares the write of the day's budget use. Earlier days are not kept. Runs in the writer's thread. */
export function prepareBrowserUsage(db: Db): (commit: IdentityCommit) => void {
  const put = db.prepare('INSERT OR REPLACE INTO browser_usage (site, day, visitors, links) VALUES (?, ?, ?, ?)');
  return ({ site, browserUse }) => {
    if (browserUse) put.run(site, browserUse.day, browserUse.visitors, browserUse.links);
  };
}

export function createBrowserUsageReads(db: Db): Pick<Store, 'getBrowserUsage' | 'countBrowserPurchases'> {
  const use = db.prepare<[string], BrowserUse>('SELECT day, visitors, links FROM browser_usage WHERE site = ?');
  const purchases = db.prepare<[string, string, number], { count: number; last: string | null }>(
    `SELECT count(*) AS count, max(offset) AS last FROM (SELECT offset FROM event_index INDEXED BY purchases_by_offset
       WHERE site = ? AND name = 'Purchase' AND offset > ? AND reporters = ${sourceBits.browser} ORDER BY offset LIMIT ?)`,
  );
  return {
    async getBrowserUsage(site) {
      return use.get(site);
    },
    async countBrowserPurchases(site, after, most) {
      const { count, last } = purchases.get(site, after, most) ?? { count: 0, last: null };
      return { count, ...(last !== null && { last }) };
    },
  };
}
