import type { Site } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { ranges } from '../http/parameters.ts';
import { type Intervals, splitByDays, splitByHours, splitEvenly } from './count-period.ts';

interface ChosenPeriod {
  readonly range?: (typeof ranges)[number] | undefined;
  readonly since?: UnixMs | undefined;
  readonly until?: UnixMs | undefined;
  readonly by?: 'day' | 'hour' | undefined;
}

/** The number and length of the buckets of each range. */
const rangeSteps: Readonly<Record<(typeof ranges)[number], { readonly stepMs: number; readonly steps: number }>> = {
  '1h': { stepMs: 5 * minuteMs, steps: 12 },
  '24h': { stepMs: 30 * minuteMs, steps: 48 },
  '7d': { stepMs: 2 * hourMs, steps: 84 },
  // Half hours, so that the days of every time zone can be summed from them.
  '14d': { stepMs: 30 * minuteMs, steps: 672 },
  '30d': { stepMs: 8 * hourMs, steps: 90 },
};
const maxDays = 400;
const maxHoursMs = 31 * dayMs;

/** Returns the intervals of a range up to now, or of a period. */
export function chooseIntervals(
  site: Pick<Site, 'timeZone'>,
  { range, since, until, by }: ChosenPeriod,
  now: UnixMs,
): readonly Intervals[] | ApiErrorResult<'parameter-invalid'> {
  if (since === undefined) {
    if (range === undefined) return refuse('range', 'set, unless `since` is');
    const { stepMs, steps } = rangeSteps[range];
    const end = now - (now % stepMs) + stepMs;
    if (by === undefined) return [{ since: end - steps * stepMs, until: end, stepMs }];
    return split(site, now - steps * stepMs, now, by, now);
  }
  // The buckets of the future are empty.
  const end = until === undefined ? now : Math.min(until, now + dayMs);
  if (since >= end) return refuse('since', 'before `until`, and not in the future');
  if (end - since > (maxDays + 1) * dayMs) return refuse('since', `at most ${maxDays} days before \`until\``);
  if (by === undefined) return [splitEvenly(since, end, now)];
  if (by === 'hour' && end - since > maxHoursMs) return refuse('by', '`day` for more than 31 days');
  return split(site, since, end, by, now);
}

function split(site: Pick<Site, 'timeZone'>, since: UnixMs, until: UnixMs, by: 'day' | 'hour', now: UnixMs) {
  return by === 'day' ? splitByDays(since, until, site, now) : splitByHours(since, until, now);
}

function refuse(field: string, rule: string) {
  return new ApiErrorResult('parameter-invalid', [createParameterIssue(field, rule)]);
}
