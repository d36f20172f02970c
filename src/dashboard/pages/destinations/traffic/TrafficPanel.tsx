import { Box, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ChartData } from '../../../components/charts/chart-data.ts';
import { SeriesSwatch } from '../../../components/charts/SeriesSwatch.tsx';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { formatCompact, formatInteger } from '../../../components/display/format.ts';
import { describeRange, getChartFormats } from '../../../components/display/range-labels.ts';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { foldSeries } from '../../../data/fold-series.ts';
import { listStarts, type ResolvedRange } from '../../../data/range.ts';
import { useActivityMarks } from '../../../data/use-activity-marks.ts';
import { useRange } from '../../../data/use-range.ts';
import { SkipTable } from './SkipTable.tsx';
import { seriesStyles } from './series-styles.ts';
import { getShownSeries, type Traffic, toTraffic } from './traffic-series.ts';
import { useTrafficSeries } from './use-traffic-series.ts';

const chartHeight = 260;

/** Shows how many events were received over time, and their outcomes. */
export function TrafficPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const range = useRange();
  const series = useTrafficSeries(site, connection);
  const marks = useActivityMarks(site, series.data?.since, connection);
  return (
    <Panel title="Events over time" description={`Events received ${describeRange(range)}, with their current outcomes.`}>
      <QueryState query={series} height={chartHeight + 120}>
        {(answer) => {
          const traffic = toTraffic(foldSeries(answer, listStarts(range), range.until), connection);
          return (
            <Stack gap="lg">
              <TrafficTotals traffic={traffic} />
              {traffic.total.received === 0 ? (
                <Box h={chartHeight}>
                  <EmptyState icon="pulse" title="No events in this period">
                    Choose a longer period, or open the events page.
                  </EmptyState>
                </Box>
              ) : (
                <TimeChart data={toChart(traffic, range, marks)} height={chartHeight} hasLegend={false} />
              )}
              <SkipTable site={site} connection={connection} traffic={traffic} />
            </Stack>
          );
        }}
      </QueryState>
    </Panel>
  );
}

function toChart({ buckets }: Traffic, range: ResolvedRange, marks: ChartData['marks'] = []): ChartData {
  const received = { name: 'received', ...seriesStyles.received, type: 'line' } as const;
  return {
    title: 'Events over time by outcome',
    marks,
    isStacked: true,
    ...getChartFormats(range),
    formatValue: formatInteger,
    series: [received, ...getShownSeries(buckets).map((name) => ({ name, ...seriesStyles[name], type: 'bar' as const }))],
    points: buckets.map(({ at, reasons, ...values }) => ({
      at,
      values,
      details: reasons.map(({ reason, events }) => ({ label: skipLabels[reason], value: events })),
    })),
  };
}

/** Shows the totals of the period. Also the chart's legend. */
function TrafficTotals({ traffic: { total } }: { readonly traffic: Traffic }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, xs: 3, md: 6 }} spacing="md" m={0}>
      {(['received', ...getShownSeries([total])] as const).map((name) => (
        <div key={name}>
          <Group component="dt" gap={6} wrap="nowrap">
            <SeriesSwatch {...seriesStyles[name]} type={name === 'received' ? 'line' : 'bar'} />
            <Text size="xs" c="dimmed">
              {seriesStyles[name].label}
            </Text>
          </Group>
          <Text component="dd" m={0} size="lg" fw={650} title={formatInteger(total[name])} className="figures">
            {formatCompact(total[name])}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
