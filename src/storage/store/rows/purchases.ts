import type { ReportSource } from '../../../event/event.ts';
import type { OrderSource, ReportedOrder } from '../../ports/money.ts';

/** The stored numbers of who reported an order. `excluded`: the order counts nowhere. A later report only raises the number. */
export const purchaseSources = { browser: 0, shop: 1, excluded: 2 } as const;

/** The stored rank of a report without a value. */
const rankWithoutValue = 9;
const ranks: Readonly<Record<ReportSource, number>> = { server: 0, webhook: 1, browser: 2 };

/** The columns of `purchases` that a report states. */
export interface PurchaseValues {
  readonly source: number;
  /** The rank of the report that states the amount. A report of a lower rank replaces it. */
  readonly rank: number;
  readonly currency: string;
  readonly amount: number;
}

export function toPurchaseValues(reporter: ReportSource, { thousandths, currency, isExcluded }: ReportedOrder): PurchaseValues {
  const source = reporter === 'browser' ? purchaseSources.browser : purchaseSources.shop;
  return {
    source: isExcluded ? purchaseSources.excluded : source,
    rank: thousandths === undefined ? rankWithoutValue : ranks[reporter],
    currency,
    amount: thousandths ?? 0,
  };
}

/** Returns the values of an order with one more report. */
export function mergePurchases(stored: PurchaseValues, more: PurchaseValues): PurchaseValues {
  const { rank, currency, amount } = more.rank < stored.rank ? more : stored;
  return { source: Math.max(stored.source, more.source), rank, currency, amount };
}

export function toOrderSource(source: number): OrderSource {
  return source === purchaseSources.shop ? 'shop' : 'browser';
}
