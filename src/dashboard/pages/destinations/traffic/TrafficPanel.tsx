import { Box, Button, ColorSwatch, Group, SegmentedControl, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { ResponseOf } from '../../../../api/client.ts';
import { formatCompact, formatInteger } from '../../../components/display/format.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { SkipTable } from './SkipTable.tsx';
import { seriesStyles } from './series-styles.ts';
import { TrafficTable } from './TrafficTable.tsx';
import { defaultRange, trafficRanges } from './traffic-range.ts';
import { type Traffic as TrafficOfTime, toTraffic, trafficSeries } from './traffic-series.ts';

/** The chart is most of what this page loads, so it comes after everything else. */
const TrafficChart = lazy(() => import('./TrafficChart.tsx').then(({ TrafficChart: chart }) => ({ default: chart })));

const chartHeight = 260;

function useRange() {
  return useSearch({ from: '/signed-in/shell/sites/$site/destinations/$connection' }).range ?? defaultRange;
}

/** What the chart is made of, for the time that the address names. */
export function useTrafficSeries(
  site: string,
  connection: string,
): UseQueryResult<ResponseOf<'GET /api/sites/:site/series'>, Error> {
  const range = useRange();
  return useApiQuery('GET /api/sites/:site/series', { site, range, connection }, { everyMs: 10_000, keepsPrevious: true });
}

/** How many events there were over time, and what became of them. */
export function TrafficPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const range = useRange();
  const navigate = useNavigate({ from: '/sites/$site/destinations/$connection' });
  const [isTable, setIsTable] = useState(false);
  const series = useTrafficSeries(site, connection);
  return (
    <Panel
      title="Events over time"
      description="By when they were received, and what became of them by now."
      actions={
        <>
          <Button size="xs" variant="default" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
            {isTable ? 'As a chart' : 'As a table'}
          </Button>
          <SegmentedControl
            size="xs"
            aria-label="How far back"
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
                  <EmptyState icon="pulse" title="No event was received in this time" />
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

/** The whole of the time in figures; at once the chart's legend. */
function TrafficTotals({ traffic: { total: all } }: { readonly traffic: TrafficOfTime }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, xs: 3, md: 6 }} spacing="md" m={0}>
      {(['received', ...trafficSeries] as const).map((name) => (
        <div key={name}>
          <Group component="dt" gap={6} wrap="nowrap">
            <ColorSwatch color={seriesStyles[name].color} size={10} withShadow={false} radius={name === 'received' ? 'xl' : 2} />
            <Text size="xs" c="dimmed">
              {seriesStyles[name].label}
            </Text>
          </Group>
          <Text component="dd" m={0} size="lg" fw={650} title={formatInteger(all[name])} className="figures">
            {formatCompact(all[name])}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
