import { describe, expect, it } from 'vitest';
import { getDays } from './day-range.ts';

describe("the reader's days", () => {
  it('begin and end at the midnights of the own clock', () => {
    const { today, yesterday } = getDays(new Date(2026, 10, 25, 13, 7).getTime());
    expect(new Date(today.since)).toEqual(new Date(2026, 10, 25));
    expect(new Date(today.until)).toEqual(new Date(2026, 10, 26));
    expect(yesterday).toEqual({ since: new Date(2026, 10, 24).getTime(), until: today.since });
  });

  it('go over the end of a month and of a year', () => {
    const { today, yesterday } = getDays(new Date(2027, 0, 1, 0, 0).getTime());
    expect(new Date(yesterday.since)).toEqual(new Date(2026, 11, 31));
    expect(new Date(today.until)).toEqual(new Date(2027, 0, 2));
  });
});
