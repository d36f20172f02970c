import { useMemo } from 'react';
import { type DestinationView, nameConnections } from '../../api/client.ts';
import { useApiQuery } from './queries.ts';
import { useSite } from './use-site.ts';

export { nameConnections };

/** Returns a platform; `undefined` while it loads, or if it is unknown. */
export function useDestination(id: string | undefined): DestinationView | undefined {
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  return destinations.find((one) => one.id === id);
}

/** Returns a short name of each connection of the current site. The object changes only if a name does. */
export function useConnectionNames(): Readonly<Record<string, string>> {
  const { connections } = useSite();
  const { data: destinations } = useApiQuery('GET /api/destinations', {});
  return useMemo(() => nameConnections(connections, destinations ?? []), [connections, destinations]);
}
