import type { UseQueryResult } from '@tanstack/react-query';
import type { SeriesView } from '../../../../api/client.ts';
import { getLoadState, joinLoadStates, type LoadState } from '../../../data/load-state.ts';
import { useApiQuery } from '../../../data/queries.ts';
import type { ResolvedRange } from '../../../data/range.ts';
import { useSeries, useSeriesBefore } from '../../../data/use-series.ts';
import { type MoneyFigures, summarizeMoney } from './money-figures.ts';
import { type AccuracyFigure, findLowestAccuracy, type MatchFigure, summarizeMatches } from './range-figures.ts';
import { type RangeSummary, summarizeRange } from './range-summary.ts';
import { type SiteTotals, useSiteTotals } from './use-site-totals.ts';

/** A figure, and from when on its data are complete, in UNIX milliseconds. */
interface Counted<T> {
  readonly figure: T;
  /** Undefined without events. */
  readonly countedSince: number | undefined;
}

/** The figures of a site's range. */
export interface RangeData {
  readonly range: ResolvedRange;
  readonly series: UseQueryResult<SeriesView, Error>;
  /** Undefined until loaded. */
  readonly summary: RangeSummary | undefined;
  readonly deliveries: LoadState<RangeSummary>;
  readonly totals: LoadState<SiteTotals>;
  /** Undefined if the site has no totals. */
  readonly money: LoadState<MoneyFigures | undefined>;
  readonly matches: LoadState<Counted<MatchFigure>>;
  /** The figure is undefined without orders. */
  readonly accuracy: LoadState<Counted<AccuracyFigure | undefined>>;
}

/** Loads the figures of a site for a range and the period before. */
export function useRangeFigures(site: string, range: ResolvedRange): RangeData {
  const { firstDay, lastDay: until, before } = range;
  const since = before?.firstDay ?? firstDay;
  const series = useSeries(site, range, { everyMs: 60_000 });
  const seriesBefore = useSeriesBefore(site, before);
  const matches = useApiQuery(
    'GET /api/sites/:site/match-quality/days',
    { site, since, until, event: 'Purchase' },
    { everyMs: 60_000, keepsPrevious: true },
  );
  // Reads every order of the period, so it is refetched less often.
  const accuracy = useApiQuery(
    'GET /api/sites/:site/accuracy',
    { site, since, until },
    { everyMs: 300_000, keepsPrevious: true },
  );
  const totals = useSiteTotals(site, range);
  const deliveries = getLoadState(series, (data) => summarizeRange(data, before && seriesBefore.data, range));
  return {
    range,
    series,
    summary: deliveries.state === 'loaded' ? deliveries.data : undefined,
    deliveries,
    totals,
    money: totals.state === 'loaded' ? { state: 'loaded', data: summarizeMoney(totals.data.now, totals.data.before) } : totals,
    matches: joinLoadStates(
      deliveries,
      getLoadState(matches, (data) => summarizeMatches(data, firstDay)),
      ({ countedSince }, figure) => ({ figure, countedSince }),
    ),
    accuracy: joinLoadStates(
      deliveries,
      getLoadState(accuracy, (data) => ({ figure: findLowestAccuracy(data, firstDay), keptSince: data.keptSince })),
      ({ countedSince }, { figure, keptSince }) => ({
        figure,
        countedSince: countedSince === undefined || keptSince === undefined ? undefined : Math.max(countedSince, keptSince),
      }),
    ),
  };
}
