import { Text } from '@mantine/core';
import type { SeriesView } from '../../../../api/client.ts';
import type { ChartData } from '../../../components/charts/chart-data.ts';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { formatAxisDuration, formatDateTime, formatDuration } from '../../../components/display/format.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { getDeliveryTime } from './delivery-times.ts';
import { shade } from './series-styles.ts';
import { formatTrafficTick } from './traffic-series.ts';
import { useTrafficSeries } from './use-traffic-series.ts';

const height = 180;

/** Shows how long events take from receipt to delivery, for the range of the chart of events. */
export function LatencyPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const series = useTrafficSeries(site, connection);
  return (
    <Panel title="Delivery time" description="From the receipt of an event to its delivery. Holds and retries are included.">
      <QueryState query={series} height={height + 70}>
        {(answer) => <Latency answer={answer} connection={connection} />}
      </QueryState>
    </Panel>
  );
}

function Latency({ answer, connection }: { readonly answer: SeriesView; readonly connection: string }) {
  const classes = answer.connections.find((one) => one.connection === connection)?.deliveryTimes ?? [];
  const { median, slow } = getDeliveryTime(classes);
  if (median === undefined || slow === undefined)
    return (
      <EmptyState icon="clock" title="No events delivered in this period">
        The delivery times of delivered events appear here.
      </EmptyState>
    );
  const data: ChartData = {
    title: 'Delivery time',
    formatTime: formatDateTime,
    formatTick: formatTrafficTick(answer.stepMs),
    formatValue: formatAxisDuration,
    series: [
      { name: 'median', label: 'Median', color: shade('jade', 6, 5), type: 'line' },
      { name: 'slow', label: '95th percentile', color: shade('orange', 7, 5), type: 'line' },
    ],
    points: answer.received.map((_, nth) => ({
      at: answer.since + nth * answer.stepMs,
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
