import type { DestinationView } from '../../api/client.ts';
import { useApiQuery } from './queries.ts';
import { useSite } from './use-site.ts';

/** Returns the platform of a connection of the current site; `undefined` while it loads. */
export function useDestination(connection: string): DestinationView | undefined {
  const { connections } = useSite();
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  const id = connections.find((one) => one.id === connection)?.destination;
  return destinations.find((one) => one.id === id);
}
