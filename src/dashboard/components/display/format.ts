/**
 * Numbers and times in English, as the words around them, and in the user's time zone. Months have names, because `4/5` has two
 * meanings. No other file of the dashboard formats numbers or times.
 */

import { formatMoney, formatPercent } from '../../../api/client.ts';

export { formatMoney, formatPercent };

/** Formats amounts of several currencies: `EUR 31,200.00 + USD 40.00`. */
export const formatAmountList = (amounts: readonly { readonly amount: number; readonly currency: string }[]): string =>
  amounts.map(({ amount, currency }) => formatMoney(amount, currency)).join(' + ');

const locale = 'en';

/** Returns a function that creates a format at its first call: creating one takes far longer than its use, and a page needs few of them. */
function onFirstUse<T>(create: () => T): () => T {
  let created: T | undefined;
  return () => {
    created ??= create();
    return created;
  };
}

const countries = onFirstUse(() => new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' }));
const longDays = onFirstUse(
  () => new Intl.DateTimeFormat(locale, { weekday: 'long', month: 'short', day: 'numeric', year: 'numeric' }),
);
const integers = onFirstUse(() => new Intl.NumberFormat(locale));
const decimals = onFirstUse(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }));
const compact = onFirstUse(() => new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }));
const dateTimes = onFirstUse(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }));
const times = onFirstUse(() => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
const shortDateTimes = onFirstUse(
  () => new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
);
const minutes = onFirstUse(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }));
const shortTimes = onFirstUse(() => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }));
const relativeTimes = onFirstUse(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' }));

export const formatInteger = (count: number): string => integers().format(count);
/** Formats a count for narrow places: 1.2M. */
export const formatCompact = (count: number): string => (count < 10_000 ? integers().format(count) : compact().format(count));

/** Formats a count with its noun: `1 event`, `1,204 events`. */
export function pluralize(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`;
}

export const formatDecimal = (value: number): string => decimals().format(value);

/** Returns the text up to the first full stop that a space follows. Messages begin with what happened, followed by what to do. */
export const firstSentence = (text: string): string => /^.*?\.(?=\s|$)/s.exec(text)?.[0] ?? text;

/** Returns a message without the backticks around names, for a place that cannot show code. */
export const removeBackticks = (message: string): string => message.replaceAll('`', '');

/** Formats a time of today as time only, one of this year with its date, and any other with its year. */
export function formatTimeOrDate(at: number, now: number): string {
  const [time, today] = [new Date(at), new Date(now)];
  if (time.toDateString() === today.toDateString()) return times().format(at);
  return (time.getFullYear() === today.getFullYear() ? shortDateTimes : minutes)().format(at);
}

export const formatDateTime = (at: number): string => dateTimes().format(at);
/** Formats the day of a time: `Tuesday, Dec 1, 2026`. */
export const formatLongDay = (at: number): string => longDays().format(at);
export const formatTime = (at: number): string => times().format(at);
const utcDays = onFirstUse(() => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }));
/** Formats the beginning of a day of the calendar, in UTC: `Nov 24`. */
export const formatUtcDay = (at: number): string => utcDays().format(at);
const utcDates = onFirstUse(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }));
/** Formats a period of days in the time zone of a site: `Nov 25, 2026 to Dec 1, 2026, days in Europe/Berlin`. */
export const formatSiteDays = (since: string, until: string, timeZone: string): string =>
  `${formatDay(since, true)} to ${formatDay(until, true)}, days in ${timeZone}`;
/** Formats a day, `2026-11-25`: `Nov 25`, or with its year `Nov 25, 2026`. */
export const formatDay = (day: string, hasYear = false): string => (hasYear ? utcDates : utcDays)().format(Date.parse(day));
export const formatShortTime = (at: number): string => shortTimes().format(at);
/** Formats a time in UTC as log lines do. */
export const formatUtc = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

/** The styles of times by the clocks of a site. */
const zonedStyles = {
  clock: { timeStyle: 'short' },
  day: { day: 'numeric', month: 'short' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  dayAndClock: { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>;
const zonedFormats = new Map<string, Intl.DateTimeFormat>();

/** Formats a time by the clocks of a time zone: `2:35 PM`, `Nov 24`, `Tue, Nov 24` or `Tue, Nov 24, 2:35 PM`. */
export function formatInZone(at: number, timeZone: string, style: keyof typeof zonedStyles): string {
  const key = `${style} ${timeZone}`;
  const format = zonedFormats.get(key) ?? new Intl.DateTimeFormat(locale, { ...zonedStyles[style], timeZone });
  zonedFormats.set(key, format);
  return format.format(at);
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** Formats a time relative to now: `3 minutes ago`, `in 2 hours`. */
export function formatRelative(at: number, now: number): string {
  const ms = at - now;
  const [unit, size] = units.find(([, length]) => Math.abs(ms) >= length) ?? ['second', 1_000];
  return relativeTimes().format(Math.trunc(ms / size), unit);
}

/**
 * Formats a time that Convey plans: `in 2 minutes`, and `now` once it is over. Without an answer of the gateway (`isAway`) the plan may be out
 * of date, so it is a time of day.
 */
export function formatExpected(at: number, now: number, isAway: boolean): string {
  if (isAway) return formatTimeOrDate(at, now);
  return formatRelative(Math.max(at, now), now);
}

/** Formats a duration for the axis of a chart: `1.5 h`. */
export function formatAxisDuration(ms: number): string {
  const [unit, size] = axisUnits.find(([, length]) => ms >= length) ?? ['ms', 1];
  return `${decimals().format(Math.round((10 * ms) / size) / 10)} ${unit}`;
}

const axisUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Formats a duration: `850 ms`, `4 s`, `12 min`, `3 h`, `2 days`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 129_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return pluralize(Math.round(ms / 86_400_000), 'day');
}

const lists = onFirstUse(() => new Intl.ListFormat(locale));

/** Joins words: `one, two, and three`. */
export const formatList = (words: readonly string[]): string => lists().format(words);

/** Returns the time zones that a person can choose from, each once. Firefox's own list has UTC, Chromium's has not. */
export const listTimeZones = onFirstUse((): readonly string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])]);

/** Returns the name of a country by its code of two letters. */
export const formatCountry = (code: string): string => countries().of(code) ?? code;
