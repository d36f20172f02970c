import { describe, expect, it } from 'vitest';
import { getDays } from './day-range.ts';

describe('getDays', () => {
  it('returns days that start and end at midnight in the time zone', () => {
    const { today, yesterday } = getDays(Date.parse('2026-11-25T23:07:00Z'), 'Europe/Berlin');
    expect(new Date(today.since).toISOString()).toBe('2026-11-25T23:00:00.000Z');
    expect(new Date(today.until).toISOString()).toBe('2026-11-26T23:00:00.000Z');
    expect(yesterday).toEqual({ since: today.since - 86_400_000, until: today.since });
  });

  it('crosses the end of a month and a year', () => {
    const { today, yesterday } = getDays(Date.parse('2027-01-01T00:00:00Z'), 'UTC');
    expect(new Date(yesterday.since).toISOString()).toBe('2026-12-31T00:00:00.000Z');
    expect(new Date(today.until).toISOString()).toBe('2027-01-02T00:00:00.000Z');
  });
});
