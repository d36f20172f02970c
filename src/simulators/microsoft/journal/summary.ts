import { isFields } from '../events-api/event-rules.ts';
import type { Reason } from './conversion-counting.ts';
import type { Goal } from './event-goals.ts';
import type { JournalEvent } from './journal-event.ts';

/** What one goal has. */
export interface GoalCount {
  readonly goal: Goal;
  conversions: number;
  /** Of these, by whose report stands. */
  byServer: number;
  byBrowser: number;
  /** Of these, told by both. */
  merged: number;
  /** Sum of the values by currency; without one, by the empty text. */
  readonly values: Map<string, number>;
}

/** What Microsoft would have counted of all that is kept, and why not the rest. */
export interface Summary {
  /** Each goal counts its own. */
  conversions: number;
  /** Events that more than one goal counted. */
  severalGoals: number;
  merged: number;
  /** Events that are neither a conversion nor a page load that was taken in. */
  notCounted: number;
  pageLoads: number;
  /** Reports beyond the first of their event. */
  copies: number;
  /** Events that count and look like another one. */
  doubtful: number;
  readonly goals: readonly GoalCount[];
  /** The commonest first. */
  readonly reasons: readonly { readonly reason: Reason; readonly count: number }[];
}

export function summarize(events: readonly JournalEvent[], goals: readonly Goal[]): Summary {
  const counts = new Map<string, GoalCount>(
    goals.map((goal) => [goal.name, { goal, conversions: 0, byServer: 0, byBrowser: 0, merged: 0, values: new Map() }]),
  );
  const reasons = new Map<Reason, number>();
  const total = { conversions: 0, severalGoals: 0, merged: 0, notCounted: 0, pageLoads: 0, copies: 0, doubtful: 0 };
  for (const event of events) {
    total.copies += event.server.length + event.browser.length - 1;
    if (isMerged(event)) total.merged += 1;
    if (event.reason === 'page-load') total.pageLoads += 1;
    else if (event.reason !== 'conversion') {
      total.notCounted += 1;
      reasons.set(event.reason, (reasons.get(event.reason) ?? 0) + 1);
    } else {
      total.conversions += event.goals.length;
      if (event.goals.length > 1) total.severalGoals += 1;
      if (event.doubtful) total.doubtful += 1;
      for (const name of event.goals) addTo(counts.get(name), event);
    }
  }
  return {
    ...total,
    goals: [...counts.values()],
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count),
  };
}

/** Told by browser and server, and taken for one. */
export const isMerged = ({ server, browser }: JournalEvent): boolean =>
  [server, browser].every((side) => side.some((report) => report.void === undefined));

function addTo(count: GoalCount | undefined, event: JournalEvent): void {
  if (count === undefined) return;
  count.conversions += 1;
  if (event.counted === 'server') count.byServer += 1;
  if (event.counted === 'browser') count.byBrowser += 1;
  if (isMerged(event)) count.merged += 1;
  const stands = [...event.server, ...event.browser].find(
    (report) => report.void === undefined && report.duplicateOf === undefined,
  );
  const data = stands?.event.customData;
  if (!isFields(data)) return;
  const value = typeof data.value === 'string' && data.value.trim() !== '' ? Number(data.value) : data.value;
  if (typeof value !== 'number' || !Number.isFinite(value)) return;
  const currency = typeof data.currency === 'string' ? data.currency.toUpperCase() : '';
  // Thousandths are the finest that a value may have.
  count.values.set(currency, Math.round(((count.values.get(currency) ?? 0) + value) * 1_000) / 1_000);
}
