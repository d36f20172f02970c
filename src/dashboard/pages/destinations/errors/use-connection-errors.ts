import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponse } from '../../../../api/client.ts';
import { gatewayClock } from '../../../data/gateway-clock.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { useRange } from '../../../data/use-range.ts';

const hourMs = 3_600_000;

/** Loads the errors of a connection for the range of the dashboard. Whole hours, so that the question changes once an hour. */
export function useConnectionErrors(
  site: string,
  connection: string,
): UseQueryResult<ApiResponse<'GET /api/sites/:site/connections/:connection/errors'>, Error> {
  const { since, until } = useRange();
  const end = Math.min(until, Math.ceil(gatewayClock.now() / hourMs) * hourMs);
  return useApiQuery(
    'GET /api/sites/:site/connections/:connection/errors',
    { site, connection, since, until: end },
    { everyMs: 10_000, keepsPrevious: true },
  );
}
