import type { DigestInterval } from '../event/alert-conditions.ts';
import { addDays, findTime, getLocalTime } from '../event/time-zone.ts';
import { hourMs, minuteMs, type UnixMs } from '../event/units.ts';

export interface QuietHours {
  readonly from: string;
  readonly to: string;
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
