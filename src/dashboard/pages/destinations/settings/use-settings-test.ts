import type { ApiBody, ApiResponse, Issue } from '../../../../api/client.ts';
import { listUncorrected } from '../../../components/forms/field-errors.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

type Settings = ApiBody<'POST /api/sites/:site/try-connection'>;

export interface SettingsTest {
  readonly run: () => void;
  readonly reset: () => void;
  readonly isRunning: boolean;
  readonly issues: readonly Issue[];
  /** Absent once the settings differ from the tested ones. */
  readonly result?: ApiResponse<'POST /api/sites/:site/try-connection'>;
  readonly error: Error | null;
}

/** Asks the platform whether it accepts unsaved settings. Sends no event. `onRun` clears the errors of earlier attempts. */
export function useSettingsTest(site: string, settings: Settings, onRun: () => void): SettingsTest {
  const { mutate, reset, data, error, isPending, variables } = useApiMutation(
    (tested: Settings) => callApi('POST /api/sites/:site/try-connection', { site }, tested),
    { refreshes: [] },
  );
  const isCurrent = JSON.stringify(variables) === JSON.stringify(settings);
  return {
    run: () => {
      onRun();
      mutate(settings);
    },
    reset,
    isRunning: isPending,
    issues: listUncorrected(data?.issues ?? [], variables, settings),
    ...(data && isCurrent && { result: data }),
    error: isCurrent ? error : null,
  };
}
