import { describe, expect, it } from 'vitest';
import {
  defaultRange,
  findLongerRange,
  findRangeFault,
  listStarts,
  parseRangeSearch,
  readRange,
  resolveRange,
  toCustomRange,
  writeRange,
} from './range.ts';

const at = (text: string) => Date.parse(text);
const format = (...times: readonly (number | undefined)[]) =>
  times.map((time) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 16)));

describe('parseRangeSearch', () => {
  it('returns each range, and nothing for the default', () => {
    for (const range of ['today', '28d', '90d'] as const) expect(parseRangeSearch({ range })).toEqual({ range });
    expect(parseRangeSearch({ range: '7d' })).toEqual({});
    const custom = { range: 'custom', from: '2026-11-01', to: '2026-11-30' };
    expect(parseRangeSearch({ ...custom, site: 'shop' })).toEqual(custom);
    expect(parseRangeSearch({ range: '28d', ...{ from: custom.from, to: custom.to }, compare: 'off' })).toEqual({
      range: '28d',
      compare: 'off',
    });
  });

  it('falls back to the default when a value is invalid', () => {
    const days = (from: unknown, to: unknown) => ({ range: 'custom', from, to });
    for (const search of [
      ...['99d', 7, null, ['28d'], '', 'custom'].map((range) => ({ range })),
      ...[days('2026-11-30', '2026-11-01'), days('2026-02-30', '2026-03-02'), days('2020-01-01', '2026-11-01')],
      ...[days(20261101, '2026-11-30'), days(['2026-11-01'], '2026-11-30'), days('2026-11-01', undefined), days('x', 'y')],
      ...['on', 'false', 0, null].map((compare) => ({ compare })),
    ])
      expect([search, parseRangeSearch(search)]).toEqual([search, {}]);
  });

  it('reads what was written, and a written default removes every parameter', () => {
    const custom = { kind: 'custom', from: '2026-11-01', to: '2026-11-30' } as const;
    for (const range of [defaultRange, { kind: 'today' }, { kind: '90d' }, custom] as const)
      expect(readRange(parseRangeSearch(writeRange(range)))).toEqual(range);
    expect(writeRange(defaultRange)).toEqual({ range: undefined, from: undefined, to: undefined });
  });
});

describe('resolveRange', () => {
  const now = at('2026-12-01T10:32:10Z');

  it('returns whole local days up to today, and compares an unfinished day with the same hours', () => {
    const berlin = resolveRange(defaultRange, true, now, 'Europe/Berlin');
    expect(berlin).toMatchObject({ firstDay: '2026-11-25', lastDay: '2026-12-01', dayCount: 7, isRunning: true });
    expect(format(berlin.since, berlin.until)).toEqual(['2026-11-24T23:00', '2026-12-01T23:00']);
    expect(berlin.before).toMatchObject({ firstDay: '2026-11-18', lastDay: '2026-11-24' });
    expect(format(berlin.before?.since, berlin.before?.until)).toEqual(['2026-11-17T23:00', '2026-11-24T10:30']);
    expect(resolveRange(defaultRange, false, now, 'Europe/Berlin').before).toBeUndefined();
  });

  it('names the day of the zone, on either side of the date line and at half hours', () => {
    const today = (timeZone: string) => {
      const { lastDay, since } = resolveRange({ kind: 'today' }, false, now, timeZone);
      return [lastDay, ...format(since)];
    };
    expect(today('Asia/Kolkata')).toEqual(['2026-12-01', '2026-11-30T18:30']);
    expect(today('Pacific/Auckland')).toEqual(['2026-12-01', '2026-11-30T11:00']);
    expect(today('Pacific/Kiritimati')).toEqual(['2026-12-02', '2026-12-01T10:00']);
    expect(today('Pacific/Honolulu')).toEqual(['2026-12-01', '2026-12-01T10:00']);
    expect(today('Pacific/Pago_Pago')).toEqual(['2026-11-30', '2026-11-30T11:00']);
  });

  it('has days of 23 and 25 hours when the clocks change', () => {
    const hours = (day: string, timeZone: string) => {
      const { since, until } = resolveRange({ kind: 'custom', from: day, to: day }, false, now, timeZone);
      return (until - since) / 3_600_000;
    };
    expect(hours('2026-03-29', 'Europe/Berlin')).toBe(23);
    expect(hours('2026-10-25', 'Europe/Berlin')).toBe(25);
    expect(hours('2026-10-04', 'Australia/Lord_Howe')).toBe(23.5);
    expect(hours('2026-10-26', 'Europe/Berlin')).toBe(24);
  });

  it('compares with the same time of day across a change of the clocks', () => {
    const { before } = resolveRange(defaultRange, true, at('2026-10-27T11:00:00Z'), 'Europe/Berlin');
    expect(format(before?.since, before?.until)).toEqual(['2026-10-13T22:00', '2026-10-20T10:00']);
  });

  it('compares days that are over with as many whole days before', () => {
    const ended = resolveRange({ kind: 'custom', from: '2026-11-10', to: '2026-11-12' }, true, now, 'UTC');
    expect(ended).toMatchObject({ isRunning: false, dayCount: 3 });
    expect(format(ended.before?.since, ended.before?.until)).toEqual(['2026-11-07T00:00', '2026-11-10T00:00']);
  });

  it('ends today when a custom range ends later', () => {
    const days = (from: string, to: string) => resolveRange({ kind: 'custom', from, to }, false, now, 'UTC');
    expect(days('2026-11-28', '2027-01-05')).toMatchObject({ firstDay: '2026-11-28', lastDay: '2026-12-01' });
    expect(days('2027-01-01', '2027-01-05')).toMatchObject({ firstDay: '2026-12-01', lastDay: '2026-12-01' });
  });
});

describe('listStarts', () => {
  it('leaves out the hours of today that have not begun', () => {
    const today = resolveRange({ kind: 'today' }, false, at('2026-12-01T10:00:00Z'), 'Europe/Berlin');
    expect(format(listStarts(today).at(-1), today.until)).toEqual(['2026-12-01T10:00', '2026-12-01T23:00']);
    expect(listStarts(today)).toHaveLength(12);
  });

  const list = (from: string, to: string, timeZone = 'Europe/Berlin') =>
    format(...listStarts(resolveRange({ kind: 'custom', from, to }, false, at('2026-12-01T10:00:00Z'), timeZone)));

  it('returns the hours of a day, one less or more when the clocks change', () => {
    expect(list('2026-10-26', '2026-10-26')).toHaveLength(24);
    expect(list('2026-10-25', '2026-10-25')).toHaveLength(25);
    expect(list('2026-03-29', '2026-03-29')).toHaveLength(23);
  });

  it('returns quarters of days, or days, that begin by the local clocks', () => {
    expect(list('2026-10-24', '2026-10-26').slice(3, 7)).toEqual([
      ...['2026-10-24T16:00', '2026-10-24T22:00', '2026-10-25T05:00', '2026-10-25T11:00'],
    ]);
    const days = list('2026-10-14', '2026-10-28');
    expect(days).toHaveLength(15);
    expect(days.slice(11, 13)).toEqual(['2026-10-24T22:00', '2026-10-25T23:00']);
    expect(list('2026-11-01', '2026-11-20', 'Asia/Kathmandu')[0]).toBe('2026-10-31T18:15');
  });
});

describe('findRangeFault', () => {
  const find = (from: string, to: string) => findRangeFault(from, to)?.day;

  it('returns the day that must change', () => {
    expect(find('2026-11-30', '2026-11-30')).toBeUndefined();
    expect(find('', '2026-11-30')).toBe('from');
    expect(find('2026-02-30', '2026-11-30')).toBe('from');
    expect(find('2026-11-30', '2026-13-01')).toBe('to');
    expect(find('2026-11-30', '2026-11-29')).toBe('to');
  });

  it('accepts 400 days at most', () => {
    expect(find('2025-01-01', '2026-02-04')).toBeUndefined();
    expect(find('2025-01-01', '2026-02-05')).toBe('from');
  });
});

describe('toCustomRange', () => {
  const now = at('2026-12-01T10:32:10Z');
  const berlin = (period: Parameters<typeof toCustomRange>[0]) => {
    const { from, to } = toCustomRange(period, now, 'Europe/Berlin');
    expect(findRangeFault(from ?? '', to ?? '')).toBeUndefined();
    return [from, to];
  };

  it('returns the days that contain a period, also if it is open or too long', () => {
    const [since, until] = [at('2026-11-24T23:00:00Z'), at('2026-11-26T23:00:00Z')];
    expect(berlin({ since, until })).toEqual(['2026-11-25', '2026-11-26']);
    expect(berlin({ since })).toEqual(['2026-11-25', '2026-12-01']);
    expect(berlin({ until })).toEqual(['2025-10-23', '2026-11-26']);
    expect(berlin({ since: 0, until: now + 1e12 })).toEqual(['2025-10-28', '2026-12-01']);
    expect(berlin({ since: now + 1e12 })).toEqual(['2026-12-01', '2026-12-01']);
    expect(berlin({ since: until, until: since })).toEqual(['2026-11-24', '2026-11-24']);
  });

  it('finds the shortest longer range', () => {
    const find = (range: Parameters<typeof resolveRange>[0]) => findLongerRange(resolveRange(range, false, now, 'UTC'))?.kind;
    expect(find({ kind: 'today' })).toBe('7d');
    expect(find(defaultRange)).toBe('28d');
    expect(find({ kind: '90d' })).toBeUndefined();
    expect(find({ kind: 'custom', from: '2026-11-10', to: '2026-11-11' })).toBe('28d');
  });
});
