import type { ConnectionView } from '../../../api/client.ts';
import { useAsked } from '../../queries.ts';

const everyMs = 3_000;

/** How the connection is doing by now; `undefined` where it does not run, or nothing was answered yet. */
export function useConnection(site: string, id: string): { readonly view?: ConnectionView; readonly isAnswered: boolean } {
  const { data } = useAsked('GET /api/connections', {}, { everyMs });
  const view = data?.find((one) => one.site === site && one.id === id);
  return { isAnswered: data !== undefined, ...(view && { view }) };
}
