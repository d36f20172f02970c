import type { DigestInterval } from '../event/alert-conditions.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../event/units.ts';

export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

interface LocalTime {
  /** Minutes since midnight. */
  readonly minutes: number;
  readonly weekday: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

/** Creating a format takes far longer than its use. There is one time zone of the settings. */
let lastFormat: { readonly timeZone: string; readonly format: Intl.DateTimeFormat } | undefined;

function getFormat(timeZone: string): Intl.DateTimeFormat {
  if (lastFormat?.timeZone !== timeZone) {
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
    lastFormat = { timeZone, format };
  }
  return lastFormat.format;
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

/** Returns the difference between the clocks of a time zone and UTC. */
function getOffsetMs(at: UnixMs, timeZone: string): number {
  const { day, minutes } = getLocalTime(at, timeZone);
  return Date.parse(day) + minutes * minuteMs - (at - (at % minuteMs));
}

/**
 * Returns the time at which the clocks of a time zone show a day and minutes since its midnight. Returns the first one if they show it twice, and
 * the one after the change if they leave it out.
 */
function findTime(day: string, minutes: number, timeZone: string): UnixMs {
  const shown = Date.parse(day) + minutes * minuteMs;
  const [before, after] = [shown - dayMs, shown + dayMs].map((at) => shown - getOffsetMs(at, timeZone));
  if (before === undefined || after === undefined) return shown;
  return [before, after].find((at) => at + getOffsetMs(at, timeZone) === shown) ?? before;
}

/** Returns a day of the calendar some days later, or earlier. */
function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** Returns the same time of day some days earlier. */
export function subtractDays(at: UnixMs, days: number, timeZone: string): UnixMs {
  const { day, minutes } = getLocalTime(at, timeZone);
  return findTime(addDays(day, -days), minutes, timeZone) + (at % minuteMs);
}

function toMinutes(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number);
  return 60 * hours + minutes;
}

/** Returns the end of the quiet hours that are running, or `at` if none are. The hours may include midnight. */
export function getQuietEnd(at: UnixMs, quietHours: QuietHours | undefined, timeZone: string): UnixMs {
  if (!quietHours) return at;
  const [from, to] = [toMinutes(quietHours.from), toMinutes(quietHours.to)];
  const { day, minutes } = getLocalTime(at, timeZone);
  const isQuiet = from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  if (!isQuiet) return at;
  return Math.max(at, findTime(to > minutes ? day : addDays(day, 1), to, timeZone));
}

const digestMinutes = 8 * 60;
/** A digest that could not be sent in time, because Convey was off, is sent late by up to this much. */
const latestDigestMs = 12 * hourMs;

/** The period of a digest: whole days in its time zone, up to the midnight before it is sent. */
export interface DigestPeriod {
  readonly id: string;
  readonly since: UnixMs;
  readonly until: UnixMs;
  readonly interval: 'daily' | 'weekly';
}

/** Returns the digest that is due: from 8:00 on, each day or each Monday. Undefined if none is. */
export function getDueDigest(now: UnixMs, interval: DigestInterval, timeZone: string): DigestPeriod | undefined {
  if (interval === 'off') return undefined;
  const { minutes, weekday, day } = getLocalTime(now, timeZone);
  const lateMs = (minutes - digestMinutes) * minuteMs;
  if (lateMs < 0 || lateMs > latestDigestMs || (interval === 'weekly' && weekday !== 'Mon')) return undefined;
  const since = findTime(addDays(day, interval === 'daily' ? -1 : -7), 0, timeZone);
  return { id: `digest/${interval}/${day}`, since, until: findTime(day, 0, timeZone), interval };
}
