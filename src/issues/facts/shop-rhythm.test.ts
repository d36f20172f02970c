import { expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import { getRhythmPeriods, getUsualCount } from './shop-rhythm.ts';

const now = Date.parse('2026-11-25T13:00:00Z');

it('a silence is compared with the same hours of the last four weeks, since the shop began', () => {
  const last = now - hourMs - 5 * minuteMs;
  const since = now - hourMs;
  const weeks = [7, 14, 21, 28].map((days) => ({ since: since - days * dayMs, until: now - days * dayMs }));
  const periods = (first: number, end: number) => getRhythmPeriods({ first, last: end }, now, 'UTC');
  expect(periods(now - 35 * dayMs, last)).toEqual({ since, earlier: weeks });
  expect(periods(now - 15 * dayMs, last).earlier).toEqual(weeks.slice(0, 2));
  const long = periods(now - 60 * dayMs, now - 9 * dayMs);
  expect(long.earlier[0]).toEqual({ since: now - 14 * dayMs, until: now - 7 * dayMs });
  expect([getUsualCount([4]), getUsualCount([4, 8]), getUsualCount([1, 100, 4]), getUsualCount([1, 2, 4, 90])]).toEqual([
    undefined,
    6,
    4,
    3,
  ]);
});

it('compared hours are those of the clocks, also across the end of summer time', () => {
  const at = (text: string) => Date.parse(text);
  const range = { first: at('2026-09-01T00:00:00Z'), last: at('2026-10-27T07:55:00Z') };
  const { earlier } = getRhythmPeriods(range, at('2026-10-27T09:00:00Z'), 'Europe/Berlin');
  expect(earlier.slice(0, 2)).toEqual([
    { since: at('2026-10-20T07:00:00Z'), until: at('2026-10-20T08:00:00Z') },
    { since: at('2026-10-13T07:00:00Z'), until: at('2026-10-13T08:00:00Z') },
  ]);
});
