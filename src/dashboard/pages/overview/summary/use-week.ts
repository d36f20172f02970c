import type { UseQueryResult } from '@tanstack/react-query';
import type { SeriesView } from '../../../../api/client.ts';
import { useNow } from '../../../components/display/use-now.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { type AccuracyFigure, getWeekStarts, type MatchFigure, summarizeAccuracy, summarizeMatches } from './week-figures.ts';
import { summarizeWeek, type WeekSummary } from './week-summary.ts';

/** The figures of a site's week. Each is undefined until loaded. */
export interface WeekData {
  readonly series: UseQueryResult<SeriesView, Error>;
  readonly summary: WeekSummary | undefined;
  readonly matches: MatchFigure | undefined;
  readonly accuracy: AccuracyFigure | undefined;
}

/** Loads the figures of a site for the last seven days and the seven before. */
export function useWeek(site: string): WeekData {
  const now = useNow(60_000);
  const { week, before } = getWeekStarts(now);
  const series = useApiQuery('GET /api/sites/:site/series', { site, range: '14d' }, { everyMs: 60_000, keepsPrevious: true });
  const matches = useApiQuery(
    'GET /api/sites/:site/match-quality/days',
    { site, since: before, event: 'Purchase' },
    { everyMs: 60_000, keepsPrevious: true },
  );
  // Reads every order of the period, so it is refetched less often.
  const accuracy = useApiQuery(
    'GET /api/sites/:site/accuracy',
    { site, since: before },
    { everyMs: 300_000, keepsPrevious: true },
  );
  return {
    series,
    summary: series.data && summarizeWeek(series.data, now),
    matches: matches.data && summarizeMatches(matches.data, week),
    accuracy: accuracy.data && summarizeAccuracy(accuracy.data, week),
  };
}
