import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  formatDateTime,
  formatExpected,
  formatMoney,
  formatPercent,
  formatRelative,
  formatSiteDays,
  formatTimeOrDate,
  formatUtcDay,
  pluralize,
} from './format.ts';

const root = join(import.meta.dirname, '../..');
const files = globSync('**/*.{ts,tsx}', { cwd: root, exclude: (file) => /\.test\.tsx?$/.test(String(file)) });
const formatting = /\.toLocale\w*\(|\bIntl\.|\.toDateString\(|\.toTimeString\(|\.toFixed\(/;

describe('formats of the dashboard', () => {
  it('are made in one file', () => {
    expect(files.length).toBeGreaterThan(200);
    const others = files.filter((file) => file !== 'components/display/format.ts');
    expect(others.filter((file) => formatting.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it('name their language, so that figures and words have the same', () => {
    const source = readFileSync(join(root, 'components/display/format.ts'), 'utf8');
    const formats = source.match(/new Intl\.\w+\([^,)]*/g) ?? [];
    expect(formats.length).toBeGreaterThan(8);
    expect(formats.filter((one) => !one.endsWith('(locale'))).toEqual([]);
  });

  it('are in English', () => {
    expect(pluralize(4_334, 'event')).toBe('4,334 events');
    expect(formatRelative(0, 3 * 86_400_000)).toBe('3 days ago');
    expect(formatMoney(1_234.5, 'EUR')).toBe('EUR\u00a01,234.50');
    expect(formatPercent(999, 1_000)).toBe('>99%');
  });

  it('name the month of a date, and the year if it is another one', () => {
    const at = new Date(2026, 2, 4, 15, 30).getTime();
    expect(formatDateTime(at)).toMatch(/^Mar 4, 2026, /);
    expect(formatUtcDay(Date.UTC(2026, 2, 4))).toBe('Mar 4');
    expect(formatTimeOrDate(at, new Date(2026, 2, 4, 20).getTime())).not.toContain('Mar');
    expect(formatTimeOrDate(at, new Date(2026, 11, 1).getTime())).toMatch(/^Mar 4, /);
    expect(formatTimeOrDate(at, new Date(2027, 0, 1).getTime())).toMatch(/^Mar 4, 2026, /);
  });
});

it('a planned time is relative, `now` once it is over, and a time of day while the gateway does not answer', () => {
  const now = new Date(2026, 11, 1, 12).getTime();
  expect(formatExpected(now + 21_000, now, false)).toBe('in 21 seconds');
  expect(formatExpected(now - 21_000, now, false)).toBe('now');
  for (const at of [now + 21_000, now - 21_000]) expect(formatExpected(at, now, true)).toMatch(/^(?:12|11):\d\d:\d\d/);
});

it('days of the API are written as other dates, whatever the time zone', () => {
  expect(formatSiteDays('2026-11-25', '2026-12-01', 'Europe/Berlin')).toBe('Nov 25, 2026 to Dec 1, 2026, days in Europe/Berlin');
});
