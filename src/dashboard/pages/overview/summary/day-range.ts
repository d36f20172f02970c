import { getDayStart } from '../../../../api/client.ts';
import type { TimeRange } from '../../../data/range.ts';

export interface Days {
  readonly today: TimeRange;
  readonly yesterday: TimeRange;
}

const halfDayMs = 12 * 3_600_000;

/** Returns today and yesterday in a time zone. A day may have 23 or 25 hours. */
export function getDays(now: number, timeZone: string): Days {
  const today = getDayStart(now, timeZone);
  // The noon of the next day, and that of the day before.
  const [tomorrow, yesterday] = [3, -1].map((halves) => getDayStart(today + halves * halfDayMs, timeZone));
  return {
    today: { since: today, until: tomorrow ?? today },
    yesterday: { since: yesterday ?? today, until: today },
  };
}
