import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

/** Connects a site to the gateway's own simulator of a platform, by the destination's id. */
export function useStartSimulator(site: string, onDone?: () => void) {
  return useApiMutation(
    (destination: string) => callApi('POST /api/sites/:site/simulator', { site }, { destination }),
    onDone && { onDone },
  );
}
