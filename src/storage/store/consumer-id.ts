/** A consumer of the event log: `identity:<site>`, or `<site>/<connection>`. */
export type ConsumerId = string;

const identityPrefix = 'identity:';

/** Returns the id of a connection's consumer. */
export function formatConsumerId(site: string, connection: string): ConsumerId {
  return `${site}/${connection}`;
}

/** Returns the id of a site's identity consumer. */
export function identityConsumerId(site: string): ConsumerId {
  return `${identityPrefix}${site}`;
}

/** Returns the bounds of the ids of a site's connection consumers: from the first, inclusive, to the second, exclusive. */
export function connectionConsumerRange(site: string): readonly [from: ConsumerId, before: ConsumerId] {
  return [`${site}/`, `${site}0`];
}

/** Returns the site and, unless `id` is an identity consumer's, the connection. */
export function parseConsumerId(id: ConsumerId): { readonly site: string; readonly connection?: string } {
  if (id.startsWith(identityPrefix)) return { site: id.slice(identityPrefix.length) };
  const [site = '', connection = ''] = id.split('/');
  return { site, connection };
}
