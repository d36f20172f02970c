import { accountTables } from './accounts.ts';
import { alertTables } from './alerts.ts';
import { attemptTables } from './attempts.ts';
import { collectorNoticeTables } from './collector-notices.ts';
import { commandTables } from './commands.ts';
import { consumerTables } from './connection-states.ts';
import { dashboardSiteTables } from './dashboard-sites.ts';
import { deadLetterTables } from './dead-letters.ts';
import { deferredDeliveryTables } from './deferred-deliveries.ts';
import { erasureTables } from './erasure.ts';
import { eventCountTables } from './event-counts.ts';
import { eventIndexTables } from './event-index.ts';
import { exportTables } from './exports.ts';
import { leaseTables } from './leases.ts';
import { matchCountTables } from './match-counts.ts';
import { nodeTables } from './nodes.ts';
import { outcomeTables } from './outcomes.ts';
import { receiptTables } from './receipts.ts';
import { reportTables } from './reports.ts';
import { retentionTables } from './retention.ts';
import { ruleChangeTables } from './rule-changes.ts';
import { shopRequestTables } from './shop-requests.ts';
import { signInFailureTables } from './sign-in-failures.ts';
import { spoolTables } from './spools.ts';
import { rewriteTables } from './table-rewrites.ts';
import { profileTables } from './visitor-profiles.ts';

/** The tables of the store, by subject. */
export const storeTables = [
  nodeTables,
  commandTables,
  spoolTables,
  leaseTables,
  consumerTables,
  reportTables,
  deferredDeliveryTables,
  deadLetterTables,
  attemptTables,
  outcomeTables,
  receiptTables,
  profileTables,
  eventIndexTables,
  eventCountTables,
  matchCountTables,
  erasureTables,
  retentionTables,
  accountTables,
  alertTables,
  dashboardSiteTables,
  ruleChangeTables,
  signInFailureTables,
  exportTables,
  shopRequestTables,
  collectorNoticeTables,
  rewriteTables,
].join('');
