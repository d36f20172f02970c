import { Text } from '@mantine/core';
import type { ChartData } from '../../../components/charts/chart-data.ts';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { formatAxisDuration, formatDuration } from '../../../components/display/format.ts';
import { getChartFormats } from '../../../components/display/range-labels.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { type FoldedSeries, foldSeries } from '../../../data/fold-series.ts';
import { listStarts, type ResolvedRange } from '../../../data/range.ts';
import { useRange } from '../../../data/use-range.ts';
import { getDeliveryTime } from './delivery-times.ts';
import { shade } from './series-styles.ts';
import { useTrafficSeries } from './use-traffic-series.ts';

const height = 180;

/** Shows how long events take from receipt to delivery, for the range of the dashboard. */
export function LatencyPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const range = useRange();
  const series = useTrafficSeries(site, connection);
  return (
    <Panel title="Delivery time" description="From the receipt of an event to its delivery. Holds and retries are included.">
      <QueryState query={series} height={height + 70}>
        {(answer) => (
          <Latency series={foldSeries(answer, listStarts(range), range.until)} range={range} connection={connection} />
        )}
      </QueryState>
    </Panel>
  );
}

interface LatencyProps {
  readonly series: FoldedSeries;
  readonly range: ResolvedRange;
  readonly connection: string;
}

function Latency({ series, range, connection }: LatencyProps) {
  const classes = series.connections.find((one) => one.connection === connection)?.deliveryTimes ?? [];
  const { median, slow } = getDeliveryTime(classes);
  if (median === undefined || slow === undefined)
    return (
      <EmptyState icon="clock" title="No events delivered in this period">
        The delivery times of delivered events appear here.
      </EmptyState>
    );
  const data: ChartData = {
    title: 'Delivery time',
    ...getChartFormats(range),
    formatValue: formatAxisDuration,
    series: [
      { name: 'median', label: 'Median', color: shade('jade', 6, 5), type: 'line' },
      { name: 'slow', label: '95th percentile', color: shade('orange', 7, 5), type: 'line' },
    ],
    points: series.starts.map((at, nth) => ({
      at,
      values: { ...getDeliveryTime(classes, nth) },
    })),
  };
  return (
    <>
      <Text size="sm" mb="sm">
        Half of the events were delivered within {formatDuration(median)}, 95% within {formatDuration(slow)}.
      </Text>
      <TimeChart data={data} height={height} />
    </>
  );
}
