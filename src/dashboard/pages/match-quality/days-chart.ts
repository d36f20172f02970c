import type { MatchDaysView } from '../../../api/client.ts';
import type { ChartData } from '../../components/charts/chart-data.ts';
import { formatPercent, formatUtcDay } from '../../components/display/format.ts';
import { identifyingSubjects } from './match-quality-labels.ts';

const colors = ['jade', 'blue', 'orange', 'grape', 'cyan', 'pink'] as const;

const dashes = ['', '8 4', '3 3'] as const;

/** Returns the chart of the share of delivered events that carried each identifying key, by day. A day without events is a gap. */
export function toMatchQualityChart({ connection, since, until, keys, days }: MatchDaysView): ChartData {
  const shown = keys.flatMap(({ key, label, subject }, nth) => (identifyingSubjects.has(subject) ? [{ key, label, nth }] : []));
  const found = new Map(days.map((one) => [one.day, one]));
  return {
    title: `Match keys by day: ${connection}`,
    max: 100,
    formatTime: formatUtcDay,
    formatValue: (value) => formatPercent(value, 100),
    series: shown.map(({ key, label }, nth) => {
      const color = colors[nth % colors.length] ?? 'gray';
      return {
        name: key,
        label,
        color: `light-dark(var(--mantine-color-${color}-7), var(--mantine-color-${color}-4))`,
        type: 'line' as const,
        ...(nth > 0 && { strokeDasharray: dashes[nth % dashes.length] ?? '' }),
      };
    }),
    points: listDays(since, until).map((day) => {
      const { delivered = 0, events = [] } = found.get(day) ?? {};
      return {
        at: Date.parse(day),
        values: Object.fromEntries(
          shown.map(({ key, nth }) => [key, delivered === 0 ? undefined : (100 * (events[nth] ?? 0)) / delivered]),
        ),
      };
    }),
  };
}

function listDays(since: string, until: string): readonly string[] {
  const days: string[] = [];
  for (let at = Date.parse(since); at <= Date.parse(until); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}
