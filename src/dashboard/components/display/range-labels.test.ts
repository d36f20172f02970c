import { expect, it } from 'vitest';
import { type RangeChoice, resolveRange } from '../../data/range.ts';
import { describeRange, formatDays, formatRange, getChartFormats, nameBefore } from './range-labels.ts';

const resolve = (range: RangeChoice) => resolveRange(range, true, Date.parse('2026-12-01T10:00:00Z'), 'Europe/Berlin');

it('a range is named with its days and its time zone', () => {
  expect(formatRange(resolve({ kind: '7d' }), '2026')).toBe('Last 7 days, Nov 25 to Dec 1, Europe/Berlin');
  expect(formatRange(resolve({ kind: 'today' }), '2026')).toBe('Today, Dec 1, Europe/Berlin');
  expect(formatRange(resolve({ kind: 'custom', from: '2026-11-02', to: '2026-11-03' }), '2026')).toBe(
    'Custom, Nov 2 to Nov 3, Europe/Berlin',
  );
});

it('days have their year when one of them is not of this year', () => {
  expect(formatDays({ firstDay: '2025-12-30', lastDay: '2026-01-02' }, '2026')).toBe('Dec 30, 2025 to Jan 2, 2026');
  expect(formatDays({ firstDay: '2025-12-30', lastDay: '2025-12-30' }, '2026')).toBe('Dec 30, 2025');
});

it('a sentence names the range and the period before', () => {
  const texts = (range: RangeChoice) => [describeRange(resolve(range)), nameBefore(resolve(range))];
  expect(texts({ kind: 'today' })).toEqual(['today', 'the same hours of yesterday']);
  expect(texts({ kind: '28d' })).toEqual(['in the last 28 days', 'the previous 28 days']);
  expect(texts({ kind: 'custom', from: '2026-11-02', to: '2026-11-02' })).toEqual(['on this day', 'the day before']);
  expect(texts({ kind: 'custom', from: '2026-11-02', to: '2026-11-06' })).toEqual(['on these 5 days', 'the previous 5 days']);
});

it('a chart has the days and the hours of the time zone', () => {
  const at = Date.parse('2026-11-30T23:00:00Z');
  const texts = (range: RangeChoice) => {
    const { formatTime, formatTick } = getChartFormats(resolve(range));
    return [formatTime(at), formatTick(at)].map((text) => text.replaceAll('\u202f', ' '));
  };
  expect(texts({ kind: 'today' })).toEqual(['Tue, Dec 1, 12:00 AM', '12:00 AM']);
  expect(texts({ kind: '7d' })).toEqual(['Tue, Dec 1, 12:00 AM', 'Dec 1']);
  expect(texts({ kind: '90d' })).toEqual(['Tue, Dec 1', 'Dec 1']);
});
