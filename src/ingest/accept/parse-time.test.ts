import { describe, expect, test } from 'vitest';
import { dayMs, minuteMs } from '../../event/units.ts';
import { now } from '../site.fixture.ts';
import { parseEventTime } from './parse-time.ts';

const at = Date.UTC(2026, 10, 24, 9, 30, 15, 250);
const week = { connections: [] };
const bing = { id: 'bing', enabled: true, takesLate: true } as const;
const second = Math.floor(at / 1000) * 1000;

describe('the time of an event', () => {
  test.each([
    ['2026-11-24T09:30:15.250Z', at],
    ['2026-11-24T09:30:15,25Z', at],
    ['2026-11-24T10:30:15.250+01:00', at],
    ['2026-11-24T04:30:15.250-0500', at],
    ['2026-11-24 09:30:15.250', at],
    ['20261124T093015Z', second],
    ['2026-11-24T09:30Z', second - 15_000],
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    [second / 1000, second],
    [String(second / 1000), second],
    [at / 1000, at],
    [at, at],
    [String(at), at],
  ])('is read from %j', (input, time) => {
    expect(parseEventTime(input, now, week)).toEqual({ time });
  });

  test.each([undefined, null, ''])('is now when absent (%j)', (input) => {
    expect(parseEventTime(input, now, week)).toEqual({ time: now });
  });

  test.each([-1e308, 1e308, -8.64e15, 8.65e15, -1e13, Number.MIN_SAFE_INTEGER])(
    'is rejected beyond any date, for any clock of the sender (%j)',
    (input) => {
      for (const behindMs of [0, Number.POSITIVE_INFINITY, 1e308, -1e308])
        expect(parseEventTime(input, now, week, behindMs)).toMatchObject({ issue: { field: 'time' } });
    },
  );

  test('is now up to 5 minutes ahead, and rejected further ahead', () => {
    expect(parseEventTime(now + 5 * minuteMs, now, week)).toEqual({ time: now });
    expect(parseEventTime(now + 5 * minuteMs + 1, now, week)).toMatchObject({ issue: { field: 'time', code: 'in-future' } });
  });

  test('is kept up to its largest age, and rejected when older', () => {
    expect(parseEventTime(now - 7 * dayMs, now, week)).toEqual({ time: now - 7 * dayMs });
    expect(parseEventTime(now - 7 * dayMs - 1, now, week)).toMatchObject({ issue: { field: 'time', code: 'too-old' } });
    expect(parseEventTime(now - 90 * dayMs, now, { connections: [bing] })).toEqual({ time: now - 90 * dayMs });
  });

  test('is rejected with the reason while the account of late purchases is missing', () => {
    const site = { connections: [bing], lateAccounts: [] };
    const rejected = (ageMs: number) => {
      const parsed = parseEventTime(now - ageMs, now, site);
      return 'issue' in parsed ? parsed.issue.code : parsed.time;
    };
    expect(rejected(7 * dayMs)).toBe(now - 7 * dayMs);
    expect(rejected(7 * dayMs + 1)).toBe('late-account-missing');
    expect(rejected(90 * dayMs + 1)).toBe('too-old');
  });

  test.each(['yesterday', '2026-02-30', '2026-13-01', '2026-11-24T24:61Z', true, {}, [], Number.NaN, '24/11/2026', ' '])(
    'is rejected when unreadable (%j)',
    (input) => {
      expect(parseEventTime(input, now, week)).toMatchObject({ issue: { field: 'time', code: 'time-unreadable' } });
    },
  );
});
