import type { Issue } from '../../event/issue.ts';
import { getMaxEventAgeMs, type LateSite, lacksLateAccount } from '../../event/late-events.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';

const aheadMs = 5 * minuteMs;

/** A smaller number counts seconds (until the year 5138), any other counts milliseconds (since 1973). */
const leastMilliseconds = 1e11;
/** The largest time of a Date. Sums of larger numbers lose precision, and become infinite. */
const furthestMs = 8.64e15;

const iso =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[Tt ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s?(?:[Zz]|([+-])(\d{2}):?(\d{2})?)?)?$/;

/** Parses the calendar form of ISO 8601. A time without an offset is UTC: the sender does not know the gateway's time zone. */
function readIso(text: string): UnixMs | undefined {
  const match = iso.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * minuteMs;
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour <= 23 && minute <= 59 && second <= 60;
  if (!real) return undefined;
  const fraction = Math.trunc(Number(`0.${match[7] ?? 0}`) * secondMs);
  return date.getTime() + (hour * 60 + minute) * minuteMs + second * secondMs + fraction - offset;
}

/** Parses a time in any form that `parseEventTime` accepts. */
export function parseTimestamp(input: unknown): UnixMs | undefined {
  if (typeof input === 'string') {
    const text = input.trim();
    return /^\d{1,16}(?:\.\d{1,9})?$/.test(text) ? parseTimestamp(Number(text)) : readIso(text);
  }
  if (typeof input !== 'number' || !Number.isFinite(input)) return undefined;
  const moment = Math.trunc(input < leastMilliseconds ? input * secondMs : input);
  return Math.abs(moment) <= furthestMs ? moment : undefined;
}

/**
 * Parses the time of an event: ISO 8601, UNIX seconds or UNIX milliseconds, distinguished by size. An absent time and a time up to 5
 * minutes ahead become `now`. A time further ahead, older than the site takes, or unreadable is an issue that rejects the event.
 * @param behindMs the time by which the sender's clock is behind ours; negative if it is ahead.
 */
export function parseEventTime(
  input: unknown,
  now: UnixMs,
  site: LateSite,
  behindMs = 0,
): { readonly time: UnixMs } | { readonly issue: Issue } {
  if (input === undefined || input === null || input === '') return { time: now };
  const moment = parseTimestamp(input);
  const time = moment === undefined ? undefined : Math.trunc(moment + behindMs);
  if (time === undefined) return { issue: createRejectionIssue('time', 'time-unreadable') };
  if (time > now + aheadMs) return { issue: createRejectionIssue('time', 'in-future') };
  const ageMs = now - time;
  if (lacksLateAccount(site, ageMs)) return { issue: createRejectionIssue('time', 'late-account-missing') };
  if (ageMs > getMaxEventAgeMs(site)) return { issue: createRejectionIssue('time', 'too-old') };
  return { time: Math.min(time, now) };
}
