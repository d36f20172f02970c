import { useApiQuery, useCurrentUser, useHasRole } from './queries.ts';

/** Returns the names of the accounts that the user may see: only owners of all sites may list those of others. */
export function useAccountNames(): readonly string[] {
  const isOwner = useHasRole('owner', '');
  const { data: me } = useCurrentUser();
  const { data: accounts = [] } = useApiQuery('GET /api/accounts', {}, { enabled: isOwner });
  return [...new Set([...accounts.map(({ name }) => name), ...(me ? [me.name] : [])])];
}
