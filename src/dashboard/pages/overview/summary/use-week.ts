import type { UseQueryResult } from '@tanstack/react-query';
import type { SeriesView } from '../../../../api/client.ts';
import { useNow } from '../../../components/display/use-now.ts';
import { getLoadState, joinLoadStates, type LoadState } from '../../../data/load-state.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { type AccuracyFigure, findLowestAccuracy, getWeekStarts, type MatchFigure, summarizeMatches } from './week-figures.ts';
import { summarizeWeek, type WeekSummary } from './week-summary.ts';

/** A figure, and whether the week before has all of its data, so that it can be compared. */
interface Comparable<T> {
  readonly figure: T;
  readonly isBeforeComplete: boolean;
}

/** The figures of a site's week. */
export interface WeekData {
  readonly series: UseQueryResult<SeriesView, Error>;
  /** Undefined until loaded. */
  readonly summary: WeekSummary | undefined;
  readonly deliveries: LoadState<WeekSummary>;
  readonly matches: LoadState<Comparable<MatchFigure>>;
  /** The figure is undefined without orders. */
  readonly accuracy: LoadState<Comparable<AccuracyFigure | undefined>>;
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
  const deliveries = getLoadState(series, (data) => summarizeWeek(data, now));
  const isComplete = (since: number | undefined) => since !== undefined && since <= Date.parse(before);
  return {
    series,
    summary: deliveries.state === 'loaded' ? deliveries.data : undefined,
    deliveries,
    matches: joinLoadStates(
      deliveries,
      getLoadState(matches, (data) => summarizeMatches(data, week)),
      ({ completeSince }, figure) => ({ figure, isBeforeComplete: isComplete(completeSince) }),
    ),
    accuracy: joinLoadStates(
      deliveries,
      getLoadState(accuracy, (data) => ({ figure: findLowestAccuracy(data, week), keptSince: data.keptSince })),
      ({ completeSince }, { figure, keptSince }) => ({
        figure,
        isBeforeComplete: isComplete(completeSince) && isComplete(keptSince),
      }),
    ),
  };
}
