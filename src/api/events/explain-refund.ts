import { isAdjustedOutcome } from '../../event/adjusted-outcomes.ts';
import { formatMoney } from '../../event/format-numbers.ts';
import { adjustOrder, type OrderAdjustment, type RefundedAmount, type ToldOrder } from '../../event/order-adjustment.ts';
import type { DeliveredPurchase } from '../../storage/ports/order-ledger.ts';
import type { OutcomeView } from './schemas.ts';

/** The order of a refund, as far as one connection delivered or uploads it, and all refunds of the order. */
export interface RefundedOrder {
  readonly order?: (ToldOrder & Pick<DeliveredPurchase, 'left'> & { readonly isUploaded?: true }) | undefined;
  readonly refunds: readonly RefundedAmount[];
}

/** Returns the outcome of a refund or cancellation, with what remains of the order that the platform has. */
export function explainRefund(outcome: OutcomeView, refunded: RefundedOrder): OutcomeView {
  const isAboutOrder = ['unsupported', 'awaiting-upload'].includes(outcome.outcome) || isAdjustedOutcome(outcome.outcome);
  const order = isAboutOrder ? describeOrder(outcome, refunded) : '';
  return order === '' ? outcome : { ...outcome, says: `${order} ${outcome.says}` };
}

function describeOrder({ outcome, issues }: OutcomeView, { order, refunds }: RefundedOrder): string {
  if (!order)
    return outcome === 'unsupported' && issues.length === 0
      ? 'Convey knows no purchase of the order that this connection delivered.'
      : '';
  const adjusted = adjustOrder(order, refunds);
  const { told, left, currency, isUploaded } = order;
  const format = (thousandths: number) => (currency === undefined ? '' : formatMoney(thousandths / 1_000, currency));
  const before = told === undefined || currency === undefined ? '' : ` of ${format(told)}`;
  const purchase = left === undefined && !isUploaded ? `delivered purchase${before}` : `purchase${before}`;
  const has = (now?: number) => (left === undefined || left === now ? '' : ` The platform has ${format(left)}.`);
  switch (adjusted.state) {
    case 'unchanged':
      return `Nothing of the ${purchase} was paid back.`;
    case 'retracted':
      return `Nothing is left of the ${purchase}.${has(0)}`;
    case 'restated': {
      const { thousandths } = adjusted;
      return `${format(thousandths)} are left of the ${purchase}.${has(thousandths)}`;
    }
    case 'unknown':
      return unknownTexts[adjusted.reason](purchase);
  }
}

type UnknownReason = Extract<OrderAdjustment, { readonly state: 'unknown' }>['reason'];

const unknownTexts: Readonly<Record<UnknownReason, (purchase: string) => string>> = {
  'currency-differs': (purchase) =>
    `The refund is in another currency than the ${purchase}, so its remaining value is not known.`,
  'value-unknown': () => 'The value of the delivered purchase is not known.',
  'told-differs': () =>
    'The remaining value is not known: a rule changed the currency, set the value to 0, or is not known any more.',
};
