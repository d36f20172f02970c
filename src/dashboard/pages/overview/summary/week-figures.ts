import type { AccuracyView, MatchDaysView } from '../../../../api/client.ts';
import { formatDecimal, formatPercent } from '../../../components/display/format.ts';
import { identifyingSubjects } from '../../match-quality/match-quality-labels.ts';

/** A share of a whole. Undefined if there is nothing to divide. */
export interface Share {
  readonly part: number;
  readonly all: number;
}

/** The change of a figure against the period before. */
export interface Trend {
  readonly direction: 'up' | 'down' | 'same';
  readonly text: string;
}

/** Returns the relative change of a count. Undefined if there was nothing, or nearly nothing, before. */
export function getCountTrend(now: number, before: number): Trend | undefined {
  if (before === 0) return undefined;
  const change = now - before;
  const percent = Math.round((100 * Math.abs(change)) / before);
  if (percent === 0) return same;
  if (percent > maxPercent) return undefined;
  return { direction: change > 0 ? 'up' : 'down', text: formatPercent(percent, 100) };
}

/** Returns the change of a share in percentage points. Undefined if either share is. */
export function getShareTrend(now: Share | undefined, before: Share | undefined): Trend | undefined {
  if (!now || !before) return undefined;
  const points = Math.round(1_000 * (now.part / now.all - before.part / before.all)) / 10;
  if (points === 0) return same;
  const size = Math.abs(points);
  return { direction: points > 0 ? 'up' : 'down', text: `${formatDecimal(size)} ${size === 1 ? 'point' : 'points'}` };
}

/** Describes a change against the week before. A week without all of its events is not compared. */
export function formatComparison(trend: Trend | undefined, isBeforeComplete: boolean): string {
  if (!isBeforeComplete) return 'Not compared: the previous 7 days are incomplete.';
  if (!trend) return 'Not compared: too little in the previous 7 days.';
  const { direction, text } = trend;
  return `${direction === 'same' ? text : `${directions[direction]} ${text}`} vs. previous 7 days`;
}

const directions = { up: '▲ Up', down: '▼ Down' } as const;

const maxPercent = 999;

const same: Trend = { direction: 'same', text: 'No change' };

/** Returns the first of the seven days up to today, and of the seven before them, in UTC. */
export function getWeekStarts(now: number): { readonly week: string; readonly before: string } {
  const getDay = (daysAgo: number) => new Date(now - daysAgo * dayMs).toISOString().slice(0, 10);
  return { week: getDay(6), before: getDay(13) };
}

const dayMs = 86_400_000;

/** The match quality of a week and of the week before. */
export interface MatchFigure {
  readonly now?: Share;
  readonly before?: Share;
  /** The key that most purchases carried. Undefined if the connections differ, or if nothing was delivered. */
  readonly label?: string;
}

/** Returns how many delivered events carried the identifier that most of them had, summed over the connections. */
export function summarizeMatches(views: readonly MatchDaysView[], week: string): MatchFigure {
  const counted = views.map(({ keys, days }) => {
    const ofWeek = days.filter(({ day }) => day >= week);
    const sumKey = (nth: number, some: typeof days) => some.reduce((sum, { events }) => sum + (events[nth] ?? 0), 0);
    const candidates = keys.flatMap(({ subject, label }, nth) =>
      identifyingSubjects.has(subject) ? [{ label, nth, events: sumKey(nth, ofWeek) }] : [],
    );
    const [best] = candidates.toSorted((a, b) => b.events - a.events);
    const toShare = (some: typeof days) => ({
      part: best ? sumKey(best.nth, some) : 0,
      all: some.reduce((sum, { delivered }) => sum + delivered, 0),
    });
    return { label: best?.label, now: toShare(ofWeek), before: toShare(days.filter(({ day }) => day < week)) };
  });
  const [now, before] = [addShares(counted.map((one) => one.now)), addShares(counted.map((one) => one.before))];
  const labels = new Set(counted.filter((one) => one.now.all > 0).map(({ label }) => label));
  const [label] = labels.size === 1 ? labels : [];
  return { ...(now && { now }), ...(before && { before }), ...(label !== undefined && { label }) };
}

/** The order accuracy of a connection in a week and in the week before. */
export interface AccuracyFigure {
  readonly connection: string;
  /** The accepted orders: the part of the bar on the page of the accuracy that is green. */
  readonly now: Share;
  readonly before?: Share;
  readonly explained: number;
  /** Orders that need action. */
  readonly missing: number;
}

/**
 * Returns the accuracy of the connection that lacks the largest share of the shop's orders, else of the one that accepted the smallest. A
 * sum over the connections would hide an order that one of them lacks. Undefined without orders.
 */
export function findLowestAccuracy({ connections }: Pick<AccuracyView, 'connections'>, week: string): AccuracyFigure | undefined {
  const figures = connections.flatMap(({ connection, days }): readonly AccuracyFigure[] => {
    const ofWeek = days.filter(({ day }) => day >= week);
    const toShare = (some: typeof days) => addShares(some.map(({ accepted, orders }) => ({ part: accepted, all: orders })));
    const [now, before] = [toShare(ofWeek), toShare(days.filter(({ day }) => day < week))];
    const sum = (what: 'explained' | 'missing') => ofWeek.reduce((total, day) => total + day[what], 0);
    return now ? [{ connection, now, ...(before && { before }), explained: sum('explained'), missing: sum('missing') }] : [];
  });
  const getMissing = ({ missing, now }: AccuracyFigure) => missing / now.all;
  const getAccepted = ({ now }: AccuracyFigure) => now.part / now.all;
  const [lowest] = figures.toSorted((a, b) => getMissing(b) - getMissing(a) || getAccepted(a) - getAccepted(b));
  return lowest;
}

function addShares(shares: readonly Share[]): Share | undefined {
  const sum = shares.reduce(({ part, all }, one) => ({ part: part + one.part, all: all + one.all }), { part: 0, all: 0 });
  return sum.all === 0 ? undefined : sum;
}

export function formatShare(share: Share | undefined): string {
  return share ? formatPercent(share.part, share.all) : '–';
}
