import type { Offset } from '../../log/event-log.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import type { Store } from '../../ports/store.ts';
import type { BrowserUse } from '../../ports/visitor-profiles.ts';
import type { Db } from '../../sqlite/open.ts';
import { sourceBits } from '../rows/event-index.ts';

/** Prepares the write of the day's budget use. Earlier days are not kept. Runs in the writer's thread. */
export function prepareBrowserUsage(db: Db): (commit: IdentityCommit) => void {
  const put = db.prepare('INSERT OR REPLACE INTO browser_usage (site, day, visitors, links, bytes) VALUES (?, ?, ?, ?, ?)');
  const putNetwork = db.prepare('INSERT OR REPLACE INTO browser_networks (site, network, day, purchases) VALUES (?, ?, ?, ?)');
  const removeEarlier = db.prepare('DELETE FROM browser_networks WHERE site = ? AND day < ?');
  return ({ site, browserUse, networkPurchases = [] }) => {
    if (browserUse) put.run(site, browserUse.day, browserUse.visitors, browserUse.links, browserUse.bytes);
    for (const { network, day, purchases } of networkPurchases) putNetwork.run(site, network, day, purchases);
    if (networkPurchases.length > 0) removeEarlier.run(site, Math.min(...networkPurchases.map(({ day }) => day)));
  };
}

export const browserPurchasesSql = `SELECT count(*) AS count, max(offset) AS last FROM (SELECT offset FROM event_index INDEXED BY browser_purchases
   WHERE site = ? AND name = 'Purchase' AND offset > ? AND reporters = ${sourceBits.browser}
     AND coalesce(network_place, 0) <= coalesce(?, ${Number.MAX_SAFE_INTEGER}) ORDER BY offset LIMIT ?)`;

type BrowserUsageReads = Pick<
  Store,
  'getBrowserUsage' | 'getNetworkPurchases' | 'countBrowserPurchases' | 'findCrowdedPurchases'
>;

export function createBrowserUsageReads(db: Db): BrowserUsageReads {
  const use = db.prepare<[string], BrowserUse>('SELECT day, visitors, links, bytes FROM browser_usage WHERE site = ?');
  const ofNetwork = db
    .prepare<[string, string], number>('SELECT purchases FROM browser_networks WHERE site = ? AND network = ?')
    .pluck();
  const purchases = db.prepare<[string, string, number | null, number], { count: number; last: string | null }>(
    browserPurchasesSql,
  );
  const isCrowded = db.prepare<[string, Offset, number], unknown>(
    'SELECT 1 FROM event_index WHERE site = ? AND offset = ? AND network_place > ?',
  );
  return {
    async getBrowserUsage(site) {
      return use.get(site);
    },
    async getNetworkPurchases(site, networks) {
      return new Map(
        networks.flatMap((network) => {
          const count = ofNetwork.get(site, network);
          return count === undefined ? [] : [[network, count]];
        }),
      );
    },
    async countBrowserPurchases(site, after, most, maxPlace) {
      const { count, last } = purchases.get(site, after, maxPlace ?? null, most) ?? { count: 0, last: null };
      return { count, ...(last !== null && { last }) };
    },
    async findCrowdedPurchases(site, offsets, maxPlace) {
      return new Set(offsets.filter((offset) => isCrowded.get(site, offset, maxPlace) !== undefined));
    },
  };
}
