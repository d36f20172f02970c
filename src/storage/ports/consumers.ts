import type { UnixMs } from '../../event/units.ts';
import type { IdentityLink } from '../../visitors/identity-links.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import type { Offset } from '../log/event-log.ts';
import type { OpenAttempt, SettledAttempt } from './attempts.ts';
import type { ConnectionState } from './connection-state.ts';
import type { ConsumerId } from './consumer-id.ts';
import type { DeadLetter, ExpiredRange } from './dead-letters.ts';
import type { DeferredDelivery } from './deferred-deliveries.ts';
import type { DeliveryErrorCount } from './delivery-errors.ts';
import type { DeliveryTimeCount, OutcomeCountChange } from './event-counts.ts';
import type { IndexEntry } from './event-index.ts';
import type { MatchCount } from './match-counts.ts';
import type { PurchaseOutcome } from './money.ts';
import type { DeliveredOrder, RestatedOrder } from './order-ledger.ts';
import type { EventOutcomeEntry } from './outcomes.ts';
import type { NewPaymentFact } from './payment-objects.ts';
import type { Receipt } from './receipts.ts';
import type { AbsentReason, ReceivedReport } from './reports.ts';
import type { RuleCountChange } from './rule-counts.ts';
import type { NewUpload, UploadResult } from './uploads.ts';
import type { BrowserUse, NetworkPurchases } from './visitor-profiles.ts';

/**
 * The right to change one consumer's state. The epoch is a fencing token: after the lease is lost, every commit with it fails as a whole, so
 * that two processes never settle the same event.
 */
export interface Lease {
  readonly consumer: ConsumerId;
  readonly epoch: number;
}

/** Another owner has the lease. Stop, and acquire a new lease. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** One atomic commit of a connection's consumer. */
export interface DeliveryCommit {
  readonly state: ConnectionState;
  readonly open?: OpenAttempt;
  readonly settle?: SettledAttempt;
  /** Stored with the attempt that it belongs to, or replaces the stored receipt of that attempt. */
  readonly putReceipt?: Receipt;
  /** The attempt whose receipt has ended. */
  readonly endReceipt?: string;
  readonly putDeferred?: readonly DeferredDelivery[];
  readonly removeDeferred?: readonly Offset[];
  readonly deadLetters?: readonly DeadLetter[];
  readonly removeDeadLetters?: readonly Offset[];
  /** One entry per event that the cursor passes, and per deferred delivery whose outcome changes. */
  readonly outcomes?: readonly EventOutcomeEntry[];
  /** Added to the stored counts: each event moves from its previous outcome to its new one. */
  readonly counts?: readonly OutcomeCountChange[];
  /** Added to the stored counts. */
  readonly matches?: readonly MatchCount[];
  /** Each replaces the stored outcome of its order. The sums of money change by the difference. */
  readonly purchases?: readonly PurchaseOutcome[];
  /** Purchases that the platform has accepted now. */
  readonly deliveredOrders?: readonly DeliveredOrder[];
  /** Delivered purchases whose value the platform has changed now. A purchase that is not kept, or was replaced, stays as it is. */
  readonly restatedOrders?: readonly RestatedOrder[];
  /** Rows for the account's API. One that is known stays as it is. */
  readonly putUploads?: readonly NewUpload[];
  /** The results of calls. A row that is not kept any more stays removed. */
  readonly uploadResults?: readonly UploadResult[];
  /** Replaces the state of the connection's uploads. */
  readonly uploadState?: string;
  /** Added to the stored counts. */
  readonly deliveryTimes?: readonly DeliveryTimeCount[];
  /** Added to the stored counts; at most `maxErrorPairsAtOnce`. */
  readonly errors?: readonly DeliveryErrorCount[];
  /** Added to the stored counts. */
  readonly ruleCounts?: readonly RuleCountChange[];
  /** Extends the stored range that ends where this one begins. */
  readonly expired?: ExpiredRange;
  /** Ranges by their `lastOffset`. */
  readonly removeExpired?: readonly Offset[];
  /** The corrected time after a clock rollback: deferred deliveries that would wait longer than `maxDeferralMs` from it become due. */
  readonly correctedClock?: UnixMs;
}

/** One atomic commit of a site's identity consumer. */
export interface IdentityCommit {
  readonly site: string;
  readonly cursor: Offset;
  /** Reports after the previous cursor are counted as received. */
  readonly reports: readonly ReceivedReport[];
  /** Events that wait for the shopper's consent choice. */
  readonly pending?: readonly { readonly offset: Offset; readonly until: UnixMs }[];
  readonly resolved?: readonly Offset[];
  /** The complete new profiles of these visitors. */
  readonly profiles?: readonly { readonly visitor: string; readonly profile: VisitorProfile }[];
  /** A stored link covers the time from its first to its newest report. */
  readonly links?: readonly IdentityLink[];
  /** Visitors who denied consent: their links up to a time are removed. */
  readonly unlink?: readonly { readonly visitor: string; readonly through: UnixMs }[];
  /** The day's budget use, including this commit. Replaces the stored value. */
  readonly browserUse?: BrowserUse;
  /** The part of the day's budget that each network uses, including this commit. Earlier days are removed. */
  readonly networkPurchases?: readonly NetworkPurchases[];
  /** Facts about objects of payment systems. Writing one twice changes nothing. */
  readonly paymentFacts?: readonly NewPaymentFact[];
  /** Entries for the search. Writing an entry twice changes nothing. */
  readonly index?: readonly IndexEntry[];
  /** The reasons why records' bodies are about to be removed from the event log. The index removes their match keys and order ids. */
  readonly absent?: readonly { readonly offset: Offset; readonly reason: AbsentReason }[];
  readonly now: UnixMs;
}

/** Leases, commits and cursors of consumers. Its contract: `consumers.contract.ts`. */
export interface ConsumerStore {
  /** Acquires the consumer's lease for `ttlMs` by the store's clock. Returns `undefined` while another owner has it. */
  acquireLease(consumer: ConsumerId, owner: string, ttlMs: number): Promise<Lease | undefined>;
  /** Renews leases together. Returns those that are lost. */
  renewLeases(leases: readonly Lease[], ttlMs: number): Promise<readonly Lease[]>;
  releaseLease(lease: Lease): Promise<void>;
  /**
   * Commits all of `commit` or nothing.
   * @param continued the cursor that the commit continues from. A store that may lose commits refuses another one.
   * @throws LeaseLostError if the lease's epoch is stale, or the cursor is not the stored one
   */
  commitDelivery(lease: Lease, commit: DeliveryCommit, continued?: Offset): Promise<void>;
  /** Commits all of `commit` or nothing, as `commitDelivery`. Committing the same records again changes nothing. @throws LeaseLostError */
  commitIdentity(lease: Lease, commit: IdentityCommit, continued?: Offset): Promise<void>;
  /** Returns `undefined` if the connection never ran. */
  getConnectionState(consumer: ConsumerId): Promise<ConnectionState | undefined>;
  getIdentityCursor(site: string): Promise<Offset>;
  /** Returns events whose wait for consent is over, or longer than any wait because the clock was ahead when it was set. */
  findExpiredPending(site: string, now: UnixMs): Promise<readonly Offset[]>;
  /** Returns when the next wait of a pending event ends; `undefined` if none waits. */
  getNextPendingExpiry(site: string): Promise<UnixMs | undefined>;
}
