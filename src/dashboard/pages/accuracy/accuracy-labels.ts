import type { ConnectionAccuracyView, OutcomeView } from '../../../api/client.ts';
import { formatInteger, pluralize } from '../../components/display/format.ts';
import { skipLabels } from '../../components/display/skip-labels.ts';

type GapView = ConnectionAccuracyView['gaps'][number];
type Gap = GapView['gap'];
type Outcome = OutcomeView['outcome'];

/** `128 orders: 121 accepted, 5 explained, 2 missing`. */
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

/** What a gap is called where there is room for a few words; the gateway says the rest. */
export const gapLabels: Readonly<Record<Gap, string>> = {
  ...skipLabels,
  waiting: 'Waiting',
  retrying: 'Tried again for over an hour',
  unsent: 'Not sent for over an hour',
  rejected: 'Refused',
  expired: 'Too old',
  damaged: 'Damaged',
  earlier: 'Before the connection began',
  claimed: 'Decided by a browser',
  lost: 'Lost',
  'never-seen': 'Never seen',
};

/** Under which outcomes the events of a gap are listed; none where no list shows them. */
export function getGapOutcomes(gap: Gap): readonly Outcome[] {
  switch (gap) {
    case 'waiting':
      return ['waiting', 'undelivered'];
    case 'retrying':
      return ['waiting'];
    case 'unsent':
      return ['undelivered', 'waiting'];
    case 'rejected':
    case 'expired':
    case 'damaged':
      return ['dead'];
    case 'claimed':
      return ['delivered', 'consent-denied'];
    case 'earlier':
    case 'lost':
    case 'never-seen':
      return [];
    default:
      return [gap];
  }
}

/** What is in none of the numbers, and why. */
export function getAccuracyNotes(
  { notCounted, noted }: Pick<ConnectionAccuracyView, 'notCounted' | 'noted'>,
  unknownToShop: number,
): readonly string[] {
  const { 'test-order': tests = 0, 'offline-order': offline = 0 } = notCounted;
  return [
    ...(noted > 0 ? [`${pluralize(noted, 'order')} of the accepted ones came with a note: look at the event.`] : []),
    ...(tests > 0 ? [`Not counted: ${pluralize(tests, 'test order')}.`] : []),
    ...(offline > 0 ? [`Not counted: ${pluralize(offline, 'order')} that no shopper of the storefront made.`] : []),
    ...(unknownToShop > 0
      ? [`Not counted: ${pluralize(unknownToShop, 'purchase')} that browsers or servers told, and no webhook of the shop.`]
      : []),
  ];
}
