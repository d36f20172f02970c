import type { ReportSource } from '../../event/event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Via } from '../../event/via.ts';
import type { Offset } from '../log/event-log.ts';
import type { ReportedOrder } from './money.ts';
import type { OrderRefund } from './order-ledger.ts';

/** One event record as the identity consumer read it. */
export interface ReceivedReport {
  readonly offset: Offset;
  /** The time when the event log received it. */
  readonly at: UnixMs;
  readonly name: string;
  readonly id: string;
  readonly reporter: ReportSource;
  /** The way in, unless it is the source's own. */
  readonly via?: Via;
  /** Set if the report has no consent choice and does not count as granted. */
  readonly isUndecided?: true;
  readonly keepUntil: UnixMs;
  /** Set if a server or webhook states that the shopper granted consent. */
  readonly isGranted?: true;
  /** The order of a purchase, as this report states it. Absent for other events, and without a body. */
  readonly order?: ReportedOrder;
  /** The refund or cancellation that a server or webhook reports. */
  readonly refund?: OrderRefund;
  /** The one connection for which a rule added the event. Nobody reported it, so it does not count as received. */
  readonly addedFor?: string;
}

/** A report of a server or webhook. */
export interface TrustedReport {
  readonly offset: Offset;
  /** The first report of its event, which may be a browser's. */
  readonly primary: Offset;
}

/** A purchase that has a primary report. */
export interface ReportedPurchase {
  readonly primary: Offset;
  /** Present if only browsers reported the purchase, and it takes a part of its network's: see `IndexEntry`. */
  readonly networkPlace?: number;
}

/**
 * The reason why a record's body was removed. `erased-report`: an erasure removed a browser's report that the shop did not confirm, but not
 * its event, so the other reports of the event count as before.
 */
export type AbsentReason = ConsentReason | 'erased' | 'erased-report';

/** `consent-missing`: no choice came in time. `consent-refused`: a denial came. Earlier versions stored `consent-denied` for both. */
type ConsentReason = (typeof consentReasons)[number];

const consentReasons = ['consent-missing', 'consent-refused', 'consent-denied'] as const;

/** Returns whether a record lost its body because it had waited for consent in vain. */
export function isConsentReason(reason: AbsentReason | undefined): reason is ConsentReason {
  return consentReasons.some((one) => one === reason);
}

/** Reports of events: which are duplicates, and their sources. Its contract: `reports.contract.ts`. */
export interface ReportStore {
  /** Maps each duplicate from `from` to `through` to its primary report. */
  findDuplicates(site: string, from: Offset, through: Offset): Promise<ReadonlyMap<Offset, Offset>>;
  /** Counts the duplicates after `after` up to `through`. */
  countDuplicates(site: string, after: Offset, through: Offset): Promise<number>;
  /** Maps primary reports to their duplicates, in log order. */
  findDuplicatesByPrimary(site: string, primaries: readonly Offset[]): Promise<ReadonlyMap<Offset, readonly Offset[]>>;
  /**
   * Returns reports of servers and webhooks after `after` up to `through`, in log order, at most `limit`. Reads a bounded part of the index:
   * the returned `through` is the end of this part, `others` the number of other events in it.
   */
  findTrustedReports(
    site: string,
    after: Offset,
    through: Offset,
    limit: number,
  ): Promise<{ readonly reports: readonly TrustedReport[]; readonly through: Offset; readonly others: number }>;
  /** Returns the sources that reported purchases since `since`. */
  getPurchaseReporters(site: string, since: UnixMs): Promise<readonly ReportSource[]>;
  /**
   * Counts purchases after an offset that only browsers reported, up to `most`, and returns the last of these. Duplicates are not
   * counted.
   * @param maxPlace leaves out purchases beyond this part of their network. By default all count.
   */
  countBrowserPurchases(
    site: string,
    after: Offset,
    most: number,
    maxPlace?: number,
  ): Promise<{ readonly count: number; readonly last?: Offset }>;
  /** Returns the purchases among `offsets` that are beyond this part of their network. */
  findCrowdedPurchases(site: string, offsets: readonly Offset[], maxPlace: number): Promise<ReadonlySet<Offset>>;
  /** Returns the purchases of these ids that are known at `now`, by id: a later report of a browser is their duplicate. */
  findReportedPurchases(site: string, ids: readonly string[], now: UnixMs): Promise<ReadonlyMap<string, ReportedPurchase>>;
  getAbsentReasons(site: string, offsets: readonly Offset[]): Promise<ReadonlyMap<Offset, AbsentReason>>;
}
