import { expect, it } from 'vitest';
import { createExampleChart, toAccuracyChart } from './days-chart.ts';

it('the chart has the results of each day', () => {
  const chart = toAccuracyChart([{ day: '2026-11-24', orders: 9, accepted: 6, explained: 2, missing: 1 }]);
  expect(chart.points).toEqual([{ at: Date.UTC(2026, 10, 24), values: { orders: 9, accepted: 6, explained: 2, missing: 1 } }]);
  expect(chart.formatTime(Date.UTC(2026, 10, 24))).toMatch(/24/);
});

it('the example covers the seven days up to today, and names itself an example', () => {
  const { title, points } = createExampleChart('2026-11-24');
  expect(title).toContain('Example');
  expect(points.map(({ at }) => new Date(at).toISOString().slice(0, 10))).toEqual(
    ['18', '19', '20', '21', '22', '23', '24'].map((day) => `2026-11-${day}`),
  );
  for (const { values } of points)
    expect(values.orders).toBe((values.accepted ?? 0) + (values.explained ?? 0) + (values.missing ?? 0));
});
