import { isFields } from '../../kit/fields.ts';
import type { Reason } from './conversion-counting.ts';
import type { Goal } from './event-goals.ts';
import type { JournalEvent } from './journal-event.ts';

/** The conversions of one goal. */
export interface GoalCount {
  readonly goal: Goal;
  conversions: number;
  /** Conversions for which the server's report is used. */
  byServer: number;
  byBrowser: number;
  /** Conversions that both sources reported. */
  merged: number;
  /** Sum of the values by currency; the empty string if there is none. */
  readonly values: Map<string, number>;
}

/** The events of the journal that Microsoft would count, and the reasons for the others. */
export interface Summary {
  /** Sum over all goals. */
  conversions: number;
  /** Events that count for more than one goal. */
  severalGoals: number;
  merged: number;
  /** Events that are neither a conversion nor an accepted page load. */
  notCounted: number;
  pageLoads: number;
  /** Reports beyond the first of each event. */
  duplicates: number;
  /** Conversions that look like another event. */
  doubtful: number;
  readonly goals: readonly GoalCount[];
  /** The most frequent reason first. */
  readonly reasons: readonly { readonly reason: Reason; readonly count: number }[];
}

export function summarize(events: readonly JournalEvent[], goals: readonly Goal[]): Summary {
  const counts = new Map<string, GoalCount>(
    goals.map((goal) => [goal.name, { goal, conversions: 0, byServer: 0, byBrowser: 0, merged: 0, values: new Map() }]),
  );
  const reasons = new Map<Reason, number>();
  const total = { conversions: 0, severalGoals: 0, merged: 0, notCounted: 0, pageLoads: 0, duplicates: 0, doubtful: 0 };
  for (const event of events) {
    total.duplicates += event.server.length + event.browser.length - 1;
    if (isMerged(event)) total.merged += 1;
    if (event.reason === 'page-load') total.pageLoads += 1;
    else if (event.reason !== 'conversion') {
      total.notCounted += 1;
      reasons.set(event.reason, (reasons.get(event.reason) ?? 0) + 1);
    } else {
      total.conversions += event.goals.length;
      if (event.goals.length > 1) total.severalGoals += 1;
      if (event.doubtful) total.doubtful += 1;
      for (const name of event.goals) addToGoal(counts.get(name), event);
    }
  }
  return {
    ...total,
    goals: [...counts.values()],
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count),
  };
}

/** Returns whether reports of browser and server were merged. */
export const isMerged = ({ server, browser }: JournalEvent): boolean =>
  [server, browser].every((source) => source.some((report) => report.void === undefined));

function addToGoal(count: GoalCount | undefined, event: JournalEvent): void {
  if (count === undefined) return;
  count.conversions += 1;
  if (event.counted === 'server') count.byServer += 1;
  if (event.counted === 'browser') count.byBrowser += 1;
  if (isMerged(event)) count.merged += 1;
  const restated = event.adjustments?.find((one) => one.conversionName === count.goal.name);
  if (restated !== undefined) {
    addValue(count, restated.value ?? 0, restated.currency ?? '');
    return;
  }
  const usedReport = [...event.server, ...event.browser].find(
    (report) => report.void === undefined && report.duplicateOf === undefined,
  );
  const data = usedReport?.event.customData;
  if (!isFields(data)) return;
  const value = typeof data.value === 'string' && data.value.trim() !== '' ? Number(data.value) : data.value;
  if (typeof value !== 'number' || !Number.isFinite(value)) return;
  const currency = typeof data.currency === 'string' ? data.currency.toUpperCase() : '';
  addValue(count, value, currency);
}

/** Adds a value. Values have at most three decimals. */
function addValue({ values }: GoalCount, value: number, currency: string): void {
  values.set(currency, Math.round(((values.get(currency) ?? 0) + value) * 1_000) / 1_000);
}
