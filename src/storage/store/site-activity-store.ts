import type { UnixMs } from '../../event/units.ts';
import type { SiteActivityStore } from '../ports/site-activity.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { type EventGroupRow, sourceBits, toEventGroup } from './rows/event-index.ts';

const selectGroups = defineStatement<EventGroupRow>(
  `SELECT name, reporters, consent, keys, count(*) AS events, min(received_at) AS first, max(received_at) AS last
   FROM (SELECT * FROM event_index WHERE site = $1 ORDER BY "offset" DESC LIMIT $2) newest WHERE received_at >= $3
   GROUP BY name, reporters, consent, keys`,
);
const selectFirst = defineStatement<{ readonly at: UnixMs }>(
  `SELECT received_at AS at FROM (SELECT * FROM event_index WHERE site = $1 ORDER BY "offset" LIMIT $2) oldest
   WHERE reporters & ${sourceBits.browser} <> 0 ORDER BY "offset" LIMIT 1`,
);

export function createSiteActivityStore(sql: Sql): SiteActivityStore {
  return {
    getEventGroups: async (site, since, limit) => (await sql.read(selectGroups(site, limit, since))).map(toEventGroup),
    getFirstBrowserEventTime: async (site, limit) => (await sql.read(selectFirst(site, limit)))[0]?.at,
  };
}
