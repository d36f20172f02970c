import { reportSources } from '../../../event/event.ts';
import { matchKeys } from '../../../event/match-keys.ts';
import type { Db } from '../../sqlite/open.ts';
import type { EventGroup, SiteActivityStore } from '../site-activity.ts';
import { consentRanks, keyBits, sourceBits } from './event-index.ts';

export interface EventGroupRow {
  readonly name: string;
  readonly reporters: number;
  readonly consent: number;
  readonly keys: number;
  readonly events: number;
  readonly first: number;
  readonly last: number;
}

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

export function toEventGroup(row: EventGroupRow): EventGroup {
  return {
    ...row,
    reporters: reportSources.filter((one) => row.reporters & sourceBits[one]),
    consent: toConsent(row.consent),
    keys: matchKeys.filter((one) => row.keys & keyBits[one]),
  };
}

function toConsent(rank: number): EventGroup['consent'] {
  switch (rank) {
    case consentRanks.statedDenied:
      return { stated: 'denied', effective: 'denied' };
    case consentRanks.statedGranted:
      return { stated: 'granted', effective: 'granted' };
    case consentRanks.denied:
      return { stated: 'unknown', effective: 'denied' };
    case consentRanks.granted:
      return { stated: 'unknown', effective: 'granted' };
    default:
      return { stated: 'unknown', effective: 'pending' };
  }
}
