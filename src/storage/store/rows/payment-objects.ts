import type { NewPaymentFact } from '../../ports/payment-objects.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { formatOwner } from './uploads.ts';

const put = defineStatement(
  `INSERT INTO payment_objects AS p (site, object, kind, value, at, owner) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (site, object) DO UPDATE SET kind = excluded.kind, value = excluded.value, at = excluded.at,
     owner = coalesce(excluded.owner, p.owner) WHERE p.kind = 'trial' AND excluded.kind = 'sale'`,
);

/** The fact about an object that pays an order. */
const paidOrder = `payment_objects p WHERE p.site = $1 AND p.object = $2 AND p.kind = 'order' AND p.value <> p.object`;

/** Copies the refunds of a payment to its order. One that did not happen stays so. */
const copyRefunds = defineStatement(
  `INSERT INTO order_refunds AS r (site, order_id, refund_id, at, amount, currency)
   SELECT o.site, p.value, o.refund_id, o.at, o.amount, o.currency FROM order_refunds o, ${paidOrder} AND o.site = $1 AND o.order_id = $2
   ON CONFLICT (site, order_id, refund_id) DO UPDATE SET amount = 0 WHERE excluded.amount = 0`,
);
const removeCopied = defineStatement(
  `DELETE FROM order_refunds WHERE site = $1 AND order_id = $2 AND EXISTS (SELECT 1 FROM ${paidOrder})`,
);

/**
 * Returns the statements that keep facts. The first one about an object stays, but a trial becomes a sale. Refunds that came before the fact
 * about their payment move to its order, so they run after those that keep refunds.
 */
export function paymentFactStatements(site: string, facts: readonly NewPaymentFact[] = []): readonly Statement[] {
  return facts.flatMap(({ object, kind, value, at, person }) => {
    const kept = put(site, object, kind, value, at, person ? formatOwner(person) : null);
    return kind === 'order' ? [kept, copyRefunds(site, object), removeCopied(site, object)] : [kept];
  });
}
