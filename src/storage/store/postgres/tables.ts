import { accountTables } from './accounts.ts';
import { alertTables } from './alerts.ts';
import { attemptTables } from './attempts.ts';
import { commandTables } from './commands.ts';
import { consumerTables } from './connection-states.ts';
import { dashboardSiteTables } from './dashboard-sites.ts';
import { deadLetterTables } from './dead-letters.ts';
import { deferredDeliveryTables } from './deferred-deliveries.ts';
import { erasureTables } from './erasure.ts';
import { eventCountTables } from './event-counts.ts';
import { eventIndexTables } from './event-index.ts';
import { leaseTables } from './leases.ts';
import { matchCountTables } from './match-counts.ts';
import { nodeTables } from './nodes.ts';
import { outcomeTables } from './outcomes.ts';
import { receiptTables } from './receipts.ts';
import { reportTables } from './reports.ts';
import { retentionTables } from './retention.ts';
import { ruleChangeTables } from './rule-changes.ts';
import { profileTables } from './visitor-profiles.ts';

/** The tables of the store, by subject. */
export const storeTables = [
  nodeTables,
  commandTables,
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
].join('');
