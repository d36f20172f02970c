import type { AccountPlatformView } from '../../../../api/client.ts';
import { useApiQuery } from '../../../data/queries.ts';

/** Returns how accounts of a platform are connected; nothing while it loads, or if they cannot be. */
export function useAccountPlatform(destination: string): {
  readonly platform: AccountPlatformView | undefined;
  readonly error: Error | null;
} {
  const { data, error } = useApiQuery('GET /api/account-platforms', {});
  return { platform: data?.find((one) => one.destination === destination), error: data ? null : error };
}
