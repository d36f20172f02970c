import { dayMs, type UnixMs } from './units.ts';

/** The kinds of data that browser reports alone may add to a site in one day. */
export const budgetKinds = ['visitors', 'links', 'purchases', 'bytes'] as const;
export type BudgetKind = (typeof budgetKinds)[number];

/** The effect on browsers' reports once the day's budget of a kind is used up. */
export const beyondBudget = {
  purchases: 'their purchases are sent only if the shop reports them too',
  bytes: 'their reports are refused until midnight UTC, except for some with a denial',
} as const satisfies Partial<Record<BudgetKind, string>>;

/** The limit of each kind, for each site and UTC day. */
export type BrowserBudget = { readonly [K in BudgetKind]: number };

/** The used part of today's budget, at most `limit`. */
export type BudgetState = { readonly [K in BudgetKind]: { readonly used: number; readonly limit: number } };

/**
 * Returns the part of a daily budget that any network may use up, and the most that one network may take of the rest. So it takes fifty
 * networks to use up the rest of a budget of 1,000 or more, and fewer of a smaller one: five of 100.
 */
export function splitBudget(limit: number): { readonly free: number; readonly perNetwork: number } {
  return { free: Math.ceil(limit / 2), perNetwork: Math.max(minPerNetwork, Math.floor(limit / 100)) };
}

/**
 * Returns the use of a network's part after `amount` more. `undefined` while the site has not used up the part that is for any network:
 * that part is free for all.
 */
export function addToNetwork(limit: number, { used, ofNetwork }: SplitUse, amount: number): number | undefined {
  return used < splitBudget(limit).free ? undefined : ofNetwork + amount;
}

/** The use of a daily budget: of the whole, and of the part of one network. */
export interface SplitUse {
  readonly used: number;
  readonly ofNetwork: number;
}

/** 1% of a small budget would be less than the orders of some shoppers behind one address. */
const minPerNetwork = 10;

/** Returns the UTC day of a time, counted from 1970-01-01. */
export function toBudgetDay(at: UnixMs): number {
  return Math.floor(at / dayMs);
}

export function startOfBudgetDay(day: number): UnixMs {
  return day * dayMs;
}
