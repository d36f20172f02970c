import { formatMoney } from '../../event/format-numbers.ts';

/** An amount in one currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** Formats amounts of several currencies: `EUR 31,200.00 and USD 40.00`. Empty if there are none. */
export function formatAmounts(money: readonly Money[]): string {
  const amounts = money.map(({ amount, currency }) => formatMoney(amount, currency));
  const last = amounts.at(-1) ?? '';
  return amounts.length < 2 ? last : `${amounts.slice(0, -1).join(', ')} and ${last}`;
}

/** Sums amounts by currency. */
export function sumMoney(money: readonly Money[]): readonly Money[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of money) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].map(([currency, amount]) => ({ amount, currency }));
}
