import type { DayRange, RangeChoice, RangeKind, ResolvedRange } from '../../data/range.ts';
import { formatDay, formatInZone, pluralize } from './format.ts';

/** The words for the range of the dashboard. */

const names: Readonly<Record<RangeKind, string>> = {
  today: 'Today',
  '7d': 'Last 7 days',
  '28d': 'Last 28 days',
  '90d': 'Last 90 days',
  custom: 'Custom',
};

export const nameRange = ({ kind }: Pick<RangeChoice, 'kind'>): string => names[kind];

/** Formats days: `Nov 25 to Dec 1`, with years if one of them is not `year`. */
export function formatDays({ firstDay, lastDay }: Pick<DayRange, 'firstDay' | 'lastDay'>, year: string): string {
  const hasYear = !firstDay.startsWith(year) || !lastDay.startsWith(year);
  const first = formatDay(firstDay, hasYear);
  return firstDay === lastDay ? first : `${first} to ${formatDay(lastDay, hasYear)}`;
}

/** Formats a range and its time zone: `Last 7 days, Nov 25 to Dec 1, Europe/Berlin`. */
export function formatRange(range: ResolvedRange, year: string): string {
  return [nameRange(range.range), formatDays(range, year), range.timeZone].join(', ');
}

/** Names a range in a sentence: `in the last 7 days`, `today`, `on these 5 days`. */
export function describeRange({ range: { kind }, dayCount }: Pick<ResolvedRange, 'range' | 'dayCount'>): string {
  if (kind === 'today') return 'today';
  if (kind !== 'custom') return `in the last ${dayCount} days`;
  return dayCount === 1 ? 'on this day' : `on these ${dayCount} days`;
}

/** Names the period before: `previous 7 days`, and for an unfinished day `same hours of yesterday`. */
export function nameBefore({ range: { kind }, dayCount }: Pick<ResolvedRange, 'range' | 'dayCount'>): string {
  if (kind === 'today') return 'the same hours of yesterday';
  return dayCount === 1 ? 'the day before' : `the previous ${pluralize(dayCount, 'day')}`;
}

const dayMs = 86_400_000;

/** Returns how a chart of the range formats its times and the ticks of its axis. */
export function getChartFormats({
  intervalMs,
  dayCount,
  timeZone,
}: Pick<ResolvedRange, 'intervalMs' | 'dayCount' | 'timeZone'>): {
  readonly formatTime: (at: number) => string;
  readonly formatTick: (at: number) => string;
} {
  return {
    formatTime: (at) => formatInZone(at, timeZone, intervalMs >= dayMs ? 'weekday' : 'dayAndClock'),
    formatTick: (at) => formatInZone(at, timeZone, dayCount <= 2 ? 'clock' : 'day'),
  };
}
