import type { ApiBody, ApiResponse, Issue } from '../../../../api/client.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

export interface SettingsTest {
  readonly run: () => void;
  readonly reset: () => void;
  readonly isRunning: boolean;
  readonly issues: readonly Issue[];
  readonly result?: ApiResponse<'POST /api/sites/:site/try-connection'>;
  readonly error: Error | null;
}

/** Asks the platform whether it accepts unsaved settings. Sends no event. */
export function useSettingsTest(site: string, settings: ApiBody<'POST /api/sites/:site/try-connection'>): SettingsTest {
  const { mutate, reset, data, error, isPending } = useApiMutation(
    () => callApi('POST /api/sites/:site/try-connection', { site }, settings),
    { refreshes: [] },
  );
  return {
    run: () => mutate(undefined),
    reset,
    isRunning: isPending,
    issues: data?.issues ?? [],
    ...(data && { result: data }),
    error,
  };
}
