import type { ConnectionAccuracyView } from '../../../api/client.ts';
import type { ChartData } from '../../components/charts/chart-data.ts';
import { formatInteger, formatUtcDay } from '../../components/display/format.ts';

type AccuracyDay = Pick<ConnectionAccuracyView['days'][number], 'day' | 'orders' | 'accepted' | 'explained' | 'missing'>;

/** Returns the chart of orders by day and result. */
export function toAccuracyChart(days: readonly AccuracyDay[], title = 'Orders by day'): ChartData {
  return {
    title,
    isStacked: true,
    formatTime: formatUtcDay,
    formatValue: formatInteger,
    series: [
      {
        name: 'orders',
        label: 'Orders',
        color: 'light-dark(var(--mantine-color-dark-6), var(--mantine-color-dark-1))',
        type: 'line',
      },
      {
        name: 'accepted',
        label: 'Accepted',
        color: 'light-dark(var(--mantine-color-jade-5), var(--mantine-color-jade-6))',
        type: 'bar',
      },
      {
        name: 'explained',
        label: 'Explained',
        color: 'light-dark(var(--mantine-color-gray-5), var(--mantine-color-gray-6))',
        pattern: 1,
        type: 'bar',
      },
      {
        name: 'missing',
        label: 'Missing',
        color: 'light-dark(var(--mantine-color-orange-6), var(--mantine-color-orange-5))',
        pattern: 2,
        type: 'bar',
      },
    ],
    points: days.map(({ day, orders, accepted, explained, missing }) => ({
      at: Date.parse(day),
      values: { orders, accepted, explained, missing },
    })),
  };
}

/** Orders of a shop that does not exist, to show the chart before the first order. */
const exampleOrders = [
  { accepted: 41, explained: 3, missing: 0 },
  { accepted: 38, explained: 2, missing: 1 },
  { accepted: 52, explained: 4, missing: 0 },
  { accepted: 47, explained: 3, missing: 5 },
  { accepted: 33, explained: 2, missing: 2 },
  { accepted: 45, explained: 3, missing: 0 },
  { accepted: 49, explained: 4, missing: 0 },
];

/** Returns an example of the chart, for the days up to `until`. */
export function createExampleChart(until: string): ChartData {
  const last = Date.parse(until);
  const days = exampleOrders.map((one, nth) => ({
    ...one,
    day: new Date(last - (exampleOrders.length - 1 - nth) * 86_400_000).toISOString().slice(0, 10),
    orders: one.accepted + one.explained + one.missing,
  }));
  return toAccuracyChart(days, 'Example of orders by day');
}
