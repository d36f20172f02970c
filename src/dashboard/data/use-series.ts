import type { UseQueryResult } from '@tanstack/react-query';
import type { SeriesView } from '../../api/client.ts';
import { useApiQuery } from './queries.ts';
import type { ResolvedRange, TimeRange } from './range.ts';

const hourMs = 3_600_000;

interface SeriesOptions {
  readonly connection?: string;
  readonly everyMs: number;
}

/** Loads the counts of a site, or of one of its connections, in buckets that the intervals of the range consist of. */
export function useSeries(
  site: string,
  { since, until, intervalMs }: Pick<ResolvedRange, 'since' | 'until' | 'intervalMs'>,
  { connection, everyMs }: SeriesOptions,
): UseQueryResult<SeriesView, Error> {
  // Buckets of one length fill quarters of days; days and hours are the gateway's.
  const by = intervalMs > 6 * hourMs ? 'day' : intervalMs === hourMs ? 'hour' : undefined;
  return useApiQuery(
    'GET /api/sites/:site/series',
    { site, since, until, ...(by && { by }), ...(connection !== undefined && { connection }) },
    { everyMs, keepsPrevious: true },
  );
}

/** Loads the counts of the period before. Not loaded if nothing is compared. */
export function useSeriesBefore(site: string, before: TimeRange | undefined): UseQueryResult<SeriesView, Error> {
  const { since = 0, until = 0 } = before ?? {};
  return useApiQuery(
    'GET /api/sites/:site/series',
    { site, since, until },
    { everyMs: 300_000, keepsPrevious: true, enabled: before !== undefined },
  );
}
