import { useAsked } from '../queries.ts';

/** What people call a destination, by its id. */
export function usePlatformName(): (destination: string | undefined) => string {
  const { data = [] } = useAsked('GET /api/destinations', {});
  return (destination) => {
    if (destination === undefined) return 'the platform';
    return data.find(({ id }) => id === destination)?.name ?? `${destination.charAt(0).toUpperCase()}${destination.slice(1)}`;
  };
}
