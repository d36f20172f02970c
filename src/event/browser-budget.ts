import { dayMs, type UnixMs } from './units.ts';

/** The kinds of data that browser reports alone may add to a site in one day. */
export const budgetKinds = ['visitors', 'links', 'purchases'] as const;
export type BudgetKind = (typeof budgetKinds)[number];

/** The limit of each kind, for each site and UTC day. */
export type BrowserBudget = { readonly [K in BudgetKind]: number };

/** The used part of today's budget, at most `limit`. */
export type BudgetState = { readonly [K in BudgetKind]: { readonly used: number; readonly limit: number } };

/** Returns the UTC day of a time, counted from 1970-01-01. */
export function toBudgetDay(at: UnixMs): number {
  return Math.floor(at / dayMs);
}

export function startOfBudgetDay(day: number): UnixMs {
  return day * dayMs;
}
