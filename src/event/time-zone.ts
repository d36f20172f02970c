import { dayMs, minuteMs, type UnixMs } from './units.ts';

interface LocalTime {
  /** Minutes since midnight. */
  readonly minutes: number;
  readonly weekday: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

/** Creating a format takes far longer than its use. There are as many as time zones of sites and of the alerts. */
const formats = new Map<string, Intl.DateTimeFormat>();

function getFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}

/** Returns the time of day and the day in a time zone. */
export function getLocalTime(at: UnixMs, timeZone: string): LocalTime {
  const parts = new Map(
    getFormat(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const get = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? '';
  return {
    minutes: 60 * Number(get('hour')) + Number(get('minute')),
    weekday: get('weekday'),
    day: `${get('year')}-${get('month')}-${get('day')}`,
  };
}

/** The offsets of time zones have been multiples of 15 minutes since 1972. */
const quarterMs = 15 * minuteMs;
const maxKnownDays = 4_000;
/** The days of times that were read lately, by time zone and quarter of an hour: formatting a time takes microseconds. */
const knownDays = new Map<string, string>();

/** Returns the day of a time in a time zone, `YYYY-MM-DD`. Fast for many times of few days. */
export function getLocalDay(at: UnixMs, timeZone: string): string {
  if (timeZone === 'UTC') return new Date(at).toISOString().slice(0, 10);
  const key = `${timeZone} ${Math.floor(at / quarterMs)}`;
  const known = knownDays.get(key);
  if (known !== undefined) return known;
  if (knownDays.size >= maxKnownDays) knownDays.clear();
  const { day } = getLocalTime(at, timeZone);
  knownDays.set(key, day);
  return day;
}

/** Returns the difference between the clocks of a time zone and UTC. */
function getOffsetMs(at: UnixMs, timeZone: string): number {
  const { day, minutes } = getLocalTime(at, timeZone);
  return Date.parse(day) + minutes * minuteMs - (at - (at % minuteMs));
}

/**
 * Returns the time at which the clocks of a time zone show a day and minutes since its midnight. Returns the first one if they show it twice, and
 * the one after the change if they leave it out.
 */
export function findTime(day: string, minutes: number, timeZone: string): UnixMs {
  const shown = Date.parse(day) + minutes * minuteMs;
  const [before, after] = [shown - dayMs, shown + dayMs].map((at) => shown - getOffsetMs(at, timeZone));
  if (before === undefined || after === undefined) return shown;
  return [before, after].find((at) => at + getOffsetMs(at, timeZone) === shown) ?? before;
}

/** Returns a day of the calendar some days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** Returns the same time of day some days earlier. */
export function subtractDays(at: UnixMs, days: number, timeZone: string): UnixMs {
  const { day, minutes } = getLocalTime(at, timeZone);
  return findTime(addDays(day, -days), minutes, timeZone) + (at % minuteMs);
}

/** Returns the beginning of the local day that contains a time. */
export function getDayStart(at: UnixMs, timeZone: string): UnixMs {
  return findTime(getLocalTime(at, timeZone).day, 0, timeZone);
}

/** Returns all days of the calendar from the first to the last, both included. */
export function eachDay(since: string, until: string): readonly string[] {
  const count = Math.round((Date.parse(until) - Date.parse(since)) / dayMs) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => addDays(since, index));
}

/** Returns the beginnings of the local days from the one that contains `since` to before `until`. */
export function listDayStarts(since: UnixMs, until: UnixMs, timeZone: string): readonly UnixMs[] {
  const starts: UnixMs[] = [];
  for (let day = getLocalTime(since, timeZone).day, at = findTime(day, 0, timeZone); at < until; ) {
    starts.push(at);
    day = addDays(day, 1);
    at = findTime(day, 0, timeZone);
  }
  return starts;
}
