import { consentCountTables } from './log/postgres/consent-counts.ts';
import { logTables } from './log/postgres/tables.ts';
import { moveTables } from './move/folder-move.ts';
import type { SchemaStep } from './postgres/migrate-database.ts';
import { activityTables } from './store/postgres/activity.ts';
import { browserBudgetTables } from './store/postgres/browser-usage.ts';
import { distrustedKeyTables } from './store/postgres/dashboard-sites.ts';
import { deliveryErrorTables } from './store/postgres/delivery-errors.ts';
import { visitorCheckTables } from './store/postgres/erasure.ts';
import { eventViewTables } from './store/postgres/event-index.ts';
import { importTables } from './store/postgres/imports.ts';
import { moneyTables } from './store/postgres/money.ts';
import { orderLedgerTables, refundCountingTables } from './store/postgres/order-ledger.ts';
import { pageSessionTables } from './store/postgres/page-sessions.ts';
import { paymentObjectTables } from './store/postgres/payment-objects.ts';
import { clickCheckColumns, grantTables, lateColumns } from './store/postgres/platform-grants.ts';
import { ruleCountTables } from './store/postgres/rule-counts.ts';
import { shopRequestDoneColumn } from './store/postgres/shop-requests.ts';
import { issueTables, storeTables } from './store/postgres/tables.ts';
import { uploadTables } from './store/postgres/uploads.ts';
import { wayInTables } from './store/postgres/ways-in.ts';
import { browserPurchaseIndex, orderIndex } from './store/rows/event-index.ts';

/**
 * The steps of the schema's history on PostgreSQL; each subject's tables are in a file of its own. A step only adds, and a later release
 * removes, so that two releases run beside each other. Each text column has `COLLATE "C"`, so that offsets and ids compare by their bytes.
 */
export const schemaSteps: readonly SchemaStep[] = [
  { oldestReader: 1, script: [logTables, storeTables, moveTables].join('\n') },
  { oldestReader: 1, script: visitorCheckTables },
  { oldestReader: 1, script: browserBudgetTables },
  { oldestReader: 1, script: shopRequestDoneColumn },
  { oldestReader: 1, script: moneyTables },
  { oldestReader: 1, script: deliveryErrorTables },
  { oldestReader: 1, script: activityTables },
  { oldestReader: 1, script: issueTables },
  { oldestReader: 1, script: eventViewTables },
  { oldestReader: 1, script: ruleCountTables },
  { oldestReader: 1, script: orderLedgerTables },
  { oldestReader: 1, script: consentCountTables },
  { oldestReader: 1, script: grantTables },
  { oldestReader: 1, script: orderIndex },
  { oldestReader: 1, script: refundCountingTables },
  { oldestReader: 1, script: clickCheckColumns },
  { oldestReader: 1, script: uploadTables },
  { oldestReader: 1, script: lateColumns },
  { oldestReader: 1, script: browserPurchaseIndex },
  { oldestReader: 1, script: distrustedKeyTables },
  { oldestReader: 1, script: paymentObjectTables },
  { oldestReader: 1, script: wayInTables },
  { oldestReader: 1, script: importTables },
  { oldestReader: 1, script: pageSessionTables },
];
