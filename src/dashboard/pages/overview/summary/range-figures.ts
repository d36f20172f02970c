import type { AccuracyView, MatchDaysView } from '../../../../api/client.ts';
import { addShares, type Share } from '../../../components/display/trends.ts';
import { identifyingSubjects } from '../../match-quality/match-quality-labels.ts';

/** The match quality of a period and of the period before. */
export interface MatchFigure {
  readonly now?: Share;
  readonly before?: Share;
  /** The key that most purchases carried. Undefined if the connections differ, or if nothing was delivered. */
  readonly label?: string;
}

/** Returns how many delivered events carried the identifier that most of them had from `firstDay` on and before, summed over the connections. */
export function summarizeMatches(views: readonly MatchDaysView[], firstDay: string): MatchFigure {
  const counted = views.map(({ keys, days }) => {
    const ofPeriod = days.filter(({ day }) => day >= firstDay);
    const sumKey = (nth: number, some: typeof days) => some.reduce((sum, { events }) => sum + (events[nth] ?? 0), 0);
    const candidates = keys.flatMap(({ subject, label }, nth) =>
      identifyingSubjects.has(subject) ? [{ label, nth, events: sumKey(nth, ofPeriod) }] : [],
    );
    const [best] = candidates.toSorted((a, b) => b.events - a.events);
    const toShare = (some: typeof days) => ({
      part: best ? sumKey(best.nth, some) : 0,
      all: some.reduce((sum, { delivered }) => sum + delivered, 0),
    });
    return { label: best?.label, now: toShare(ofPeriod), before: toShare(days.filter(({ day }) => day < firstDay)) };
  });
  const [now, before] = [addShares(counted.map((one) => one.now)), addShares(counted.map((one) => one.before))];
  const labels = new Set(counted.filter((one) => one.now.all > 0).map(({ label }) => label));
  const [label] = labels.size === 1 ? labels : [];
  return { ...(now && { now }), ...(before && { before }), ...(label !== undefined && { label }) };
}

/** The order accuracy of a connection in a period and in the period before. */
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
export function findLowestAccuracy(
  { connections }: Pick<AccuracyView, 'connections'>,
  firstDay: string,
): AccuracyFigure | undefined {
  const figures = connections.flatMap(({ connection, days }): readonly AccuracyFigure[] => {
    const ofPeriod = days.filter(({ day }) => day >= firstDay);
    const toShare = (some: typeof days) => addShares(some.map(({ accepted, orders }) => ({ part: accepted, all: orders })));
    const [now, before] = [toShare(ofPeriod), toShare(days.filter(({ day }) => day < firstDay))];
    const sum = (what: 'explained' | 'missing') => ofPeriod.reduce((total, day) => total + day[what], 0);
    return now ? [{ connection, now, ...(before && { before }), explained: sum('explained'), missing: sum('missing') }] : [];
  });
  const getMissing = ({ missing, now }: AccuracyFigure) => missing / now.all;
  const getAccepted = ({ now }: AccuracyFigure) => now.part / now.all;
  const [lowest] = figures.toSorted((a, b) => getMissing(b) - getMissing(a) || getAccepted(a) - getAccepted(b));
  return lowest;
}
