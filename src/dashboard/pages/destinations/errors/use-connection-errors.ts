import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponse } from '../../../../api/client.ts';
import { dayMs, hourMs } from '../../../../event/units.ts';
import { gatewayClock } from '../../../data/gateway-clock.ts';
import { useApiQuery } from '../../../data/queries.ts';
import type { TrafficRange } from '../traffic/traffic-range.ts';
import { useTrafficRange } from '../traffic/use-traffic-series.ts';

const lengths = {
  '1h': hourMs,
  '24h': dayMs,
  '7d': 7 * dayMs,
  '14d': 14 * dayMs,
  '30d': 30 * dayMs,
} as const satisfies Record<TrafficRange, number>;

/** Loads the errors of a connection for the range of the current URL. Whole hours, so that the question changes once an hour. */
export function useConnectionErrors(
  site: string,
  connection: string,
): UseQueryResult<ApiResponse<'GET /api/sites/:site/connections/:connection/errors'>, Error> {
  const until = Math.ceil(gatewayClock.now() / hourMs) * hourMs;
  const since = until - lengths[useTrafficRange()];
  return useApiQuery(
    'GET /api/sites/:site/connections/:connection/errors',
    { site, connection, since, until },
    { everyMs: 10_000, keepsPrevious: true },
  );
}
