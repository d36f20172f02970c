import type { ConnectionAccuracyView } from '../../../api/client.ts';
import { formatInteger, formatMoney, pluralize } from '../../components/display/format.ts';
import { outcomeLabels } from '../../components/display/outcome-labels.ts';
import { skipLabels } from '../../components/display/skip-labels.ts';

type GapView = ConnectionAccuracyView['gaps'][number];
type Gap = GapView['gap'];

/** Formats a summary: `128 orders: 121 accepted, 5 explained, 2 missing`. */
export function formatOrderSummary({
  orders,
  accepted,
  explained,
  missing,
}: Pick<ConnectionAccuracyView, 'orders' | 'accepted' | 'explained' | 'missing'>): string {
  const parts = [`${formatInteger(accepted)} accepted`];
  if (explained > 0) parts.push(`${formatInteger(explained)} explained`);
  parts.push(missing === 0 ? 'none missing' : `${formatInteger(missing)} missing`);
  return `${pluralize(orders, 'order')}: ${parts.join(', ')}`;
}

/** Short names of gaps. The gateway explains them. */
export const gapLabels: Readonly<Record<Gap, string>> = {
  ...skipLabels,
  waiting: 'Waiting',
  retrying: 'Retried for over an hour',
  unsent: 'Not sent for over an hour',
  'awaiting-verdict': outcomeLabels['awaiting-verdict'],
  unverified: outcomeLabels.unverified,
  rejected: 'Rejected by the platform',
  expired: 'Too old',
  damaged: 'Damaged',
  earlier: 'Before this connection',
  claimed: 'Decided by a browser',
  lost: 'Lost',
  'never-seen': 'Never received',
};

/** Returns notes about orders that are not counted. */
export function getAccuracyNotes(
  { notCounted, noted }: Pick<ConnectionAccuracyView, 'notCounted' | 'noted'>,
  unknownToShop: number,
): readonly string[] {
  const { 'test-order': tests = 0, 'offline-order': offline = 0 } = notCounted;
  return [
    ...(noted > 0
      ? [`${pluralize(noted, 'order')} ${noted === 1 ? 'was' : 'were'} accepted with a warning. Open an event for details.`]
      : []),
    ...(tests > 0 ? [`Not counted: ${pluralize(tests, 'test order')}.`] : []),
    ...(offline > 0 ? [`Not counted: ${pluralize(offline, 'order')} from outside the storefront.`] : []),
    ...(unknownToShop > 0
      ? [`Not counted: ${pluralize(unknownToShop, 'purchase')} that only browsers reported, not the shop.`]
      : []),
  ];
}

/** Returns what was paid back of the orders, and the rest, for each currency with refunds. */
export function getRefundNotes({ amounts }: Pick<ConnectionAccuracyView, 'amounts'>): readonly string[] {
  return amounts.flatMap(({ currency, amount, refunded = 0, net = 0 }) =>
    refunded === 0
      ? []
      : [
          `Refunded by now: ${formatMoney(refunded, currency)} of ${formatMoney(amount, currency)}, which leaves ${formatMoney(net, currency)} net. A refund counts on the day of its order.`,
        ],
  );
}
