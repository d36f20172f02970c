import type { ResponseOf, SiteSettingsView } from '../../../../api/client.ts';
import { useNow } from '../../../components/display/Timestamp.tsx';
import { useApiQuery, useIsOwner, useSites } from '../../../data/queries.ts';
import { type Days, getDays } from './day-range.ts';

/** All that the first page is made of. */
export interface OverviewData {
  readonly sites: readonly SiteSettingsView[];
  readonly destinations: ResponseOf<'GET /api/destinations'>;
  readonly status: ResponseOf<'GET /api/status'>;
  readonly connections: ResponseOf<'GET /api/connections'>;
  readonly today: ResponseOf<'GET /api/totals'>;
  readonly yesterday: ResponseOf<'GET /api/totals'>;
  /** Orders against what was accepted; nothing until it is known, for which nobody waits. */
  readonly accuracy: ResponseOf<'GET /api/accuracy'>;
  /** Files that wait to be handed over; nothing until it is known, and for who is no owner. */
  readonly files: ResponseOf<'GET /api/exports'>;
  readonly days: Days;
  /** When the newest of it was answered. */
  readonly fetchedAt: number;
}

export const refreshMs = 10_000;

/** Asks for all of it, and again every few seconds. What came once stays while it is asked anew. */
export function useOverview(): { readonly facts?: OverviewData; readonly error: Error | null; readonly retry: () => void } {
  const days = getDays(useNow(30_000));
  const fresh = { everyMs: refreshMs, keepsPrevious: true };
  const sites = useSites();
  const destinations = useApiQuery('GET /api/destinations', {});
  const status = useApiQuery('GET /api/status', {}, fresh);
  const connections = useApiQuery('GET /api/connections', {}, fresh);
  const today = useApiQuery('GET /api/totals', days.today, fresh);
  const yesterday = useApiQuery('GET /api/totals', days.yesterday, fresh);
  const accuracy = useAccuracy();
  const isOwner = useIsOwner();
  const files = useApiQuery('GET /api/exports', {}, { everyMs: 60_000, enabled: isOwner });
  const all = [sites, destinations, status, connections, today, yesterday];
  const error = all.find((one) => one.error)?.error ?? null;
  const retry = () => {
    for (const one of all) if (one.error) void one.refetch();
  };
  if (!sites.data || !destinations.data || !status.data || !connections.data || !today.data || !yesterday.data)
    return { error, retry };
  const facts = {
    sites: sites.data,
    destinations: destinations.data,
    status: status.data,
    connections: connections.data,
    today: today.data,
    yesterday: yesterday.data,
    accuracy: accuracy.data ?? [],
    files: files.data ?? [],
    days,
    fetchedAt: Math.max(today.dataUpdatedAt, connections.dataUpdatedAt),
  };
  return { facts, error, retry };
}

/** Every site's orders in short. */
export function useAccuracy() {
  return useApiQuery('GET /api/accuracy', {}, { everyMs: 60_000, keepsPrevious: true });
}

/** How many files of the site wait that its shop asked for. */
export function countFiles({ files }: Pick<OverviewData, 'files'>, site: string): number {
  return files.find((one) => one.site === site)?.files ?? 0;
}

/** What browsers have used today of what they may add to the site. */
export function getBudget({ status }: Pick<OverviewData, 'status'>, site: string) {
  return status.sites.find(({ id }) => id === site)?.browserBudget;
}

/** What people call the platform of a destination. */
export function getPlatformName({ destinations }: Pick<OverviewData, 'destinations'>, destination: string | undefined): string {
  return destinations.find(({ id }) => id === destination)?.name ?? destination ?? 'the platform';
}
