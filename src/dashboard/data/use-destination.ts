import { useMemo } from 'react';
import type { DestinationView, SiteSettingsView } from '../../api/client.ts';
import { useApiQuery } from './queries.ts';
import { useSite } from './use-site.ts';

/** Returns a platform; `undefined` while it loads, or if it is unknown. */
export function useDestination(id: string | undefined): DestinationView | undefined {
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  return destinations.find((one) => one.id === id);
}

/**
 * Returns a short name of each connection of a site, by its id: the platform's name, and the id if several connections deliver to it. The
 * one that the gateway's own simulator receives is named after it.
 */
export function nameConnections(
  connections: SiteSettingsView['connections'],
  destinations: readonly Pick<DestinationView, 'id' | 'name'>[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    connections.map((connection) => {
      const { id, destination, isSimulated } = connection;
      const platform = destinations.find((one) => one.id === destination)?.name ?? destination;
      if (isSimulated) return [id, `${platform} (simulator)`];
      const others = connections.filter((one) => one !== connection && one.destination === destination && !one.isSimulated);
      return [id, others.length === 0 || id === destination ? platform : `${platform} (${id})`];
    }),
  );
}

/** Returns a short name of each connection of the current site. The object changes only if a name does. */
export function useConnectionNames(): Readonly<Record<string, string>> {
  const { connections } = useSite();
  const { data: destinations } = useApiQuery('GET /api/destinations', {});
  return useMemo(() => nameConnections(connections, destinations ?? []), [connections, destinations]);
}
