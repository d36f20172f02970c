import { expect, it } from 'vitest';
import { parseZone, readRowTime } from './row-time.ts';

const at = Date.parse('2026-11-24T09:00:00Z');

it.each([
  ['2026-11-24 10:00:00 +0100', undefined],
  ['2026-11-24T10:00:00+01:00', 'America/New_York'],
  ['2026-11-24T09:00:00Z', undefined],
  ['2026-11-24T09:00:00.000Z', 60],
  ['2026-11-24 10:00', 'Europe/Berlin'],
  ['2026-11-24 10:00:00 Europe/Berlin', undefined],
  ['2026-11-24 4:00:00 AM', 'America/New_York'],
  ['11/24/2026 10:00:00 AM', 60],
  ['11/24/2026T10:00:00 am', 60],
  ['Nov 24, 2026 2:30:00 PM', 'Asia/Kolkata'],
  ['1795510800', undefined],
  [1_795_510_800_000, undefined],
])('the time %s in the zone %s is read', (text, zone) => {
  expect(readRowTime(text, zone)).toBe(at);
});

it.each([
  ['', 0, 'time-missing'],
  [null, 0, 'time-missing'],
  ['2026-11-24 10:00:00', undefined, 'time-without-zone'],
  ['11/24/2026 10:00:00 AM', undefined, 'time-without-zone'],
  ['24/11/2026 10:00:00', 0, 'time-day-first'],
  ['24.11.2026 10:00', 0, 'time-day-first'],
  ['24-11-2026 10:00', 0, 'time-day-first'],
  ['2026-11-24', 0, 'time-unreadable'],
  ['2026-02-30 10:00', 0, 'time-unreadable'],
  ['11/31/2026 10:00', 0, 'time-unreadable'],
  ['13:00', 0, 'time-unreadable'],
  ['2026-11-24 13:00 PM', 0, 'time-unreadable'],
  ['2026-11-24 10:00 Moon/Base', 0, 'time-unreadable'],
  [true, 0, 'time-unreadable'],
])('the time %s in the zone %s is refused as %s', (text, zone, problem) => {
  expect(readRowTime(text, zone === undefined ? undefined : zone)).toBe(problem);
});

it('zones are offsets, or names that exist', () => {
  expect(['+0000', '-0530', 'UTC', 'Europe/Berlin', 'Nowhere/Else', 'CET', ''].map(parseZone)).toEqual([
    ...[0, -330, 0, 'Europe/Berlin'],
    ...[undefined, undefined, undefined],
  ]);
});
