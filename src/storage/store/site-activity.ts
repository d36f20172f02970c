import type { Consent } from '../../event/consent.ts';
import type { Reporter } from '../../event/event.ts';
import type { MatchKey } from '../../event/match-keys.ts';
import type { UnixMs } from '../../event/units.ts';

/** Events that are alike: what was seen of them together. */
export interface EventGroup {
  readonly name: string;
  /** All of them reported each of these. */
  readonly reporters: readonly Reporter[];
  /** The strongest word of all reports. */
  readonly consent: Pick<Consent, 'stated' | 'effective'>;
  readonly keys: readonly MatchKey[];
  readonly events: number;
  /** When the first and the last of them came. */
  readonly first: UnixMs;
  readonly last: UnixMs;
}

/** What is known of what a site reports, at a bounded cost: for a person who sets it up. */
export interface SiteActivityStore {
  /** Of the site's newest `limit` events, those that came since `since`. Signals are none. */
  getEventGroups(site: string, since: UnixMs, limit: number): Promise<readonly EventGroup[]>;
  /** When the oldest event that a browser reported came, among the `limit` oldest that are known. */
  getFirstBrowserEventTime(site: string, limit: number): Promise<UnixMs | undefined>;
}
