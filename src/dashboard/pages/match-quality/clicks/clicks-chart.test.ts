import { expect, test } from 'vitest';
import { toClicksChart } from './clicks-chart.ts';

const days = [
  { day: '2026-11-30', paid: 6, captured: 4, hasEvents: true },
  { day: '2026-12-01', paid: 2, captured: 0, hasEvents: false },
];

test('a chart of clicks has captured and lost ones, and those of days without events apart', () => {
  const chart = toClicksChart({ connection: 'bing', days });
  expect(chart.points.map(({ values }) => values)).toEqual([{ captured: 4, lost: 2 }, { silent: 2 }]);
  expect(chart.series.map(({ name }) => name)).toEqual(['captured', 'lost', 'silent']);
  expect(toClicksChart({ connection: 'bing', days: days.slice(0, 1) }).series).toHaveLength(2);
});
