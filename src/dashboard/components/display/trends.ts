import type { ResolvedRange } from '../../data/range.ts';
import { formatDecimal, formatInZone, formatPercent } from './format.ts';
import { describeRange, nameBefore } from './range-labels.ts';

/** Figures of the range and their change against the period before. */

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

/** Describes a change against the period before. Absent without a comparison; figures from before `countedSince` are not compared. */
export function formatComparison(
  trend: Trend | undefined,
  range: ResolvedRange,
  countedSince: number | undefined,
): string | undefined {
  if (!range.before) return undefined;
  const before = nameBefore(range);
  if (countedSince === undefined) return `Not compared: no events in ${before}.`;
  if (countedSince > range.before.since)
    return `Not compared: counted since ${formatInZone(countedSince, range.timeZone, 'day')}.`;
  if (!trend) return `Not compared: too little in ${before}.`;
  const { direction, text } = trend;
  return `${direction === 'same' ? text : `${directions[direction]} ${text}`} vs. ${before}`;
}

/** Returns whether the range and the period before have all data, so that a figure can be compared. */
export function isComparable({ before }: Pick<ResolvedRange, 'before'>, countedSince: number | undefined): boolean {
  return before !== undefined && countedSince !== undefined && countedSince <= before.since;
}

/** Names the period of a figure in a sentence: `in the last 28 days`, or `since Nov 22` if its data begin later. */
export function nameCountedPeriod(range: ResolvedRange, countedSince: number | undefined): string {
  if (countedSince === undefined || countedSince <= range.since) return describeRange(range);
  return `since ${formatInZone(countedSince, range.timeZone, range.dayCount === 1 ? 'clock' : 'day')}`;
}

const directions = { up: '▲ Up', down: '▼ Down' } as const;

const maxPercent = 999;

const same: Trend = { direction: 'same', text: 'No change' };

/** Adds the parts and the wholes. Undefined if there is nothing to divide. */
export function addShares(shares: readonly Share[]): Share | undefined {
  const sum = shares.reduce(({ part, all }, one) => ({ part: part + one.part, all: all + one.all }), { part: 0, all: 0 });
  return sum.all === 0 ? undefined : sum;
}

export function formatShare(share: Share | undefined): string {
  return share ? formatPercent(share.part, share.all) : '–';
}
