import { type BrowserBudget, type BudgetState, splitBudget, startOfBudgetDay, toBudgetDay } from '../../event/browser-budget.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';

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
    const start = await log.findOffsetAt(site, new Date(startOfBudgetDay(day)));
    const { count, last: half = start } = await store.countBrowserPurchases(site, start, free);
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
  const start = await log.findOffsetAt(site, new Date(startOfBudgetDay(today)));
  return {
    visitors: { used: Math.min(visitors, budget.visitors), limit: budget.visitors },
    links: { used: Math.min(links, budget.links), limit: budget.links },
    purchases: { used: await countAdmitted(budget.purchases, start, { site, store }), limit: budget.purchases },
    bytes: { used: Math.min(bytes, budget.bytes), limit: budget.bytes },
  };
}

const noUse = { visitors: 0, links: 0, bytes: 0 };

/** Counts the purchases after `start` that are within the limit. */
async function countAdmitted(limit: number, start: Offset, { site, store }: Pick<BudgetDeps, 'site' | 'store'>): Promise<number> {
  const { free, perNetwork } = splitBudget(limit);
  const { count, last } = await store.countBrowserPurchases(site, start, free);
  if (count < free || last === undefined) return count;
  return count + (await store.countBrowserPurchases(site, last, limit - free, perNetwork)).count;
}
