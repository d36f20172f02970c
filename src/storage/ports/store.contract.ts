import { afterEach, beforeEach, describe } from 'vitest';
import { accountLinksContract } from './account-links.contract.ts';
import { accountsContract } from './accounts.contract.ts';
import { activityContract } from './activity.contract.ts';
import { alertsContract } from './alerts.contract.ts';
import { attemptsContract } from './attempts.contract.ts';
import { consumersContract } from './consumers.contract.ts';
import { dashboardSitesContract } from './dashboard-sites.contract.ts';
import { deadLettersContract } from './dead-letters.contract.ts';
import { deferredDeliveriesContract } from './deferred-deliveries.contract.ts';
import { deliveryErrorsContract } from './delivery-errors.contract.ts';
import { erasureContract } from './erasure.contract.ts';
import { eventCountsContract } from './event-counts.contract.ts';
import { eventIndexContract } from './event-index.contract.ts';
import { issuesContract } from './issues.contract.ts';
import { matchCountsContract } from './match-counts.contract.ts';
import { moneyContract } from './money.contract.ts';
import { orderLedgerContract } from './order-ledger.contract.ts';
import { outcomesContract } from './outcomes.contract.ts';
import { paymentObjectsContract } from './payment-objects.contract.ts';
import { platformGrantsContract } from './platform-grants.contract.ts';
import { receiptsContract } from './receipts.contract.ts';
import { reportsContract } from './reports.contract.ts';
import { retentionContract } from './retention.contract.ts';
import { ruleChangesContract } from './rule-changes.contract.ts';
import { ruleCountsContract } from './rule-counts.contract.ts';
import { savedViewsContract } from './saved-views.contract.ts';
import { createState, StoreBench, type StoreHarness } from './store.fixture.ts';
import { uploadsContract } from './uploads.contract.ts';
import { visitorProfilesContract } from './visitor-profiles.contract.ts';

/** The contract of the store, by subject. Every adapter fulfils all of it. */
export function storeContract(adapter: string, makeHarness: () => Promise<StoreHarness>): void {
  describe(`the ${adapter} store`, () => {
    const bench = new StoreBench(makeHarness);
    beforeEach(bench.open);
    afterEach(bench.dispose);

    dashboardSitesContract({ store: () => bench.store, restart: bench.restart, state: createState });
    accountsContract({ store: () => bench.store, restart: bench.restart });
    accountLinksContract(bench);
    activityContract(bench);
    alertsContract(bench);
    issuesContract(bench);
    attemptsContract(bench);
    consumersContract(bench);
    deadLettersContract(bench);
    deferredDeliveriesContract(bench);
    deliveryErrorsContract(bench);
    ruleCountsContract(bench);
    erasureContract(bench);
    eventCountsContract(bench);
    eventIndexContract(bench);
    matchCountsContract(bench);
    moneyContract(bench);
    orderLedgerContract(bench);
    uploadsContract(bench);
    paymentObjectsContract(bench);
    outcomesContract(bench);
    platformGrantsContract(bench);
    receiptsContract(bench);
    reportsContract(bench);
    retentionContract(bench);
    ruleChangesContract(bench);
    savedViewsContract(bench);
    visitorProfilesContract(bench);
  });
}
