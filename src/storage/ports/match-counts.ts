import type { ConsumerId } from './consumer-id.ts';

/** The number of delivered events of one name and day, and their match keys. Contains no personal data. */
export interface MatchCount {
  /** The day of the events' own time, in the time zone that the site had when they were delivered: `YYYY-MM-DD`. */
  readonly day: string;
  readonly eventName: string;
  readonly delivered: number;
  /** Numbers by the platform's key. */
  readonly had: Readonly<Record<string, number>>;
  /** Numbers by key and reason: see `event/missing-match-keys.ts`. */
  readonly lacked: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Match quality of connections. Its contract: `match-counts.contract.ts`. */
export interface MatchCountStore {
  /**
   * Returns sums by day and name for the days from `since` to `until`. Days are kept for 400 days; a day has up to 200 names, and
   * `(other)` for the rest.
   */
  getMatchCounts(consumer: ConsumerId, since: string, until: string): Promise<readonly MatchCount[]>;
}
