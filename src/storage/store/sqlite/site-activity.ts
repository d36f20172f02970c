import type { Db } from '../../sqlite/open.ts';
import { type EventGroupRow, sourceBits, toEventGroup } from '../rows/event-index.ts';
import type { SiteActivityStore } from '../site-activity.ts';

export function createSiteActivityReads(db: Db): SiteActivityStore {
  const selectReports = db.prepare<[string, number, number], EventGroupRow>(
    `SELECT name, reporters, consent, keys, count(*) AS events, min(received_at) AS first, max(received_at) AS last
     FROM (SELECT * FROM event_index WHERE site = ? ORDER BY offset DESC LIMIT ?) WHERE received_at >= ?
     GROUP BY name, reporters, consent, keys`,
  );
  const first = db
    .prepare<[string, number], number>(
      `SELECT received_at FROM (SELECT offset, reporters, received_at FROM event_index WHERE site = ? ORDER BY offset LIMIT ?)
       WHERE reporters & ${sourceBits.browser} ORDER BY offset LIMIT 1`,
    )
    .pluck();
  return {
    async getEventGroups(site, since, limit) {
      return selectReports.all(site, limit, since).map(toEventGroup);
    },
    async getFirstBrowserEventTime(site, limit) {
      return first.get(site, limit);
    },
  };
}
