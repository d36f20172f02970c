import type { UnixMs } from '../../event/units.ts';
import { countBucketStart } from '../ports/event-counts.ts';
import type { SiteActivityStore } from '../ports/site-activity.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { type EventGroupRow, sourceBits, toEventGroup } from './rows/event-index.ts';
import { toWayInUse, type WayRow } from './rows/ways-in.ts';

const selectGroups = defineStatement<EventGroupRow>(
  `SELECT name, reporters, consent, keys, count(*) AS events, min(received_at) AS first, max(received_at) AS last
   FROM (SELECT * FROM event_index WHERE site = $1 ORDER BY "offset" DESC LIMIT $2) newest WHERE received_at >= $3
   GROUP BY name, reporters, consent, keys`,
);
const selectFirst = defineStatement<{ readonly at: UnixMs }>(
  `SELECT received_at AS at FROM (SELECT * FROM event_index WHERE site = $1 ORDER BY "offset" LIMIT $2) oldest
   WHERE reporters & ${sourceBits.browser} <> 0 ORDER BY "offset" LIMIT 1`,
);

const selectWays = defineStatement<WayRow>(
  `SELECT reporter, via, CAST(coalesce(sum(CASE WHEN bucket >= $2 THEN reports END), 0) AS bigint) AS reports,
     CAST(coalesce(sum(CASE WHEN bucket >= $2 THEN undecided END), 0) AS bigint) AS undecided, max(last_at) AS "lastAt"
   FROM ways_in WHERE site = $1 GROUP BY reporter, via ORDER BY reporter, via`,
);

export function createSiteActivityStore(sql: Sql): SiteActivityStore {
  return {
    getEventGroups: async (site, since, limit) => (await sql.read(selectGroups(site, limit, since))).map(toEventGroup),
    listWaysIn: async (site, since) => (await sql.read(selectWays(site, countBucketStart(since)))).flatMap(toWayInUse),
    getFirstBrowserEventTime: async (site, limit) => (await sql.read(selectFirst(site, limit)))[0]?.at,
  };
}
