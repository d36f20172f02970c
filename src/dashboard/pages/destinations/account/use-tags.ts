import { useEffect } from 'react';
import type { ApiResponse } from '../../../../api/client.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface Tags {
  /** Absent while the tags are loading, and after an error. */
  readonly data: ApiResponse<'POST /api/sites/:site/account-links/:link/tags'> | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** Loads the tags of an account. */
export function useTags(
  { site, link }: { readonly site: string; readonly link: string },
  { customerId, accountId }: { readonly customerId: string; readonly accountId: string },
): Tags {
  const { mutate, data, error } = useApiMutation(
    (account: { readonly customerId: string; readonly accountId: string }) =>
      callApi('POST /api/sites/:site/account-links/:link/tags', { site, link }, account),
    { refreshes: [] },
  );
  useEffect(() => mutate({ customerId, accountId }), [mutate, customerId, accountId]);
  return { data, error, retry: () => mutate({ customerId, accountId }) };
}
