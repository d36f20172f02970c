import type { PaidClicksView } from '../../../../api/client.ts';
import type { ChartData } from '../../../components/charts/chart-data.ts';
import { formatInteger, formatUtcDay } from '../../../components/display/format.ts';

/** Returns the chart of paid clicks by day. Those of a day without events are neither captured nor lost. */
export function toClicksChart({ connection, days }: Pick<PaidClicksView, 'connection' | 'days'>): ChartData {
  const hasSilentDays = days.some(({ paid, hasEvents }) => paid > 0 && !hasEvents);
  return {
    title: `Paid clicks by day: ${connection}`,
    isStacked: true,
    formatTime: formatUtcDay,
    formatValue: formatInteger,
    series: [
      {
        name: 'captured',
        label: 'Captured',
        color: 'light-dark(var(--mantine-color-jade-5), var(--mantine-color-jade-6))',
        type: 'bar',
      },
      {
        name: 'lost',
        label: 'Lost',
        color: 'light-dark(var(--mantine-color-orange-6), var(--mantine-color-orange-5))',
        pattern: 2,
        type: 'bar',
      },
      ...(hasSilentDays
        ? [
            {
              name: 'silent',
              label: 'Not compared: no events',
              color: 'light-dark(var(--mantine-color-gray-5), var(--mantine-color-gray-6))',
              pattern: 1,
              type: 'bar' as const,
            },
          ]
        : []),
    ],
    points: days.map(({ day, paid, captured, hasEvents }) => ({
      at: Date.parse(day),
      values: hasEvents ? { captured, lost: paid - captured } : { silent: paid },
    })),
  };
}
