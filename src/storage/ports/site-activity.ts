import type { Consent } from '../../event/consent.ts';
import type { ReportSource } from '../../event/event.ts';
import type { MatchKey } from '../../event/match-keys.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { Via } from '../../event/via.ts';

/** Events with equal name, sources, consent and match keys. */
export interface EventGroup {
  readonly name: string;
  /** The sources that reported every event of the group. */
  readonly reporters: readonly ReportSource[];
  /** The consent that prevails among the reports of an event. */
  readonly consent: Pick<Consent, 'stated' | 'effective'>;
  readonly keys: readonly MatchKey[];
  readonly events: number;
  /** The times when the first and the last event arrived. */
  readonly first: UnixMs;
  readonly last: UnixMs;
}

/** The accepted reports of one way in. Signals and the dashboard's test events are no reports. */
export interface WayInUse {
  readonly reporter: ReportSource;
  /** Absent: the source's own way in. */
  readonly via?: Via;
  /** The reports since the requested time, duplicates included. */
  readonly reports: number;
  /** Those of `reports` that have no consent choice and do not count as granted. */
  readonly undecided: number;
  /** When the event log received the newest report, however long ago. */
  readonly lastAt: UnixMs;
}

/** The time for which reports are counted by way in. */
export const wayInCountedMs = dayMs;

/** A site's recent activity, read at a bounded cost, for an operator who sets the site up. Its contract: `dashboard-sites.contract.ts`. */
export interface SiteActivityStore {
  /** Groups those of the site's newest `limit` events that arrived since `since`. Signals are not events. */
  getEventGroups(site: string, since: UnixMs, limit: number): Promise<readonly EventGroup[]>;
  /** Returns every way in that ever reported, with its reports since the bucket of `countBucketStart` with `since`, at most `wayInCountedMs` ago. */
  listWaysIn(site: string, since: UnixMs): Promise<readonly WayInUse[]>;
  /** Returns the arrival time of the oldest event that a browser reported, among the `limit` oldest known events. */
  getFirstBrowserEventTime(site: string, limit: number): Promise<UnixMs | undefined>;
}
