import { expect, it } from 'vitest';
import { toMatchQualityChart } from './days-chart.ts';

it('the axis has each day of the chosen period, whenever its events begin', () => {
  const countDays = (since: string, days: readonly string[]) =>
    toMatchQualityChart({
      site: 'shop',
      connection: 'bing',
      since,
      until: '2026-11-25',
      keys: [],
      days: days.map((day) => ({ day, delivered: 1, events: [] })),
    }).points.length;
  expect(countDays('2026-10-29', ['2026-11-10'])).toBe(28);
  expect(countDays('2026-10-29', [])).toBe(28);
  expect(countDays('2026-11-24', ['2026-11-24'])).toBe(2);
});

it('the chart has the share of each identifying key by day, and gaps for days without events', () => {
  const { series, points, formatValue } = toMatchQualityChart({
    site: 'shop',
    connection: 'bing',
    since: '2026-11-23',
    until: '2026-11-25',
    keys: [
      { key: 'ip', label: 'IP address', subject: 'address', advice: '' },
      { key: 'email', label: 'E-mail', subject: 'email', advice: '' },
      { key: 'click', label: 'Click ID', subject: 'click-id', advice: '' },
    ],
    days: [
      { day: '2026-11-23', delivered: 8, events: [8, 6, 0] },
      { day: '2026-11-25', delivered: 3, events: [3, 3, 1] },
    ],
  });
  expect(series.map(({ label }) => label)).toEqual(['E-mail', 'Click ID']);
  expect(points).toEqual([
    { at: Date.UTC(2026, 10, 23), values: { email: 75, click: 0 } },
    { at: Date.UTC(2026, 10, 24), values: { email: undefined, click: undefined } },
    { at: Date.UTC(2026, 10, 25), values: { email: 100, click: 100 / 3 } },
  ]);
  expect(formatValue(100 / 3)).toBe('33%');
});
