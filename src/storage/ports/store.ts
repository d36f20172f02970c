import type { AccountLinkStore } from './account-links.ts';
import type { AccountStore } from './accounts.ts';
import type { ActivityStore } from './activity.ts';
import type { AlertStore } from './alerts.ts';
import type { AttemptStore } from './attempts.ts';
import type { ConsumerStore } from './consumers.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { DeferredDeliveryStore } from './deferred-deliveries.ts';
import type { DeliveryErrorStore } from './delivery-errors.ts';
import type { ErasureStore } from './erasure.ts';
import type { EventCountStore } from './event-counts.ts';
import type { EventIndex } from './event-index.ts';
import type { ImportStore } from './imports.ts';
import type { IssueStore } from './issues.ts';
import type { MatchCountStore } from './match-counts.ts';
import type { MoneyStore } from './money.ts';
import type { OrderLedger } from './order-ledger.ts';
import type { OutcomeStore } from './outcomes.ts';
import type { PaymentObjectStore } from './payment-objects.ts';
import type { PlatformGrantStore } from './platform-grants.ts';
import type { ReceiptStore } from './receipts.ts';
import type { ReportStore } from './reports.ts';
import type { RetentionStore } from './retention.ts';
import type { SiteStore } from './rule-changes.ts';
import type { RuleCountStore } from './rule-counts.ts';
import type { SavedViewStore } from './saved-views.ts';
import type { SiteActivityStore } from './site-activity.ts';
import type { UploadStore } from './uploads.ts';
import type { ProfileStore } from './visitor-profiles.ts';

/**
 * All durable state except the event log, in one file with atomic commits. Each site is one partition of the event log, named by the site's
 * id; every offset belongs to this partition.
 */
export type Store = ConsumerStore &
  DeferredDeliveryStore &
  AttemptStore &
  OutcomeStore &
  ReceiptStore &
  DeadLetterStore &
  ProfileStore &
  ReportStore &
  EventIndex &
  EventCountStore &
  DeliveryErrorStore &
  RuleCountStore &
  MatchCountStore &
  MoneyStore &
  OrderLedger &
  UploadStore &
  PaymentObjectStore &
  ErasureStore &
  RetentionStore &
  AccountStore &
  AccountLinkStore &
  PlatformGrantStore &
  ActivityStore &
  AlertStore &
  IssueStore &
  SavedViewStore &
  ImportStore &
  SiteStore &
  SiteActivityStore & { close(): Promise<void> };

/** The part of the store that the identity consumer uses. */
export type IdentityStore = Pick<
  Store,
  | 'acquireLease'
  | 'renewLeases'
  | 'releaseLease'
  | 'commitIdentity'
  | 'getIdentityCursor'
  | 'findExpiredPending'
  | 'getNextPendingExpiry'
  | 'findErasedRecords'
  | 'findDuplicates'
  | 'findDuplicatesByPrimary'
  | 'getAbsentReasons'
  | 'getProfiles'
  | 'findLinks'
  | 'findCheckoutLinks'
  | 'getBrowserUsage'
  | 'countBrowserPurchases'
  | 'findCrowdedPurchases'
  | 'findReportedPurchases'
  | 'getNetworkPurchases'
  | 'listPaymentFacts'
>;
