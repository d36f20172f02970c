import type { UseQueryResult } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { ApiResponse } from '../../../../api/client.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { defaultRange, type TrafficRange } from './traffic-range.ts';

/** Returns the time range of the current URL. */
export function useTrafficRange(): TrafficRange {
  return useSearch({ from: '/signed-in/shell/sites/$site/destinations/$connection' }).range ?? defaultRange;
}

/** Loads the time series of a connection for the range of the current URL. */
export function useTrafficSeries(
  site: string,
  connection: string,
): UseQueryResult<ApiResponse<'GET /api/sites/:site/series'>, Error> {
  const range = useTrafficRange();
  return useApiQuery('GET /api/sites/:site/series', { site, range, connection }, { everyMs: 10_000, keepsPrevious: true });
}
