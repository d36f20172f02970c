import { describe, expect, it } from 'vitest';
import { defaultRange, resolveRange } from '../../data/range.ts';
import { formatComparison, getCountTrend, getShareTrend, isComparable, nameCountedPeriod } from './trends.ts';

describe('a trend', () => {
  it('is the relative change of a count', () => {
    expect(getCountTrend(112, 100)).toEqual({ direction: 'up', text: '12%' });
    expect(getCountTrend(50, 100)).toEqual({ direction: 'down', text: '50%' });
    expect(getCountTrend(1_000, 1_001)).toEqual({ direction: 'same', text: 'No change' });
    expect(getCountTrend(5_000, 2)).toBeUndefined();
    expect(getCountTrend(7, 0)).toBeUndefined();
  });

  it('is the change of a share in points', () => {
    expect(getShareTrend({ part: 9, all: 10 }, { part: 87, all: 100 })).toEqual({ direction: 'up', text: '3 points' });
    expect(getShareTrend({ part: 80, all: 100 }, { part: 81, all: 100 })).toEqual({ direction: 'down', text: '1 point' });
    expect(getShareTrend({ part: 1, all: 1 }, undefined)).toBeUndefined();
  });
});

describe('a comparison', () => {
  const now = Date.parse('2026-11-25T12:10:00Z');
  const week7 = resolveRange(defaultRange, true, now, 'Europe/Berlin');
  const begin = Date.parse('2026-11-21T23:30:00Z');

  it('is made only with a period that has all of its events', () => {
    const trend = { direction: 'up', text: '303%' } as const;
    expect(formatComparison(trend, week7, 0)).toBe('▲ Up 303% vs. the previous 7 days');
    expect(formatComparison(trend, week7, begin)).toBe('Not compared: counted since Nov 22.');
    expect(formatComparison(undefined, week7, undefined)).toBe('Not compared: no events in the previous 7 days.');
    expect(formatComparison(undefined, week7, 0)).toBe('Not compared: too little in the previous 7 days.');
    expect(formatComparison(trend, resolveRange(defaultRange, false, now, 'UTC'), 0)).toBeUndefined();
    expect(formatComparison(trend, resolveRange({ kind: 'today' }, true, now, 'UTC'), 0)).toBe(
      '▲ Up 303% vs. the same hours of yesterday',
    );
  });

  it('is possible only if both periods are whole', () => {
    expect([isComparable(week7, 0), isComparable(week7, begin), isComparable(week7, undefined)]).toEqual([true, false, false]);
    expect(isComparable(resolveRange(defaultRange, false, now, 'UTC'), 0)).toBe(false);
  });

  it('names the day on which the data of a period begin', () => {
    expect(nameCountedPeriod(week7, 0)).toBe('in the last 7 days');
    expect(nameCountedPeriod(week7, undefined)).toBe('in the last 7 days');
    expect(nameCountedPeriod(week7, begin)).toBe('since Nov 22');
  });
});
