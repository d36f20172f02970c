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

/** Returns the time of day and the day in a time zone. */
export function getLocalTime(at: UnixMs, timeZone: string): LocalTime {
  const parts = new Map(
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
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

function toMinutes(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number);
  return 60 * hours + minutes;
}

/** Returns the end of the quiet hours that are running, or `at` if none are. The hours may include midnight. */
export function getQuietEnd(at: UnixMs, quietHours: QuietHours | undefined, timeZone: string): UnixMs {
  if (!quietHours) return at;
  const [from, to] = [toMinutes(quietHours.from), toMinutes(quietHours.to)];
  const { minutes } = getLocalTime(at, timeZone);
  const isQuiet = from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  if (!isQuiet) return at;
  return at - (at % minuteMs) + ((to - minutes + 1_440) % 1_440) * minuteMs;
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
  const until = now - (now % minuteMs) - minutes * minuteMs;
  return { id: `digest/${interval}/${day}`, since: until - (interval === 'daily' ? 1 : 7) * dayMs, until, interval };
}
