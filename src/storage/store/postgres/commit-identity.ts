import type { ConsumerStore } from '../../ports/consumers.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { refundStatements } from '../rows/delivered-orders.ts';
import { paymentFactStatements } from '../rows/payment-objects.ts';
import { budgetStatements } from './browser-usage.ts';
import { indexStatements } from './event-index.ts';
import { commitFenced } from './leases.ts';
import { purchaseStatements, replacedPurchaseStatements } from './money.ts';
import { reportStatements } from './reports.ts';
import { profileStatements } from './visitor-profiles.ts';

const putCursor = defineStatement(
  'INSERT INTO identity (site, cursor) VALUES ($1, $2) ON CONFLICT (site) DO UPDATE SET cursor = excluded.cursor',
);

/** Creates the commit of a site's identity consumer: one transaction in one round trip. The cursor moves after the reports are counted. */
export function createIdentityCommit(database: Database): Pick<ConsumerStore, 'commitIdentity'> {
  return {
    async commitIdentity(lease, change, continued) {
      await commitFenced(database, lease, continued, [
        ...replacedPurchaseStatements(change),
        ...reportStatements(change),
        ...purchaseStatements(change),
        ...refundStatements(change.site, change.reports),
        ...paymentFactStatements(change.site, change.paymentFacts),
        ...profileStatements(change),
        ...budgetStatements(change),
        ...indexStatements(change),
        putCursor(change.site, change.cursor),
      ]);
    },
  };
}
