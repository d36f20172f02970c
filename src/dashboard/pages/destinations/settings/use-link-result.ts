import type { AccountLinkView } from '../../../../api/client.ts';
import { useApiQuery } from '../../../data/queries.ts';

/** Returns the account link of a page's address, if it has one. */
export function useLinkResult(site: string, link: string | undefined): LinkResult {
  const query = useApiQuery(
    'GET /api/sites/:site/account-links/:link',
    { site, link: link ?? '' },
    { enabled: link !== undefined },
  );
  return { ...(query.data && { result: query.data }), isLoading: query.isLoading, error: query.data ? null : query.error };
}

interface LinkResult {
  readonly result?: AccountLinkView;
  readonly isLoading: boolean;
  readonly error: Error | null;
}
