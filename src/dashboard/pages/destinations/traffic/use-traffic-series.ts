import { useRange } from '../../../data/use-range.ts';
import { useSeries } from '../../../data/use-series.ts';

/** Loads the time series of a connection for the range of the dashboard. */
export function useTrafficSeries(site: string, connection: string) {
  return useSeries(site, useRange(), { connection, everyMs: 10_000 });
}
