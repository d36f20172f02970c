import type { NormalForms } from '../../../event/event.ts';
import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveredOrder, OrderRefund, RestatedOrder } from '../../ports/order-ledger.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';

/** The columns of the person's hashes, by their normal form. */
const formColumns = [
  ['email_plain', 'emailPlain'],
  ['email_microsoft', 'emailMicrosoft'],
  ['email_google', 'emailGoogle'],
  ['email_given', 'emailGiven'],
  ['phone_e164', 'phoneE164'],
  ['phone_digits', 'phoneDigits'],
  ['phone_given', 'phoneGiven'],
] as const satisfies readonly (readonly [string, keyof NormalForms])[];

export const hashColumns: readonly string[] = [...formColumns.map(([column]) => column), 'external_id'];

/** The indexes by which a person's orders are found. Most orders lack some of the values. */
export const ownerIndexes = [...hashColumns, 'visitor']
  .map((column) => `CREATE INDEX delivered_orders_by_${column} ON delivered_orders (${column}) WHERE ${column} IS NOT NULL;`)
  .join('\n  ');

const columns = ['"offset"', 'at', 'is_trusted', ...hashColumns, 'visitor', 'purchase'];

/** A report of the shop stays, unless the event itself is delivered again. */
const putOrder = defineStatement(
  `INSERT INTO delivered_orders AS o (consumer, order_id, ${columns.join(', ')})
   VALUES ($1, $2, ${columns.map((_, index) => `$${index + 3}`).join(', ')})
   ON CONFLICT (consumer, order_id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
   WHERE excluded.is_trusted >= o.is_trusted OR excluded."offset" = o."offset"`,
);

const putRefund = defineStatement(
  `INSERT INTO order_refunds (site, order_id, refund_id, at, amount, currency) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (site, order_id, refund_id) DO NOTHING`,
);

const undoRefund = defineStatement(
  `INSERT INTO order_refunds AS r (site, order_id, refund_id, at, amount, currency) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (site, order_id, refund_id) DO UPDATE SET amount = 0`,
);

/** Returns the statements that keep a connection's delivered orders. */
export function deliveredOrderStatements(consumer: ConsumerId, orders: readonly DeliveredOrder[] = []): readonly Statement[] {
  return orders.map(({ orderId, offset, isTrusted, purchase }) => {
    const { forms, externalId = null, anonymousId = null, time } = purchase;
    const hashes = formColumns.map(([, form]) => forms[form] ?? null);
    const distinct = hashes.map((hash, index) => (hashes.indexOf(hash) === index ? hash : null));
    const owner = [...distinct, externalId, anonymousId];
    return putOrder(consumer, orderId, offset, time, Number(isTrusted), ...owner, JSON.stringify(purchase));
  });
}

/**
 * Returns a function that returns the statements that change what platforms have of delivered purchases.
 * @param purchase an SQL expression: the JSON of `purchase` with `$4` as `left`
 */
export function createRestatements(purchase: string) {
  const restate = defineStatement(
    `UPDATE delivered_orders SET purchase = ${purchase} WHERE consumer = $1 AND order_id = $2 AND "offset" = $3`,
  );
  return (consumer: ConsumerId, orders: readonly RestatedOrder[] = []): readonly Statement[] =>
    orders.map(({ orderId, offset, left }) => restate(consumer, orderId, offset, left));
}

/** Returns the statements that keep refunds. A refund that is known stays as it is. */
export function refundStatements(site: string, reports: readonly { readonly refund?: OrderRefund }[]): readonly Statement[] {
  return reports.flatMap(({ refund }) => {
    if (!refund) return [];
    const { orderId, refundId, at, thousandths = null, currency, undoes } = refund;
    const put = putRefund(site, orderId, refundId, at, thousandths, currency);
    return undoes === undefined ? [put] : [put, undoRefund(site, orderId, undoes, at, 0, currency)];
  });
}
