import type { ChartData } from '../../../components/charts/chart-data.ts';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { formatInteger } from '../../../components/display/format.ts';
import { getChartFormats } from '../../../components/display/range-labels.ts';
import { nameCountedPeriod } from '../../../components/display/trends.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import type { ResolvedRange } from '../../../data/range.ts';
import { useActivityMarks } from '../../../data/use-activity-marks.ts';
import { seriesStyles } from '../../destinations/traffic/series-styles.ts';
import { getShownSeries } from '../../destinations/traffic/traffic-series.ts';
import type { RangeSummary } from '../summary/range-summary.ts';
import type { RangeData } from '../summary/use-range-figures.ts';

const height = 220;

interface RangeChartProps {
  readonly site: string;
  readonly data: RangeData;
  /** Whether the site has several connections. */
  readonly hasSeveral: boolean;
}

/** Shows the deliveries of the range by outcome, and the changes of the site. */
export function RangeChart({ site, data: { range, series, summary }, hasSeveral }: RangeChartProps) {
  const marks = useActivityMarks(site, summary?.buckets[0]?.at);
  const period = nameCountedPeriod(range, summary?.countedSince);
  return (
    <Panel
      title={`Events ${period}`}
      description={hasSeveral ? 'By outcome. An event counts once for each connection.' : 'By outcome.'}
    >
      <QueryState query={series} height={height + 34}>
        {() =>
          summary &&
          (summary.received === 0 ? (
            <EmptyState icon="pulse" title={`No events ${period}`}>
              Events appear here by time, with their outcomes. Choose a longer range to see older ones.
            </EmptyState>
          ) : (
            <TimeChart data={toChart(summary, range, marks)} height={height} />
          ))
        }
      </QueryState>
    </Panel>
  );
}

function toChart({ buckets }: RangeSummary, range: ResolvedRange, marks: ChartData['marks'] = []): ChartData {
  return {
    title: 'Events by outcome',
    isStacked: true,
    marks,
    ...getChartFormats(range),
    formatValue: formatInteger,
    series: getShownSeries(buckets)
      .filter((name) => buckets.some((bucket) => bucket[name] > 0))
      .map((name) => ({ name, ...seriesStyles[name], type: 'bar' })),
    points: buckets.map(({ at, received: _, ...values }) => ({ at, values })),
  };
}
