import { describe, expect, it } from 'vitest';
import { chooseTicks } from './choose-ticks.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const start = Date.UTC(2026, 10, 30, 9, 30);
const list = (steps: number, stepMs: number) => Array.from({ length: steps }, (_, nth) => start + nth * stepMs);
const formatTime = (at: number) => new Date(at).toISOString().slice(11, 16);
const formatDay = (at: number) => new Date(at).toISOString().slice(0, 10);
const distances = (ticks: readonly number[]) => new Set(ticks.slice(1).map((at, nth) => at - (ticks[nth] ?? at)));

describe('chooseTicks', () => {
  it.each([
    ['a day by quarters of an hour', list(96, 15 * minuteMs), formatTime, hourMs],
    ['an hour by minutes', list(60, minuteMs), formatTime, 5 * minuteMs],
    ['some minutes', list(8, minuteMs), formatTime, minuteMs],
    ['a week by hours', list(168, hourMs), formatDay, 24 * hourMs],
    ['a month by days', list(30, 24 * hourMs), formatDay, 24 * hourMs],
  ])('has ticks at even distances for %s', (_, times, format, distance) => {
    const ticks = chooseTicks(times, format);
    expect(distances(ticks)).toEqual(new Set([distance]));
    expect(new Set(ticks.map(format)).size).toBe(ticks.length);
  });
});
