import {
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { ApiError, type InputOf, type ReadRouteKey, type ResponseOf, type SiteSettingsView } from '../../api/client.ts';
import { type CurrentUser, fetchApi, session } from './api-client.ts';

const currentUserKey = ['me'] as const;

/** A session that ended shows the sign-in, wherever it was noticed. */
function handleSignedOut(error: Error): void {
  if (error instanceof ApiError && error.code === 'not-signed-in') queryClient.setQueryData(currentUserKey, null);
}

/** What was asked of the gateway and answered. A refusal is not asked again; a line that broke is. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: handleSignedOut }),
  mutationCache: new MutationCache({ onError: handleSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      networkMode: 'always',
      retry: (failures, error) => error instanceof ApiError && error.code === 'unreachable' && failures < 3,
    },
    mutations: { networkMode: 'always' },
  },
});

interface ApiQueryOptions<Answer> {
  /** Asked again after so many milliseconds while the page is looked at; what is known by now may decide it. */
  readonly everyMs?: number | ((known: Answer | undefined) => number);
  readonly enabled?: boolean;
  /** Shows the answer before while another is asked for, such as the next page's. */
  readonly keepsPrevious?: boolean;
}

/** The answer of a route that only looks, kept by what was asked. */
export function useApiQuery<A extends ReadRouteKey>(
  address: A,
  asked: InputOf<A>,
  { everyMs, enabled = true, keepsPrevious = false }: ApiQueryOptions<ResponseOf<A>> = {},
): UseQueryResult<ResponseOf<A>, Error> {
  return useQuery<ResponseOf<A>, Error>({
    queryKey: [address, asked],
    queryFn: () => fetchApi(address, asked),
    enabled,
    ...(everyMs !== undefined && {
      refetchInterval: ({ state }) => (typeof everyMs === 'number' ? everyMs : everyMs(state.data)),
    }),
    ...(keepsPrevious && { placeholderData: keepPreviousData }),
  });
}

/**
 * Something that changes the gateway. What was asked of these routes before is asked anew; without names, all of it is.
 */
export function useApiMutation<Given, Answer>(
  change: (given: Given) => Promise<Answer>,
  { refreshes, onDone }: { readonly refreshes?: readonly ReadRouteKey[]; readonly onDone?: (answer: Answer) => void } = {},
): UseMutationResult<Answer, Error, Given> {
  const client = useQueryClient();
  return useMutation<Answer, Error, Given>({
    mutationFn: change,
    onSuccess: async (answer) => {
      await (refreshes
        ? Promise.all(refreshes.map((address) => client.invalidateQueries({ queryKey: [address] })))
        : client.invalidateQueries());
      onDone?.(answer);
    },
  });
}

export function useCurrentUser(): UseQueryResult<CurrentUser | null, Error> {
  // Asked again, since a page that only listens would not notice that its session ended.
  return useQuery<CurrentUser | null, Error>({
    queryKey: currentUserKey,
    queryFn: session.me,
    staleTime: 30_000,
    refetchInterval: 30_000,
  });
}

/** Somebody signed in or out. Nothing is kept of what was seen before. */
export function setCurrentUser(me: CurrentUser | null): void {
  queryClient.setQueryData(currentUserKey, me);
  queryClient.removeQueries({ predicate: ({ queryKey: [first] }) => first !== currentUserKey[0] });
}

/** Whether the reader may change things. The gateway decides; this keeps buttons from promising what it would refuse. */
export function useIsOwner(): boolean {
  return useCurrentUser().data?.role === 'owner';
}

export function useSites(): UseQueryResult<readonly SiteSettingsView[], Error> {
  return useApiQuery('GET /api/sites', {});
}
