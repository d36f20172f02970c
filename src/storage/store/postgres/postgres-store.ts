import type { Store } from '../../ports/store.ts';
import type { Database } from '../../postgres/database.ts';
import { createPostgresSql } from '../../postgres/postgres-sql.ts';
import { createAccountLinkStore } from '../account-link-store.ts';
import { createAlertStore } from '../alert-store.ts';
import { createDeadLetterStore } from '../dead-letter-store.ts';
import { createDeferredDeliveryStore } from '../deferred-delivery-store.ts';
import { createDeliveryErrorStore } from '../delivery-error-store.ts';
import { createEventCountStore } from '../event-count-store.ts';
import { createEventIndexStore } from '../event-index-store.ts';
import { createGrantStore } from '../grant-store.ts';
import { createImportStore } from '../import-store.ts';
import { createIssueStore } from '../issue-store.ts';
import { createMatchCountStore } from '../match-count-store.ts';
import { createMoneyStore } from '../money-store.ts';
import { createOrderLedger } from '../order-ledger-store.ts';
import { createPaymentObjectStore } from '../payment-object-store.ts';
import { createProfilePageStore } from '../profile-page-store.ts';
import { createReceiptStore } from '../receipt-store.ts';
import { createRuleCountStore } from '../rule-count-store.ts';
import { createSavedViewStore } from '../saved-view-store.ts';
import { createSiteActivityStore } from '../site-activity-store.ts';
import { createUploadStore } from '../upload-store.ts';
import { createAccounts } from './accounts.ts';
import { createPostgresActivity } from './activity.ts';
import { createAttemptReads } from './attempts.ts';
import { createBrowserUsage } from './browser-usage.ts';
import { createDeliveryCommit } from './commit-delivery.ts';
import { createIdentityCommit } from './commit-identity.ts';
import { createStateReads } from './connection-states.ts';
import { createPostgresSites } from './dashboard-sites.ts';
import { createErasure } from './erasure.ts';
import { createLeases } from './leases.ts';
import { createPostgresOutcomes } from './outcomes.ts';
import { createPostgresReportReads } from './reports.ts';
import { createRetention } from './retention.ts';
import { defaultRewriteLimits, type RewriteLimits } from './table-rewrites.ts';
import { createVisitorProfiles, keepOnlyChoices } from './visitor-profiles.ts';

export interface PostgresStoreOptions {
  /** The time by which leases expire: the database's by default. Tests set it. */
  readonly now?: () => number;
  /** The connections that renew leases: the same by default. */
  readonly renewing?: Database;
  /** The tables that an erasure rewrites at once. */
  readonly rewriteLimits?: RewriteLimits;
  /** Whether connections of the dashboard are read with their secrets, as by default. */
  readonly readsSecrets?: boolean;
}

/** Creates the store of several gateways: tables in a database whose schema is current. Its owner closes the database. */
export function createPostgresStore(
  database: Database,
  { now, renewing = database, rewriteLimits = defaultRewriteLimits, readsSecrets = true }: PostgresStoreOptions = {},
): Store {
  const sql = createPostgresSql(database);
  const outcomes = createPostgresOutcomes(sql);
  return {
    ...createLeases(database, renewing, () => now?.()),
    ...createDeliveryCommit(database),
    ...createIdentityCommit(database),
    ...createStateReads(database),
    ...createAttemptReads(database),
    ...createDeferredDeliveryStore(sql),
    ...createDeadLetterStore(sql),
    getOutcomes: outcomes.latest,
    ...createReceiptStore(sql),
    ...createPostgresReportReads(database),
    ...createVisitorProfiles(database),
    ...createBrowserUsage(database),
    ...createProfilePageStore(sql, (site, visitors) => keepOnlyChoices(database, site, visitors)),
    ...createEventIndexStore(sql, outcomes),
    ...createEventCountStore(sql),
    ...createMoneyStore(sql),
    ...createOrderLedger(sql),
    ...createPaymentObjectStore(sql),
    ...createUploadStore(sql),
    ...createDeliveryErrorStore(sql),
    ...createRuleCountStore(sql),
    ...createMatchCountStore(sql),
    ...createErasure(database, sql, rewriteLimits),
    ...createRetention(database, sql, outcomes),
    ...createAccounts(sql),
    ...createPostgresActivity(database, sql),
    ...createAccountLinkStore(sql),
    ...createGrantStore(sql),
    ...createAlertStore(sql),
    ...createIssueStore(sql),
    ...createSavedViewStore(sql),
    ...createImportStore(sql),
    ...createPostgresSites(database, undefined, readsSecrets),
    atSitesVersion: (version) => createPostgresSites(database, version),
    ...createSiteActivityStore(sql),
    close: async () => {},
  };
}
