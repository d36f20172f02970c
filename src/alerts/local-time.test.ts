import { expect, it } from 'vitest';
import { hourMs, minuteMs } from '../event/units.ts';
import { getDueDigest, getQuietEnd } from './local-time.ts';

const at = (text: string) => Date.parse(text);

it('quiet hours end at their time of day in the time zone, also after midnight', () => {
  const night = { from: '22:00', to: '07:00' };
  const berlin = (text: string) => getQuietEnd(at(text), night, 'Europe/Berlin');
  expect(berlin('2026-11-28T20:59:59Z')).toBe(at('2026-11-28T20:59:59Z'));
  expect(berlin('2026-11-28T21:00:30Z')).toBe(at('2026-11-29T06:00:00Z'));
  expect(berlin('2026-11-29T05:59:00Z')).toBe(at('2026-11-29T06:00:00Z'));
  expect(berlin('2026-11-29T06:00:00Z')).toBe(at('2026-11-29T06:00:00Z'));
  const noon = { from: '12:00', to: '13:30' };
  expect(getQuietEnd(at('2026-11-28T12:10:00Z'), noon, 'UTC')).toBe(at('2026-11-28T13:30:00Z'));
  expect(getQuietEnd(at('2026-11-28T14:00:00Z'), noon, 'UTC')).toBe(at('2026-11-28T14:00:00Z'));
  expect(getQuietEnd(5, undefined, 'UTC')).toBe(5);
});

it('quiet hours end at their time of day, also in the nights in which clocks change', () => {
  const night = { from: '22:00', to: '07:00' };
  const berlin = (text: string) => getQuietEnd(at(text), night, 'Europe/Berlin');
  expect(berlin('2026-10-24T21:00:00Z')).toBe(at('2026-10-25T06:00:00Z'));
  expect(berlin('2027-03-27T22:00:00Z')).toBe(at('2027-03-28T05:00:00Z'));
  // The second 2:10 of the night: 2:30 has been.
  const second = at('2026-10-25T01:10:00Z');
  expect(getQuietEnd(second, { from: '22:00', to: '02:30' }, 'Europe/Berlin')).toBe(second);
});

it('a digest has whole days of the calendar, also those of 23 and 25 hours', () => {
  const berlin = (text: string, interval: 'daily' | 'weekly') => {
    const { since = 0, until = 0 } = getDueDigest(at(text), interval, 'Europe/Berlin') ?? {};
    return [since, until].map((time) => new Date(time).toISOString().slice(0, 13));
  };
  expect(berlin('2027-03-28T06:00:00Z', 'daily')).toEqual(['2027-03-26T23', '2027-03-27T23']);
  expect(berlin('2027-03-29T06:00:00Z', 'daily')).toEqual(['2027-03-27T23', '2027-03-28T22']);
  expect(berlin('2027-03-29T06:00:00Z', 'weekly')).toEqual(['2027-03-21T23', '2027-03-28T22']);
  expect(berlin('2026-10-26T07:00:00Z', 'daily')).toEqual(['2026-10-24T22', '2026-10-25T23']);
});

it('a digest is due from 8:00 on, each day or on Mondays, and up to twelve hours late', () => {
  const daily = getDueDigest(at('2026-11-28T07:00:30Z'), 'daily', 'Europe/Berlin');
  expect(daily).toEqual({
    id: 'digest/daily/2026-11-28',
    since: at('2026-11-26T23:00:00Z'),
    until: at('2026-11-27T23:00:00Z'),
    interval: 'daily',
  });
  const monday = at('2026-11-30T08:00:00Z');
  expect(getDueDigest(monday - minuteMs, 'weekly', 'UTC')).toBeUndefined();
  expect(getDueDigest(monday, 'weekly', 'UTC')).toMatchObject({
    since: at('2026-11-23T00:00:00Z'),
    until: at('2026-11-30T00:00:00Z'),
  });
  expect(getDueDigest(monday + 12 * hourMs, 'weekly', 'UTC')?.id).toBe('digest/weekly/2026-11-30');
  expect(getDueDigest(monday + 13 * hourMs, 'weekly', 'UTC')).toBeUndefined();
  expect(getDueDigest(at('2026-12-01T08:00:00Z'), 'weekly', 'UTC')).toBeUndefined();
  expect(getDueDigest(monday, 'off', 'UTC')).toBeUndefined();
});
