import { describe, expect, it } from 'vitest';
import { getDays } from './day-range.ts';

describe('getDays', () => {
  it('returns days that start and end at local midnight', () => {
    const { today, yesterday } = getDays(new Date(2026, 10, 25, 13, 7).getTime());
    expect(new Date(today.since)).toEqual(new Date(2026, 10, 25));
    expect(new Date(today.until)).toEqual(new Date(2026, 10, 26));
    expect(yesterday).toEqual({ since: new Date(2026, 10, 24).getTime(), until: today.since });
  });

  it('crosses the end of a month and a year', () => {
    const { today, yesterday } = getDays(new Date(2027, 0, 1, 0, 0).getTime());
    expect(new Date(yesterday.since)).toEqual(new Date(2026, 11, 31));
    expect(new Date(today.until)).toEqual(new Date(2027, 0, 2));
  });
});
