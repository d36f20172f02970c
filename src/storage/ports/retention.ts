import { dayMs, type UnixMs } from '../../event/units.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/** The limits up to which retention removes a site's data. */
export interface RetentionCutoffs {
  /** The last record that was or will be removed from the event log. */
  readonly through: Offset;
  readonly profilesBefore: UnixMs;
  readonly deadLettersBefore: UnixMs;
  readonly countsBefore: UnixMs;
  /** Buckets before this are summed up to hours; the use of the budget by networks is removed. Absent: none, and as `countsBefore`. */
  readonly rollUpBefore?: UnixMs;
  /** Orders of removed records that were received before this lose their row. Their sums stay. Absent: none. */
  readonly purchasesBefore?: UnixMs;
  /**
   * Delivered orders, refunds and uploads of before this are removed; absent: none. Late purchases that ended without their person were lost:
   * they are kept until `deadLettersBefore`, counted from their end.
   */
  readonly ordersBefore?: UnixMs;
  /** Removes facts about subscriptions; absent: none. */
  readonly trialsBefore?: UnixMs;
  /** Attempts that started before this lose body and response; absent: none. */
  readonly bodiesBefore?: UnixMs;
}

/** The largest step of the clock after the last sweep at which data is still judged as expired. */
export const maxClockJumpMs = 2 * dayMs;

/** The last sweep of a site, by a clock that passed the clock check. */
export interface LastSweep {
  readonly at: UnixMs;
  /** The clock's time when it was first found far ahead of `at`. */
  readonly suspectedAt?: UnixMs;
}

/** Returns until when the site's clock is trusted, so that events expire by it. A later clock may be days ahead. */
export function getClockTrustEnd(last: LastSweep | undefined): UnixMs {
  return last ? last.at + maxClockJumpMs : Number.POSITIVE_INFINITY;
}

export interface ExpiredProfile {
  readonly visitor: string;
  /** The change is applied only if the profile is still stored as this text. */
  readonly stored: string;
  readonly after: VisitorProfile;
}

export interface ExpiredDeadLetter {
  readonly consumer: ConsumerId;
  readonly offset: Offset;
  readonly bytes: Uint8Array;
}

/** Removal of expired data. Its contract: `retention.contract.ts`. */
export interface RetentionStore {
  /** Returns the site's last sweep, and since when its clock is suspect. */
  getLastSweep(site: string): Promise<LastSweep | undefined>;
  saveLastSweep(site: string, sweep: LastSweep): Promise<void>;
  /** Returns every site that ever ran here. */
  listSites(): Promise<readonly string[]>;
  /** Removes at most `limit` rows of each kind and returns the number of removed rows, 0 when done. */
  removeExpired(site: string, what: RetentionCutoffs, limit: number): Promise<number>;
  /**
   * Releases purchases that only a browser reported and no connection delivered, with the primary report after `after` up to `through`: a
   * later report of the shop is a new event. If the browser denied consent, this applies only to a report that states a grant. Processes
   * one page; `next` is the start of the next page.
   */
  releasePurchases(site: string, after: Offset, through: Offset): Promise<{ readonly released: number; readonly next?: Offset }>;
  /** Removes primary reports whose time is over and whose record is removed. Processes one page; `next` is the start of the next page. */
  removeExpiredPrimaries(
    site: string,
    from: string,
    through: Offset,
    now: UnixMs,
  ): Promise<{ readonly gone: number; readonly next?: string }>;
  /** Removes expired data from these visitors' profiles. Returns the number of changed profiles. */
  stripExpiredProfiles(site: string, visitors: readonly ExpiredProfile[]): Promise<number>;
  /** Removes links that were last reported before a time. Processes one page; `next` is the start of the next page. */
  removeExpiredLinks(site: string, from: string, before: UnixMs): Promise<{ readonly gone: number; readonly next?: string }>;
  stripExpiredDeadLetters(letters: readonly ExpiredDeadLetter[]): Promise<void>;
  /** Returns a bounded part of the file's free space to the disk, and whether there is more. */
  reclaimDiskSpace(): Promise<boolean>;
}
