/** A period in UNIX milliseconds, from `since` (inclusive) to `until` (exclusive). */
export interface TimeRange {
  readonly since: number;
  readonly until: number;
}

export interface Days {
  readonly today: TimeRange;
  readonly yesterday: TimeRange;
}

/** Returns today and yesterday in the user's time zone. A day may have 23 or 25 hours. */
export function getDays(now: number): Days {
  const at = new Date(now);
  const midnight = (days: number) => new Date(at.getFullYear(), at.getMonth(), at.getDate() + days).getTime();
  return { today: { since: midnight(0), until: midnight(1) }, yesterday: { since: midnight(-1), until: midnight(0) } };
}
