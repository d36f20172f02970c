import type { Consent } from '../../event/consent.ts';
import type { ReportSource } from '../../event/event.ts';
import type { MatchKey } from '../../event/match-keys.ts';
import type { UnixMs } from '../../event/units.ts';

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

/** A site's recent activity, read at a bounded cost, for an operator who sets the site up. Its contract: `dashboard-sites.contract.ts`. */
export interface SiteActivityStore {
  /** Groups those of the site's newest `limit` events that arrived since `since`. Signals are not events. */
  getEventGroups(site: string, since: UnixMs, limit: number): Promise<readonly EventGroup[]>;
  /** Returns the arrival time of the oldest event that a browser reported, among the `limit` oldest known events. */
  getFirstBrowserEventTime(site: string, limit: number): Promise<UnixMs | undefined>;
}
