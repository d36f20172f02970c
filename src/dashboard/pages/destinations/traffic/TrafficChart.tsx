import '@mantine/charts/styles.css';
import { CompositeChart } from '@mantine/charts';
import { ColorSwatch, Group, Paper, Text } from '@mantine/core';
import {
  formatCompact,
  formatDateTime,
  formatInteger,
  formatShortDate,
  formatShortTime,
} from '../../../components/display/format.ts';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { seriesStyles } from './series-styles.ts';
import { getShownSeries, type TrafficBucket, trafficSeries } from './traffic-series.ts';

interface TrafficChartProps {
  readonly steps: readonly TrafficBucket[];
  /** Whether the axis shows dates instead of times. */
  readonly isLong: boolean;
  readonly height: number;
}

/** Shows the received events as a line, and their outcomes as stacked bars. */
export function TrafficChart({ steps, isLong, height }: TrafficChartProps) {
  const label = isLong ? formatShortDate : formatShortTime;
  const days = steps.map(({ at }) => at).filter((at, nth) => nth > 0 && label(at) !== label(steps[nth - 1]?.at ?? at));
  return (
    <div role="img" aria-label="Events received over time, by outcome. The table shows the same figures.">
      <CompositeChart
        h={height}
        data={[...steps]}
        dataKey="at"
        series={[
          ...getShownSeries(steps).map((name) => ({
            name,
            label: seriesStyles[name].label,
            color: seriesStyles[name].color,
            type: 'bar' as const,
          })),
          { name: 'received', label: seriesStyles.received.label, color: seriesStyles.received.color, type: 'line' as const },
        ]}
        barProps={{ stackId: 'outcomes' }}
        curveType="step"
        withDots={false}
        strokeWidth={1.5}
        accessibilityLayer={false}
        gridAxis="x"
        tickLine="none"
        maxBarWidth={28}
        valueFormatter={formatCompact}
        xAxisProps={{ tickFormatter: label, minTickGap: 32, ...(isLong && { ticks: days }) }}
        yAxisProps={{ allowDecimals: false, width: 44 }}
        composedChartProps={{ margin: { top: 8, right: 8, bottom: 0, left: 0 }, barCategoryGap: '12%' }}
        tooltipProps={{
          content: ({ label: at }) => {
            const step = steps.find((one) => one.at === at);
            return step ? <BucketCard step={step} /> : null;
          },
        }}
      />
    </div>
  );
}

function BucketCard({ step }: { readonly step: TrafficBucket }) {
  return (
    <Paper withBorder shadow="md" p="sm" miw={200}>
      <Text size="xs" c="dimmed" mb={4}>
        From {formatDateTime(step.at)}
      </Text>
      {(['received', ...trafficSeries] as const)
        .filter((name) => name === 'received' || step[name] > 0)
        .map((name) => (
          <Line key={name} color={seriesStyles[name].color} label={seriesStyles[name].label} events={step[name]} />
        ))}
      {step.reasons.map(({ reason, events }) => (
        <Group key={reason} justify="space-between" gap="lg" pl={16}>
          <Text size="xs" c="dimmed">
            {skipLabels[reason]}
          </Text>
          <Text size="xs" c="dimmed" className="figures">
            {formatInteger(events)}
          </Text>
        </Group>
      ))}
    </Paper>
  );
}

function Line({ color, label, events }: { readonly color: string; readonly label: string; readonly events: number }) {
  return (
    <Group justify="space-between" gap="lg" wrap="nowrap">
      <Group gap={6} wrap="nowrap">
        <ColorSwatch color={color} size={8} withShadow={false} radius={2} />
        <Text size="sm">{label}</Text>
      </Group>
      <Text size="sm" fw={600} className="figures">
        {formatInteger(events)}
      </Text>
    </Group>
  );
}
