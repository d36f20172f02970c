import { addDays } from '../../event/time-zone.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ClickCount, ClickDay, ClickReport } from './click-check.ts';
import type { PaidClicks, ReportDays } from './paid-clicks.ts';

/** A click whose id an event had. */
export interface CapturedClick {
  readonly at: UnixMs;
  /** Host and path of the landing page. Undefined if no event was on a page with the click id in its address. */
  readonly page: string | undefined;
}

/** The clicks in the stored events of a site. */
export interface CapturedClicks {
  readonly clicks: ReadonlyMap<string, CapturedClick>;
  /** The days with events, in UTC. */
  readonly daysWithEvents: ReadonlySet<string>;
}

/** The days that are kept. */
export const keptDays = 28;
/** The rows of a list. Others are summed. */
const longestList = 50;

/** Compares the clicks of a platform's report with the captured ones. `before` are the days of earlier comparisons. */
export function compareClicks(
  { clicks, withoutId }: PaidClicks,
  { clicks: captured, daysWithEvents }: CapturedClicks,
  { since, until }: ReportDays,
  before: readonly ClickDay[],
): ClickReport {
  const days = new Map<string, Counter>();
  for (let day = since; day <= until; day = addDays(day, 1)) days.set(day, new Counter());
  const campaigns = new Map<string, Counter & { readonly campaign: string; readonly keyword: string }>();
  const pages = new Map<string, number>();
  let unknownPage = 0;
  const paid = new Set<string>();
  for (const { day, clickId, campaign, keyword } of clicks) {
    paid.add(clickId);
    const found = captured.get(clickId);
    const count = days.get(day);
    if (!count) continue;
    count.add(found !== undefined);
    if (!daysWithEvents.has(day)) continue;
    const key = JSON.stringify([campaign, keyword]);
    const group = campaigns.get(key) ?? Object.assign(new Counter(), { campaign, keyword });
    campaigns.set(key, group);
    group.add(found !== undefined);
    if (found?.page !== undefined) pages.set(found.page, (pages.get(found.page) ?? 0) + 1);
    else if (found) unknownPage += 1;
  }
  const isIn = ({ at }: CapturedClick) => days.has(new Date(at).toISOString().slice(0, 10));
  const groups = [...campaigns.values()].toSorted((a, b) => b.lost - a.lost || b.paid - a.paid);
  const listed = [...pages].map(([page, count]) => ({ page, captured: count })).toSorted((a, b) => b.captured - a.captured);
  const first = addDays(until, 1 - keptDays);
  return {
    since,
    until,
    days: [
      ...before.filter(({ day }) => day >= first && day < since),
      ...[...days].map(([day, count]) => ({ day, ...count.view, hasEvents: daysWithEvents.has(day) })),
    ],
    campaigns: groups.slice(0, longestList).map(({ campaign, keyword, view }) => ({ campaign, keyword, ...view })),
    otherCampaigns: sumCounts(groups.slice(longestList).map(({ view }) => view)),
    pages: listed.slice(0, longestList),
    otherPages: listed.slice(longestList).reduce((sum, { captured: count }) => sum + count, 0),
    unknownPage,
    unpaid: [...captured].filter(([id, click]) => !paid.has(id) && isIn(click)).length,
    withoutId,
  };
}

class Counter {
  paid = 0;
  captured = 0;

  add(isCaptured: boolean): void {
    this.paid += 1;
    if (isCaptured) this.captured += 1;
  }

  get lost(): number {
    return this.paid - this.captured;
  }

  get view(): ClickCount {
    return { paid: this.paid, captured: this.captured };
  }
}

export function sumCounts(counts: readonly ClickCount[]): ClickCount {
  return counts.reduce<ClickCount>((sum, one) => ({ paid: sum.paid + one.paid, captured: sum.captured + one.captured }), {
    paid: 0,
    captured: 0,
  });
}
