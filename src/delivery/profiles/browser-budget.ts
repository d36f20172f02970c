import { type BrowserBudget, type BudgetState, splitBudget, startOfBudgetDay, toBudgetDay } from '../../event/browser-budget.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';

export interface BudgetDeps {
  readonly site: string;
  readonly log: Pick<EventLog, 'findOffsetAt'>;
  readonly store: Pick<Store, 'countBrowserPurchases' | 'findCrowdedPurchases' | 'getBrowserUsage'>;
}

type RecordPosition = Pick<LogRecord, 'offset' | 'at'>;

/**
 * Returns a function that tests whether a purchase exceeds the `limit` of its day. The day is the day of receipt. Purchases that
 * a trusted report has confirmed do not count. Beyond half of the limit, only the first purchases of each network are within it, so
 * that a flood of few networks leaves room for others.
 */
export async function findPurchasesOverBudget(
  purchases: readonly RecordPosition[],
  limit: number,
  { site, log, store }: BudgetDeps,
): Promise<(purchase: RecordPosition) => boolean> {
  const { free, perNetwork } = splitBudget(limit);
  const over = new Set<Offset>();
  for (const [day, ofDay] of Map.groupBy(purchases, ({ at }) => toBudgetDay(at))) {
    const { count, last: half } = await readFreePart(day, limit, { site, log, store });
    const offsets = ofDay.map(({ offset }) => offset).filter((offset) => offset > half);
    if (count < free || offsets.length === 0) continue;
    for (const offset of await store.findCrowdedPurchases(site, offsets, perNetwork)) over.add(offset);
    const rest = limit - free;
    const { count: admitted, last } = await store.countBrowserPurchases(site, half, rest + 1, perNetwork);
    if (admitted > rest && last !== undefined) for (const offset of offsets) if (offset >= last) over.add(offset);
  }
  return ({ offset }) => over.has(offset);
}

/** Returns how much of today's budget is used. */
export async function readBudgetState(
  budget: BrowserBudget,
  now: UnixMs,
  { site, log, store }: BudgetDeps,
): Promise<BudgetState> {
  const today = toBudgetDay(now);
  const use = await store.getBrowserUsage(site);
  const { visitors, links, bytes } = use?.day === today ? use : noUse;
  return {
    visitors: { used: Math.min(visitors, budget.visitors), limit: budget.visitors },
    links: { used: Math.min(links, budget.links), limit: budget.links },
    purchases: { used: await countAdmitted(budget.purchases, today, { site, log, store }), limit: budget.purchases },
    bytes: { used: Math.min(bytes, budget.bytes), limit: budget.bytes },
  };
}

const noUse = { visitors: 0, links: 0, bytes: 0 };

/** Counts the purchases of a day that are within the limit. */
async function countAdmitted(limit: number, day: number, deps: BudgetDeps): Promise<number> {
  const { free, perNetwork } = splitBudget(limit);
  const { count, last } = await readFreePart(day, limit, deps);
  if (count < free) return count;
  return count + (await deps.store.countBrowserPurchases(deps.site, last, limit - free, perNetwork)).count;
}

/** Counts the purchases of a day in the part of the limit that is free for all, and returns the last of these. */
export async function readFreePart(
  day: number,
  limit: number,
  { site, log, store }: BudgetDeps,
): Promise<{ readonly count: number; readonly last: Offset }> {
  const start = await log.findOffsetAt(site, new Date(startOfBudgetDay(day)));
  const { count, last = start } = await store.countBrowserPurchases(site, start, splitBudget(limit).free);
  return { count, last };
}
