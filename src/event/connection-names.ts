interface NamedConnection {
  readonly id: string;
  readonly destination: string;
  readonly isSimulated?: boolean;
}

/**
 * Returns a short name of each connection of a site, by its id: the platform's name, and the id if several connections deliver to it. The
 * one that the gateway's own simulator receives is named after it.
 */
export function nameConnections(
  connections: readonly NamedConnection[],
  destinations: readonly { readonly id: string; readonly name: string }[],
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
