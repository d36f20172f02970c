import type { TotalsView } from '../../../../api/client.ts';
import { getLoadState, type LoadState } from '../../../data/load-state.ts';
import { useApiQuery } from '../../../data/queries.ts';
import type { ResolvedRange } from '../../../data/range.ts';

/** The totals of a site in the range and in the period before. */
export interface SiteTotals {
  /** Undefined if the site has none. */
  readonly now: TotalsView | undefined;
  /** Undefined if nothing is compared, or until loaded. */
  readonly before: TotalsView | undefined;
}

/** Loads the totals of a site for a range and the period before. */
export function useSiteTotals(site: string, { since, until, before }: ResolvedRange): LoadState<SiteTotals> {
  const fresh = { everyMs: 60_000, keepsPrevious: true };
  const totals = useApiQuery('GET /api/totals', { site, since, until }, fresh);
  const earlier = useApiQuery(
    'GET /api/totals',
    { site, since: before?.since ?? since, until: before?.until ?? until },
    { ...fresh, enabled: before !== undefined },
  );
  const find = (all: readonly TotalsView[] | undefined) => all?.find((one) => one.site === site);
  return getLoadState(totals, (all) => ({ now: find(all), before: before && find(earlier.data) }));
}
