import { formatMoney } from '../../event/format-numbers.ts';
import { minuteMs } from '../../event/units.ts';
import type { MoneySum, UnsentMoney } from '../../storage/ports/money.ts';

/** An amount in one currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** Formats amounts of several currencies: `EUR 31,200.00 and USD 40.00`. Empty if there are none. */
function formatAmounts(money: readonly Money[]): string {
  const amounts = money.map(({ amount, currency }) => formatMoney(amount, currency));
  const last = amounts.at(-1) ?? '';
  return amounts.length < 2 ? last : `${amounts.slice(0, -1).join(', ')} and ${last}`;
}

/** The amounts of the purchases that wait for a connection, and of those that failed. */
export interface ConnectionMoney {
  readonly waiting: readonly Money[];
  readonly dead: readonly Money[];
  /** The lists that lack purchases: some have no value, are not read yet, or are in further currencies. */
  readonly lacking?: readonly ('waiting' | 'dead')[];
  /** Set if the orders of the newest events have not been read for a minute. */
  readonly isBehind?: true;
}

/** Reports invent currencies, so the rarest are left out. */
const maxCurrencies = 5;

/**
 * Returns the amounts of unsent orders, the most frequent currency first.
 * @param unreadMs for how long the first event that is not read has waited, so that the sums lack its order; undefined if all are read
 */
export function toConnectionMoney({ waiting, deadLetters }: UnsentMoney, unreadMs: number | undefined): ConnectionMoney {
  const [ofWaiting, ofDead] = [selectAmounts(waiting), selectAmounts(deadLetters)];
  const lacking = [
    ...(ofWaiting.isPartial || unreadMs !== undefined ? (['waiting'] as const) : []),
    ...(ofDead.isPartial ? (['dead'] as const) : []),
  ];
  return {
    waiting: ofWaiting.money,
    dead: ofDead.money,
    ...(lacking.length > 0 && { lacking }),
    ...(unreadMs !== undefined && unreadMs >= minuteMs && { isBehind: true }),
  };
}

function selectAmounts(sums: readonly MoneySum[]): { readonly money: readonly Money[]; readonly isPartial: boolean } {
  const known = sums.filter(({ currency }) => currency !== '');
  return {
    money: selectMoney(known.toSorted((a, b) => b.orders - a.orders)),
    isPartial: known.length > maxCurrencies || sums.some(({ currency, orders }) => currency === '' && orders > 0),
  };
}

/** Returns the first amounts that are not zero. */
export function selectMoney(money: readonly Money[]): readonly Money[] {
  const some = money.filter(({ amount }) => amount !== 0);
  return some.slice(0, maxCurrencies).map(({ amount, currency }) => ({ amount, currency }));
}

/** Formats the worth of purchases: `EUR 31,200.00`, or `at least EUR 31,200.00` if some are lacking. Empty if no amount is known. */
export function formatWorth(money: ConnectionMoney, of: 'waiting' | 'dead'): string {
  const amounts = formatAmounts(money[of]);
  return amounts !== '' && money.lacking?.includes(of) ? `at least ${amounts}` : amounts;
}

/** Sums amounts by currency. */
export function sumMoney(money: readonly Money[]): readonly Money[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of money) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].map(([currency, amount]) => ({ amount, currency }));
}
