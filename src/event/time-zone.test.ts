import { expect, it } from 'vitest';
import { eachDay, getLocalDay } from './time-zone.ts';

it('getLocalDay returns the day that the clocks of the time zone show, also for a time that it returned before', () => {
  const at = Date.parse('2026-11-24T18:20:00Z');
  for (const [timeZone, day] of [
    ['UTC', '2026-11-24'],
    ['Asia/Kathmandu', '2026-11-25'],
    ['Asia/Kolkata', '2026-11-24'],
    ['Pacific/Kiritimati', '2026-11-25'],
    ['America/New_York', '2026-11-24'],
  ] as const)
    for (const _ of ['first', 'again']) expect(getLocalDay(at, timeZone)).toBe(day);
  expect(getLocalDay(Date.parse('2026-11-24T18:14:59Z'), 'Asia/Kathmandu')).toBe('2026-11-24');
  expect(getLocalDay(Date.parse('2026-11-24T18:15:00Z'), 'Asia/Kathmandu')).toBe('2026-11-25');
});

it('eachDay returns all days across the end of a month', () => {
  expect(eachDay('2026-11-29', '2026-12-02')).toEqual(['2026-11-29', '2026-11-30', '2026-12-01', '2026-12-02']);
  expect(eachDay('2026-11-29', '2026-11-29')).toEqual(['2026-11-29']);
  expect(eachDay('2026-11-29', '2026-11-28')).toEqual([]);
});
