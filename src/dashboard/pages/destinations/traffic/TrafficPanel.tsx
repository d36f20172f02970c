import { Box, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ChartData } from '../../../components/charts/chart-data.ts';
import { SeriesSwatch } from '../../../components/charts/SeriesSwatch.tsx';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { formatCompact, formatDateTime, formatInteger } from '../../../components/display/format.ts';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useActivityMarks } from '../../../data/use-activity-marks.ts';
import { SkipTable } from './SkipTable.tsx';
import { seriesStyles } from './series-styles.ts';
import { defaultRange, trafficRanges } from './traffic-range.ts';
import { formatTrafficTick, getShownSeries, type Traffic, toTraffic } from './traffic-series.ts';
import { useTrafficRange, useTrafficSeries } from './use-traffic-series.ts';

const chartHeight = 260;

/** Shows how many events were received over time, and their outcomes. */
export function TrafficPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const range = useTrafficRange();
  const navigate = useNavigate({ from: '/sites/$site/destinations/$connection' });
  const series = useTrafficSeries(site, connection);
  const marks = useActivityMarks(site, series.data?.since, connection);
  return (
    <Panel
      title="Events over time"
      description="Events by the time of their receipt, with their current outcomes."
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Time range"
          data={trafficRanges.map((one) => ({ ...one }))}
          value={range}
          onChange={(chosen) => {
            const known = trafficRanges.find(({ value }) => value === chosen)?.value;
            void navigate({
              search: known === undefined || known === defaultRange ? {} : { range: known },
              replace: true,
              resetScroll: false,
            });
          }}
        />
      }
    >
      <QueryState query={series} height={chartHeight + 120}>
        {(answer) => {
          const traffic = toTraffic(answer, connection);
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
                <TimeChart data={toChart(traffic, answer.stepMs, marks)} height={chartHeight} hasLegend={false} />
              )}
              <SkipTable site={site} connection={connection} traffic={traffic} />
            </Stack>
          );
        }}
      </QueryState>
    </Panel>
  );
}

function toChart({ buckets }: Traffic, stepMs: number, marks: ChartData['marks'] = []): ChartData {
  const received = { name: 'received', ...seriesStyles.received, type: 'line' } as const;
  return {
    title: 'Events over time by outcome',
    marks,
    isStacked: true,
    formatTime: formatDateTime,
    formatTick: formatTrafficTick(stepMs),
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
