import { Box, Button, ColorSwatch, Group, SegmentedControl, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { formatCompact, formatInteger } from '../../../components/display/format.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { SkipTable } from './SkipTable.tsx';
import { seriesStyles } from './series-styles.ts';
import { TrafficTable } from './TrafficTable.tsx';
import { defaultRange, trafficRanges } from './traffic-range.ts';
import { getShownSeries, type Traffic, toTraffic } from './traffic-series.ts';
import { useTrafficRange, useTrafficSeries } from './use-traffic-series.ts';

/** The chart library is most of the page's script, so it is loaded last. */
const TrafficChart = lazy(() => import('./TrafficChart.tsx').then(({ TrafficChart: chart }) => ({ default: chart })));

const chartHeight = 260;

/** Shows how many events were received over time, and their outcomes. */
export function TrafficPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const range = useTrafficRange();
  const navigate = useNavigate({ from: '/sites/$site/destinations/$connection' });
  const [isTable, setIsTable] = useState(false);
  const series = useTrafficSeries(site, connection);
  return (
    <Panel
      title="Events over time"
      description="Grouped by the time of receipt, with their current outcomes."
      actions={
        <>
          <Button size="xs" variant="default" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
            {isTable ? 'Show chart' : 'Show table'}
          </Button>
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
        </>
      }
    >
      <QueryState query={series} height={chartHeight + 120}>
        {(answer) => {
          const traffic = toTraffic(answer, connection);
          const isLong = answer.stepMs >= 3_600_000;
          return (
            <Stack gap="lg">
              <TrafficTotals traffic={traffic} />
              {traffic.total.received === 0 ? (
                <Box h={chartHeight}>
                  <EmptyState icon="pulse" title="No events received in this period" />
                </Box>
              ) : isTable ? (
                <TrafficTable steps={traffic.buckets} />
              ) : (
                <Suspense fallback={<Skeleton height={chartHeight} />}>
                  <TrafficChart steps={traffic.buckets} isLong={isLong} height={chartHeight} />
                </Suspense>
              )}
              <SkipTable site={site} connection={connection} traffic={traffic} />
            </Stack>
          );
        }}
      </QueryState>
    </Panel>
  );
}

/** Shows the totals of the period. Also the chart's legend. */
function TrafficTotals({ traffic: { total } }: { readonly traffic: Traffic }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, xs: 3, md: 6 }} spacing="md" m={0}>
      {(['received', ...getShownSeries([total])] as const).map((name) => (
        <div key={name}>
          <Group component="dt" gap={6} wrap="nowrap">
            <ColorSwatch color={seriesStyles[name].color} size={10} withShadow={false} radius={name === 'received' ? 'xl' : 2} />
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
