import { addDays, findTime, getLocalTime, listDayStarts, subtractDays } from '../../api/client.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The range of the whole dashboard: whole days of a time zone, in the URL of every page. */

export const rangeKinds = ['today', '7d', '28d', '90d', 'custom'] as const;
export type RangeKind = (typeof rangeKinds)[number];

/** A range as a person chose it. Only a custom range has days of its own, both included: `YYYY-MM-DD`. */
export interface RangeChoice {
  readonly kind: RangeKind;
  readonly from?: string;
  readonly to?: string;
}

export const defaultRange: RangeChoice = { kind: '7d' };

/** The search parameters of the range. Those of the default are absent, or undefined in a link that removes them. */
export interface RangeSearch {
  readonly range?: Exclude<RangeKind, '7d'> | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly compare?: 'off' | undefined;
}

export const rangeSearchKeys = ['range', 'from', 'to', 'compare'] as const satisfies readonly (keyof RangeSearch)[];

/** The most days of a custom range: counts are kept for 400 days. */
const maxRangeDays = 400;

/** Counts the days of the calendar from one day to another, without the last. */
function countDays(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
}

/** Returns whether a text is a day of the calendar. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}

/** A day of a custom range that must change, and the rule. */
export interface RangeFault {
  readonly day: 'from' | 'to';
  readonly message: string;
}

/** Returns what is wrong with the days of a custom range: one does not exist, they are not in their order, or are too many. */
export function findRangeFault(from: string, to: string): RangeFault | undefined {
  if (!isDay(from)) return { day: 'from', message: 'Enter the first day.' };
  if (!isDay(to)) return { day: 'to', message: 'Enter the last day.' };
  const days = countDays(from, to) + 1;
  if (days < 1) return { day: 'to', message: 'Must not be before the first day.' };
  return days > maxRangeDays ? { day: 'from', message: `Must be at most ${maxRangeDays} days before the last one.` } : undefined;
}

/** Reads the range from search parameters. Invalid values mean the default, because URLs are untrusted. */
export function parseRangeSearch({ range, from, to, compare }: Readonly<Record<string, unknown>>): RangeSearch {
  const comparison = compare === 'off' ? ({ compare } as const) : {};
  if (range === 'today' || range === '28d' || range === '90d') return { range, ...comparison };
  if (range === 'custom' && typeof from === 'string' && typeof to === 'string' && !findRangeFault(from, to))
    return { range, from, to, ...comparison };
  return comparison;
}

/** Returns the range of parsed search parameters. */
export function readRange({ range, from, to }: RangeSearch): RangeChoice {
  if (range === undefined) return defaultRange;
  return from === undefined || to === undefined ? { kind: range } : { kind: range, from, to };
}

/** Returns the search parameters of a range. A parameter that the range lacks is undefined, so that a link removes it. */
export function writeRange({ kind, from, to }: RangeChoice): Required<Omit<RangeSearch, 'compare'>> {
  const isCustom = kind === 'custom';
  return { range: kind === '7d' ? undefined : kind, from: isCustom ? from : undefined, to: isCustom ? to : undefined };
}

/** A period from `since` (inclusive) to `until` (exclusive), in UNIX milliseconds. */
export interface TimeRange {
  readonly since: number;
  readonly until: number;
}

/** A period of whole days, and these days, both included. The last one may not be over. */
export interface DayRange extends TimeRange {
  readonly firstDay: string;
  readonly lastDay: string;
}

/** A range at a time in a time zone. */
export interface ResolvedRange extends DayRange {
  readonly range: RangeChoice;
  readonly timeZone: string;
  readonly dayCount: number;
  /** The present time, in UNIX milliseconds. */
  readonly now: number;
  /** Whether the period includes the present, so that its figures still grow. */
  readonly isRunning: boolean;
  /** The interval of a chart of the period. A day has the length that the clocks give it. */
  readonly intervalMs: number;
  /**
   * The period before with which it is compared: as many days. If the period is running, `until` is the present time of day that many days
   * earlier, so that an unfinished day is compared with the same hours.
   */
  readonly before?: DayRange;
}

/** Returns the days that contain a period of earlier versions, whose start or end may be open. */
export function toCustomRange({ since, until }: Partial<TimeRange>, now: number, timeZone: string): RangeChoice {
  const end = Math.min(until ?? now, now);
  const to = getLocalTime(Math.max(0, until === undefined || until > now ? end : end - 1), timeZone).day;
  const first = addDays(to, 1 - maxRangeDays);
  const from = since === undefined ? first : getLocalTime(Math.min(since, now), timeZone).day;
  const [, middle = from] = [first, from, to].sort();
  return { kind: 'custom', from: middle, to };
}

/** Returns the shortest range that begins earlier than this one. Undefined if none does. */
export function findLongerRange({ now, timeZone, firstDay }: ResolvedRange): RangeChoice | undefined {
  const { day: today } = getLocalTime(now, timeZone);
  const kind = rangeKinds.find((one) => one !== 'custom' && addDays(today, 1 - presetDays[one]) < firstDay);
  return kind && { kind };
}

/** The API counts in buckets of five minutes. */
const bucketMs = 300_000;

/** Returns the period of a range, at a time by the clocks of a time zone. */
export function resolveRange(range: RangeChoice, isCompared: boolean, now: number, timeZone: string): ResolvedRange {
  const { day: today } = getLocalTime(now, timeZone);
  const [firstDay, lastDay] = getDays(range, today);
  const dayCount = countDays(firstDay, lastDay) + 1;
  const period = toDayRange(firstDay, lastDay, timeZone);
  const isRunning = now < period.until;
  const before = toDayRange(addDays(firstDay, -dayCount), addDays(lastDay, -dayCount), timeZone);
  return {
    range,
    timeZone,
    now,
    ...period,
    dayCount,
    isRunning,
    intervalMs: chooseInterval(dayCount),
    ...(isCompared && {
      before: isRunning ? { ...before, until: subtractDays(now - (now % bucketMs), dayCount, timeZone) } : before,
    }),
  };
}

/** Returns the first and the last day. A custom range ends today at the latest. */
function getDays({ kind, from, to }: RangeChoice, today: string): readonly [first: string, last: string] {
  if (kind !== 'custom' || from === undefined || to === undefined) return [addDays(today, 1 - presetDays[kind]), today];
  const last = to < today ? to : today;
  return [from < last ? from : last, last];
}

/** A custom range without days is the default one. */
const presetDays: Readonly<Record<RangeKind, number>> = { today: 1, '7d': 7, '28d': 28, '90d': 90, custom: 7 };

function toDayRange(firstDay: string, lastDay: string, timeZone: string): DayRange {
  return { firstDay, lastDay, since: findTime(firstDay, 0, timeZone), until: findTime(addDays(lastDay, 1), 0, timeZone) };
}

function chooseInterval(dayCount: number): number {
  if (dayCount <= 2) return hourMs;
  return dayCount <= 14 ? 6 * hourMs : dayMs;
}

/** Returns the starts of the intervals of a period, by the clocks of its time zone, without those that have not begun. */
export function listStarts({ since, until, timeZone, intervalMs, now }: ResolvedRange): readonly number[] {
  const hasBegun = (start: number) => start <= now;
  if (intervalMs <= hourMs)
    return Array.from({ length: Math.ceil((until - since) / intervalMs) }, (_, nth) => since + nth * intervalMs).filter(hasBegun);
  const perDay = Math.max(1, Math.round(dayMs / intervalMs));
  const minutes = Array.from({ length: perDay }, (_, nth) => (nth * 24 * 60) / perDay);
  return listDayStarts(since, until, timeZone)
    .flatMap((start) => {
      const { day } = getLocalTime(start, timeZone);
      return minutes.map((minute) => findTime(day, minute, timeZone));
    })
    .filter(hasBegun);
}
