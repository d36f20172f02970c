import { findTime } from '../../event/time-zone.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';

/** The zone of times without an offset: minutes ahead of UTC, or the name of a time zone. */
export type FileZone = number | string;

/** Why a time cannot be read. */
export type TimeProblem = 'time-missing' | 'time-without-zone' | 'time-day-first' | 'time-unreadable';

const offsetForm = /^(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})$/;

/** Parses an offset such as `+0100`, `Z`, or the name of a time zone such as `Europe/Berlin`. */
export function parseZone(text: string): FileZone | undefined {
  const zone = text.trim();
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 0;
  const [, sign, hours, minutes] = offsetForm.exec(zone) ?? [];
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  if (!/^[A-Za-z][\w+-]*(?:\/[\w+-]+)+$/.test(zone)) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    return undefined;
  }
}

const clock = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:\s?([AP])\.?M\.?)?`;
const zone = String.raw`(?:\s?(Z|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|UTC|GMT|[A-Za-z]+(?:/[\w+-]+)+))?`;
/** `2026-11-24 10:00:00 +0100`, `2026-11-24T10:00:00+01:00`. */
const isoForm = new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})[T ]${clock}${zone}$`, 'i');
/** `11/24/2026 10:00:00 AM`. */
const slashForm = new RegExp(String.raw`^(\d{1,2})/(\d{1,2})/(\d{4})(?:,? |T)${clock}${zone}$`, 'i');
/** `Nov 24, 2026 10:00:00 AM`. */
const wordForm = new RegExp(String.raw`^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? ${clock}${zone}$`, 'i');
/** Dates with the day first, such as `24.11.2026` and `24-11-2026`. */
const dayFirstForm = /^\d{1,2}[.-]\d{1,2}[.-]\d{4}\b/;
/** UNIX seconds since 1973, or milliseconds. */
const epochForm = /^\d{9,14}(?:\.\d{1,9})?$/;
/** A smaller number counts seconds. */
const leastMilliseconds = 1e11;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Parses a time of a file in the forms of the platforms' templates. An offset in the text takes precedence over the zone of the file.
 * @source https://learn.microsoft.com/en-us/advertising/bulk-service/offline-conversion (2026-12)
 * @source https://support.google.com/google-ads/answer/7014069 (2026-12)
 */
export function readRowTime(input: unknown, fileZone: FileZone | undefined): UnixMs | TimeProblem {
  if (input === undefined || input === null || input === '') return 'time-missing';
  if (typeof input !== 'string' && typeof input !== 'number') return 'time-unreadable';
  const text = String(input).trim();
  if (epochForm.test(text)) return toMilliseconds(Number(text));
  const iso = isoForm.exec(text);
  if (iso) return toTime(Number(iso[1]), Number(iso[2]), Number(iso[3]), iso.slice(4), fileZone);
  const slash = slashForm.exec(text);
  if (slash) {
    const [month, day] = [Number(slash[1]), Number(slash[2])];
    if (month > 12 && day <= 12) return 'time-day-first';
    return toTime(Number(slash[3]), month, day, slash.slice(4), fileZone);
  }
  const word = wordForm.exec(text);
  if (word) {
    const month = months.indexOf(word[1]?.toLowerCase() ?? '') + 1;
    return toTime(Number(word[3]), month, Number(word[2]), word.slice(4), fileZone);
  }
  return dayFirstForm.test(text) ? 'time-day-first' : 'time-unreadable';
}

function toMilliseconds(moment: number): UnixMs {
  return Math.trunc(moment < leastMilliseconds ? moment * secondMs : moment);
}

function toTime(
  year: number,
  month: number,
  dayOfMonth: number,
  [hourText, minute, second = '0', fraction = '0', half, zoneText]: readonly (string | undefined)[],
  fileZone: FileZone | undefined,
): UnixMs | TimeProblem {
  const date = new Date(Date.UTC(year, month - 1, dayOfMonth));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth && month >= 1;
  const hour = toHour(Number(hourText), half);
  if (!isReal || hour === undefined || Number(minute) > 59 || Number(second) > 60) return 'time-unreadable';
  const inZone = zoneText === undefined ? fileZone : parseZone(zoneText);
  if (inZone === undefined) return zoneText === undefined ? 'time-without-zone' : 'time-unreadable';
  const minutes = hour * 60 + Number(minute);
  const restMs = Number(second) * secondMs + Math.trunc(Number(`0.${fraction}`) * secondMs);
  if (typeof inZone === 'number') return date.getTime() + (minutes - inZone) * minuteMs + restMs;
  return findTime(date.toISOString().slice(0, 10), minutes, inZone) + restMs;
}

/** Returns the hour of the day. `half`: A or P, of a clock with twelve hours. */
function toHour(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour <= 23 ? hour : undefined;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
}
