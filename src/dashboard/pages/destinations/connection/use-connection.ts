import type { UseQueryResult } from '@tanstack/react-query';
import type { ConnectionView } from '../../../../api/client.ts';
import { useApiQuery } from '../../../data/queries.ts';

/** The status of a connection as it is loaded. */
export interface ConnectionQuery {
  /** Undefined if the connection is not running or not loaded yet. */
  readonly view: ConnectionView | undefined;
  readonly query: UseQueryResult<readonly ConnectionView[], Error>;
}

/** Loads the current status of a connection. */
export function useConnection(site: string, id: string): ConnectionQuery {
  const query = useApiQuery('GET /api/connections', {}, { everyMs: 3_000 });
  return { query, view: query.data?.find((one) => one.site === site && one.id === id) };
}
