import { subtractDays } from '../../event/time-zone.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { countBucketMs, countBucketStart } from '../../storage/ports/event-counts.ts';

/** The time of a silence, and the counts of the same hours in earlier weeks. */
export interface Silence {
  readonly since: UnixMs;
  /** The counts of the weeks before, newest first. Weeks before the first count are absent. */
  readonly earlier: readonly number[];
}

const weekMs = 7 * dayMs;
export const comparedWeeks = 4;
/** One week alone may have been unusual. */
const fewestWeeks = 2;
/** Earlier weeks of a longer silence would be silent themselves. */
export const longestSilenceMs = 2 * weekMs;

/** The periods to count: the silence, and the same hours in each of the last four weeks. */
export interface RhythmPeriods {
  readonly since: UnixMs;
  readonly earlier: readonly { readonly since: UnixMs; readonly until: UnixMs }[];
}

/**
 * Returns the periods that show whether a silence is usual. The compared part of a silence is its last week at most, because the counts are
 * by bucket for 35 days. The hours are those of the clocks in `timeZone`, also when these change.
 * @param range the first and the last bucket with a count
 */
export function getRhythmPeriods(
  range: { readonly first: UnixMs; readonly last: UnixMs },
  now: UnixMs,
  timeZone: string,
): RhythmPeriods {
  const since = range.last + countBucketMs;
  const until = countBucketStart(now);
  const from = Math.max(since, until - weekMs);
  const weeks = Array.from({ length: comparedWeeks }, (_, index) => 7 * (index + 1));
  return {
    since,
    earlier: weeks
      .map((days) => ({ since: subtractDays(from, days, timeZone), until: subtractDays(until, days, timeZone) }))
      .filter((period) => period.since >= range.first && period.since < period.until),
  };
}

/** Returns the usual count of the time of a silence: the median of the earlier weeks. Undefined if there are too few weeks. */
export function getUsualCount(earlier: readonly number[]): number | undefined {
  if (earlier.length < fewestWeeks) return undefined;
  const sorted = earlier.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}
