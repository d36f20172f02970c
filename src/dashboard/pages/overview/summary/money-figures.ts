import type { OrderSumsView, OutcomeView, TotalsView } from '../../../../api/client.ts';

type Totals = Pick<TotalsView, 'reported' | 'browsersAlone' | 'refunded' | 'net' | 'refundsSince' | 'connections' | 'moneySince'>;
type ConnectionTotals = Pick<TotalsView['connections'][number], 'connection' | 'money'>;

/** The amount of orders in one currency, in the range and in the period before. */
export interface AmountFigure {
  readonly currency: string;
  readonly amount: number;
  /** Absent if nothing is compared. */
  readonly before?: number;
}

/** The orders of the range with their amounts: the currency with the most orders first. */
export interface RevenueFigure {
  readonly orders: number;
  readonly withoutValue: number;
  readonly amounts: readonly AmountFigure[];
}

/** The revenue that one platform has. */
export interface DeliveredFigure extends RevenueFigure {
  readonly connection: string;
}

export interface MoneyFigures {
  /** All orders, whoever reported them: the same orders as those of `delivered`. */
  readonly reported: RevenueFigure;
  /** The orders among them that only browsers reported. */
  readonly browsersAlone: RevenueFigure;
  /** The platform that has the fewest orders. A sum over platforms would count an order several times. Absent without connections. */
  readonly delivered?: DeliveredFigure;
  readonly moneySince?: number;
  readonly refunds: RefundFigure;
}

/** The refunds and cancellations of the range, by their own time. */
export interface RefundFigure {
  readonly count: number;
  /** The currencies with refunds. `net` is what is left of the reported revenue. */
  readonly amounts: readonly { readonly currency: string; readonly refunded: number; readonly net: number }[];
  /** From when on refunds are known. */
  readonly since: number;
}

/** Summarizes the amounts of a site. `before` is undefined if nothing is compared, or until loaded. */
export function summarizeMoney(now: Totals | undefined, before: Totals | undefined): MoneyFigures | undefined {
  if (!now) return undefined;
  const { reported, browsersAlone, refunded, net, refundsSince, connections, moneySince } = now;
  const [lowest] = connections.toSorted((a, b) => a.money.delivered.orders - b.money.delivered.orders);
  const earlier = before?.connections.find(({ connection }) => connection === lowest?.connection);
  return {
    reported: toRevenue(addOrders(reported, browsersAlone), before && addOrders(before.reported, before.browsersAlone)),
    browsersAlone: toRevenue(browsersAlone, before?.browsersAlone),
    ...(lowest && {
      delivered: { connection: lowest.connection, ...toRevenue(lowest.money.delivered, earlier?.money.delivered) },
    }),
    ...(moneySince !== undefined && { moneySince }),
    refunds: {
      count: refunded.orders,
      amounts: refunded.amounts.map(({ currency, amount }) => ({
        ...{ currency, refunded: amount },
        net: net.find((one) => one.currency === currency)?.amount ?? -amount,
      })),
      since: refundsSince,
    },
  };
}

/** Adds up orders, each currency apart. */
function addOrders(one: OrderSumsView, other: OrderSumsView): OrderSumsView {
  const currencies = Map.groupBy([...one.amounts, ...other.amounts], ({ currency }) => currency);
  const add = (numbers: readonly number[]) => numbers.reduce((sum, some) => sum + some, 0);
  return {
    orders: one.orders + other.orders,
    withoutValue: one.withoutValue + other.withoutValue,
    amounts: [...currencies].map(([currency, some]) => ({
      currency,
      amount: add(some.map(({ amount }) => Math.round(amount * 1_000))) / 1_000,
      orders: add(some.map(({ orders }) => orders)),
    })),
  };
}

function toRevenue({ orders, withoutValue, amounts }: OrderSumsView, before: OrderSumsView | undefined): RevenueFigure {
  return {
    orders,
    withoutValue,
    amounts: amounts
      .toSorted((a, b) => b.orders - a.orders)
      .map(({ currency, amount }) => ({
        ...{ currency, amount },
        ...(before && { before: getAmount(before, currency) }),
      })),
  };
}

const getAmount = ({ amounts }: OrderSumsView, currency: string) => amounts.find((one) => one.currency === currency)?.amount ?? 0;

/** The results of orders at a platform, in the order of the bar. */
export const orderResults = ['accepted', 'unconfirmed', 'skipped', 'waiting', 'failed', 'missing'] as const;
export type OrderResult = (typeof orderResults)[number];

/** A part of a platform's bar. */
export interface OrderPart {
  readonly result: OrderResult;
  /** Orders, or an amount. */
  readonly value: number;
  /** The outcomes of its events. Empty if the event list cannot show them. */
  readonly outcomes: readonly OutcomeView['outcome'][];
}

/**
 * Returns the site's orders by their result at a connection.
 * @param currency the currency of the amounts; undefined for numbers of orders
 */
export function splitOrders(
  { reported, browsersAlone }: Pick<Totals, 'reported' | 'browsersAlone'>,
  { money }: Pick<ConnectionTotals, 'money'>,
  currency?: string,
): readonly OrderPart[] {
  const read = (sums: OrderSumsView) => (currency === undefined ? sums.orders : getAmount(sums, currency));
  const round = (value: number) => Math.max(0, Math.round(value * 1_000) / 1_000);
  const { accepted, delivered, skipped, waiting, failed, skippedBy } = money;
  const known = read(delivered) + read(skipped) + read(waiting) + read(failed);
  const parts: readonly OrderPart[] = [
    { result: 'accepted', value: read(accepted), outcomes: ['delivered'] },
    { result: 'unconfirmed', value: round(read(delivered) - read(accepted)), outcomes: ['awaiting-verdict', 'unverified'] },
    { result: 'skipped', value: read(skipped), outcomes: skippedBy.map(({ reason }) => reason) },
    { result: 'waiting', value: read(waiting), outcomes: ['waiting', 'undelivered'] },
    { result: 'failed', value: read(failed), outcomes: ['dead'] },
    { result: 'missing', value: round(read(reported) + read(browsersAlone) - known), outcomes: [] },
  ];
  return parts.filter(({ value }) => value > 0);
}

/** Returns the orders that a platform accepted, or their amount in a currency. A connection without totals has none. */
export function getAccepted(connection: Pick<ConnectionTotals, 'money'> | undefined, currency?: string): number {
  if (!connection) return 0;
  const { accepted } = connection.money;
  return currency === undefined ? accepted.orders : getAmount(accepted, currency);
}

/** Returns the currencies of a site's orders, that with the most orders first. */
export function listCurrencies({ reported, browsersAlone }: Pick<Totals, 'reported' | 'browsersAlone'>): readonly string[] {
  const amounts = [...reported.amounts, ...browsersAlone.amounts].toSorted((a, b) => b.orders - a.orders);
  return [...new Set(amounts.map(({ currency }) => currency))];
}
