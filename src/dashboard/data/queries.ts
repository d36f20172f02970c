import {
  MutationCache,
  notifyManager,
  QueryCache,
  QueryClient,
  type UseMutationResult,
  type UseQueryOptions,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { use, useSyncExternalStore } from 'react';
import {
  ApiError,
  type ApiInput,
  type ApiResponse,
  hasSiteRole,
  isAnyOwner,
  type ReadRouteKey,
  type SiteRole,
  type SiteSettingsView,
} from '../../api/client.ts';
import { type CurrentUser, fetchApi, sessionApi } from './api-client.ts';
import { findKnownData, isUnreached, type KnownData, reachability } from './reachability.ts';
import { isSameQuestion } from './same-question.ts';
import { SiteContext } from './use-site.ts';

const currentUserKey = ['me'] as const;

/** Clears the current user after any request that reports an ended session, so that the sign-in page is shown. */
function handleSignedOut(error: Error): void {
  if (error instanceof ApiError && error.code === 'not-signed-in') queryClient.setQueryData(currentUserKey, null);
}

/** The query cache. Retries requests that did not reach the gateway, and no others. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: handleSignedOut }),
  mutationCache: new MutationCache({ onError: handleSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      networkMode: 'always',
      retry: (failures, error) => error instanceof ApiError && isUnreached(error.code) && failures < 3,
    },
    mutations: { networkMode: 'always' },
  },
});

interface ApiQueryOptions<Data> {
  /** Refetch interval in milliseconds while the page is visible. May depend on the current data. */
  readonly everyMs?: number | ((data: Data | undefined) => number);
  readonly enabled?: boolean;
  /** Keeps the previous data while the next page is loaded, or the time moves on. Data of another question is never kept. */
  readonly keepsPrevious?: boolean;
}

/** Loads a read-only route of the admin API. Cached by route and parameters. */
export function useApiQuery<A extends ReadRouteKey>(
  route: A,
  input: ApiInput<A>,
  options: ApiQueryOptions<ApiResponse<A>> = {},
): UseQueryResult<ApiResponse<A>, Error> {
  return useQuery<ApiResponse<A>, Error>(toQuery(route, input, options));
}

/** Returns a function that loads a route once, when it is first needed. */
export function useApiLoader<A extends ReadRouteKey>(route: A, input: ApiInput<A>): () => Promise<ApiResponse<A>> {
  const client = useQueryClient();
  return () => client.ensureQueryData({ queryKey: [route, input], queryFn: () => fetchApi(route, input) });
}

/** Loads a route as `useApiQuery` does, and returns a part of it. The whole is loaded once for all its parts. */
export function useApiPart<A extends ReadRouteKey, Part>(
  route: A,
  input: ApiInput<A>,
  select: (whole: ApiResponse<A>) => Part,
  options: ApiQueryOptions<ApiResponse<A>> = {},
): UseQueryResult<Part, Error> {
  return useQuery<ApiResponse<A>, Error, Part>({ ...toQuery(route, input, options), select });
}

function toQuery<A extends ReadRouteKey>(
  route: A,
  input: ApiInput<A>,
  { everyMs, enabled = true, keepsPrevious = false }: ApiQueryOptions<ApiResponse<A>>,
): UseQueryOptions<ApiResponse<A>, Error> {
  const queryKey = [route, input];
  return {
    queryKey,
    queryFn: () => fetchApi(route, input),
    enabled,
    ...(everyMs !== undefined && {
      refetchInterval: ({ state }) => (typeof everyMs === 'number' ? everyMs : everyMs(state.data)),
    }),
    ...(keepsPrevious && {
      placeholderData: (previous, query) => (isSameQuestion(query?.queryKey, queryKey) ? previous : undefined),
    }),
  };
}

/** Creates a mutation. After success it refetches the data of the routes in `refreshes`, or all data if that is not given. */
export function useApiMutation<Input, Data>(
  change: (input: Input) => Promise<Data>,
  { refreshes, onDone }: { readonly refreshes?: readonly ReadRouteKey[]; readonly onDone?: (data: Data) => void } = {},
): UseMutationResult<Data, Error, Input> {
  const client = useQueryClient();
  return useMutation<Data, Error, Input>({
    mutationFn: change,
    onSuccess: async (data) => {
      await (refreshes
        ? Promise.all(refreshes.map((route) => client.invalidateQueries({ queryKey: [route] })))
        : client.invalidateQueries());
      onDone?.(data);
    },
  });
}

export function useCurrentUser(): UseQueryResult<CurrentUser | null, Error> {
  // Refetched, because a page that only receives a stream would not notice that its session ended.
  return useQuery<CurrentUser | null, Error>({
    queryKey: currentUserKey,
    queryFn: sessionApi.me,
    staleTime: 30_000,
    // Asked more often during an outage, so that every page notices its end.
    refetchInterval: () => (reachability.getOutageStart() === undefined ? 30_000 : 5_000),
  });
}

const queryCache = queryClient.getQueryCache();
// Queries are added while pages render, so the page is told afterwards.
const subscribeToQueries = (onChange: () => void) => queryCache.subscribe(notifyManager.batchCalls(onChange));
const readKnownData = () =>
  findKnownData(
    queryCache.getAll().map((query) => ({
      isShown: query.isActive() && query.queryKey[0] !== currentUserKey[0],
      hasData: query.state.data !== undefined,
    })),
  );

/** Returns how much of the data that the page shows was loaded. */
export function useKnownData(): KnownData {
  return useSyncExternalStore(subscribeToQueries, readKnownData);
}

/** Sets the signed-in account and removes all other cached data. */
export function setCurrentUser(me: CurrentUser | null): void {
  queryClient.setQueryData(currentUserKey, me);
  queryClient.removeQueries({ predicate: ({ queryKey: [first] }) => first !== currentUserKey[0] });
}

/**
 * Returns whether the user has a role, or a stronger one: on `site`, by default that of the page, or on all sites outside of a site's
 * pages. Only disables controls: the gateway enforces permissions.
 */
export function useHasRole(role: SiteRole, site?: string): boolean {
  const shown = use(SiteContext)?.id;
  const { data: me } = useCurrentUser();
  return me ? hasSiteRole({ role: me.role, sites: me.sites ?? [] }, site ?? shown, role) : false;
}

/** Returns the sites that the user owns. `isOwner`: of all sites or of at least one. */
export function useOwnedSites(): {
  readonly isOwner: boolean;
  readonly isOwnerOfAll: boolean;
  readonly owned: readonly SiteSettingsView[];
} {
  const { data: me } = useCurrentUser();
  const { data: sites = [] } = useSites();
  const access = { role: me?.role ?? 'per-site', sites: me?.sites ?? [] };
  return {
    isOwner: isAnyOwner(access),
    isOwnerOfAll: hasSiteRole(access, undefined, 'owner'),
    owned: sites.filter(({ id }) => hasSiteRole(access, id, 'owner')),
  };
}

export function useSites(): UseQueryResult<readonly SiteSettingsView[], Error> {
  return useApiQuery('GET /api/sites', {});
}
