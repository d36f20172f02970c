import type { ApiResponse, ReportedIssue, SiteSettingsView } from '../../../../api/client.ts';
import { useNow } from '../../../components/display/use-now.ts';
import { gatewayClock } from '../../../data/gateway-clock.ts';
import { useApiQuery, useSites } from '../../../data/queries.ts';
import { presentStateMs, useIssues, usePresentConnections } from '../../../data/use-issues.ts';
import { getTimeZone, useShownSite } from '../../../data/use-range.ts';
import { type Days, getDays } from './day-range.ts';

/** The data of the overview. */
export interface OverviewData {
  readonly sites: readonly SiteSettingsView[];
  readonly destinations: ApiResponse<'GET /api/destinations'>;
  readonly connections: ApiResponse<'GET /api/connections'>;
  readonly today: ApiResponse<'GET /api/totals'>;
  readonly yesterday: ApiResponse<'GET /api/totals'>;
  /** The issues of the account's sites and of the gateway, the worst first. */
  readonly issues: readonly ReportedIssue[];
  readonly days: Days;
  /** Time of the newest response by the gateway's clock, in UNIX milliseconds. */
  readonly fetchedAt: number;
}

export const refreshMs = presentStateMs;

/** Loads the data of the overview and refetches it every few seconds. Data stays visible while it is refetched. */
export function useOverview(): { readonly data?: OverviewData; readonly error: Error | null; readonly retry: () => void } {
  const days = getDays(useNow(30_000), getTimeZone(useShownSite()));
  const fresh = { everyMs: refreshMs, keepsPrevious: true };
  const sites = useSites();
  const destinations = useApiQuery('GET /api/destinations', {});
  const connections = usePresentConnections();
  const today = useApiQuery('GET /api/totals', days.today, fresh);
  const yesterday = useApiQuery('GET /api/totals', days.yesterday, fresh);
  const issues = useIssues();
  const all = [sites, destinations, connections, today, yesterday, issues];
  const error = all.find((one) => one.error)?.error ?? null;
  const retry = () => {
    for (const one of all) if (one.error) void one.refetch();
  };
  if (!sites.data || !destinations.data || !connections.data || !today.data || !yesterday.data || !issues.data)
    return { error, retry };
  const data = {
    sites: sites.data,
    destinations: destinations.data,
    connections: connections.data,
    today: today.data,
    yesterday: yesterday.data,
    issues: issues.data,
    days,
    fetchedAt: gatewayClock.toGatewayTime(Math.max(today.dataUpdatedAt, connections.dataUpdatedAt)),
  };
  return { data, error, retry };
}

/** Returns the display name of a destination's platform. */
export function getPlatformName({ destinations }: Pick<OverviewData, 'destinations'>, destination: string | undefined): string {
  return destinations.find(({ id }) => id === destination)?.name ?? destination ?? 'the platform';
}
