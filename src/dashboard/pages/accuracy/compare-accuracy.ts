import type { ConnectionAccuracyView } from '../../../api/client.ts';
import type { Share } from '../../components/display/trends.ts';

/** The orders of one connection, beside those of the others. */
export interface ComparedAccuracy {
  readonly connection: string;
  readonly orders: number;
  readonly accepted: number;
  readonly explained: number;
  readonly missing: number;
  /** Absent without orders. */
  readonly share?: Share;
  readonly before?: Share;
}

type Sums = Pick<ConnectionAccuracyView, 'connection' | 'orders' | 'accepted' | 'explained' | 'missing'>;

/** Compares the connections: first the one that lacks the most orders. */
export function compareAccuracy(connections: readonly Sums[], before: readonly Sums[] | undefined): readonly ComparedAccuracy[] {
  return connections
    .map(({ connection, orders, accepted, explained, missing }): ComparedAccuracy => {
      const earlier = before?.find((one) => one.connection === connection);
      return {
        connection,
        orders,
        accepted,
        explained,
        missing,
        ...(orders > 0 && { share: { part: accepted, all: orders } }),
        ...(earlier && earlier.orders > 0 && { before: { part: earlier.accepted, all: earlier.orders } }),
      };
    })
    .toSorted((a, b) => b.missing - a.missing || a.accepted - b.accepted);
}

type GapView = ConnectionAccuracyView['gaps'][number];

/** A reason for which connections did not accept orders. */
export interface SharedGap extends Pick<GapView, 'gap' | 'isExplained' | 'says' | 'remedy'> {
  /** The connections with the most orders first. */
  readonly connections: readonly (Pick<GapView, 'orders' | 'amounts' | 'since'> & { readonly connection: string })[];
  /** The orders of the connection that has the most of them: an order that two connections lack is one order. */
  readonly orders: number;
}

/**
 * Returns each reason once, with the connections that have it: the missing orders first, each by its orders. A text that only adds a
 * platform's own sentence is the same reason.
 */
export function groupGaps(connections: readonly Pick<ConnectionAccuracyView, 'connection' | 'gaps'>[]): readonly SharedGap[] {
  const groups: SharedGap[] = [];
  for (const { connection, gaps } of connections)
    for (const { gap, isExplained, says, remedy, orders, amounts, since } of gaps) {
      const isSame = (one: SharedGap) =>
        one.gap === gap && one.remedy === remedy && (one.says.startsWith(says) || says.startsWith(one.says));
      const place = groups.findIndex(isSame);
      const known = groups[place];
      const own = { connection, orders, amounts, ...(since !== undefined && { since }) };
      const all = [...(known?.connections ?? []), own].toSorted((a, b) => b.orders - a.orders);
      const shorter = known && known.says.length < says.length ? known.says : says;
      const group = { gap, isExplained, says: shorter, remedy, connections: all, orders: all[0]?.orders ?? 0 };
      groups.splice(place < 0 ? groups.length : place, known ? 1 : 0, group);
    }
  return groups.toSorted((a, b) => Number(a.isExplained) - Number(b.isExplained) || b.orders - a.orders);
}
