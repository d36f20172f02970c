import { TimeChart } from '../../components/charts/TimeChart.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { toMatchQualityChart } from './days-chart.ts';

interface MatchDaysProps {
  readonly site: string;
  readonly connection: string;
  readonly since: string;
  readonly until: string;
  /** Undefined for all events. */
  readonly event: string | undefined;
}

const height = 180;

/** Shows the share of delivered events that carried each identifying key, by day. */
export function MatchDays({ site, connection, since, until, event }: MatchDaysProps) {
  const days = useApiQuery(
    'GET /api/sites/:site/match-quality/days',
    { site, connection, since, until, ...(event !== undefined && { event }) },
    { everyMs: 60_000, keepsPrevious: true },
  );
  return (
    <QueryState query={days} height={height + 34}>
      {([view]) => view && <TimeChart data={toMatchQualityChart(view)} height={height} />}
    </QueryState>
  );
}
