import { type BrowserBudget, type BudgetState, startOfBudgetDay, toBudgetDay } from '../../event/browser-budget.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';

export interface BudgetDeps {
  readonly site: string;
  readonly log: Pick<EventLog, 'findOffsetAt'>;
  readonly store: Pick<Store, 'countBrowserPurchases' | 'getBrowserUsage'>;
}

type RecordPosition = Pick<LogRecord, 'offset' | 'at'>;

/**
 * Returns a function that tests whether a purchase exceeds the `limit` of its day. The day is the day of receipt. Purchases that
 * a trusted report has confirmed do not count.
 */
export async function findPurchasesOverBudget(
  purchases: readonly RecordPosition[],
  limit: number,
  { site, log, store }: BudgetDeps,
): Promise<(purchase: RecordPosition) => boolean> {
  const firstExcess = new Map<number, string>();
  for (const day of new Set(purchases.map(({ at }) => toBudgetDay(at)))) {
    const start = await log.findOffsetAt(site, new Date(startOfBudgetDay(day)));
    const { count, last } = await store.countBrowserPurchases(site, start, limit + 1);
    if (count > limit && last !== undefined) firstExcess.set(day, last);
  }
  return ({ offset, at }) => {
    const first = firstExcess.get(toBudgetDay(at));
    return first !== undefined && offset >= first;
  };
}

/** Returns how much of today's budget is used. */
export async function readBudgetState(
  budget: BrowserBudget,
  now: UnixMs,
  { site, log, store }: BudgetDeps,
): Promise<BudgetState> {
  const today = toBudgetDay(now);
  const use = await store.getBrowserUsage(site);
  const { visitors, links } = use?.day === today ? use : { visitors: 0, links: 0 };
  const start = await log.findOffsetAt(site, new Date(startOfBudgetDay(today)));
  const { count: purchases } = await store.countBrowserPurchases(site, start, budget.purchases);
  return {
    visitors: { used: Math.min(visitors, budget.visitors), limit: budget.visitors },
    links: { used: Math.min(links, budget.links), limit: budget.links },
    purchases: { used: purchases, limit: budget.purchases },
  };
}
