import type { ConsumerStore } from '../../ports/consumers.ts';
import type { Database } from '../../postgres/database.ts';
import { createRestatements, deliveredOrderStatements } from '../rows/delivered-orders.ts';
import { uploadStatements } from '../rows/uploads.ts';
import { attemptStatements } from './attempts.ts';
import { stateStatement } from './connection-states.ts';
import { deadLetterStatements, expiredRangeStatements } from './dead-letters.ts';
import { deferralStatements, shortenDeferrals } from './deferred-deliveries.ts';
import { deliveryErrorStatements } from './delivery-errors.ts';
import { deliveryTimeStatements, outcomeCountStatements } from './event-counts.ts';
import { commitFenced } from './leases.ts';
import { matchCountStatements } from './match-counts.ts';
import { purchaseOutcomeStatements } from './money.ts';
import { outcomeStatements } from './outcomes.ts';
import { receiptStatements } from './receipts.ts';
import { ruleCountStatements } from './rule-counts.ts';

/** Changes the text, because PostgreSQL refuses the escapes of U+0000 and of half a surrogate pair in JSON that it takes apart. */
const restatementStatements = createRestatements(
  `regexp_replace(regexp_replace(purchase, ',"left":[0-9]+', ''), '[}]$', ',"left":' || $4::bigint || '}')`,
);

/** Creates the commit of a connection's consumer: one transaction in one round trip. */
export function createDeliveryCommit(database: Database): Pick<ConsumerStore, 'commitDelivery'> {
  return {
    async commitDelivery(lease, change, continued) {
      const { consumer } = lease;
      await commitFenced(database, lease, continued, [
        stateStatement(consumer, change.state),
        ...attemptStatements(consumer, change),
        ...receiptStatements(consumer, change),
        ...deferralStatements(consumer, change),
        ...deadLetterStatements(consumer, change),
        ...outcomeStatements(consumer, change.outcomes),
        ...(change.correctedClock === undefined ? [] : [shortenDeferrals(consumer, change.correctedClock)]),
        ...expiredRangeStatements(consumer, change),
        ...matchCountStatements(consumer, change.matches),
        ...outcomeCountStatements(consumer, change.counts),
        ...deliveryTimeStatements(consumer, change.deliveryTimes),
        ...purchaseOutcomeStatements(consumer, change.purchases),
        ...deliveredOrderStatements(consumer, change.deliveredOrders),
        ...restatementStatements(consumer, change.restatedOrders),
        ...uploadStatements(consumer, change),
        ...deliveryErrorStatements(consumer, change.errors),
        ...ruleCountStatements(consumer, change.ruleCounts),
      ]);
    },
  };
}
