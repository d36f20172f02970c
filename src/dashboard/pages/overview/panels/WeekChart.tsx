import type { ChartData } from '../../../components/charts/chart-data.ts';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { formatInteger, formatWeekday } from '../../../components/display/format.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useActivityMarks } from '../../../data/use-activity-marks.ts';
import { seriesStyles } from '../../destinations/traffic/series-styles.ts';
import { getShownSeries } from '../../destinations/traffic/traffic-series.ts';
import type { WeekData } from '../summary/use-week.ts';
import type { WeekSummary } from '../summary/week-summary.ts';

const height = 220;

interface WeekChartProps {
  readonly site: string;
  readonly week: WeekData;
  readonly hasSeveral: boolean;
}

/** Shows the deliveries of the last seven days by outcome, and the changes of the site. */
export function WeekChart({ site, week: { series, summary }, hasSeveral }: WeekChartProps) {
  const marks = useActivityMarks(site, summary?.days[0]?.at);
  return (
    <Panel
      title="Last 7 days"
      description={hasSeveral ? 'Events by outcome. An event counts once for each connection.' : 'Events by outcome.'}
    >
      <QueryState query={series} height={height + 34}>
        {() =>
          summary &&
          (summary.received === 0 ? (
            <EmptyState icon="pulse" title="No events in the last 7 days">
              Events appear here by day, with their outcomes.
            </EmptyState>
          ) : (
            <TimeChart data={toChart(summary, marks)} height={height} />
          ))
        }
      </QueryState>
    </Panel>
  );
}

function toChart({ days }: WeekSummary, marks: ChartData['marks'] = []): ChartData {
  return {
    title: 'Events of the last 7 days by outcome',
    isStacked: true,
    marks,
    formatTime: formatWeekday,
    formatValue: formatInteger,
    series: getShownSeries(days)
      .filter((name) => days.some((day) => day[name] > 0))
      .map((name) => ({ name, ...seriesStyles[name], type: 'bar' })),
    points: days.map(({ at, received: _, ...values }) => ({ at, values })),
  };
}
